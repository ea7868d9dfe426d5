import { startingBalancesOf } from './starting-balances';
import { Automations } from '../../adapters/jobs/automations';
import { JournalUnavailableError } from '../../adapters/journal/journal-errors';
import { defineInstrument, PartitionMap } from '../../domain';
import * as answers from '../http/answers';
import type { LedgerBeginning } from '../ledger/ledger-reader';
import { BTC, ETH } from '../testing/doubles';
import { ALICE, BOB, call, Harness, type Task, type TaskOptions, until } from '../testing/harness';

const STARTING = startingBalancesOf({ USDT: '100000', BTC: '0.5' }, 60);
const FUNDS = [{ asset: 'USDT', amount: 100_000_000_000 }, { asset: 'BTC', amount: 50_000_000 }];
const RESET = '0d000000-0000-4000-8000-00000000000d';

let harness: Harness;
let task: Task;
let alice: string;

beforeAll(async () => {
  harness = await new Harness().start();
  alice = harness.pool.token(ALICE);
});
afterAll(() => harness.stop());
const start = async (options: TaskOptions = {}): Promise<void> => {
  task = await harness.task({ startingBalances: STARTING, appender: { deadlineMs: 200, backoffMs: 5 }, ...options });
};
afterEach(async () => {
  await task?.stop();
  await harness.cache.del(`reset:${ALICE}`, `reset:${BOB}`);
});

const ask = (method: string, path = '', body?: unknown, headers?: Record<string, string>, token = alice) => call(task, method, `/v1/account${path}`, { token, body, headers });
const begin = (time: Date, kind: 'opening' | 'reset' = 'opening', seq = 3): LedgerBeginning => ({ seq, kind, resetId: kind === 'reset' ? RESET : null, time });
const asked = () => task.journal.commands.map(({ time: _, ...command }) => command);

describe('an account', () => {
  test('that was never opened says what it would begin with', async () => {
    await start();
    const { status, body } = await ask('GET');
    expect([status, answers.accountState.parse(body)]).toEqual([200, {
      status: 'not_open', startingBalances: [{ asset: 'USDT', amount: '100000' }, { asset: 'BTC', amount: '0.5' }], asOf: 7, asOfTime: 5_000,
    }]);
  });

  test('is opened by a command, and once the ledger has it by none', async () => {
    await start();
    const opening = await ask('PUT');
    expect([opening.status, answers.acceptedOpening.parse(opening.body)]).toEqual([202, { status: 'opening', position: expect.any(String) as string }]);
    expect(asked()).toEqual([{ type: 'open_account', accountId: ALICE, funds: FUNDS }]);
    // The core gives it once, however often it is asked until the ledger has it.
    expect((await ask('PUT')).body).toMatchObject({ status: 'opening' });
    task.ledger.begun = [begin(new Date(9_000))];
    expect((await ask('PUT')).body).toEqual({ status: 'open' });
    expect(task.journal.commands).toHaveLength(2);
    expect((await ask('GET')).body).toMatchObject({ status: 'open', openedAt: 9_000 });
  });

  test('shows its last reset, and when the next one may be', async () => {
    await start();
    const time = Date.now() - 5_000;
    task.ledger.begun = [begin(new Date(9_000)), begin(new Date(time), 'reset', 5)];
    expect((await ask('GET')).body).toMatchObject({ openedAt: 9_000, lastReset: { resetId: RESET, time }, resetAvailableAt: time + 60_000 });
  });
});

