import { bookChannel, bookKey, ordersChannel, tickerChannel, tickerKey, tradesChannel, tradesKey } from '../../domain';
import { ALICE, BOB, Harness, type Task, until } from '../testing/harness';
import { StreamClient } from '../testing/stream-client';
import { newKey } from '../testing/tokens';

let harness: Harness;
let task: Task;
let alice: string;
const open: StreamClient[] = [];

beforeAll(async () => {
  harness = await new Harness().start();
  task = await harness.task({ stream: { authTimeoutMs: 300, pingMs: 400, maxConnectionsPerAccount: 5 } });
  alice = harness.pool.token(ALICE);
});

afterEach(async () => {
  for (const client of open.splice(0)) client.socket.terminate();
  await until(async () => (await subscribers(ordersChannel(ALICE))) === 0 && (await subscribers(bookChannel('BTCUSDT'))) === 0);
  await harness.cache.del(tickerKey('BTCUSDT'), bookKey('BTCUSDT'), tradesKey('BTCUSDT'));
});

afterAll(() => harness.stop());

async function connect(options: Parameters<typeof StreamClient.open>[1] = { token: alice }, to = task): Promise<StreamClient> {
  const client = await StreamClient.open(to.url, options);
  open.push(client);
  return client;
}

async function subscribers(channel: string): Promise<number> {
  const [, count] = await harness.cache.call('PUBSUB', 'NUMSUB', channel) as [string, number];
  return count;
}

const publish = (channel: string, data: unknown) => harness.cache.publish(channel, JSON.stringify(data));

describe('who may listen', () => {
  test('a token as the first message, or in the header of the upgrade', async () => {
    expect((await connect()).messages[0]).toMatchObject({ op: 'authenticated', expiresAt: expect.any(Number) });
    const byHeader = await connect({ header: `Bearer ${alice}` });
    await byHeader.subscribe('orders');
  });

  test('a bad header is refused before the upgrade', async () => {
    expect((await connect({ header: 'Bearer garbage' })).refused).toBe(401);
    expect((await connect({ header: `Bearer ${harness.pool.sign(harness.pool.claims(ALICE), newKey('key-1'))}` })).refused).toBe(401);
  });

  test('a token in the address, and any other address, are refused', async () => {
    expect((await connect({ path: `/v1/stream?token=${alice}` })).refused).toBe(400);
    expect((await connect({ path: '/v1/other' })).refused).toBe(404);
  });

  test('a bad token closes the connection, after a reason', async () => {
    const client = await connect({ token: 'garbage' });
    expect(client.messages[0].error?.code).toBe('invalid_token');
    expect((await client.closing()).code).toBe(4401);
  });

  test('silence and impatience do not help', async () => {
    const silent = await connect({});
    const impatient = await connect({});
    impatient.send({ op: 'subscribe', channels: ['ticker.BTCUSDT'] });
    expect((await impatient.closing()).code).toBe(4401);
    expect((await silent.closing()).code).toBe(4408);
    expect(impatient.messages).toEqual([]);
  });

  test('the connection ends with the token, and lives on with a newer one of the same account', async () => {
    const soon = harness.pool.sign({ ...harness.pool.claims(ALICE), exp: Math.floor(Date.now() / 1000) + 2 });
    const ending = await connect({ token: soon });
    const renewed = await connect({ token: soon });
    renewed.send({ op: 'auth', token: alice });
    expect((await ending.closing()).code).toBe(4410);
    await renewed.subscribe('orders');
    renewed.send({ op: 'auth', token: harness.pool.token(BOB) });
    expect((await renewed.next((message) => message.error !== undefined)).error?.code).toBe('account_mismatch');
  });

  test('an account has a bounded number of connections', async () => {
    for (let i = 0; i < 5; i++) await connect();
    expect((await (await connect({ header: `Bearer ${alice}` })).closing()).code).toBe(4429);
    await connect({ token: harness.pool.token(BOB) });
  });
});

