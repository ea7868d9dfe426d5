/** Under too much load requests are turned away at the door, questions first; what was acknowledged is in the journal all the same. */
import { ALICE, call, Harness, type Task, until } from '../testing/harness';

const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '30000.1', quantity: '0.5' };
let harness: Harness;
let task: Task;
let token: string;

beforeAll(async () => {
  harness = await new Harness().start();
  token = harness.pool.token(ALICE);
});
afterAll(() => harness.stop());
afterEach(() => task.stop());

const post = (body: unknown = order) => call(task, 'POST', '/v1/orders', { token, body });

test('a journal that lags: new orders get 503 and Retry-After, cancels and questions still pass, and what waits is not lost', async () => {
  const after = (journalMs: number) => ({ eventLoopMs: Infinity, journalMs });
  task = await harness.task({ loadLimits: { order: after(1_000), cancel: after(60_000) } });
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => { open = resolve; });
  task.journal.before = () => gate;
  const waiting = Array.from({ length: 10 }, () => post());
  await new Promise((resolve) => setTimeout(resolve, 1_400));
  const refused = await post();
  expect(refused).toMatchObject({ status: 503, body: { code: 'overloaded' } });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect((await call(task, 'GET', '/v1/portfolio', { token })).status).toBe(200);
  const cancelling = call(task, 'DELETE', '/v1/orders', { token });
  await new Promise((resolve) => setTimeout(resolve, 50));
  open();
  // On a busy machine some of them may have come too late for the door.
  const answers = await Promise.all(waiting);
  const accepted = answers.filter(({ status }) => status === 202);
  expect(accepted.length).toBeGreaterThan(0);
  expect(answers.filter(({ status }) => status !== 202).map(({ body }) => body.code)).toEqual(answers.slice(accepted.length).map(() => 'overloaded'));
  expect((await cancelling).status).toBe(202);
  const ids = task.journal.commands.flatMap((command) => (command.type === 'place_order' ? [command.orderId] : []));
  expect(ids.sort()).toEqual(accepted.map(({ body }) => String(body.orderId)).sort());
  // The lag is over with what waited.
  await until(async () => (await post()).status === 202);
});

test('an event loop that lags sheds questions, then orders, and never the probe', async () => {
  const never = { eventLoopMs: -1, journalMs: Infinity };
  task = await harness.task({ loadLimits: { read: never, public: never } });
  for (const path of ['/v1/portfolio', '/v1/instruments']) {
    const answer = await call(task, 'GET', path, { token });
    expect([path, answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([path, 503, 'overloaded', '1']);
  }
  expect((await post()).status).toBe(202);
  expect((await call(task, 'GET', '/health')).status).toBe(200);
  expect((await call(task, 'GET', '/health')).body.facts).toMatchObject({ shedRequests: 2 });
});

test('the lag is what the event loop shows: one pause is over when it is seen, a second one is load', async () => {
  task = await harness.task();
  const block = (ms: number): void => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };
  let worst = 0;
  for (let i = 0; i < 6; i++) {
    block(350);
    await new Promise((resolve) => setTimeout(resolve, 0));
    await new Promise((resolve) => setImmediate(resolve));
    worst = Math.max(worst, task.api.gate.eventLoopLagMs);
  }
  expect(worst).toBeGreaterThan(150);
  await until(() => task.api.gate.eventLoopLagMs < 100);
});
