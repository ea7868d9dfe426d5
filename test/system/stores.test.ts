import type { Redis } from 'ioredis';
import { cachedView, connectRedis, trueView } from './support/core-view';
import { SteadyLoad } from './support/steady-load';
import { TestSystem, until } from './support/system';
import { health, type ServiceHealth } from '../../bench/lib/health';
import { HttpClient } from '../../bench/lib/http-client';
import { LedgerAudit } from '../../bench/lib/ledger';
import { tickerKey } from '../../services/domain';

const FULL = process.env.FULL === '1';
const RATE = 200;
/** Times that each store is taken away. */
const ROUNDS = FULL ? 8 : 1;
const LIMIT_MS = FULL ? 600_000 : 180_000;

const system = new TestSystem();
let redis: Redis;
let http: HttpClient;

beforeAll(async () => {
  await system.start();
  redis = connectRedis(system);
  http = new HttpClient({ url: system.url, connections: 8, timeoutMs: 10_000 });
  // Books that are more than what crosses.
  for (const [side, ...prices] of [['buy', '59000.1', '58000', '57000.5'], ['sell', '61000', '62000.7', '63000.3']]) {
    for (const price of prices) await order({ symbol: 'BTCUSDT', side, type: 'limit', price, quantity: '0.003' });
  }
}, 180_000);

afterAll(async () => {
  redis?.disconnect();
  http?.close();
  await system.stop();
}, 60_000);

const headers = (): Record<string, string> => ({ authorization: `Bearer ${system.traders[0].token}` });
const order = (body: object): Promise<unknown> => system.api.call('POST', '/v1/orders', body, system.traders[0].token);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function ask(path: string): Promise<{ status: number; code?: string }> {
  const { status, body } = await http.send('GET', path, headers());
  return { status, code: (JSON.parse(body) as { code?: string }).code };
}

/** Waits until a service's own report is as wanted. */
function report(service: string, what: string, wanted: (report: ServiceHealth) => boolean, limitMs = 30_000): Promise<ServiceHealth> {
  return until(`${service} reports ${what}`, async () => {
    const found = await health(system.processes(service)[0].port!);
    return found && wanted(found) ? found : undefined;
  }, limitMs);
}

const well = async (): Promise<void> => {
  for (const service of ['reference-api', 'reference-matcher']) await report(service, 'that all is well', ({ status }) => status === 'ok');
};

/** Resolves when the load got so many more answers. */
function goesOn(load: SteadyLoad, orders = RATE / 2): Promise<boolean> {
  const before = load.acknowledged.length;
  return until('orders are acknowledged meanwhile', () => (load.acknowledged.length >= before + orders ? true : undefined));
}

/** Every order has its 202 and stands in the books exactly once. */
async function expectSettled(load: SteadyLoad): Promise<void> {
  expect(load.failures).toEqual([]);
  expect(load.acknowledged).toHaveLength(load.sent);
  const audit = await LedgerAudit.connect(system.platform.describe().databaseUrl!);
  try {
    const ids = load.acknowledged.map(({ orderId }) => orderId);
    await audit.untilEnded(ids, 1_000);
    // A request that was repeated while the cache was away can have been given an id of its own: the core says which order stands.
    const duplicates = await until('all orders have ended or stand for another one', async () => {
      const rows = await audit.rows<{ id: string; original: string }>(
        'SELECT order_id AS id, original_order_id AS original FROM ledger.order_duplicates WHERE order_id = ANY($1::uuid[])', [ids]);
      return await audit.ended(ids) + rows.length >= ids.length ? new Map(rows.map(({ id, original }) => [id, original])) : undefined;
    }, 120_000);
    expect(duplicates.size).toBeLessThanOrEqual(load.client.retries);
    const standing = ids.map((id) => duplicates.get(id) ?? id);
    const books = await audit.reconcile(standing, system.traders.map(({ accountId }) => accountId));
    expect(books).toEqual({ settled: load.sent, lost: 0, duplicated: 0, rejected: 0, violations: [] });
  } finally {
    await audit.close();
  }
}

