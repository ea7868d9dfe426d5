import { JournalUnavailableError } from '../adapters/journal/journal-errors';
import type { QueryBook } from '../adapters/query/messages';
import { idempotencyKey, orderOwnerKey, PartitionMap } from '../domain';
import type { LedgerOrder } from './ledger/ledger-reader';
import { ledgerUrlsOf, matcherEndpointsOf, partitionMapOf } from './partitions';
import { ALICE, BOB, call, Harness, type Task, until } from './testing/harness';

const map = PartitionMap.of({ defaultPartition: 0, instruments: { ETHUSDT: 3 } });
const order = { symbol: 'ETHUSDT', side: 'buy', type: 'limit', price: '2000', quantity: '1' };
const position = expect.stringMatching(/^\d+:\d+$/) as string;
let harness: Harness;
let task: Task;
let alice: string;
let operator: string;

beforeAll(async () => {
  harness = await new Harness().start();
  alice = harness.pool.token(ALICE);
  operator = harness.pool.token(BOB, ['operators']);
});
afterAll(() => harness.stop());
beforeEach(async () => {
  task = await harness.task({ partitions: map, appender: { deadlineMs: 200, backoffMs: 5 } });
});
afterEach(() => task.stop());

const send = (method: string, path: string, body?: unknown) => call(task, method, path, { token: alice, body });
const operate = (method: string, path: string, body?: unknown) => call(task, method, `/v1/admin/${path}`, { token: operator, body });
const counts = () => [task.journal.of(0).length, task.journal.of(3).length];
const health = async () => (await call(task, 'GET', '/health')).body as { status: string; checks: Record<string, string> };

/** A partition of the journal that takes nothing. */
function failing(partition: number): void {
  task.journal.before = (of) => {
    if (of === partition) throw new JournalUnavailableError('throttled', 'refused');
  };
}

describe('orders', () => {
  test('go where their instrument trades, and their ids say where that was', async () => {
    const eth = await send('POST', '/v1/orders', order);
    expect(eth).toMatchObject({ status: 202, body: { partition: 3, position } });
    expect(String(eth.body.orderId).slice(-4)).toBe('0003');
    expect(await send('POST', '/v1/orders', { ...order, symbol: 'BTCUSDT' })).toMatchObject({ status: 202, body: { partition: 0 } });
    const pair = await send('POST', '/v1/order-lists', {
      symbol: 'ETHUSDT', side: 'sell', quantity: '1', resting: { price: '2100' }, waiting: { type: 'stop_loss', stopPrice: '1900' },
    });
    const ids = [String(pair.body.listId), ...(pair.body.orders as { orderId: string }[]).map(({ orderId }) => orderId)];
    expect([pair.body.partition, ids.map((id) => map.partitionOfId(id))]).toEqual([3, [3, 3, 3]]);
    expect(counts()).toEqual([1, 2]);
  });

  test('are taken back and changed where they are: by the cache, by a ledger, or by their id when nobody can be asked', async () => {
    const { orderId } = (await send('POST', '/v1/orders', order)).body as { orderId: string };
    expect(await send('DELETE', `/v1/orders/${orderId}`)).toMatchObject({ status: 202, body: { partition: 3 } });
    expect(await send('PATCH', `/v1/orders/${orderId}`, { quantity: '0.5' })).toMatchObject({ status: 202, body: { partition: 3 } });
    // An id that was made before there were partitions: only its ledger knows.
    const old = '00000000-0000-7000-8000-0000000000ab';
    task.ledgers.get(3)!.known.set(old, { accountId: ALICE, symbol: 'ETHUSDT' });
    expect(await send('DELETE', `/v1/orders/${old}`)).toMatchObject({ status: 202, body: { partition: 3 } });
    expect(counts()).toEqual([0, 4]);
    await harness.cache.del(orderOwnerKey(orderId));
    for (const ledger of task.ledgers.values()) ledger.away = true;
    expect((await send('DELETE', `/v1/orders/${orderId}`)).status).toBe(503);
    const { port } = harness.redis;
    await harness.redis.stop();
    await until(async () => (await health()).checks.cache !== 'ok');
    expect(await send('DELETE', `/v1/orders/${orderId}`)).toMatchObject({ status: 202, body: { partition: 3 } });
    await harness.restartRedis(port);
    await until(() => harness.cache.status === 'ready');
    await harness.restoreInstruments();
    await until(async () => (await health()).checks.cache === 'ok', 8_000);
  });

  test('under a client id are taken back where the symbol says, else where the cache remembers them, else everywhere', async () => {
    const cancel = (query = '') => send('DELETE', `/v1/orders/by-client-id/mine${query}`);
    await send('POST', '/v1/orders', { ...order, clientOrderId: 'mine' });
    expect((await cancel()).body).toEqual({ clientOrderId: 'mine', partition: 3, position });
    expect((await cancel('?symbol=BTCUSDT')).body).toEqual({ clientOrderId: 'mine', partition: 0, position });
    expect(await cancel('?symbol=NOPE')).toMatchObject({ status: 422, body: { code: 'unknown_symbol' } });
    expect(counts()).toEqual([1, 2]);
    await harness.cache.del(idempotencyKey(ALICE, 'mine'));
    expect((await cancel()).body).toEqual({ clientOrderId: 'mine', positions: [{ partition: 0, position }, { partition: 3, position }] });
    expect(counts()).toEqual([2, 3]);
  });

  test('are all taken back in every partition; one that does not confirm makes the outcome unknown, not done', async () => {
    expect((await send('DELETE', '/v1/orders')).body).toEqual({ positions: [{ partition: 0, position }, { partition: 3, position }] });
    expect((await send('DELETE', '/v1/orders?symbol=ETHUSDT')).body).toEqual({ symbol: 'ETHUSDT', partition: 3, position });
    failing(3);
    expect(await send('DELETE', '/v1/orders')).toMatchObject({ status: 503, body: { code: 'journal_unavailable', outcome: 'unknown' } });
    expect(counts()).toEqual([2, 2]);
  });
});

