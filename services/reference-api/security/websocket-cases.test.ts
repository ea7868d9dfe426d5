/** What a WebSocket must withstand, case by case. */
import { WebSocket } from 'ws';
import { depthChannel, ordersChannel, tradesKey } from '../../domain';
import { ALICE, BOB, Harness, type Task, until } from '../testing/harness';
import { StreamClient } from '../testing/stream-client';

const ORIGIN = 'https://trade.example.com';
let harness: Harness;
let task: Task;
let token: string;
const open: StreamClient[] = [];

beforeAll(async () => {
  harness = await new Harness().start();
  task = await harness.task({ stream: { authTimeoutMs: 300, pingMs: 400, maxConnectionsPerAccount: 3, allowedOrigins: [ORIGIN], resumeMs: 5_000 } });
  token = harness.pool.token(ALICE);
});
afterEach(() => open.splice(0).forEach((client) => client.socket.terminate()));
afterAll(() => harness.stop());

async function connect(options: Parameters<typeof StreamClient.open>[1] = { token }): Promise<StreamClient> {
  const client = await StreamClient.open(task.url, options);
  open.push(client);
  return client;
}
const publish = (channel: string, data: unknown) => harness.cache.publish(channel, JSON.stringify(data));

test('1: a bad token in the header is refused before 101, without one there are 5 s', async () => {
  expect((await connect({ header: 'Bearer nonsense' })).refused).toBe(401);
  expect((await (await connect({})).closing()).code).toBe(4408);
});

test('2: pages of other origins are refused before 101; programs name none', async () => {
  const from = (origin: string) => new Promise<number | 'open'>((resolve) => {
    const socket = new WebSocket(`${task.url.replace('http', 'ws')}/v1/stream`, { origin });
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      response.resume();
      socket.terminate();
    });
    socket.on('open', () => {
      resolve('open');
      socket.terminate();
    });
    socket.on('error', () => undefined);
  });
  expect(await from(ORIGIN)).toBe('open');
  for (const other of ['https://evil.example.com', `${ORIGIN}.evil.com`, 'http://trade.example.com', 'null', `${ORIGIN}:8443`]) expect([other, await from(other)]).toEqual([other, 403]);
  expect((await connect({ token })).closed).toBeUndefined();
});

test('3: a token in the address is refused', async () => {
  expect((await connect({ path: `/v1/stream?token=${token}` })).refused).toBe(400);
});

test('4: the end of the token is the end of the connection', async () => {
  const soon = harness.pool.sign({ ...harness.pool.claims(ALICE), exp: Math.floor(Date.now() / 1_000) + 2 });
  expect((await (await connect({ token: soon })).closing()).code).toBe(4410);
});

test('5: an account has so many connections and no more', async () => {
  const all = await Promise.all([0, 1, 2].map(() => connect()));
  expect((await (await connect({})).closing()).code).toBe(4408);
  const fourth = await connect({});
  fourth.send({ op: 'auth', token });
  expect((await fourth.closing()).code).toBe(4429);
  all[0].socket.terminate();
  await until(async () => {
    const next = await connect({});
    next.send({ op: 'auth', token });
    await until(() => next.messages.length > 0 || next.closed !== undefined);
    return next.messages[0]?.op === 'authenticated';
  });
});

test('6: a message has at most 16 KiB, uncompressed', async () => {
  const client = await connect();
  expect(client.socket.extensions).toBe('');
  client.send(JSON.stringify({ op: 'ping', filler: 'x'.repeat(17_000) }));
  expect((await client.closing()).code).toBe(1009);
});

test('7: who does not answer pings is gone', async () => {
  const dead = await connect({ token, autoPong: false });
  await until(() => dead.closed !== undefined, 3_000);
});

test('8: too many messages close the connection', async () => {
  const client = await connect();
  for (let i = 0; i < 100; i++) client.send({ op: 'ping' });
  expect((await client.closing()).code).toBe(1008);
});

test('9: who reads too slowly is let go before anything piles up', async () => {
  const patient = await harness.task();
  const client = await StreamClient.open(patient.url, { token: harness.pool.token(BOB) });
  open.push(client);
  await client.subscribe('orders');
  client.socket.pause();
  for (let seq = 1; seq <= 300; seq++) await publish(ordersChannel(BOB), { seq, filler: 'x'.repeat(50_000) });
  await new Promise((resolve) => setTimeout(resolve, 300));
  client.socket.resume();
  expect((await client.closing()).code).toBe(1013);
});

