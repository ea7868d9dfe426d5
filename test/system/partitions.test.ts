import { until } from './support/system';
import { TwoPartitions } from './support/two-partitions';
import { EXTERNAL_ACCOUNT } from '../../services/domain';
import { entriesOf } from '../../services/settlement/entries';
import { transitAccount } from '../../services/settlement/system-accounts';

// Everything on one machine: two shards, two pairs of matchers, two PostgreSQL, two settlement processes, one API.
const ALICE = '0a000000-0000-4000-8000-00000000000a';
const BOB = '0b000000-0000-4000-8000-00000000000b';
const OPERATOR = '0c000000-0000-4000-8000-00000000000c';
const venue = new TwoPartitions();

interface BalanceRow { account_id: string; asset: string; free: string; held: string }
interface Wallet { asset: string; partition: number; free: string; held: string; total: string }

const balances = (partition: number): Promise<BalanceRow[]> => venue.ledgers[partition].query<BalanceRow>(
  'SELECT account_id, asset, free::text, held::text FROM ledger.balances WHERE partition = $1 ORDER BY account_id, asset', [partition]);
const wallets = async (account: string): Promise<Wallet[]> => (await venue.request(account, 'GET', '/v1/portfolio')).body.balances as Wallet[];
const wallet = async (account: string, asset: string, partition: number): Promise<Wallet | undefined> => (
  (await wallets(account)).find((one) => one.asset === asset && one.partition === partition));
const deposit = (accountId: string, asset: string, amount: string, partition?: number) => venue.request(
  OPERATOR, 'POST', '/v1/admin/deposits', { accountId, asset, amount, ...(partition === undefined ? {} : { partition }) }, ['operators']);
const order = (account: string, symbol: string, side: 'buy' | 'sell', quantity: string) => venue.request(
  account, 'POST', '/v1/orders', { symbol, side, type: 'limit', price: '100', quantity });
const settled = (what: string, holds: () => Promise<boolean>): Promise<true> => until(what, async () => ((await holds()) ? true : undefined), 20_000);

const total = (rows: readonly BalanceRow[]): bigint => rows.reduce((sum, { free, held }) => sum + BigInt(free) + BigInt(held), 0n);

/** What customers have of an asset in both ledgers together, in smallest units. */
async function owned(asset: string): Promise<bigint> {
  const rows = (await Promise.all(venue.map.partitions.map(balances))).flat();
  const outside = new Set([EXTERNAL_ACCOUNT, ...venue.map.partitions.map(transitAccount)]);
  return total(rows.filter((row) => row.asset === asset && !outside.has(row.account_id)));
}

/** What is on its way between the ledgers, by asset. */
async function inTransit(asset: string): Promise<bigint> {
  const [zero, one] = await Promise.all([0, 1].map(async (partition) => total((await balances(partition))
    .filter((row) => row.asset === asset && row.account_id === transitAccount(1 - partition)))));
  return zero + one;
}

beforeAll(async () => {
  await venue.start();
  await settled('the API knows both instruments', async () => {
    // Until it does, it may answer with a problem.
    const { instruments } = (await venue.request(ALICE, 'GET', '/v1/instruments')).body as { instruments?: unknown[] };
    return instruments?.length === 2;
  });
}, 60_000);

afterAll(() => venue.stop(), 30_000);

test('each ledger has the instruments of its own partition', async () => {
  const instruments = (partition: number) => venue.ledgers[partition].query('SELECT symbol, partition FROM ledger.instruments');
  await settled('both ledgers have theirs', async () => (await instruments(0)).length === 1 && (await instruments(1)).length === 1);
  expect([await instruments(0), await instruments(1)]).toEqual([[{ symbol: 'BTCUSDT', partition: 0 }], [{ symbol: 'ETHUSDT', partition: 1 }]]);
});

test('deposits go to the default partition, unless another one is named that trades the asset', async () => {
  expect(await deposit(ALICE, 'USDT', '100000')).toMatchObject({ status: 202, body: { partition: 0 } });
  expect(await deposit(BOB, 'BTC', '50')).toMatchObject({ status: 202, body: { partition: 0 } });
  expect(await deposit(BOB, 'ETH', '50')).toMatchObject({ status: 422, body: { code: 'asset_not_in_partition' } });
  expect(await deposit(BOB, 'ETH', '50', 1)).toMatchObject({ status: 202, body: { partition: 1 } });
  await settled('they are there', async () => (await wallets(ALICE)).length === 1 && (await wallets(BOB)).length === 2);
  expect(await wallets(BOB)).toEqual([
    { asset: 'BTC', partition: 0, free: '50', held: '0', total: '50' },
    { asset: 'ETH', partition: 1, free: '50', held: '0', total: '50' },
  ]);
});

