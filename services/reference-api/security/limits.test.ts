/** Limits per user and per address, shared by the tasks through the cache and without it. */
import { ConfigurationError } from '../../runtime';
import { admissionOf } from '../admission';
import { addressOf } from '../http/address';
import { allowances } from '../http/limits';
import { ALICE, BOB, call, Harness, type Task, until } from '../testing/harness';
import { StreamClient } from '../testing/stream-client';

const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '30000.1', quantity: '0.5' };
const few = { points: 5, seconds: 60 };
const wide = { ...allowances(400), order: { user: few, address: { points: 1_000, seconds: 60 } } };
let harness: Harness;
let task: Task;

beforeAll(async () => {
  harness = await new Harness().start();
});
afterAll(() => harness.stop());
beforeEach(async () => {
  await harness.cache.flushall();
  await harness.restoreInstruments();
  task = await harness.task({ trustedProxies: 1, allowances: { ...allowances(400), order: { user: few, address: { points: 8, seconds: 60 } } } });
});
afterEach(() => task.stop());

const from = (address: string) => ({ 'x-forwarded-for': `6.6.6.6, ${address}` });
const post = (who: string, address = '10.0.0.1', to = task) => (
  call(to, 'POST', '/v1/orders', { token: harness.pool.token(who), body: order, headers: from(address) }));

test('a user may ask so often, is told how often, and when to come back', async () => {
  const first = await post(ALICE);
  expect(Object.fromEntries(first.headers)).toMatchObject({ 'ratelimit-limit': '5', 'ratelimit-remaining': '4', 'ratelimit-policy': '5;w=60' });
  for (let i = 0; i < 4; i++) expect((await post(ALICE)).status).toBe(202);
  const refused = await post(ALICE);
  expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_requests', limit: 5 } });
  expect(refused.headers.get('ratelimit-remaining')).toBe('0');
  const seconds = Number(refused.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
  expect(task.journal.commands).toHaveLength(5);
  // Nobody else pays for it, and what has an allowance of its own goes on: who cannot buy any more can still leave.
  expect((await post(BOB, '10.0.0.2')).status).toBe(202);
  expect((await call(task, 'DELETE', '/v1/orders', { token: harness.pool.token(ALICE), headers: from('10.0.0.1') })).status).toBe(202);
});

test('an address has a limit of its own, however many users it has and whatever it claims to be', async () => {
  for (let i = 0; i < 8; i++) expect((await post(i % 2 === 0 ? ALICE : BOB)).status).toBe(202);
  expect((await post(BOB)).status).toBe(429);
  const spoofed = await call(task, 'POST', '/v1/orders', {
    token: harness.pool.token(BOB), body: order, headers: { 'x-forwarded-for': '9.9.9.9, 8.8.8.8, 10.0.0.1' },
  });
  expect(spoofed.status).toBe(429);
});

test('a batch takes as much as its orders would', async () => {
  const batch = (count: number) => call(task, 'POST', '/v1/orders/batch', {
    token: harness.pool.token(ALICE), body: { orders: Array.from({ length: count }, () => order) }, headers: from('10.0.0.1'),
  });
  expect((await batch(4)).status).toBe(200);
  expect((await batch(4)).status).toBe(429);
  expect(task.journal.commands).toHaveLength(4);
});

test('the WebSocket draws on the same allowance; who goes on regardless is let go', async () => {
  for (let i = 0; i < 4; i++) await post(ALICE);
  const client = await StreamClient.open(task.url, { token: harness.pool.token(ALICE) });
  const send = (id: string) => client.send({ op: 'request', id, method: 'POST', path: '/v1/orders', body: order });
  send('last');
  expect(await client.next(({ op }) => op === 'response')).toMatchObject({ id: 'last', status: 202 });
  // Enough of them that the connection's own allowance cannot grow as fast, however slow the machine is.
  for (let i = 0; i < 400; i++) send(String(i));
  expect((await client.closing()).code).toBe(1008);
  const answers = client.messages.filter(({ op }) => op === 'response') as unknown as { status: number; headers: Record<string, string> }[];
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
  expect(answers.find(({ status }) => status === 429)?.headers['retry-after']).toMatch(/^\d+$/);
  expect(task.journal.commands).toHaveLength(5);
});

test('tasks add up through the cache, and each counts alone without it', async () => {
  const other = await harness.task({ trustedProxies: 1, allowances: wide });
  for (let i = 0; i < 4; i++) expect((await post(ALICE)).status).toBe(202);
  await until(async () => await harness.cache.get(`rate:order:user:${ALICE}`) === '4');
  await post(ALICE, '10.0.0.9', other);
  await post(ALICE, '10.0.0.9', other);
  // The second of these made it six of all together: who hears of it refuses.
  await until(async () => (await post(ALICE, '10.0.0.9', other)).status === 429);
  const count = other.journal.commands.length;
  expect(count).toBeLessThanOrEqual(5);
  await other.stop();

  const alone = await harness.task({ trustedProxies: 1, allowances: wide });
  const { port } = harness.redis;
  await harness.redis.stop();
  try {
    const statuses = [];
    for (let i = 0; i < 7; i++) statuses.push((await post(BOB, '10.0.0.7', alone)).status);
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429, 429]);
  } finally {
    await harness.restartRedis(port);
    await until(() => harness.cache.status === 'ready');
    await alone.stop();
  }
});

describe('whose address it is', () => {
  const request = (forwarded: string | undefined, remoteAddress = '172.16.0.1') => (
    { headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress } }) as unknown as Parameters<typeof addressOf>[0];

  test.each<[string, string | undefined, number, string | undefined]>([
    ['nobody in front', undefined, 0, '172.16.0.1'],
    ['a proxy that we were not told of', '1.2.3.4', 0, undefined],
    ['a load balancer', '1.2.3.4', 1, '1.2.3.4'],
    ['what the client made up in front of it', '6.6.6.6, 1.2.3.4', 1, '1.2.3.4'],
    ['CloudFront and a load balancer', '6.6.6.6, 1.2.3.4, 130.176.0.1', 2, '1.2.3.4'],
    ['past the proxies that should be there', '1.2.3.4', 2, undefined],
    ['no header where there should be one', undefined, 1, undefined],
    ['no address at all', 'unknown', 1, undefined],
    ['a network of IPv6', '2001:db8::1', 1, '2001:db8:0:0::/64'],
    ['another address of the same', '2001:0db8:0000:0000:ffff::9', 1, '2001:db8:0:0::/64'],
  ])('%s', (_what, forwarded, proxies, expected) => {
    expect(addressOf(request(forwarded), proxies)).toBe(expected);
  });
});

test('the environment sets proxies and the rate of orders, and a mistake in it is one sentence', () => {
  expect(admissionOf(undefined)).toMatchObject({ trustedProxies: 0, allowances: { order: { user: { points: 4_000, seconds: 10 } } } });
  const set = admissionOf({ trustedProxies: 2, ordersPerSecond: 50 });
  expect(set).toMatchObject({ trustedProxies: 2, allowances: { cancel: { user: { points: 500 } } } });
  for (const wrong of [{ trustedProxies: -1 }, { ordersPerSecond: 0 }, { proxies: 2 }, 'x', [1]]) {
    expect(() => admissionOf(wrong)).toThrow(ConfigurationError);
  }
});
