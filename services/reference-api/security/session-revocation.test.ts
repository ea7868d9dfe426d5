/** A session that is over opens nothing, wherever it was ended, within seconds; and deciding that costs no request a read. */
import { WebSocket } from 'ws';
import { newKey, send } from '../binance/testing/client';
import { SessionTasks } from '../sessions/testing/session-tasks';
import { ALICE, BOB, call, Harness, type Task, until } from '../testing/harness';
import { StreamClient } from '../testing/stream-client';

let harness: Harness;
let tasks: SessionTasks;
let here: Task;
let there: Task;
const line = () => tasks.line();

beforeAll(async () => {
  harness = await new Harness().start();
  tasks = await new SessionTasks(harness).start();
  [here, there] = await Promise.all([tasks.task(), tasks.task()]);
});
afterAll(() => tasks.stop());

const status = async (task: Task, token: string) => (await call(task, 'GET', '/v1/portfolio', { token })).status;
const sessionsOf = async (task: Task, token: string) => ((await call(task, 'GET', '/v1/sessions', { token })).body.sessions ?? []) as { id: string; current: boolean; client?: string }[];
/** Waits until the table has heard of a session. */
const known = async (token: string, task = here) => {
  await until(async () => (await sessionsOf(task, token)).some(({ current }) => current));
  return (await sessionsOf(task, token)).find(({ current }) => current)!.id;
};
const ORDER = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '1', quantity: '1' };

test('ended here: refused at once, in the other task too, and its sockets are closed', async () => {
  const [phone, laptop] = [tasks.signIn(ALICE), tasks.signIn(ALICE)];
  const id = await known(phone());
  await known(laptop());
  const mine = await sessionsOf(here, laptop());
  expect(mine.filter(({ current }) => current)).toHaveLength(1);
  expect(mine.find((one) => one.id === id)).toMatchObject({ current: false, signedInAt: expect.any(Number), client: expect.any(String) });
  const sockets = await Promise.all([here, there].map((task) => StreamClient.open(task.url, { token: phone() })));
  const other = await StreamClient.open(there.url, { token: laptop() });
  expect(await call(here, 'DELETE', `/v1/sessions/${id}`, { token: laptop() })).toMatchObject({ status: 200, body: { ended: true, refreshTokensRevoked: false } });
  const began = Date.now();
  for (const socket of sockets) {
    expect(await socket.closing()).toEqual({ code: 4401, reason: 'session_ended' });
    expect(socket.messages.at(-1)?.error?.code).toBe('session_ended');
  }
  for (const task of [here, there]) {
    // A token that was verified before, and one that never was.
    for (const token of [phone(), phone()]) {
      expect(await call(task, 'POST', '/v1/orders', { token, body: ORDER })).toMatchObject({ status: 401, body: { code: 'session_ended' } });
      const client = await StreamClient.open(task.url, { token });
      expect(client.messages[0].error?.code).toBe('session_ended');
      expect((await client.closing()).code).toBe(4401);
      expect((await StreamClient.open(task.url, { header: `Bearer ${token}` })).refused).toBe(401);
    }
    expect(await status(task, laptop())).toBe(200);
  }
  expect(Date.now() - began).toBeLessThan(3_000);
  expect(other.closed).toBeUndefined();
  other.send({ op: 'request', id: '1', method: 'GET', path: '/v1/portfolio' });
  expect(await other.next(({ op }) => op === 'response')).toMatchObject({ status: 200 });
});

test('ended by somebody else who writes the table, such as the user service: within three seconds', async () => {
  const token = tasks.signIn(ALICE);
  const id = await known(token());
  const socket = await StreamClient.open(there.url, { token: token() });
  const began = Date.now();
  expect(await tasks.store().end(ALICE, id)).toBe(true);
  await until(async () => await status(here, token()) === 401 && await status(there, token()) === 401, 3_000);
  expect((await socket.closing()).code).toBe(4401);
  expect(Date.now() - began).toBeLessThan(3_000);
});

test('a task that starts afterwards knows, also while the table is away', async () => {
  const token = tasks.signIn(ALICE);
  const id = await known(token());
  await call(here, 'DELETE', `/v1/sessions/${id}`, { token: token() });
  const cutOff = line();
  cutOff.away = true;
  const late = await tasks.task({ line: cutOff });
  await until(async () => await status(late, tasks.signIn(BOB)()) === 200);
  expect(await status(late, token())).toBe(401);
  await late.stop();
});