test('a transfer moves funds from one ledger to the other, once however often it is asked for', async () => {
  const ask = { asset: 'USDT', amount: '40000', fromPartition: 0, toPartition: 1, clientTransferId: 'to-eth' };
  const first = await venue.request(ALICE, 'POST', '/v1/transfers', ask);
  expect(first).toMatchObject({ status: 202, body: { fromPartition: 0, toPartition: 1 } });
  expect((await venue.request(ALICE, 'POST', '/v1/transfers', ask)).body).toEqual(first.body);
  const status = async () => (await venue.request(ALICE, 'GET', `/v1/transfers/${String(first.body.transferId)}`)).body;
  await settled('it has arrived', async () => (await status()).status === 'completed');
  expect(await status()).toMatchObject({ asset: 'USDT', amount: '40000', fromPartition: 0, toPartition: 1 });
  expect((await wallets(ALICE)).map(({ partition, free }) => [partition, free])).toEqual([[0, '60000'], [1, '40000']]);
  expect(await venue.request(BOB, 'GET', `/v1/transfers/${String(first.body.transferId)}`)).toMatchObject({ status: 404 });
  expect([await owned('USDT'), await inTransit('USDT')]).toEqual([100_000_000_000n, 0n]);
});

test('orders trade in the partition of their instrument, with the funds that are there', async () => {
  for (const symbol of ['BTCUSDT', 'ETHUSDT']) {
    const partition = venue.map.partitionOf(symbol);
    expect(await order(BOB, symbol, 'sell', '10')).toMatchObject({ status: 202, body: { partition } });
    const bought = await order(ALICE, symbol, 'buy', '6');
    expect(bought).toMatchObject({ status: 202, body: { partition } });
    expect(venue.map.partitionOfId(String(bought.body.orderId))).toBe(partition);
  }
  await settled('both are filled', async () => (await venue.ledgers[0].query('SELECT 1 FROM ledger.fills')).length === 2
    && (await venue.ledgers[1].query('SELECT 1 FROM ledger.fills')).length === 2);
  const symbols = async (partition: number) => [...new Set((await venue.journal(partition)).flatMap((command) => (command.type === 'place_order' ? [command.symbol] : [])))];
  expect([await symbols(0), await symbols(1)]).toEqual([['BTCUSDT'], ['ETHUSDT']]);
  expect([await wallet(ALICE, 'USDT', 0), await wallet(ALICE, 'USDT', 1)]).toMatchObject([{ free: '59400' }, { free: '39400' }]);
});

