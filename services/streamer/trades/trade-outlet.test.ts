import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { TradeOutlet, type TradeOutletOptions } from './trade-outlet';
import { type RedisServer, startRedis } from '../../../local/servers/redis';
import { createLogger } from '../../runtime';
import { leaseKey } from '../leadership/scripts';
import { marketTradesChannel, type MarketTrade, type TradeGap } from '../model';

const logger = createLogger({ service: 'streamer', environment: 'test', level: 'silent' });
const dir = mkdtempSync(join(tmpdir(), 'trade-outlet-'));
const SYMBOL = 'BTCUSDT';
type Line = MarketTrade | TradeGap;
let server: RedisServer;
let redis: Redis;
let subscriber: Redis;
let told: Line[];
let outlets: TradeOutlet[];

const trade = (n: number, receivedTime = Date.now()): MarketTrade => ({
  type: 'trade', symbol: SYMBOL, id: String(n), price: '1', quantity: '1', takerSide: 'buy', exchangeTime: n, receivedTime, source: 'test',
});
const trades = (from: number, to: number): MarketTrade[] => Array.from({ length: to - from + 1 }, (_, i) => trade(from + i));
const ids = (lines: readonly Line[]): (string | undefined)[] => lines.map((line) => (line.type === 'gap' ? 'gap' : line.id));

