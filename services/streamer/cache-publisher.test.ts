import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { CachePublisher } from './cache-publisher';
import { type BookTop, marketTopChannel, marketTopKey } from './model';
import { type RedisServer, startRedis } from '../../local/servers/redis';
import { type Ticker, tickerChannel, tickerKey } from '../domain';

const dir = mkdtempSync(join(tmpdir(), 'cache-publisher-'));
const tick = (symbol: string, n: number): Ticker => ({ symbol, lastPrice: String(n), exchangeTime: n, receivedTime: n, source: 'test' });
let server: RedisServer;
let redis: Redis;
let subscriber: Redis;
let heard: { symbol: string; price: number; at: number }[];

beforeAll(async () => {
  server = await startRedis({ dir });
  redis = new Redis(server.url, { maxRetriesPerRequest: 1, enableOfflineQueue: false });
  subscriber = new Redis(server.url);
  subscriber.on('message', (_channel, text) => {
    const { symbol, lastPrice } = JSON.parse(text) as Ticker;
    heard.push({ symbol, price: Number(lastPrice), at: performance.now() });
  });
  await subscriber.subscribe(tickerChannel('AAA'), tickerChannel('BBB'));
});

afterAll(async () => {
  redis.disconnect();
  subscriber.disconnect();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

beforeEach(() => {
  heard = [];
});

const of = (symbol: string): typeof heard => heard.filter((one) => one.symbol === symbol);

test('ticks that come faster than the interval are replaced by the newest, symbol by symbol; the last one always arrives', async () => {
  const publisher = new CachePublisher({ redis, intervalMs: 100 });
  for (let n = 1; n <= 500; n++) {
    publisher.publish(tick('AAA', n));
    if (n % 50 === 0) publisher.publish(tick('BBB', n));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await publisher.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(of('AAA').length).toBeGreaterThanOrEqual(4);
  expect(of('AAA').length).toBeLessThanOrEqual(12);
  for (const symbol of ['AAA', 'BBB']) {
    const prices = of(symbol).map(({ price }) => price);
    expect(prices).toEqual([...prices].sort((a, b) => a - b));
    expect(prices.at(-1)).toBe(500);
    expect(JSON.parse(await redis.get(tickerKey(symbol)) ?? '{}')).toMatchObject({ lastPrice: '500' });
  }
  expect(publisher.state()).toEqual({ published: heard.length, problem: undefined });
});

test('a tick after a pause goes out at once', async () => {
  const publisher = new CachePublisher({ redis, intervalMs: 1_000 });
  const sent = performance.now();
  publisher.publish(tick('AAA', 1));
  while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(heard[0].at - sent).toBeLessThan(300);
  await publisher.close();
});

test('only the leader publishes, and what another leader told already or overtook is not told again', async () => {
  const leases = (owner: string, leading = true) => {
    const one = { owner, leading, leads: () => one.leading, lost: () => { one.leading = false; } };
    return one;
  };
  const [a, b] = [leases('a'), leases('b')];
  const [first, second] = [a, b].map((one) => new CachePublisher({ redis, intervalMs: 1, leases: one }));
  const publish = async (publisher: CachePublisher, n: number): Promise<void> => {
    publisher.publish(tick('AAA', n));
    await publisher.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await redis.set('feed:{AAA}:lease', 'a');
  await publish(first, 5);
  await publish(second, 6);
  // The lease in the cache decides, not what a process thinks.
  expect([heard.map(({ price }) => price), b.leading]).toEqual([[5], false]);
  await redis.set('feed:{AAA}:lease', 'b');
  b.leading = true;
  await publish(second, 5);
  await publish(second, 4);
  await publish(second, 7);
  await publish(first, 8);
  expect([heard.map(({ price }) => price), a.leading]).toEqual([[5, 7], false]);
});

test('best prices have a channel and a key of their own', async () => {
  const published: number[] = [];
  const publisher = new CachePublisher({ redis, intervalMs: 1, onTop: ({ updateId }) => published.push(updateId) });
  const top = (updateId: number): BookTop => ({ type: 'top', symbol: 'AAA', bidPrice: '1', askPrice: '2', updateId, receivedTime: 1, source: 'test' });
  const tops: BookTop[] = [];
  const reader = new Redis(server.url);
  reader.on('message', (_channel, text) => tops.push(JSON.parse(text) as BookTop));
  await reader.subscribe(marketTopChannel('AAA'));
  publisher.publishTop(top(1));
  publisher.publishTop(top(2));
  publisher.publish(tick('AAA', 9));
  await publisher.close();
  while (tops.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  reader.disconnect();
  expect([tops, published]).toEqual([[top(2)], [2]]);
  expect(JSON.parse(await redis.get(marketTopKey('AAA')) ?? '{}')).toEqual(top(2));
  expect(of('AAA').map(({ price }) => price)).toEqual([9]);
});

test('a cache that refuses is a problem until it takes a tick again', async () => {
  const publisher = new CachePublisher({ redis, intervalMs: 10 });
  await redis.config('SET', 'min-replicas-to-write', '1');
  publisher.publish(tick('AAA', 1));
  while (publisher.state().problem === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(publisher.state().problem).toContain('NOREPLICAS');
  await redis.config('SET', 'min-replicas-to-write', '0');
  publisher.publish(tick('AAA', 2));
  await publisher.close();
  expect(publisher.state()).toEqual({ published: 1, problem: undefined });
});