test('one list has the orders of both, page by page, and one request takes all of them back', async () => {
  const seen: { symbol: string; partition: number; status: string }[] = [];
  for (let cursor = ''; ;) {
    const { status, body } = await venue.request(BOB, 'GET', `/v1/orders?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    seen.push(...body.orders as typeof seen);
    if (body.nextCursor === undefined) break;
    cursor = String(body.nextCursor);
  }
  expect(seen).toMatchObject([{ symbol: 'ETHUSDT', partition: 1, status: 'open' }, { symbol: 'BTCUSDT', partition: 0, status: 'open' }]);
  expect(await venue.request(BOB, 'GET', '/v1/orders?partition=1')).toMatchObject({ body: { orders: [{ symbol: 'ETHUSDT' }], partitions: [{ partition: 1 }] } });
  expect((await venue.request(BOB, 'DELETE', '/v1/orders')).body.positions).toMatchObject([{ partition: 0 }, { partition: 1 }]);
  await settled('none is open', async () => ((await venue.request(BOB, 'GET', '/v1/orders?status=open')).body.orders as unknown[]).length === 0);
});

/** Asks for a transfer and kills the settlement of the partition that it leaves, when the gate has seen its append. */
async function transferAndKill(mode: 'hold' | 'answerLost'): Promise<string> {
  const gate = venue.gates[0];
  gate.mode = mode;
  const before = { appends: gate.appends, unanswered: gate.unanswered };
  const { body } = await venue.request(ALICE, 'POST', '/v1/transfers', { asset: 'USDT', amount: '1000', fromPartition: 0, toPartition: 1 });
  await settled('the arrival is about to be appended', async () => (mode === 'hold' ? gate.appends > before.appends : gate.unanswered > before.unanswered));
  venue.killSettlement(0);
  return String(body.transferId);
}

test.each(['hold', 'answerLost'] as const)('settlement killed between the two sides of a transfer (%s): it arrives all the same, once', async (mode) => {
  const before = await wallet(ALICE, 'USDT', 1);
  const transferId = await transferAndKill(mode);
  const status = async () => (await venue.request(ALICE, 'GET', `/v1/transfers/${transferId}`)).body.status;
  // It has left for good, whatever becomes of the process.
  expect(await venue.ledgers[0].query("SELECT 1 FROM ledger.transfers WHERE transfer_id = $1 AND direction = 'out'", [transferId])).toHaveLength(1);
  if (mode === 'hold') {
    expect([await status(), await inTransit('USDT'), await owned('USDT')]).toEqual(['in_transit', 1_000_000_000n, 99_000_000_000n]);
  }
  venue.gates[0].mode = 'open';
  venue.startSettlement(0);
  await settled('it has arrived', async () => await status() === 'completed');
  const arrivals = async () => (await venue.journal(1)).filter((command) => command.type === 'transfer_in' && command.transferId === transferId).length;
  // The log has the arrival as often as it was sent, the ledger once.
  await settled('it was sent again', async () => await arrivals() >= (mode === 'hold' ? 1 : 2));
  expect(await venue.ledgers[1].query('SELECT direction FROM ledger.transfers WHERE transfer_id = $1', [transferId])).toEqual([{ direction: 'in' }]);
  expect(Number((await wallet(ALICE, 'USDT', 1))!.total) - Number(before!.total)).toBe(1_000);
  expect([await inTransit('USDT'), await owned('USDT')]).toEqual([0n, 100_000_000_000n]);
}, 40_000);

test('a partition that loses its leader goes on with its standby, and the other does not notice', async () => {
  const [leader] = venue.matchers[1].filter(({ matcher }) => matcher.leads);
  leader.crash();
  const [eth, btc] = await Promise.all([order(ALICE, 'ETHUSDT', 'buy', '1'), order(ALICE, 'BTCUSDT', 'buy', '1')]);
  expect([eth.status, btc.status]).toEqual([202, 202]);
  await settled('both orders are in their ledgers', async () => ((await venue.request(ALICE, 'GET', '/v1/orders?status=open')).body.orders as unknown[]).length === 2);
  // By the order's id alone, wherever it is.
  expect(await venue.request(ALICE, 'DELETE', `/v1/orders/${String(eth.body.orderId)}`)).toMatchObject({ status: 202, body: { partition: 1 } });
  expect(await venue.request(ALICE, 'DELETE', `/v1/orders/${String(btc.body.orderId)}`)).toMatchObject({ status: 202, body: { partition: 0 } });
  await settled('none is open', async () => ((await venue.request(ALICE, 'GET', '/v1/orders?status=open')).body.orders as unknown[]).length === 0);
});

test('both ledgers are what a core makes of their journals, to the last unit', async () => {
  for (const partition of venue.map.partitions) {
    const events = await venue.replay(partition);
    await settled('the ledger has all of it', async () => Number((await venue.ledgers[partition].query<{ last_seq: string }>(
      'SELECT last_seq::text FROM ledger.partitions WHERE partition = $1', [partition]))[0].last_seq) === events.length);
    const expected = new Map<string, [bigint, bigint]>();
    for (const { accountId, asset, freeDelta, heldDelta } of events.flatMap(entriesOf)) {
      const [free, held] = expected.get(`${accountId}/${asset}`) ?? [0n, 0n];
      expected.set(`${accountId}/${asset}`, [free + BigInt(freeDelta), held + BigInt(heldDelta)]);
    }
    const rows = await balances(partition);
    expect(new Map(rows.map(({ account_id, asset, free, held }) => [`${account_id}/${asset}`, [BigInt(free), BigInt(held)]]))).toEqual(expected);
    for (const asset of new Set(rows.map((row) => row.asset))) {
      expect([asset, total(rows.filter((row) => row.asset === asset))]).toEqual([asset, 0n]);
    }
    // Only its own partition is in it.
    expect(await venue.ledgers[partition].query('SELECT partition FROM ledger.partitions')).toEqual([{ partition }]);
  }
});