describe('what is heard', () => {
  test('the last state first, then what follows', async () => {
    await harness.cache.set(tickerKey('BTCUSDT'), JSON.stringify({ lastPrice: '1' }));
    await harness.cache.set(bookKey('BTCUSDT'), JSON.stringify({ seq: 1 }));
    await harness.cache.rpush(tradesKey('BTCUSDT'), ...[9, 8, 7].map((seq) => JSON.stringify({ seq })));
    const client = await connect();
    await client.subscribe('ticker.BTCUSDT', 'book.BTCUSDT', 'trades.BTCUSDT');
    await until(() => client.data('trades.BTCUSDT').length === 3);
    await publish(tickerChannel('BTCUSDT'), { lastPrice: '2' });
    await publish(bookChannel('BTCUSDT'), { seq: 2 });
    await publish(tradesChannel('BTCUSDT'), { seq: 9 });
    await publish(tradesChannel('BTCUSDT'), { seq: 10 });
    await publish(tradesChannel('BTCUSDT'), { seq: 10 });
    await publish(tradesChannel('BTCUSDT'), { seq: 12 });
    await until(() => client.data('trades.BTCUSDT').length >= 5);
    expect(client.data('ticker.BTCUSDT')).toEqual([{ lastPrice: '1' }, { lastPrice: '2' }]);
    expect(client.data('book.BTCUSDT')).toEqual([{ seq: 1 }, { seq: 2 }]);
    expect(client.data('trades.BTCUSDT').map(({ seq }) => seq)).toEqual([7, 8, 9, 10, 12]);
  });

  test('a second reader shares the subscription and gets the newest state; the last one gives it up', async () => {
    await harness.cache.set(bookKey('BTCUSDT'), JSON.stringify({ seq: 1 }));
    const first = await connect();
    await first.subscribe('book.BTCUSDT');
    await until(() => first.data('book.BTCUSDT').length === 1);
    await publish(bookChannel('BTCUSDT'), { seq: 2 });
    await until(() => first.data('book.BTCUSDT').length === 2);
    const second = await connect({ token: harness.pool.token(BOB) });
    await second.subscribe('book.BTCUSDT');
    await until(() => second.data('book.BTCUSDT').length === 1);
    expect(second.data('book.BTCUSDT')).toEqual([{ seq: 2 }]);
    expect(await subscribers(bookChannel('BTCUSDT'))).toBe(1);
    first.send({ op: 'unsubscribe', channels: ['book.BTCUSDT'] });
    await first.next((message) => message.op === 'unsubscribed');
    expect(await subscribers(bookChannel('BTCUSDT'))).toBe(1);
    await publish(bookChannel('BTCUSDT'), { seq: 3 });
    await until(() => second.data('book.BTCUSDT').length === 2);
    expect(first.data('book.BTCUSDT')).toHaveLength(2);
    second.socket.close();
    await until(async () => await subscribers(bookChannel('BTCUSDT')) === 0);
    await first.subscribe('book.BTCUSDT');
    await publish(bookChannel('BTCUSDT'), { seq: 4 });
    await until(() => first.data('book.BTCUSDT').at(-1)?.seq === 4);
  });

  test('orders are those of one\'s own account, whatever is asked for', async () => {
    const mine = await connect();
    const theirs = await connect({ token: harness.pool.token(BOB) });
    await mine.subscribe('orders');
    await theirs.subscribe('orders');
    await publish(ordersChannel(ALICE), { event: 'accepted', seq: 1 });
    await publish(ordersChannel(BOB), { event: 'accepted', seq: 2 });
    await until(() => mine.data('orders').length === 1 && theirs.data('orders').length === 1);
    expect([mine.data('orders'), theirs.data('orders')]).toEqual([[{ event: 'accepted', seq: 1 }], [{ event: 'accepted', seq: 2 }]]);
    for (const name of [`orders.${ALICE}`, `orders.${BOB}`, 'instruments', 'ticker.NOPE', 'ticker.*', 'constructor.BTCUSDT', 'idem:x']) {
      theirs.send({ op: 'subscribe', channels: ['ticker.BTCUSDT', name] });
      const refusal = await theirs.next((message) => message.error?.channel === name);
      expect(refusal.error?.code).toBe('unknown_channel');
    }
    // All or nothing.
    expect(await subscribers(tickerChannel('BTCUSDT'))).toBe(0);
  });
});

