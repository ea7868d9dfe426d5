/** What strangers and broken programs send to Binance's API: 300 cases of each kind, or 5,000 with FULL=1. */
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { bookKey } from '../../domain';
import { createLogger } from '../../runtime';
import { ALICE, Harness, type Task, until } from '../testing/harness';
import { type Key, newKey, send, sign, signed } from './testing/client';
import { BOOK, LIMIT } from './testing/orders';

const CASES = process.env.FULL === '1' ? 5_000 : 300;
const many = { points: 1e9, seconds: 10 };
const each = { user: many, address: many };

let harness: Harness;
let task: Task;
let key: Key;
let output = '';

beforeAll(async () => {
  harness = await new Harness().start();
  const sink = new Writable({
    write(chunk, _encoding, done) {
      output += String(chunk);
      done();
    },
  });
  task = await harness.task({
    allowances: { public: each, sign_in: each, read: each, order: each, cancel: each, operate: each },
    logger: createLogger({ service: 'reference-api', environment: 'test', level: 'trace' }, sink),
  });
  key = await newKey(task, harness.pool.token(ALICE));
  await harness.cache.set(bookKey('BTCUSDT'), JSON.stringify(BOOK));
  await harness.cache.set(bookKey('ETHUSDT'), JSON.stringify({ ...BOOK, symbol: 'ETHUSDT' }));
});
afterAll(() => harness.stop());

const NAMES = [
  'symbol', 'symbols', 'side', 'type', 'timeInForce', 'quantity', 'quoteOrderQty', 'price', 'stopPrice', 'newClientOrderId', 'newOrderRespType', 'limit', 'interval', 'startTime',
  'endTime', 'fromId', 'orderId', 'origClientOrderId', 'recvWindow', 'timestamp', 'signature', 'listenKey', 'cancelReplaceMode', 'cancelOrderId', 'aboveType', 'belowType',
  'abovePrice', 'belowStopPrice', '__proto__', 'constructor',
];
const value = fc.oneof(
  fc.constantFrom('BTCUSDT', 'ETHUSDT', 'BUY', 'SELL', 'LIMIT', 'MARKET', 'GTC', 'ACK', '1m', '1w', '0', '1', '-1', '30000', '1e9', '0.00000001', '9'.repeat(30), 'NaN', '["BTCUSDT"]', '[', 'null', ''),
  fc.string({ maxLength: 40 }), fc.nat().map(String),
);
const params = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 10, noNullPrototype: true });

test('whatever the parameters, no answer is a fault of ours, and none but orders that can be get into the journal', async () => {
  const operations = task.api.facade.operations.flatMap(({ http, scope }) => (http ? [{ http, scope }] : []));
  await fc.assert(fc.asyncProperty(fc.constantFrom(...operations), params, fc.boolean(), async ({ http: [method, path], scope }, given, inBody) => {
    const { timestamp: _, signature: __, ...rest } = given;
    // An explicit acknowledgement: nobody decides here.
    const all = scope === 'public' ? given : { ...rest, ...path === '/order' && method === 'POST' ? { newOrderRespType: 'ACK' } : {}, timestamp: String(Date.now()) };
    const text = new URLSearchParams(all).toString();
    const whole = scope === 'public' ? text : `${text}&signature=${sign(text, key.secret)}`;
    const before = task.journal.commands.length;
    const answer = await send(task, method, path, { apiKey: key.apiKey, ...inBody && method !== 'GET' ? { form: whole } : { query: whole } });
    expect([method, path, whole, answer.status < 500]).toEqual([method, path, whole, true]);
    if (answer.status >= 400) expect(answer.body).toMatchObject({ code: expect.any(Number), msg: expect.any(String) });
    if (answer.status >= 400) expect(task.journal.commands).toHaveLength(before);
  }), { numRuns: CASES });
}, 120_000);

test('whatever the frame, the task lives and faults are told as such', async () => {
  const faults: string[] = [];
  const frame = fc.oneof(
    fc.string({ maxLength: 60 }), fc.json({ maxDepth: 3 }),
    fc.record({ method: fc.constantFrom('SUBSCRIBE', 'UNSUBSCRIBE', 'depth', 'order.place', 'time', 'userDataStream.subscribe.signature', 'userDataStream.unsubscribe', '__proto__'), id: fc.anything(), params: fc.oneof(params, fc.array(value, { maxLength: 3 }), fc.anything()) })
      .map((message) => JSON.stringify(message, (_name, one: unknown) => (typeof one === 'bigint' ? String(one) : one))),
  );
  await fc.assert(fc.asyncProperty(fc.constantFrom('/ws', '/stream', '/ws-api/v3'), fc.array(frame, { minLength: 1, maxLength: 5 }), async (path, frames) => {
    const socket = new WebSocket(`${task.url.replace('http', 'ws')}${path}`);
    let answers = 0;
    socket.on('message', (data) => {
      answers += 1;
      if (/"code":-1000,"msg":"An unknown error|"status":50\d/.test(String(data))) faults.push(`${frames.join(' ')} → ${String(data)}`);
    });
    socket.on('error', () => undefined);
    await until(() => socket.readyState === WebSocket.OPEN);
    for (const one of frames) socket.send(one);
    await until(() => answers >= frames.length || socket.readyState === WebSocket.CLOSED);
    socket.terminate();
  }), { numRuns: Math.ceil(CASES / 5) });
  expect(faults).toEqual([]);
  expect((await send(task, 'GET', '/ping')).status).toBe(200);
}, 120_000);

test('an address that names too much, a body that is too large or of another kind, are refused', async () => {
  expect((await send(task, 'POST', '/order', { apiKey: key.apiKey, form: `a=${'x'.repeat(20_000)}` })).status).toBe(413);
  expect((await send(task, 'POST', '/order', { apiKey: key.apiKey, form: '{}', headers: { 'content-type': 'text/xml' } })).status).toBe(415);
  const names = Array.from({ length: 70 }, (_, i) => `p${i}=1`).join('&');
  expect((await send(task, 'GET', '/time', { query: names })).body.code).toBe(-1101);
});

test('a hundred at once with one client order id, at two tasks, are one order', async () => {
  const other = await harness.task({ journal: task.journal });
  const before = task.journal.commands.length;
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => signed(i % 2 === 0 ? task : other, key, 'POST', '/order', { ...LIMIT, newClientOrderId: 'race', newOrderRespType: 'ACK' })));
  expect(new Set(answers.map(({ status, body }) => `${status} ${String(body.orderId)}`)).size).toBe(1);
  const ids = task.journal.commands.slice(before).map((command) => ('orderId' in command ? command.orderId : ''));
  expect(new Set(ids).size).toBe(1);
});

test('no secret, signature or listen key is in any log', async () => {
  const { body: { listenKey } } = await send(task, 'POST', '/userDataStream', { apiKey: key.apiKey });
  const query = `timestamp=${Date.now()}`;
  const signature = sign(query, key.secret);
  await send(task, 'GET', '/account', { apiKey: key.apiKey, query: `${query}&signature=${signature}` });
  // A fault of ours while they are underway.
  await harness.cache.set(bookKey('BTCUSDT'), 'not JSON');
  expect((await send(task, 'GET', '/depth', { apiKey: key.apiKey, query: `symbol=BTCUSDT&signature=${signature}` })).body).toEqual({
    code: -1000, msg: 'An unknown error occurred while processing the request.',
  });
  await harness.cache.set(bookKey('BTCUSDT'), JSON.stringify(BOOK));
  expect(output).toContain('a request failed');
  for (const secret of [key.secret, signature, String(listenKey)]) expect(output).not.toContain(secret);
});