test('what operators do reaches the partitions that it concerns', async () => {
  const both = { positions: [{ partition: 0 }, { partition: 3 }] };
  expect((await operate('POST', 'trading-states', { state: 'halted' })).body).toMatchObject(both);
  expect((await operate('POST', 'trading-states', { symbol: 'ETHUSDT', state: 'halted' })).body).toEqual({ partition: 3, position });
  expect((await operate('POST', 'accounts', { accountId: ALICE, kind: 'customer', killed: true })).body).toMatchObject(both);
  expect((await operate('POST', 'mark-prices', { symbol: 'ETHUSDT', price: '2000' })).body).toEqual({ partition: 3, position });
  expect((await operate('DELETE', `orders?accountId=${ALICE}`)).body).toMatchObject(both);
  expect((await operate('DELETE', 'orders?symbol=BTCUSDT')).body).toEqual({ partition: 0, position });
  const deposit = { accountId: ALICE, asset: 'USDT', amount: '1' };
  expect((await operate('POST', 'deposits', deposit)).body).toMatchObject({ partition: 0 });
  expect((await operate('POST', 'deposits', { ...deposit, partition: 3 })).body).toMatchObject({ partition: 3 });
  expect(await operate('POST', 'deposits', { ...deposit, partition: 1 })).toMatchObject({ status: 422, body: { code: 'unknown_partition' } });
  // The core there would refuse it: it knows the assets of its own instruments.
  expect(await operate('POST', 'deposits', { ...deposit, asset: 'ETH' })).toMatchObject({ status: 422, body: { code: 'asset_not_in_partition', partition: 0 } });
  expect(counts()).toEqual([5, 6]);
});