describe('odd clients', () => {
  test('messages that mean nothing are answered, not obeyed', async () => {
    const client = await connect();
    const odd = ['{', '[]', '"x"', '{"op":"dance"}', '{"op":"subscribe"}', '{"op":"subscribe","channels":[]}', '{"op":"ping","x":1}',
      JSON.stringify({ op: 'subscribe', channels: Array.from({ length: 51 }, () => 'orders') })];
    for (const text of odd) client.send(text);
    client.socket.send(Buffer.from('{"op":"ping"}'), { binary: true });
    client.send({ op: 'ping' });
    await client.next((message) => message.op === 'pong');
    expect(client.messages.filter((message) => message.error?.code === 'invalid_message')).toHaveLength(odd.length + 1);
  });

  test('a message that is too large, and too many messages, close the connection', async () => {
    const large = await connect();
    large.send('x'.repeat(16 * 1024 + 1));
    expect((await large.closing()).code).toBe(1009);
    const busy = await connect();
    for (let i = 0; i < 100; i++) busy.send({ op: 'ping' });
    expect((await busy.closing()).code).toBe(1008);
  });

  test('who does not answer pings is let go, who does stays', async () => {
    const dead = await connect({ token: alice, autoPong: false });
    const alive = await connect();
    await until(() => dead.closed !== undefined, 3_000);
    expect(alive.closed).toBeUndefined();
  });

  test('a slow reader gets the newest book only, and the others do not notice', async () => {
    // Its pings are far apart: who is slow is not gone.
    const patient = await harness.task();
    const slow = await connect({ token: alice }, patient);
    const quick = await connect({ token: harness.pool.token(BOB) }, patient);
    for (const client of [slow, quick]) await client.subscribe('book.BTCUSDT');
    const filler = 'x'.repeat(20_000);
    slow.socket.pause();
    const count = 600;
    for (let seq = 1; seq <= count; seq++) await publish(bookChannel('BTCUSDT'), { seq, filler });
    await until(() => quick.data('book.BTCUSDT').length === count);
    slow.socket.resume();
    await until(() => slow.data('book.BTCUSDT').at(-1)?.seq === count);
    const seqs = slow.data('book.BTCUSDT').map(({ seq }) => Number(seq));
    expect(seqs.length).toBeLessThan(count);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(slow.closed).toBeUndefined();
  });

  test('who does not even take what may not be left out is closed', async () => {
    const patient = await harness.task();
    const slow = await connect({ token: alice }, patient);
    await slow.subscribe('orders');
    slow.socket.pause();
    const filler = 'x'.repeat(50_000);
    for (let seq = 1; seq <= 300; seq++) await publish(ordersChannel(ALICE), { seq, filler });
    // Heard by the server before the client looks again.
    await new Promise((resolve) => setTimeout(resolve, 300));
    slow.socket.resume();
    expect((await slow.closing()).code).toBe(1013);
    const seqs = slow.data('orders').map(({ seq }) => Number(seq));
    expect(seqs.length).toBeLessThan(300);
    expect(seqs).toEqual(seqs.map((_one, i) => i + 1));
  });
});

test('after an outage of the cache: states are sent anew, missed trades too, and a gap in orders is admitted', async () => {
  const client = await connect();
  await harness.cache.rpush(tradesKey('BTCUSDT'), JSON.stringify({ seq: 1 }));
  await client.subscribe('orders', 'book.BTCUSDT', 'trades.BTCUSDT');
  await until(() => client.data('trades.BTCUSDT').length === 1);
  const { port } = harness.redis;
  await harness.redis.stop();
  const refused = await connect({ token: harness.pool.token(BOB) });
  refused.send({ op: 'subscribe', channels: ['book.ETHUSDT'] });
  expect((await refused.next((message) => message.error !== undefined)).error).toMatchObject({ code: 'stream_unavailable', channel: 'book.ETHUSDT' });
  await harness.restartRedis(port);
  await until(() => harness.cache.status === 'ready');
  await harness.cache.set(bookKey('BTCUSDT'), JSON.stringify({ seq: 5 }));
  await harness.cache.lpush(tradesKey('BTCUSDT'), JSON.stringify({ seq: 2 }));
  await client.next((message) => message.op === 'gap' && message.channels?.[0] === 'orders', 8_000);
  await until(async () => await subscribers(bookChannel('BTCUSDT')) === 1, 8_000);
  await publish(bookChannel('BTCUSDT'), { seq: 6 });
  await publish(tradesChannel('BTCUSDT'), { seq: 3 });
  await until(() => client.data('book.BTCUSDT').at(-1)?.seq === 6 && client.data('trades.BTCUSDT').at(-1)?.seq === 3);
  const trades = client.data('trades.BTCUSDT').map(({ seq }) => seq);
  expect(trades).toEqual([...new Set(trades)]);
});

test('a task that stops says so to everybody', async () => {
  const leaving = await harness.task();
  const clients = [await connect({ token: alice }, leaving), await connect({ token: harness.pool.token(BOB) }, leaving), await connect({}, leaving)];
  await leaving.stop();
  for (const client of clients) expect((await client.closing()).code).toBe(1001);
  const late = await StreamClient.open(leaving.url).catch(() => undefined);
  expect(late?.closed?.code).toBe(1006);
});
