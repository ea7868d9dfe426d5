import { createServer } from 'node:http';
import { JournalUnavailableError } from '../adapters/journal/journal-errors';
import { INSTRUMENTS_CHANNEL, INSTRUMENTS_KEY } from '../domain';
import { TokenVerifier } from './auth/token-verifier';
import { BTC } from './testing/doubles';
import { ALICE, call, Harness, logger, type Task, until } from './testing/harness';
import { CLIENT_ID, TestPool } from './testing/tokens';

const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '30000.1', quantity: '0.5' };
let harness: Harness;

beforeEach(async () => {
  harness = await new Harness().start();
});

afterEach(() => harness.stop());

const health = async (task: Task): Promise<{ code: number; status: string; checks: Record<string, string>; facts: Record<string, number> }> => {
  const { status: code, body } = await call(task, 'GET', '/health');
  return { code, ...body } as never;
};

test('all well: 200 and ok, with facts', async () => {
  const task = await harness.task();
  await call(task, 'POST', '/v1/orders', { token: harness.pool.token(ALICE), body: order });
  await until(async () => (await health(task)).status === 'ok');
  const report = await health(task);
  expect(report).toMatchObject({ code: 200, facts: { appendedCommands: 1, instruments: 2, queuedCommands: 0, connections: 0 } });
  expect(new Set(Object.values(report.checks))).toEqual(new Set(['ok']));
});

test('without token keys: unhealthy, requests get 503; well as soon as the keys are there', async () => {
  const pool = new TestPool();
  // A port that nobody listens on yet.
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  const verifier = new TokenVerifier({ issuer: `http://127.0.0.1:${port}/pool`, clientId: CLIENT_ID, logger, retryMs: 50 });
  const starting = harness.task({ verifier });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const [early] = harness.running;
  expect(await health(early)).toMatchObject({ code: 503, status: 'unhealthy' });
  expect(await call(early, 'GET', '/v1/portfolio', { token: harness.pool.token(ALICE) })).toMatchObject({ status: 503, body: { code: 'keys_unavailable' } });
  await pool.start(port);
  const task = await starting;
  expect((await call(task, 'GET', '/v1/portfolio', { token: pool.token(ALICE) })).status).toBe(200);
  await pool.stop();
});

test('a journal that takes nothing for seconds: unhealthy; well again without a single order', async () => {
  const task = await harness.task({ appender: { deadlineMs: 50, backoffMs: 5 } });
  const token = harness.pool.token(ALICE);
  task.journal.before = () => {
    throw new JournalUnavailableError('the stream is gone', 'refused');
  };
  expect(await call(task, 'POST', '/v1/orders', { token, body: order })).toMatchObject({ status: 503, body: { code: 'journal_unavailable' } });
  // One bad moment is not an outage.
  expect((await health(task)).code).toBe(200);
  await until(async () => (await health(task)).code === 503, 8_000);
  expect((await health(task)).checks.journal).toContain('the stream is gone');
  task.journal.before = () => undefined;
  await until(async () => (await health(task)).code === 200, 5_000);
  expect((await call(task, 'POST', '/v1/orders', { token, body: order })).status).toBe(202);
});

test('without the cache: degraded and says so; orders go on, the book is 503, nothing waits long', async () => {
  const task = await harness.task();
  const token = harness.pool.token(ALICE);
  const { port } = harness.redis;
  await harness.redis.stop();
  await until(async () => (await health(task)).status === 'degraded');
  expect(await health(task)).toMatchObject({ code: 200, checks: { cache: expect.stringContaining('not connected'), journal: 'ok' } });
  const started = Date.now();
  const answers = await Promise.all([
    call(task, 'POST', '/v1/orders', { token, body: { ...order, clientOrderId: 'no-cache' } }),
    call(task, 'POST', '/v1/orders', { token, body: order }),
    call(task, 'GET', '/v1/book/BTCUSDT', { token }),
    call(task, 'DELETE', '/v1/orders/00000000-0000-7000-8000-000000000001', { token }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 503, 202]);
  expect(answers[2].body.code).toBe('cache_unavailable');
  expect(Date.now() - started).toBeLessThan(2_000);
  // The core decides about the last one: only its owner's cancel has an effect.
  expect(task.journal.commands.map(({ type }) => type).sort()).toEqual(['cancel_order', 'place_order', 'place_order']);
  await harness.restartRedis(port);
  await until(async () => (await health(task)).status === 'ok', 8_000);
});

test('without the ledger: degraded', async () => {
  const task = await harness.task();
  task.ledger.away = true;
  await until(async () => (await health(task)).status === 'degraded', 5_000);
  expect((await health(task)).checks.ledger).toBe('cannot be read');
});

test('before any instrument is known nothing is refused for good; the ledger knows them when the cache does not; a message brings new ones at once', async () => {
  await harness.cache.del(INSTRUMENTS_KEY);
  const token = harness.pool.token(ALICE);
  const starting = harness.task({ instrumentRefreshMs: 60_000 });
  await until(() => harness.running.length > 0);
  const [task] = harness.running;
  await until(async () => (await health(task)).checks.journal === 'ok' && (await health(task)).checks.tokenKeys === 'ok');
  expect(await call(task, 'POST', '/v1/orders', { token, body: order })).toMatchObject({ status: 503, body: { code: 'instruments_unavailable' } });
  expect(await health(task)).toMatchObject({ code: 503, status: 'unhealthy', checks: { instruments: 'none known yet' } });
  task.ledger.specs = [BTC];
  await harness.cache.publish(INSTRUMENTS_CHANNEL, 'changed');
  await starting;
  expect((await call(task, 'POST', '/v1/orders', { token, body: order })).status).toBe(202);
  await harness.cache.hset(INSTRUMENTS_KEY, 'BTCUSDT', JSON.stringify({ ...BTC, tickSize: '1', version: 2 }));
  await harness.cache.publish(INSTRUMENTS_CHANNEL, 'changed');
  await until(async () => (await call(task, 'POST', '/v1/orders', { token, body: order })).body.code === 'too_precise');
});

test('stopping answers what has arrived, brings it into the journal, and takes nothing more', async () => {
  const task = await harness.task();
  const token = harness.pool.token(ALICE);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  task.journal.before = () => held;
  const first = call(task, 'POST', '/v1/orders', { token, body: order });
  await until(() => task.api.appender.state.queuedCommands === 0 && task.api.appender.state.appendedFrames === 0);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const second = call(task, 'POST', '/v1/orders', { token, body: order });
  await until(() => task.api.appender.state.queuedCommands === 1);
  const stopped = task.stop();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await expect(fetch(`${task.url}/health`, { headers: { connection: 'close' } })).rejects.toThrow();
  release();
  expect((await first).status).toBe(202);
  expect((await second).status).toBe(202);
  await stopped;
  expect(task.journal.commands).toHaveLength(2);
});