test('10: a channel is one\'s own or public, at every subscription', async () => {
  const client = await connect();
  for (const channel of [`orders.${BOB}`, `orders.${ALICE}`, 'ticker.NOPE', 'ticker.*', 'last:ticker.BTCUSDT', 'idem:x', '__keyspace@0__:x']) {
    client.messages.length = 0;
    client.send({ op: 'subscribe', channels: ['ticker.BTCUSDT', channel] });
    expect([channel, (await client.next((one) => one.error !== undefined)).error?.code]).toEqual([channel, 'unknown_channel']);
  }
  await client.subscribe('orders');
  await publish(ordersChannel(BOB), { seq: 1 });
  await publish(ordersChannel(ALICE), { seq: 2 });
  await until(() => client.data('orders').length > 0);
  expect(client.data('orders')).toEqual([{ seq: 2 }]);
});

describe('11: resume by sequence', () => {
  const seqs = (client: StreamClient, channel: string) => client.data(channel).map(({ seq }) => seq);
  const gaps = (client: StreamClient) => client.messages.filter(({ op }) => op === 'gap').map(({ channels }) => channels);
  async function resume(channel: string, after: unknown): Promise<StreamClient> {
    const client = await connect();
    client.send({ op: 'subscribe', channels: [channel], after: { [channel]: after } });
    await client.next(({ op }) => op === 'subscribed');
    return client;
  }

  test('orders that were missed come in their order, without a gap', async () => {
    const first = await connect();
    await first.subscribe('orders');
    for (const seq of [10, 12]) await publish(ordersChannel(ALICE), { seq });
    await until(() => seqs(first, 'orders').includes(12));
    first.socket.terminate();
    for (const seq of [15, 16]) await publish(ordersChannel(ALICE), { seq });
    const back = await resume('orders', 12);
    await until(() => seqs(back, 'orders').length === 2);
    await publish(ordersChannel(ALICE), { seq: 17 });
    await until(() => seqs(back, 'orders').length === 3);
    expect([seqs(back, 'orders'), gaps(back)]).toEqual([[15, 16, 17], []]);
  });

  test('each partition counts by itself', async () => {
    const first = await connect();
    await first.subscribe('orders');
    const known = seqs(first, 'orders').length;
    for (const [partition, seq] of [[1, 3], [2, 900], [1, 4], [2, 901]]) await publish(ordersChannel(ALICE), { seq, partition });
    await until(() => seqs(first, 'orders').length === known + 4);
    first.socket.terminate();
    const back = await resume('orders', { 1: 3, 2: 901 });
    const mine = () => back.data('orders').filter(({ partition }) => partition !== undefined).map(({ partition, seq }) => [partition, seq]);
    await until(() => mine().length === 1);
    expect([mine(), gaps(back)]).toEqual([[[1, 4]], []]);
  });

  test('what nobody kept is admitted as a gap', async () => {
    const back = await resume('orders', 1);
    expect(gaps(back)).toEqual([['orders']]);
    const depth = await resume('depth.ETHUSDT', 5);
    expect(gaps(depth)).toEqual([['depth.ETHUSDT']]);
  });

  test('differences of a book, and trades', async () => {
    const first = await connect();
    await first.subscribe('depth.BTCUSDT');
    for (const seq of [1, 2, 3]) await publish(depthChannel('BTCUSDT'), { seq, previousSeq: seq - 1 });
    await until(() => seqs(first, 'depth.BTCUSDT').length === 3);
    const back = await resume('depth.BTCUSDT', 1);
    expect([seqs(back, 'depth.BTCUSDT'), gaps(back)]).toEqual([[2, 3], []]);
    await harness.cache.rpush(tradesKey('BTCUSDT'), ...[9, 7, 5].map((seq) => JSON.stringify({ seq })));
    const trades = await resume('trades.BTCUSDT', 5);
    expect([seqs(trades, 'trades.BTCUSDT'), gaps(trades)]).toEqual([[7, 9], []]);
  });
});