test('an upgrade waits for matchers of every partition that it is for', async () => {
  const matcher = (newest: number | undefined) => (
    { problem: undefined, book: () => Promise.reject(new Error()), newestVersion: () => Promise.resolve(newest) });
  await task.stop();
  task = await harness.task({ partitions: map, matchers: new Map([[0, matcher(3)], [3, matcher(2)]]) });
  expect(await operate('POST', 'upgrades', { version: 3 })).toMatchObject({ status: 409, body: { newest: 2 } });
  expect((await operate('POST', 'upgrades', { version: 3, partition: 0 })).body).toEqual({ partition: 0, position });
  expect((await operate('POST', 'upgrades', { version: 2 })).body).toMatchObject({ positions: [{ partition: 0 }, { partition: 3 }] });
  await task.stop();
  task = await harness.task({ partitions: map, matchers: new Map([[0, matcher(3)]]) });
  expect(await operate('POST', 'upgrades', { version: 2 })).toMatchObject({ status: 503, body: { code: 'matchers_unavailable' } });
});

test('a book is asked of the matcher of its own partition', async () => {
  const matcher = (seq: number) => ({
    problem: undefined, newestVersion: () => Promise.resolve(1),
    book: (symbol: string): Promise<QueryBook> => Promise.resolve({ symbol, seq, bids: [], asks: [], caughtUp: true }),
  });
  await task.stop();
  task = await harness.task({ partitions: map, matchers: new Map([[0, matcher(10)], [3, matcher(33)]]) });
  expect((await send('GET', '/v1/book/BTCUSDT')).body.seq).toBe(10);
  expect((await send('GET', '/v1/book/ETHUSDT')).body.seq).toBe(33);
});