test('sign-out everywhere: also sessions that nobody has seen, and not the one that begins afterwards', async () => {
  const [one, unseen] = [tasks.signIn(BOB), tasks.signIn(BOB)];
  await known(one());
  const alice = tasks.signIn(ALICE);
  const socket = await StreamClient.open(there.url, { token: unseen() });
  const answer = await call(here, 'DELETE', '/v1/sessions', { token: one() });
  expect(answer).toMatchObject({ status: 200, body: { ended: expect.any(Number), refreshTokensRevoked: false, apiKeysDeleted: 0 } });
  expect((await socket.closing()).code).toBe(4401);
  for (const task of [here, there]) for (const token of [one(), unseen(), tasks.signIn(BOB)()]) expect(await status(task, token)).toBe(401);
  expect(await status(here, alice())).toBe(200);
  const later = tasks.signIn(BOB, -2);
  expect(await status(here, later())).toBe(200);
  expect(await status(there, later())).toBe(200);
});

describe('programs with API keys', () => {
  const subscribed = async (task: Task, apiKey: string) => {
    const { body: { listenKey } } = await send(task, 'POST', '/userDataStream', { apiKey });
    const socket = new WebSocket(`${task.url.replace('http', 'ws')}/ws/${String(listenKey)}`);
    let closed = 0;
    let listed = false;
    socket.on('close', (code) => { closed = code; });
    socket.on('message', () => { listed = true; });
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', id: 1 }));
    await until(() => listed);
    return { listenKey: String(listenKey), closed: () => closed, close: () => socket.terminate() };
  };
  const USER = '0c000000-0000-4000-8000-00000000000c';

  test('go on after a sign-out everywhere', async () => {
    const token = tasks.signIn(USER);
    const key = await newKey(here, token());
    const socket = await subscribed(there, key.apiKey);
    await call(here, 'DELETE', '/v1/sessions', { token: token() });
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(socket.closed()).toBe(0);
    expect((await send(there, 'POST', '/userDataStream', { apiKey: key.apiKey })).status).toBe(200);
    socket.close();
  });

  test('unless it is asked for: their keys are deleted, their sockets closed, their listen key is worth nothing', async () => {
    const token = tasks.signIn(USER, -1);
    const key = await newKey(here, token());
    const socket = await subscribed(there, key.apiKey);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const answer = await call(here, 'DELETE', '/v1/sessions?apiKeys=true', { token: token() });
    expect(answer.body).toMatchObject({ apiKeysDeleted: 2 });
    await until(() => socket.closed() !== 0, 3_000);
    expect(socket.closed()).toBe(4401);
    await until(async () => (await send(there, 'POST', '/userDataStream', { apiKey: key.apiKey })).status === 401, 4_000);
    const again = new WebSocket(`${here.url.replace('http', 'ws')}/ws/${socket.listenKey}`);
    const messages: string[] = [];
    again.on('message', (data) => messages.push(String(data)));
    await new Promise((resolve) => again.once('open', resolve));
    again.send(JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', id: 1 }));
    await until(() => messages.length > 0);
    expect(messages.join()).not.toContain(socket.listenKey);
    again.terminate();
  });
});

test('nobody ends another\'s session, and an unknown one looks the same', async () => {
  const [alice, bob] = [tasks.signIn(ALICE), tasks.signIn(BOB, -5)];
  const hers = await known(alice());
  const theirs = await call(here, 'DELETE', `/v1/sessions/${hers}`, { token: bob() });
  const none = await call(here, 'DELETE', `/v1/sessions/${'f'.repeat(32)}`, { token: bob() });
  expect(theirs).toMatchObject({ status: 404, body: { code: 'unknown_session' } });
  expect(none.body).toEqual(theirs.body);
  expect(await status(here, alice())).toBe(200);
  expect((await sessionsOf(here, bob())).map(({ id }) => id)).not.toContain(hers);
});

test('requests are decided from memory: a thousand of them ask the table for nothing', async () => {
  const counted = line();
  const task = await tasks.task({ line: counted });
  const token = tasks.signIn(ALICE)();
  await known(token, task);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const before = counted.asked.filter((name) => name !== 'QueryCommand').length;
  const client = await StreamClient.open(task.url, { token });
  for (let round = 0; round < 10; round++) {
    const ids = Array.from({ length: 50 }, (_, index) => `${round}-${index}`);
    for (const id of ids) client.send({ op: 'request', id, method: 'GET', path: '/v1/time' });
    await until(() => client.messages.filter(({ op }) => op === 'response').length === (round + 1) * 50);
    await Promise.all(ids.map(() => status(task, token)));
  }
  expect(counted.asked.filter((name) => name !== 'QueryCommand').length).toBe(before);
  await task.stop();
});

describe('when something is away', () => {
  test('the table: what is known stays, ends are told through the cache, and nobody can end any', async () => {
    const cut = line();
    const task = await tasks.task({ line: cut });
    const [gone, stays] = [tasks.signIn(ALICE), tasks.signIn(ALICE)];
    const first = await known(gone(), task);
    await known(stays(), task);
    await call(task, 'DELETE', `/v1/sessions/${first}`, { token: gone() });
    cut.away = true;
    expect(await status(task, gone())).toBe(401);
    expect(await status(task, stays())).toBe(200);
    expect(await call(task, 'DELETE', '/v1/sessions/current', { token: stays() })).toMatchObject({ status: 503, body: { code: 'sessions_unavailable' } });
    expect((await call(task, 'GET', '/v1/sessions', { token: stays() })).status).toBe(503);
    expect(await status(task, stays())).toBe(200);
    // Another task still reaches the table.
    await call(here, 'DELETE', '/v1/sessions/current', { token: stays() });
    await until(async () => await status(task, stays()) === 401, 3_000);
    await task.stop();
  });

  test('the cache: ends come from the table', async () => {
    const cache = harness.connect();
    const task = await tasks.task({ cache });
    cache.disconnect();
    const token = tasks.signIn(ALICE);
    const id = await known(token(), task);
    expect(await call(task, 'DELETE', `/v1/sessions/${id}`, { token: token() })).toMatchObject({ status: 200, body: { ended: true } });
    expect(await status(task, token())).toBe(401);
    await until(async () => await status(there, token()) === 401, 3_000);
    await task.stop();
  });

  test('both, from the start: nobody is let in before it is known what is over', async () => {
    const cut = line();
    cut.away = true;
    const cache = harness.connect();
    await until(() => cache.status === 'ready');
    cache.disconnect();
    const before = harness.running.length;
    const ready = tasks.task({ line: cut, cache });
    await until(() => harness.running.length > before);
    const task = harness.running[before];
    const token = tasks.signIn(ALICE);
    await until(async () => (await call(task, 'GET', '/v1/portfolio', { token: token() })).status === 503);
    expect(await call(task, 'GET', '/health')).toMatchObject({ status: 503, body: { checks: { sessions: 'their table cannot be read' } } });
    expect(await call(task, 'GET', '/v1/portfolio', { token: token() })).toMatchObject({ status: 503, body: { code: 'keys_unavailable' } });
    cut.away = false;
    await ready;
    await until(async () => await status(task, token()) === 200, 3_000);
    await task.stop();
  });
});

test('more sessions than a user may have: the oldest ends', async () => {
  const task = await tasks.task({ perUser: 2 });
  const USER = '0d000000-0000-4000-8000-00000000000d';
  const signedIn = [30, 20, 10].map((secondsAgo) => tasks.signIn(USER, secondsAgo));
  for (const token of signedIn.slice(0, 2)) await known(token(), task);
  expect(await status(task, signedIn[2]())).toBe(200);
  await until(async () => await status(task, signedIn[0]()) === 401);
  for (const token of signedIn.slice(1)) expect(await status(task, token())).toBe(200);
  await task.stop();
});

test('without a table a token is good until it expires, and the routes say so', async () => {
  const task = await harness.task();
  const token = harness.pool.token(ALICE);
  expect(await call(task, 'GET', '/v1/sessions', { token })).toMatchObject({ status: 404, body: { code: 'feature_not_here' } });
  expect(await call(task, 'DELETE', '/v1/sessions', { token })).toMatchObject({ status: 404, body: { code: 'feature_not_here' } });
  expect(await call(task, 'DELETE', '/v1/sessions/current', { token })).toMatchObject({ status: 200, body: { ended: false, refreshTokensRevoked: false } });
  expect(await status(task, token)).toBe(200);
});
