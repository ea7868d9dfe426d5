import { Automations } from '../../adapters/jobs/automations';
import { readJob } from '../../adapters/jobs/job';
import { JobQueue } from '../../adapters/jobs/job-queue';
import { ALICE, BOB, call, Harness, type Task } from '../testing/harness';

let harness: Harness;
let task: Task;
let alice: string;
let bob: string;
const trailing = { type: 'trailing_stop', symbol: 'BTCUSDT', side: 'sell', quantity: '0.5', distance: '25.5', activationPrice: '30000' };
const bracket = { type: 'bracket', symbol: 'BTCUSDT', side: 'buy', quantity: '0.01', price: '30000', takeProfitPrice: '31000', stopLossPrice: '29000' };
const strategy = { type: 'strategy', symbol: 'BTCUSDT', strategy: 'sma-cross', settings: { fast: 5, slow: 20 }, budget: '1000' };

beforeAll(async () => {
  harness = await new Harness().start();
  task = await harness.task();
  alice = harness.pool.token(ALICE);
  bob = harness.pool.token(BOB);
});
afterAll(() => harness.stop());
beforeEach(async () => {
  await harness.cache.flushall();
  await harness.restoreInstruments();
});

const begin = (body: unknown, token = alice, headers: Record<string, string> = {}) => call(task, 'POST', '/v1/automations', { token, body, headers });

test.each([
  ['a trailing stop', trailing, { type: 'trailing_stop', symbol: 'BTCUSDT', side: 'sell', quantityLots: 5_000, distanceTicks: 255, activationTicks: 300_000 }],
  ['a bracket', bracket, { type: 'bracket', symbol: 'BTCUSDT', side: 'buy', quantityLots: 100, entryTicks: 300_000, takeProfitTicks: 310_000, stopLossTicks: 290_000 }],
  ['a strategy', strategy, {
    type: 'strategy', symbol: 'BTCUSDT', strategy: { name: 'sma-cross', settings: { fast: 5, slow: 20, lots: 0, short: 0 } }, intervalSeconds: 60, budget: '1000',
  }],
])('%s becomes a job that a worker can take, in ticks and lots', async (_, body, ask) => {
  const begun = await begin(body);
  expect(begun).toMatchObject({ status: 202, body: { id: expect.any(String) as string } });
  const queue = new JobQueue({ redis: harness.cache, name: 'simulation', visibilityMs: 1_000, maxDeliveries: 5 });
  expect(readJob((await queue.take('worker'))!.body)).toEqual({ type: 'automation', id: begun.body.id });
  expect(await new Automations({ redis: harness.cache }).get(String(begun.body.id))).toMatchObject({ accountId: ALICE, ask, status: 'waiting' });
  const { symbol, strategy: name } = body as { symbol: string; strategy?: string };
  expect(await call(task, 'GET', `/v1/automations/${String(begun.body.id)}`, { token: alice })).toMatchObject({
    status: 200, body: { type: body.type, symbol, ...(name ? { strategy: name } : { quantity: (body as { quantity: string }).quantity }), status: 'waiting', orders: [] },
  });
});

test('each account has a list of its own; an end is asked for, and made by the worker', async () => {
  const { body: { id } } = await begin(trailing);
  await begin(bracket, bob);
  expect((await call(task, 'GET', '/v1/automations', { token: alice })).body.automations).toMatchObject([{ id, distance: '25.5', cancelRequested: false }]);
  const ended = () => call(task, 'DELETE', `/v1/automations/${String(id)}`, { token: alice });
  expect([await ended(), await ended()]).toMatchObject([{ status: 202, body: { id } }, { status: 202 }]);
  expect((await call(task, 'GET', `/v1/automations/${String(id)}`, { token: alice })).body).toMatchObject({ status: 'waiting', cancelRequested: true });
});

test('one name is one automation, whether it stands in the body or in the header', async () => {
  const first = await begin({ ...trailing, clientAutomationId: 'mine' });
  const again = await begin(trailing, alice, { 'idempotency-key': 'mine' });
  expect([again.status, again.body]).toEqual([202, first.body]);
  expect(await begin(bracket, alice, { 'idempotency-key': 'mine' })).toMatchObject({ status: 422, body: { code: 'client_automation_id_reused' } });
  expect((await begin(trailing, bob, { 'idempotency-key': 'mine' })).body.id).not.toBe(first.body.id);
  expect((await call(task, 'GET', '/v1/automations', { token: alice })).body.automations).toHaveLength(1);
});

test('an account has up to twenty at a time, and the workers no more than they bear', async () => {
  for (let n = 0; n < 20; n++) expect((await begin(trailing)).status).toBe(202);
  expect(await begin(trailing)).toMatchObject({ status: 409, body: { code: 'too_many_automations' } });
  for (let n = 0; n < 500; n++) await harness.cache.zadd('{simulation}:due', n, `other ${n}`);
  expect(await begin(trailing, bob)).toMatchObject({ status: 503, body: { code: 'automations_busy' } });
});

test.each<[string, object, number, string]>([
  ['no distance', { ...trailing, distance: undefined }, 400, 'distance_required'],
  ['two distances', { ...trailing, distanceBps: 5 }, 400, 'distance_required'],
  ['a distance finer than a tick', { ...trailing, distance: '0.01' }, 422, 'too_precise'],
  ['a number that was rounded', { ...trailing, distance: 25.5 }, 400, 'decimal_string_required'],
  ['a stop above the price', { ...bracket, stopLossPrice: '30500' }, 422, 'invalid_bracket'],
  ['exits of the other side', { ...bracket, side: 'sell' }, 422, 'invalid_bracket'],
  ['an unknown symbol', { ...bracket, symbol: 'NOPE' }, 422, 'unknown_symbol'],
  ['a strategy that is none', { ...strategy, strategy: 'magic' }, 400, 'invalid_field'],
  ['settings that contradict each other', { ...strategy, settings: { fast: 9, slow: 3 } }, 422, 'invalid_strategy'],
  ['no budget', { ...strategy, budget: '0' }, 422, 'invalid_budget'],
  ['another type', { ...bracket, type: 'iceberg' }, 400, 'invalid_field'],
  ['a field that there is not', { ...bracket, accountId: BOB }, 400, 'unknown_field'],
])('%s is refused', async (_, body, status, code) => {
  expect(await begin(body)).toMatchObject({ status, body: { code } });
  expect(await harness.cache.zcard('{simulation}:due')).toBe(0);
});

test('a system without workers says so', async () => {
  const without = await harness.task({ automations: undefined });
  expect(await call(without, 'GET', '/v1/automations', { token: alice })).toMatchObject({ status: 404, body: { code: 'feature_not_here', feature: 'automations' } });
});
