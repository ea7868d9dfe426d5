import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { MinuteBars } from './minute-bars';
import { type RedisServer, startRedis } from '../../../local/servers/redis';
import { MARKET_MINUTES_KEPT_MS, type MarketMinute, marketMinutesKey } from '../../domain';
import type { MarketTrade } from '../model';

const SYMBOL = 'BTCUSDT';
const MINUTE = 60_000;
const START = Math.floor(Date.now() / MINUTE) * MINUTE;
const dir = mkdtempSync(join(tmpdir(), 'minute-bars-'));
let server: RedisServer;
let redis: Redis;

let id = 0;
const trade = (at: number, price: string, quantity: string): MarketTrade => ({
  type: 'trade', symbol: SYMBOL, id: String(++id), price, quantity, takerSide: 'buy', exchangeTime: at, receivedTime: at, source: 'test',
});

/** A process that writes only when it is told to. */
function replica(leading = true, target: Pick<Redis, 'pipeline'> = redis) {
  const lease = { held: leading };
  return { lease, bars: new MinuteBars({ redis: target, leases: { leads: () => lease.held }, writeMs: 1 << 30 }) };
}

const kept = async (): Promise<MarketMinute[]> => (
  Object.values(await redis.hgetall(marketMinutesKey(SYMBOL))).map((row) => JSON.parse(row) as MarketMinute).sort((a, b) => a.openTime - b.openTime));

beforeAll(async () => {
  server = await startRedis({ dir });
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(() => redis.flushall());

test('trades make minutes, with exact sums', async () => {
  const { bars } = replica();
  bars.hear(trade(START - MINUTE, '1', '1'));
  for (const [at, price, quantity] of [[1, '30000.1', '0.1'], [2, '30010', '0.2'], [3, '29999.9', '0.0001'], [59_999, '30000', '0.3']] as const) bars.hear(trade(START + at, price, quantity));
  bars.hear(trade(START + MINUTE, '30001', '1'));
  // Long over: what was told of it stands.
  bars.hear(trade(START - 9 * MINUTE, '1', '1'));
  await bars.close();
  expect(await kept()).toEqual([
    expect.objectContaining({ openTime: START - MINUTE }),
    { openTime: START, open: '30000.1', high: '30010', low: '29999.9', close: '30000', volume: '0.6001', turnover: '18005.00999', trades: 4 },
    { openTime: START + MINUTE, open: '30001', high: '30001', low: '30001', close: '30001', volume: '1', turnover: '30001', trades: 1 },
  ]);
  expect(await redis.pttl(marketMinutesKey(SYMBOL))).toBeGreaterThan(MARKET_MINUTES_KEPT_MS - 60_000);
});

test('who leads writes; who follows goes on with what it heard, and takes nothing away from minutes that it heard in part', async () => {
  const [first, second] = [replica(true), replica(false)];
  first.bars.hear(trade(START - MINUTE, '1', '1'));
  for (const at of [0, 1]) first.bars.hear(trade(START + at, '30000', '1'));
  // Began in the middle of that minute, and heard the whole of the next.
  second.bars.hear(trade(START + 1, '30000', '1'));
  for (const at of [0, 1, 2]) second.bars.hear(trade(START + MINUTE + at, '31000', '1'));
  await first.bars.close();
  second.lease.held = true;
  second.bars.lead(SYMBOL);
  await second.bars.close();
  expect((await kept()).map(({ openTime, trades }) => [openTime, trades])).toEqual([[START - MINUTE, 1], [START, 2], [START + MINUTE, 3]]);
});

test('a day later a minute is gone, and what could not be written is written later', async () => {
  await redis.hset(marketMinutesKey(SYMBOL), String(START - MARKET_MINUTES_KEPT_MS), '{}', String(START - MARKET_MINUTES_KEPT_MS + MINUTE), '{"openTime":1}');
  let away = true;
  const { bars } = replica(true, { pipeline: () => (away ? { hsetnx: () => 0, hset: () => 0, hdel: () => 0, pexpire: () => 0, exec: () => Promise.reject(new Error('away')) } as never : redis.pipeline()) });
  bars.hear(trade(START, '30000', '1'));
  await bars.close();
  expect(bars.state().problem).toBe('away');
  away = false;
  await bars.close();
  expect(bars.state().problem).toBeUndefined();
  expect((await kept()).map(({ openTime }) => openTime)).toEqual([1, START]);
});
