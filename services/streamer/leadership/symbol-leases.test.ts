import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { leaseKey } from './scripts';
import { SymbolLeases } from './symbol-leases';
import { type RedisServer, startRedis } from '../../../local/servers/redis';
import { createLogger } from '../../runtime';

const logger = createLogger({ service: 'streamer', environment: 'test', level: 'silent' });
const dir = mkdtempSync(join(tmpdir(), 'symbol-leases-'));
const SYMBOLS = ['A', 'B', 'C', 'D', 'E'];
let server: RedisServer;
let redis: Redis;
let running: SymbolLeases[] = [];

beforeAll(async () => {
  server = await startRedis({ dir });
  redis = new Redis(server.url, { maxRetriesPerRequest: 1, enableOfflineQueue: false, commandTimeout: 500 });
  await new Promise((resolve) => redis.once('ready', resolve));
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.stop()));
  running = [];
  await redis.flushall();
});

async function until(what: () => boolean, limitMs = 5_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!what()) {
    if (Date.now() > deadline) throw new Error(`did not happen within ${limitMs} ms: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

interface Replica { leases: SymbolLeases; able: boolean | number; began: string[]; cut: boolean }
function replica(owner: string, symbols: readonly string[] = SYMBOLS): Replica {
  const one: Replica = { able: true, began: [], cut: false, leases: undefined as unknown as SymbolLeases };
  // What a process is that was killed, or that has lost the cache: it says nothing any more.
  const evaluate = (...args: Parameters<Redis['eval']>): Promise<unknown> => (one.cut ? Promise.reject(new Error('cut off')) : redis.eval(...args));
  one.leases = new SymbolLeases({
    redis: { eval: evaluate as Redis['eval'] },
    symbols,
    owner,
    logger,
    listeningMs: () => (one.able === false ? undefined : one.able === true ? 60_000 : Date.now() - one.able),
    onLead: (symbol) => one.began.push(symbol),
    lapseMs: 400,
    renewalMs: 50,
  });
  one.leases.start();
  running.push(one.leases);
  return one;
}
const leading = (one: Replica): number => one.leases.state().leading.length;

test('one alone leads everything; a second one gets its share, and each symbol has one leader', async () => {
  const a = replica('a');
  await until(() => leading(a) === 5);
  const b = replica('b');
  await until(() => leading(a) === 3 && leading(b) === 2);
  expect([...a.leases.state().leading, ...b.leases.state().leading].sort()).toEqual(SYMBOLS);
  for (const symbol of SYMBOLS) expect(await redis.get(leaseKey(symbol))).toBe(a.leases.leads(symbol) ? 'a' : 'b');
  expect(a.leases.state()).toMatchObject({ others: 1, problem: undefined });
});

test('replicas of another list of symbols have no part in the share', async () => {
  const [a, b] = [replica('a'), replica('b', ['X', 'Y'])];
  await until(() => leading(a) === 5 && leading(b) === 2);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect([leading(a), leading(b), a.leases.state().others]).toEqual([5, 2, 0]);
});

test('the symbols of one that falls silent are taken over after the lapse, those of one that stops at once', async () => {
  const [a, b] = [replica('a'), replica('b')];
  await until(() => leading(a) + leading(b) === 5 && leading(b) >= 2 && leading(a) >= 2);
  const before = Date.now();
  a.cut = true;
  await until(() => leading(b) === 5);
  expect(Date.now() - before).toBeGreaterThan(300);
  expect(new Set(b.began)).toEqual(new Set(SYMBOLS));
  // It cannot know that others lead; the cache does, and takes nothing from it.
  expect(leading(a)).toBeGreaterThan(0);
  a.cut = false;
  await until(() => leading(a) === 2 && leading(b) === 3);
  const stopped = Date.now();
  await b.leases.stop();
  await until(() => leading(a) === 5);
  expect(Date.now() - stopped).toBeLessThan(400);
});

test('one that does not hear the exchange leaves its symbols to one that does, and keeps them when there is none', async () => {
  const [a, b] = [replica('a'), replica('b')];
  await until(() => leading(a) + leading(b) === 5 && a.leases.state().others === 1 && b.leases.state().others === 1);
  a.able = false;
  a.leases.poke();
  await until(() => leading(a) === 0 && leading(b) === 5);
  b.able = false;
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(leading(b)).toBe(5);
  a.able = true;
  await until(() => leading(a) === 5 && leading(b) === 0);
});

test('one that has just begun to listen leaves what a killed one led to another that heard it', async () => {
  const [a, b] = [replica('a'), replica('b')];
  await until(() => leading(a) + leading(b) === 5 && leading(a) >= 2 && leading(b) >= 2);
  a.cut = true;
  const c = replica('c');
  c.able = Date.now();
  await until(() => leading(b) === 5);
  expect(leading(c)).toBe(0);
  await until(() => leading(c) === 2 && leading(b) === 3);
  expect(Date.now() - c.able).toBeGreaterThan(500);
});

test('a cache that does not answer is a problem until it does; whoever led goes on', async () => {
  const a = replica('a');
  await until(() => leading(a) === 5);
  a.cut = true;
  await until(() => a.leases.state().problem !== undefined);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(leading(a)).toBe(5);
  expect(await redis.get(leaseKey('A'))).toBeNull();
  a.began = [];
  a.cut = false;
  await until(() => a.leases.state().problem === undefined);
  // Somebody may have led in between: it begins anew.
  expect(a.began.sort()).toEqual(SYMBOLS);
});