describe('a reset', () => {
  test('is a command with what everybody begins with; the next one has to wait, and says for how long', async () => {
    await start();
    const { status, body } = await ask('POST', '/reset', {});
    const { resetId } = answers.acceptedReset.parse(body);
    expect(status).toBe(202);
    expect(asked()).toEqual([{ type: 'reset_account', resetId, accountId: ALICE, funds: FUNDS }]);
    const soon = await ask('POST', '/reset', {});
    expect(soon).toMatchObject({ status: 429, body: { code: 'reset_too_soon' } });
    expect(Number(soon.headers.get('retry-after'))).toBeGreaterThan(50);
    // Somebody else's is their own.
    expect((await ask('POST', '/reset', {}, {}, harness.pool.token(BOB))).status).toBe(202);
    expect(task.journal.commands).toHaveLength(2);
  });

  test('that is repeated under its id is the same one, also when the ledger has it; the ids of others are others', async () => {
    await start();
    const first = await ask('POST', '/reset', { clientResetId: 'mine' });
    const again = await ask('POST', '/reset', {}, { 'idempotency-key': 'mine' });
    expect([first.status, again.status, again.body.resetId]).toEqual([202, 202, first.body.resetId]);
    const bobs = await ask('POST', '/reset', { clientResetId: 'mine' }, {}, harness.pool.token(BOB));
    expect(bobs.body.resetId).not.toBe(first.body.resetId);
    task.ledger.begun = [{ ...begin(new Date(), 'reset'), resetId: String(first.body.resetId) }];
    expect((await ask('POST', '/reset', { clientResetId: 'mine' })).body.resetId).toBe(first.body.resetId);
    expect(await ask('POST', '/reset', { clientResetId: 'another' })).toMatchObject({ status: 429 });
    expect(await ask('POST', '/reset', { clientResetId: 'a' }, { 'idempotency-key': 'b' })).toMatchObject({ status: 400, body: { code: 'ambiguous_idempotency_key' } });
    expect(await ask('POST', '/reset', { accountId: BOB })).toMatchObject({ status: 400, body: { code: 'unknown_field' } });
  });

  test('ends what workers look after for the account, and nothing of others', async () => {
    await start();
    const bob = harness.pool.token(BOB);
    const trailing = { type: 'trailing_stop', symbol: 'BTCUSDT', side: 'sell', quantity: '0.05', distance: '25.5' };
    const began = await Promise.all([alice, bob].map((token) => call(task, 'POST', '/v1/automations', { token, body: trailing })));
    expect((await ask('POST', '/reset', {})).status).toBe(202);
    const found = await Promise.all([alice, bob].map((token, at) => call(task, 'GET', `/v1/automations/${String(began[at].body.id)}`, { token })));
    expect(found.map(({ body }) => body.cancelRequested)).toEqual([true, false]);
  });

  test('does nothing while they cannot be ended, and may be asked for again', async () => {
    await start();
    const failing = jest.spyOn(Automations.prototype, 'list').mockRejectedValueOnce(new Error('the cache is away'));
    expect(await ask('POST', '/reset', {})).toMatchObject({ status: 503, body: { code: 'automations_unavailable' } });
    failing.mockRestore();
    expect(asked()).toEqual([]);
    expect((await ask('POST', '/reset', {})).status).toBe(202);
  });

  test('is kept apart from the next by the ledger when the cache is away', async () => {
    await start({ automations: undefined });
    const { port } = harness.redis;
    await harness.redis.stop();
    await until(async () => ((await call(task, 'GET', '/health')).body as { checks: Record<string, string> }).checks.cache !== 'ok');
    task.ledger.begun = [begin(new Date(Date.now() - 10_000), 'reset')];
    expect(await ask('POST', '/reset', {})).toMatchObject({ status: 429, body: { code: 'reset_too_soon' } });
    task.ledger.begun = [begin(new Date(Date.now() - 70_000), 'reset')];
    expect((await ask('POST', '/reset', {})).status).toBe(202);
    await harness.restartRedis(port);
    await until(() => harness.cache.status === 'ready');
    await harness.restoreInstruments();
  });

  test('that no journal took may be asked for again at once', async () => {
    await start();
    task.journal.before = () => { throw new JournalUnavailableError('throttled', 'refused'); };
    expect(await ask('POST', '/reset', {})).toMatchObject({ status: 503, body: { outcome: 'refused' } });
    task.journal.before = () => undefined;
    expect((await ask('POST', '/reset', {})).status).toBe(202);
  });
});

describe('in several partitions', () => {
  const map = PartitionMap.of({ defaultPartition: 0, instruments: { ETHUSDT: 3 } });
  const starting = startingBalancesOf({ USDT: '5', ETH: '2' }, 60);

  test('each gives what is traded in it, and is reset; the answer names all of them', async () => {
    await start({ partitions: map, startingBalances: starting });
    const position = expect.any(String) as string;
    const positions = [{ partition: 0, position }, { partition: 3, position }];
    expect((await ask('GET')).body).toMatchObject({
      startingBalances: [{ asset: 'USDT', amount: '5', partition: 0 }, { asset: 'ETH', amount: '2', partition: 3 }], partitions: [{ partition: 0 }, { partition: 3 }],
    });
    expect((await ask('PUT')).body).toEqual({ status: 'opening', positions });
    const { body: { resetId, ...where } } = await ask('POST', '/reset', {});
    expect(where).toEqual({ positions });
    expect(task.journal.of(0)).toMatchObject([{ type: 'open_account', funds: [{ asset: 'USDT', amount: 5_000_000 }] }, { type: 'reset_account', resetId, funds: [{ asset: 'USDT', amount: 5_000_000 }] }]);
    expect(task.journal.of(3)).toMatchObject([{ type: 'open_account', funds: [{ asset: 'ETH', amount: 200_000_000 }] }, { type: 'reset_account', resetId, funds: [{ asset: 'ETH', amount: 200_000_000 }] }]);
    // One that had it is not asked again.
    task.ledger.begun = [begin(new Date(1))];
    expect((await ask('PUT')).body).toEqual({ status: 'opening', positions: [{ partition: 3, position }] });
  });

  test('one that does not confirm makes the outcome unknown; the same id finishes it', async () => {
    await start({ partitions: map, startingBalances: starting });
    task.journal.before = (partition) => { if (partition === 3) throw new JournalUnavailableError('throttled', 'refused'); };
    expect(await ask('POST', '/reset', { clientResetId: 'mine' })).toMatchObject({ status: 503, body: { outcome: 'unknown' } });
    task.journal.before = () => undefined;
    expect((await ask('POST', '/reset', { clientResetId: 'mine' })).status).toBe(202);
    expect([task.journal.of(0).length, task.journal.of(3).length]).toEqual([2, 1]);
  });
});

