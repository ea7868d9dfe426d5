/** Secrets that are planted wherever a client can put one never appear in a log, an answer or the journal, at the most talkative level. */
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { bookKey } from '../../domain';
import { createLogger } from '../../runtime';
import { ALICE, call, Harness, type Task } from '../testing/harness';
import { StreamClient } from '../testing/stream-client';

const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '30000.1', quantity: '0.5' };
const CANARIES = { password: 'canary-password-7f3a', token: 'canary.token.91bc', key: 'canary-key-55d0', card: '4111111111111111', field: 'canary-field-0c1e' };
let harness: Harness;
let task: Task;
let output = '';

beforeAll(async () => {
  harness = await new Harness().start();
  const sink = new Writable({
    write(chunk, _encoding, done) {
      output += String(chunk);
      done();
    },
  });
  // The service's own logger, with everything it removes, into a place that can be read.
  task = await harness.task({ logger: createLogger({ service: 'reference-api', environment: 'test', level: 'trace' }, sink), trustedProxies: 1 });
});
afterAll(() => harness.stop());

test('nowhere', async () => {
  const token = harness.pool.token(ALICE);
  const answers: unknown[] = [];
  const ask = async (method: string, path: string, options?: Parameters<typeof call>[3]) => {
    answers.push((await call(task, method, path, options)).body);
  };
  await ask('POST', '/v1/sessions', { body: { username: 'alice', password: CANARIES.password } });
  await ask('POST', '/v1/sessions', { body: { username: CANARIES.card, password: CANARIES.password, extra: CANARIES.password } });
  await ask('POST', '/v1/sessions', { body: `{"username":"x","password":"${CANARIES.password}` });
  await ask('GET', '/v1/portfolio', { token: CANARIES.token });
  await ask('GET', '/v1/portfolio', { headers: { authorization: `Basic ${CANARIES.token}` } });
  await ask('GET', `/v1/portfolio?access_token=${CANARIES.token}`, { token });
  await ask('GET', `/${CANARIES.token}`, { token });
  await ask('GET', '/v1/portfolio', { token, headers: { 'cookie': `session=${CANARIES.key}`, 'x-api-key': CANARIES.key, 'x-forwarded-for': CANARIES.key } });
  await ask('POST', '/v1/orders', { token, body: { ...order, price: CANARIES.card } });
  await ask('POST', '/v1/orders', { token, body: { ...order, symbol: CANARIES.field } });
  await ask('POST', '/v1/orders', { token, body: order, headers: { 'idempotency-key': `${CANARIES.key} x` } });
  // A fault of ours while a secret is underway.
  await harness.cache.set(bookKey('BTCUSDT'), 'not JSON');
  await ask('GET', '/v1/book/BTCUSDT', { token, headers: { cookie: CANARIES.key } });
  // The journal fails, with the request's contents in its hands.
  const failing = await harness.task({ appender: { deadlineMs: 20, backoffMs: 5 }, journal: task.journal });
  task.journal.before = () => Promise.reject(new Error('away'));
  answers.push((await call(failing, 'POST', '/v1/orders', { token, body: { ...order, clientOrderId: CANARIES.key } })).body);
  task.journal.before = () => undefined;

  const client = await StreamClient.open(task.url, { token });
  client.send({ op: 'auth', token: CANARIES.token });
  await client.closing();
  const other = await StreamClient.open(task.url, { token });
  other.send({ op: 'subscribe', channels: [`orders?token=${CANARIES.token}`] });
  other.send(`{"op":"auth","token":"${CANARIES.token}"`);
  other.send({ op: 'request', id: '1', method: 'GET', path: `/v1/portfolio?token=${CANARIES.token}` });
  await other.next((one) => (one as { id?: string }).id === '1');
  other.socket.terminate();
  answers.push((await StreamClient.open(task.url, { path: `/v1/stream?token=${CANARIES.token}` })).refused);

  // Not HTTP at all.
  const socket = connect(Number(new URL(task.url).port), '127.0.0.1');
  socket.end(`GET /${CANARIES.token} HTTP/1.1\r\nauthorization: Bearer ${CANARIES.token}\r\n broken\r\n\r\n`);
  await new Promise((resolve) => socket.resume().on('close', resolve));

  // A line that a client would like to write.
  await ask('POST', '/v1/orders', { token, body: { ...order, clientOrderId: 'x\n{"level":"fatal","message":"forged"}' } });

  expect(output).toContain('a request failed');
  for (const [what, canary] of Object.entries(CANARIES)) expect([what, output.includes(canary)]).toEqual([what, false]);
  expect([output.includes(token), output.includes(token.split('.')[2])]).toEqual([false, false]);
  expect(output).not.toContain('forged');
  for (const line of output.trim().split('\n')) expect(() => { JSON.parse(line); }).not.toThrow();
  const told = JSON.stringify(answers);
  const { field: _, ...silent } = CANARIES;
  for (const canary of Object.values(silent)) expect([canary, told.includes(canary)]).toEqual([canary, false]);
});