async function until(what: () => boolean, limitMs = 5_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!what()) {
    if (Date.now() > deadline) throw new Error(`did not happen within ${limitMs} ms: ${what.toString()}; ${ids(told).join()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A replica: its lease is what the test says, in the cache as well. */
function replica(owner: string, options: Partial<TradeOutletOptions> = {}) {
  const one = {
    leads: false,
    written: [] as Line[],
    state: { queued: 0, lagMs: 0, written: 0, conflated: 0 },
    listening: { connection: 1, since: Date.now() as number | undefined },
    cut: false,
    outlet: undefined as unknown as TradeOutlet,
    async lead() {
      await redis.set(leaseKey(SYMBOL), owner);
      one.leads = true;
      one.outlet.lead(SYMBOL);
    },
  };
  const evaluate = (...args: Parameters<Redis['eval']>): Promise<unknown> => (one.cut ? Promise.reject(new Error('cut off')) : redis.eval(...args));
  one.outlet = new TradeOutlet({
    redis: { eval: evaluate as Redis['eval'] },
    leases: { owner, leads: () => one.leads, lost: () => { one.leads = false; } },
    stream: { write: (line) => one.written.push(line as Line), state: () => one.state },
    logger,
    listening: () => one.listening,
    ...options,
  });
  outlets.push(one.outlet);
  return one;
}

beforeAll(async () => {
  server = await startRedis({ dir });
  redis = new Redis(server.url);
  subscriber = new Redis(server.url);
  subscriber.on('message', (_channel, text) => told.push(...JSON.parse(text) as Line[]));
  await subscriber.subscribe(marketTradesChannel(SYMBOL));
});
afterAll(async () => {
  redis.disconnect();
  subscriber.disconnect();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(() => {
  told = [];
  outlets = [];
});
afterEach(async () => {
  await Promise.all(outlets.map((outlet) => outlet.close(0)));
  await redis.flushall();
});

test('the leader tells every trade once and in order, however the exchange cuts and repeats them', async () => {
  const a = replica('a');
  await a.lead();
  a.outlet.hear(SYMBOL, trades(1, 3));
  a.outlet.hear(SYMBOL, trades(2, 1_700));
  await until(() => told.length >= 1_700);
  a.outlet.hear(SYMBOL, trades(1_690, 1_710));
  await until(() => told.length >= 1_710);
  expect(ids(told)).toEqual(trades(1, 1_710).map(({ id }) => id));
  expect(ids(a.written)).toEqual(ids(told));
  expect(a.outlet.state()).toMatchObject({ published: 1_710, waiting: 0, gaps: 0, missed: 0 });
});

test.each([[true], [false]])('who follows a leader that was killed tells what is missing, once; numbered: %s', async (numbered) => {
  const [a, b] = [replica('a', { numbered }), replica('b', { numbered })];
  await a.lead();
  for (const one of [a, b]) one.outlet.hear(SYMBOL, trades(1, 10));
  await until(() => told.length === 10);
  // The end of a: b goes on listening.
  b.outlet.hear(SYMBOL, trades(11, 20));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([told.length, b.written.length]).toEqual([10, 0]);
  await b.lead();
  await until(() => told.length >= 20);
  b.outlet.hear(SYMBOL, trades(21, 22));
  await until(() => told.length >= 22);
  expect(ids(told)).toEqual(trades(1, 22).map(({ id }) => id));
  // How far the stream came with a nobody knows: rather twice.
  expect(ids(b.written)).toEqual(trades(1, 22).map(({ id }) => id));
  expect(b.outlet.state().gaps).toBe(0);
});

test('a leader that was replaced without knowing tells nothing, and nothing is lost', async () => {
  const [a, b] = [replica('a'), replica('b')];
  await a.lead();
  for (const one of [a, b]) one.outlet.hear(SYMBOL, trades(1, 5));
  await until(() => told.length === 5);
  await b.lead();
  for (const one of [a, b]) one.outlet.hear(SYMBOL, trades(6, 9));
  await until(() => told.length >= 9 && !a.leads);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(ids(told)).toEqual(trades(1, 9).map(({ id }) => id));
});

test('numbered trades that nobody heard are told as a gap with their number, before the one that follows', async () => {
  const a = replica('a', { numbered: true });
  await a.lead();
  a.outlet.hear(SYMBOL, trades(1, 2));
  await until(() => told.length === 2);
  a.outlet.hear(SYMBOL, trades(6, 7));
  await until(() => told.length >= 5);
  expect(ids(told)).toEqual(['1', '2', 'gap', '6', '7']);
  expect(told[2]).toMatchObject({ type: 'gap', symbol: SYMBOL, missing: 3, source: 'test' });
  expect(ids(a.written).sort()).toEqual(['1', '2', '6', '7', 'gap']);
});

test('after a break trades without numbers are told with a gap, unless the exchange repeats what was there', async () => {
  const a = replica('a');
  await a.lead();
  a.outlet.hear(SYMBOL, trades(1, 2));
  await until(() => told.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 5));
  a.listening = { connection: 2, since: undefined };
  a.outlet.hear(SYMBOL, trades(50, 51));
  await until(() => told.length >= 5);
  expect(ids(told)).toEqual(['1', '2', 'gap', '50', '51']);
  expect(told[2]).not.toHaveProperty('missing');
  a.listening = { connection: 3, since: undefined };
  a.outlet.hear(SYMBOL, trades(51, 53));
  await until(() => told.length >= 7);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(ids(told).slice(5)).toEqual(['52', '53']);
  expect(a.outlet.state().gaps).toBe(1);
});

test('who was listening since before the last trade of another leader knows that none is missing', async () => {
  const [a, b] = [replica('a'), replica('b')];
  b.listening = { connection: 1, since: Date.now() - 1_000 };
  await a.lead();
  a.outlet.hear(SYMBOL, trades(1, 2));
  await until(() => told.length === 2);
  await b.lead();
  b.outlet.hear(SYMBOL, trades(3, 3));
  await until(() => told.length >= 3);
  expect(ids(told)).toEqual(['1', '2', '3']);
});

test('what only one that does not lead heard is told late by it, once, and written', async () => {
  const [a, b] = [replica('a', { numbered: true }), replica('b', { numbered: true, keepMs: 1_000 })];
  await a.lead();
  a.outlet.hear(SYMBOL, [...trades(1, 3), ...trades(6, 8)]);
  b.outlet.hear(SYMBOL, trades(1, 8));
  await until(() => told.length >= 9);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(ids(told)).toEqual(['1', '2', '3', 'gap', '6', '7', '8', '4', '5']);
  expect(told[3]).toMatchObject({ after: '3', before: '6', missing: 2 });
  expect(ids(b.written)).toEqual(['4', '5']);
});

test('a cache that is away holds up nothing: the stream has everything, the channel what is young, with a gap for the rest', async () => {
  const a = replica('a', { keepMs: 600 });
  await a.lead();
  a.outlet.hear(SYMBOL, trades(1, 2));
  await until(() => told.length === 2);
  a.cut = true;
  a.outlet.hear(SYMBOL, trades(3, 6));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  a.outlet.hear(SYMBOL, trades(7, 8));
  expect(a.outlet.state()).toMatchObject({ problem: 'cut off', missed: 4 });
  a.cut = false;
  await until(() => told.length >= 5);
  expect(ids(told)).toEqual(['1', '2', 'gap', '7', '8']);
  expect(told[2]).toMatchObject({ missing: 4 });
  expect(ids(a.written).filter((id) => id !== 'gap')).toEqual(trades(1, 8).map(({ id }) => id));
});

test('a stream that does not take trades stops the feed at a limit and lets it go on below half of that', async () => {
  const pressure: string[] = [];
  const a = replica('a', { maxWaiting: 100, maxLagMs: 1_000, onPressure: (reason) => pressure.push(reason), onRelief: () => pressure.push('relief') });
  a.state = { ...a.state, queued: 101 };
  await until(() => pressure.length === 1);
  expect(pressure[0]).toContain('101 trades wait');
  a.state = { ...a.state, queued: 60 };
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(pressure).toHaveLength(1);
  a.state = { ...a.state, queued: 50 };
  await until(() => pressure.length === 2);
  a.state = { ...a.state, queued: 1, lagMs: 1_001 };
  await until(() => pressure.length === 3);
  expect(pressure).toEqual([expect.any(String), 'relief', expect.stringContaining('for 1001 ms')]);
});