describe('is not to be had', () => {
  test.each([['GET', ''], ['PUT', ''], ['POST', '/reset']])('%s /v1/account%s where nobody is given anything', async (method, path) => {
    await start({ startingBalances: undefined });
    expect(await ask(method, path, method === 'POST' ? {} : undefined)).toMatchObject({ status: 404, body: { code: 'feature_not_here', feature: 'starting_balances' } });
  });

  test.each([[2, 409, 'core_upgrade_needed'], [null, 503, 'core_version_unknown']])('while the core behaves as version %s: a matcher of before would stop at the command', async (version, status, code) => {
    await start();
    task.ledger.coreVersion = version;
    expect(await ask('PUT')).toMatchObject({ status, body: { code } });
    expect(await ask('POST', '/reset', {})).toMatchObject({ status, body: { code } });
    expect((await ask('GET')).status).toBe(200);
    expect(task.journal.commands).toEqual([]);
  });

  test('with a token that may only read, or while the ledger is away', async () => {
    await start();
    expect(await ask('PUT', '', undefined, {}, 'x')).toMatchObject({ status: 401 });
    task.ledger.away = true;
    expect(await ask('PUT')).toMatchObject({ status: 503, body: { code: 'ledger_unavailable' } });
  });
});

describe('what everybody begins with', () => {
  const instruments = [BTC, ETH].map(defineInstrument);

  test.each([[[]], ['100000'], [{}], [{ USDT: 5 }], [{ USDT: '0' }], [{ USDT: '-1' }], [{ USDT: '1e5' }], [{ USDT: '' }]])('%j stops the service', (value) => {
    expect(() => startingBalancesOf(value, 60)).toThrow(/STARTING_BALANCES/);
  });

  test('is absent where nothing is said', () => expect(startingBalancesOf(undefined, 60)).toBeUndefined());

  test.each([[{ XRP: '1' }, /No instrument trades XRP/], [{ USDT: '0.0000001' }, /at most 6 decimals/]])('%j is told when it cannot be given', (value, message) => {
    expect(() => startingBalancesOf(value, 60)!.shares(instruments, PartitionMap.SINGLE)).toThrow(message);
  });
});

test('after a reset positions begin anew, whether they were read before or not', async () => {
  await start();
  const fill = (seq: number) => ({
    seq, side: 'buy' as const, baseAmount: 100_000_000, quoteAmount: 30_000_000_000, liquidity: 'taker' as const, orderId: `00000000-0000-7000-8000-${String(seq).padStart(12, '0')}`,
    symbol: 'BTCUSDT', priceTicks: 1, quantityLots: 1, fee: 0, feeAsset: 'BTC', time: new Date(seq),
  });
  const positions = async () => (await call(task, 'GET', '/v1/positions', { token: alice })).body.positions;
  task.ledger.trades = [fill(2), fill(1)];
  expect(await positions()).toMatchObject([{ quantity: '2', fills: 2 }]);
  task.ledger.resetSeq = 3;
  expect(await positions()).toEqual([]);
  expect(await positions()).toEqual([]);
  task.ledger.trades = [fill(5), ...task.ledger.trades];
  expect(await positions()).toMatchObject([{ quantity: '1', cost: '30000', fills: 1 }]);
  task.ledger.resetSeq = 9;
  task.ledger.trades = [fill(10), ...task.ledger.trades];
  expect(await positions()).toMatchObject([{ quantity: '1', fills: 1 }]);
});
