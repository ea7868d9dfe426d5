import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { CacheWriter } from './cache-writer';
import { Projections } from './projections';
import { type RedisServer, startRedis } from '../../../local/servers/redis';
import { connectCache } from '../../adapters/cache/redis';
import { newOrderId, type OrderUpdate, watchedOrderId, watchedOrderKey } from '../../domain';
import { createLogger } from '../../runtime';
import { createCore } from '../core';

const logger = createLogger({ service: 'test', environment: 'test', level: 'silent' });
const dir = mkdtempSync(join(tmpdir(), 'watched-'));
const ACCOUNT = '00000000-0000-4000-8000-00000000a001';
let server: RedisServer;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis({ dir, password: 'word' });
  redis = connectCache({ url: server.url, authToken: 'word', name: 'test', logger });
  await new Promise<void>((resolve) => redis.once('ready', resolve));
});
afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('what becomes of an order that asks for it is kept, and told again it is the same', async () => {
  const core = createCore({ partition: 0, idempotencyWindowMs: 60_000 });
  const cache = new CacheWriter(redis, logger);
  const projections = new Projections({ core, cache });
  projections.lead([]);
  const apply = (command: Parameters<typeof core.apply>[0]) => {
    // Events are lent: copies outlast the next command.
    const events = core.apply(command).map((event) => ({ ...event }));
    projections.observe(events);
    return events;
  };
  apply({
    type: 'configure_instrument', time: 1, instrument: {
      symbol: 'BTCUSDT', base: { code: 'BTC', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1,
    },
  });
  for (const asset of ['BTC', 'USDT']) apply({ type: 'deposit', time: 1, depositId: newOrderId(), accountId: ACCOUNT, asset, amount: 10 ** 12 });
  const place = (orderId: string, side: 'buy' | 'sell') => apply({
    type: 'place_order', time: 2, orderId, accountId: ACCOUNT, clientOrderId: orderId, digest: '0'.repeat(32), symbol: 'BTCUSDT', side, orderType: 'limit',
    timeInForce: 'gtc', postOnly: false, selfTradePrevention: 'none', priceTicks: 300_000, triggerTicks: 0, quantityLots: 10, quoteBudget: 0,
  });
  const [watched, other] = [watchedOrderId(newOrderId()), newOrderId()];
  const events = [...place(watched, 'buy'), ...place(other, 'sell')];
  await cache.flush();
  const kept = async () => (await redis.hvals(watchedOrderKey(watched))).map((text) => JSON.parse(text) as OrderUpdate).sort((a, b) => a.seq - b.seq);
  expect(await kept()).toMatchObject([{ event: 'accepted', status: 'open' }, { event: 'fill', status: 'filled', fill: { quantity: '0.001', liquidity: 'maker' } }]);
  expect(await redis.ttl(watchedOrderKey(watched))).toBeGreaterThan(600_000);
  expect(await redis.exists(watchedOrderKey(other))).toBe(0);
  projections.stop();
  projections.lead(events);
  await cache.flush();
  expect(await kept()).toHaveLength(2);
  projections.stop();
});