/** The cache says what the core says, in every part. */
async function expectProjections(): Promise<void> {
  const audit = await LedgerAudit.connect(system.platform.describe().databaseUrl!);
  try {
    const truth = await trueView(system, audit);
    expect(Object.keys(truth.instruments)).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(truth.books.BTCUSDT.bids.length + truth.books.BTCUSDT.asks.length).toBe(6);
    expect(truth.trades.ETHUSDT).toHaveLength(50);
    await until('the cache has everything', async () => (JSON.stringify(await cachedView(redis)) === JSON.stringify(truth) ? true : undefined), 10_000)
      .catch(() => undefined);
    expect(await cachedView(redis)).toEqual(truth);
    for (const symbol of Object.keys(truth.instruments)) await until(`a price of ${symbol}`, async () => (await redis.exists(tickerKey(symbol)) === 1 ? true : undefined));
  } finally {
    await audit.close();
  }
}

/** Does something to the system once per round while orders come. */
async function underLoad(name: string, harm: (load: SteadyLoad) => Promise<void>): Promise<SteadyLoad> {
  const load = new SteadyLoad(system, RATE, name).start();
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await pause(1_000 + Math.random() * 1_000);
      await harm(load);
    }
    await pause(1_000);
  } finally {
    await load.stop();
    load.client.close();
  }
  return load;
}

test('PostgreSQL is killed: orders go on, what needs the ledger says so, and settlement catches up', async () => {
  const load = await underLoad('postgres', async (orders) => {
    await system.platform.killStore('PostgreSQL');
    try {
      const { status, checks } = await report('reference-api', 'the ledger', (found) => found.checks.ledger !== 'ok');
      expect({ status, checks }).toMatchObject({ status: 'degraded', checks: { ledger: 'cannot be read', journal: 'ok', cache: 'ok', tokenKeys: 'ok' } });
      expect(await ask('/v1/portfolio')).toEqual({ status: 503, code: 'ledger_unavailable' });
      expect(await ask('/v1/book/BTCUSDT')).toMatchObject({ status: 200 });
      await goesOn(orders);
      // Nobody else has a reason to complain.
      expect((await report('reference-matcher', 'anything', () => true)).status).toBe('ok');
    } finally {
      await system.platform.startStore('PostgreSQL');
    }
    await well();
    expect(await ask('/v1/portfolio')).toMatchObject({ status: 200 });
  });
  await expectSettled(load);
  await expectProjections();
}, LIMIT_MS);

test('Redis is flushed: everything in it comes back, and no order is lost or doubled', async () => {
  const load = await underLoad('flush', async (orders) => {
    await redis.flushall();
    await goesOn(orders);
    await until('the books are back', async () => (await ask('/v1/book/ETHUSDT')).status === 200 ? true : undefined);
  });
  await expectSettled(load);
  await expectProjections();
  await well();
  // Also while nothing happens that would write it.
  await redis.flushall();
  await expectProjections();
}, LIMIT_MS);

test('Redis is killed: orders go on, the book comes from the core, and everything is back afterwards', async () => {
  const load = await underLoad('redis', async (orders) => {
    await system.platform.killStore('Redis');
    try {
      const api = await report('reference-api', 'the cache', (found) => found.checks.cache !== 'ok');
      expect(api).toMatchObject({ status: 'degraded', checks: { cache: expect.stringContaining('not connected') as string, journal: 'ok', ledger: 'ok' } });
      const matcher = await report('reference-matcher', 'the cache', (found) => found.checks.cache !== 'ok');
      expect(matcher).toMatchObject({ status: 'degraded', checks: { journal: 'ok', queue: 'ok', loop: 'ok' } });
      expect(await ask('/v1/portfolio')).toMatchObject({ status: 200 });
      expect(await ask('/v1/book/BTCUSDT')).toMatchObject({ status: 200 });
      await goesOn(orders);
    } finally {
      await system.platform.startStore('Redis');
    }
    await well();
  });
  await expectSettled(load);
  await expectProjections();
}, LIMIT_MS);

test('both matchers are killed at once: orders are taken meanwhile, and one of the next ones goes on where they were', async () => {
  const load = await underLoad('matchers', async (orders) => {
    await system.leader();
    expect(system.platform.kill('reference-matcher')).toBe(2);
    await goesOn(orders);
    await system.leader();
    await system.platform.untilHealthy();
  });
  await expectSettled(load);
  await well();
  await expectProjections();
}, LIMIT_MS);