describe('reading', () => {
  const row = (n: number, symbol: string, at: number): LedgerOrder => ({
    orderId: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`, clientOrderId: `c${n}`, symbol, side: 'buy', type: 'limit', timeInForce: 'gtc', postOnly: false,
    selfTradePrevention: 'none', priceTicks: 1, triggerTicks: 0, quantityLots: 1, quoteBudget: 0, listId: null, remainingLots: 1, filledLots: 0, filledQuote: 0,
    triggered: true, status: 'open', reason: null, createdSeq: n, createdAt: new Date(at), updatedAt: new Date(at),
  });

  test.each([1, 2, 3, 4, 50])('the orders of both ledgers in pages of %i: newest first, each once', async (limit) => {
    task.ledgers.get(0)!.rows = [row(9, 'BTCUSDT', 500), row(8, 'BTCUSDT', 400), row(7, 'BTCUSDT', 100)];
    task.ledgers.get(3)!.rows = [row(3, 'ETHUSDT', 600), row(2, 'ETHUSDT', 400), row(1, 'ETHUSDT', 50)];
    const seen: unknown[] = [];
    for (let cursor = '', pages = 1; ; pages++) {
      const { body } = await send('GET', `/v1/orders?limit=${limit}${cursor}`);
      seen.push(...(body.orders as { clientOrderId: string; partition: number }[]).map(({ clientOrderId, partition }) => `${clientOrderId}@${partition}`));
      expect(body.partitions).toEqual([{ partition: 0, asOf: 7, asOfTime: 5_000 }, { partition: 3, asOf: 7, asOfTime: 5_000 }]);
      if (body.nextCursor === undefined) {
        expect(pages).toBe(Math.ceil(6 / limit));
        break;
      }
      cursor = `&cursor=${String(body.nextCursor)}`;
    }
    expect(seen).toEqual(['c3@3', 'c9@0', 'c8@0', 'c2@3', 'c7@0', 'c1@3']);
  });

  test('a ledger that is away fails an answer that would need it; one partition alone can still be read', async () => {
    task.ledgers.get(0)!.funds = [{ asset: 'BTC', free: 100_000_000, held: 0 }];
    task.ledgers.get(3)!.away = true;
    for (const path of ['/v1/portfolio', '/v1/orders']) {
      expect(await send('GET', path)).toMatchObject({ status: 503, body: { code: 'ledger_unavailable' } });
      expect(await send('GET', `${path}?partition=0`)).toMatchObject({ status: 200, body: { partitions: [{ partition: 0, asOf: 7, asOfTime: 5_000 }] } });
      expect(await send('GET', `${path}?partition=1`)).toMatchObject({ status: 422, body: { code: 'unknown_partition' } });
      expect(await send('GET', `${path}?partition=x`)).toMatchObject({ status: 400, body: { code: 'invalid_partition' } });
    }
    expect((await send('GET', '/v1/portfolio?partition=0')).body.balances).toEqual([{ asset: 'BTC', partition: 0, free: '1', held: '0', total: '1' }]);
    await until(async () => (await health()).checks['ledger.3'] === 'cannot be read', 5_000);
    expect((await health()).checks).toMatchObject({ 'ledger': 'ok', 'ledger.0': 'ok' });
  });

  test('the state of the system names each ledger', async () => {
    await until(async () => (await health()).checks['ledger.3'] === 'ok');
    const { body } = await call(task, 'GET', '/v1/status');
    expect(body).toMatchObject({ ledger: { seq: 7 }, partitions: [{ partition: 0, ledger: { seq: 7 } }, { partition: 3, ledger: { seq: 7 } }] });
  });
});

test('a partition whose journal fails is named and takes nobody out of service; all of them do', async () => {
  failing(3);
  expect((await send('POST', '/v1/orders', order)).status).toBe(503);
  await until(async () => (await health()).checks['journal.3'].includes('throttled'), 8_000);
  expect(await health()).toMatchObject({ status: 'degraded', checks: { 'journal': 'ok', 'journal.0': 'ok' } });
  expect((await send('POST', '/v1/orders', { ...order, symbol: 'BTCUSDT' })).status).toBe(202);
  task.journal.before = () => {
    throw new JournalUnavailableError('all gone', 'refused');
  };
  expect((await send('POST', '/v1/orders', { ...order, symbol: 'BTCUSDT' })).status).toBe(503);
  await until(async () => (await call(task, 'GET', '/health')).status === 503, 8_000);
  task.journal.before = () => undefined;
  await until(async () => (await health()).status === 'ok', 8_000);
}, 30_000);

describe('a transfer', () => {
  const ask = { asset: 'USDT', amount: '12.5', fromPartition: 3, toPartition: 0 };

  test('is a command to the partition that the funds leave', async () => {
    const { status, body } = await send('POST', '/v1/transfers', ask);
    expect([status, body]).toEqual([202, { transferId: expect.stringMatching(/0003$/) as string, fromPartition: 3, toPartition: 0, position }]);
    expect(task.journal.of(3)).toMatchObject([{ type: 'transfer_out', transferId: body.transferId, accountId: ALICE, asset: 'USDT', amount: 12_500_000, toPartition: 0 }]);
    expect(task.journal.of(0)).toEqual([]);
  });

  test('under a client id is one transfer, also when the cache has forgotten it; nobody else gets its id', async () => {
    const mine = { ...ask, clientTransferId: 'again' };
    const first = await send('POST', '/v1/transfers', mine);
    expect((await send('POST', '/v1/transfers', { ...mine, amount: '12.50' })).body).toEqual(first.body);
    expect(task.journal.of(3)).toHaveLength(1);
    expect(await send('POST', '/v1/transfers', { ...mine, amount: '13' })).toMatchObject({ status: 422, body: { code: 'client_order_id_reused' } });
    await harness.cache.flushall();
    await harness.restoreInstruments();
    const repeated = await send('POST', '/v1/transfers', mine);
    expect(repeated.body.transferId).toBe(first.body.transferId);
    const bobs = await call(task, 'POST', '/v1/transfers', { token: harness.pool.token(BOB), body: mine });
    expect(bobs.body.transferId).not.toBe(first.body.transferId);
  });

  test.each<[string, object, number, string]>([
    ['to where it is', { toPartition: 3 }, 422, 'same_partition'],
    ['to nowhere', { toPartition: 2 }, 422, 'unknown_partition'],
    ['from nowhere', { fromPartition: 1 }, 422, 'unknown_partition'],
    ['to no number', { toPartition: '0' }, 400, 'invalid_partition'],
    ['of nothing', { amount: '0' }, 422, 'invalid_amount'],
    ['of less than nothing', { amount: '-1' }, 422, 'invalid_number'],
    ['of an asset that is not traded there', { asset: 'ETH' }, 422, 'asset_not_in_partition'],
    ['of an unknown asset', { asset: 'DOGE' }, 422, 'unknown_asset'],
    ['of somebody else\'s', { accountId: BOB }, 400, 'unknown_field'],
  ])('%s is refused before anything is written', async (_, change, status, code) => {
    expect(await send('POST', '/v1/transfers', { ...ask, ...change })).toMatchObject({ status, body: { code } });
    expect(counts()).toEqual([0, 0]);
  });

  test('tells how far it is, to its owner alone', async () => {
    const transferId = '00000000-0000-7000-8000-000000000003';
    const [there, here] = [task.ledgers.get(0)!, task.ledgers.get(3)!];
    const common = { accountId: ALICE, asset: 'USDT', amount: 12_500_000, time: new Date(5), reason: null };
    const read = async () => (await send('GET', `/v1/transfers/${transferId}`)).body;
    expect(await read()).toMatchObject({ code: 'unknown_transfer' });
    here.transfers.set(transferId, [{ ...common, what: 'refused', otherPartition: null, reason: 'insufficient_funds' }]);
    expect(await read()).toEqual({ transferId, asset: 'USDT', amount: '12.5', fromPartition: 3, requestedAt: 5, status: 'refused', reason: 'insufficient_funds' });
    here.transfers.set(transferId, [{ ...common, what: 'out', otherPartition: 0 }]);
    expect(await read()).toEqual({ transferId, asset: 'USDT', amount: '12.5', fromPartition: 3, toPartition: 0, requestedAt: 5, status: 'in_transit' });
    there.transfers.set(transferId, [{ ...common, what: 'refused', otherPartition: null, reason: 'out_of_range' }]);
    expect(await read()).toMatchObject({ status: 'in_transit', reason: 'out_of_range' });
    there.transfers.get(transferId)!.push({ ...common, what: 'in', otherPartition: 3, time: new Date(9) });
    expect(await read()).toMatchObject({ status: 'completed', completedAt: 9 });
    expect(await call(task, 'GET', `/v1/transfers/${transferId}`, { token: harness.pool.token(BOB) })).toMatchObject({ status: 404 });
    expect(await send('GET', '/v1/transfers/nonsense')).toMatchObject({ status: 404, body: { code: 'unknown_transfer' } });
  });
});

describe('the environment', () => {
  test('names a ledger for each partition, or one for all', () => {
    expect([...ledgerUrlsOf(map, 'all')]).toEqual([[0, 'all'], [3, 'all']]);
    expect([...ledgerUrlsOf(map, 'all', ['a', 'b', 'c', 'd'])]).toEqual([[0, 'a'], [3, 'd']]);
    expect(() => ledgerUrlsOf(map, 'all', ['a', 'b'])).toThrow(/LEDGER_URLS has 2 ledgers, but the partition map names partition 3/);
  });

  test('names the matchers of each partition', () => {
    expect([...matcherEndpointsOf(map, 'a:1, b:2,3=c:1')]).toEqual([[0, ['a:1', 'b:2']], [3, ['c:1']]]);
    expect([...matcherEndpointsOf(map, 'none')]).toEqual([]);
    for (const wrong of ['a', '1=a:1', 'x=a:1', '']) expect(() => matcherEndpointsOf(map, wrong)).toThrow(/MATCHER_ENDPOINTS has/);
  });

  test('has a map that can be used', () => {
    expect(partitionMapOf(undefined).several).toBe(false);
    expect(() => partitionMapOf({ instruments: { eth: 1 } })).toThrow(/reference-api cannot start: PARTITION_MAP: .*instruments\.eth/);
  });
});
