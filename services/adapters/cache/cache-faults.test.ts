/** What becomes of commands when a real Redis stops, vanishes or loses an answer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { connectCache } from './redis';
import { type RedisServer, startRedis } from '../../../local/servers/redis';
import { Breaker, BreakerOpenError } from '../../runtime';
import { StallingProxy } from '../../runtime/testing/faulty-server';

const logger = pino({ level: 'silent' });
const SILENCE_MS = 400;
let dir: string;
let server: RedisServer;
let proxy: StallingProxy;
let direct: Redis;
let cache: Redis;

const connect = (url: string, subscriber = false): Redis => (
  connectCache({ url, authToken: 'word', name: 'test', logger, subscriber, commandTimeoutMs: 150, silenceMs: SILENCE_MS }));
const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });
const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (const began = performance.now(); !await holds(); await pause(5)) if (performance.now() - began > 4_000) throw new Error('it never came to that');
};
const ready = async (redis: Redis): Promise<Redis> => {
  await until(() => redis.status === 'ready');
  return redis;
};

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'cache-faults-'));
  server = await startRedis({ dir, password: 'word' });
  direct = await ready(connect(server.url));
}, 30_000);
afterAll(async () => {
  direct?.disconnect();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(async () => {
  await direct.flushall();
  proxy = new StallingProxy(server.port);
  cache = await ready(connect(`redis://127.0.0.1:${await proxy.start()}`));
});
afterEach(async () => {
  cache.disconnect();
  await proxy.stop();
});

test('a cache that was stopped costs a command its time limit, then nothing, and is used again when it goes on', async () => {
  const breaker = new Breaker({ name: 'the stopped cache', failures: 3, coolDownMs: 200 });
  server.child.signal('SIGSTOP');
  try {
    for (let i = 0; i < 3; i++) {
      const began = performance.now();
      await expect(breaker.run(() => cache.get('a'))).rejects.toThrow();
      expect(performance.now() - began).toBeLessThan(1_000);
    }
    const began = performance.now();
    for (let i = 0; i < 1_000; i++) await expect(breaker.run(() => cache.get('a'))).rejects.toBeInstanceOf(BreakerOpenError);
    expect(performance.now() - began).toBeLessThan(1_000);
  } finally {
    server.child.signal('SIGCONT');
  }
  const began = performance.now();
  while (breaker.state !== 'closed' && performance.now() - began < 5_000) {
    await breaker.run(() => cache.set('a', '1')).catch(() => undefined);
    await pause(20);
  }
  expect(await cache.get('a')).toBe('1');
});

test('a connection whose other end lost its power is replaced: nobody waits for the operating system to notice', async () => {
  await cache.set('a', '1');
  proxy.stall();
  await expect(cache.get('a')).rejects.toThrow('timed out');
  proxy.recover();
  const began = performance.now();
  let value: string | null = null;
  while (value === null && performance.now() - began < 5_000) {
    value = await cache.get('a').catch(() => null);
    await pause(20);
  }
  expect(value).toBe('1');
  expect(performance.now() - began).toBeLessThan(3_000);
});

test('a subscriber notices as well, although it never asks anything, and hears what is published afterwards', async () => {
  const subscriber = await ready(connect(`redis://127.0.0.1:${cache.options.port}`, true));
  const heard: string[] = [];
  subscriber.on('message', (_, message: string) => heard.push(message));
  await subscriber.subscribe('ticks');
  proxy.stall();
  proxy.recover();
  const began = performance.now();
  while (heard.length === 0 && performance.now() - began < 5_000) {
    await direct.publish('ticks', 'up');
    await pause(20);
  }
  expect(heard[0]).toBe('up');
  expect(performance.now() - began).toBeLessThan(3_500);
  subscriber.disconnect();
});

test('a command whose answer was lost has failed, and is not sent a second time', async () => {
  proxy.mute();
  const lost = cache.incr('counter');
  lost.catch(() => undefined);
  await until(async () => await direct.get('counter') === '1');
  proxy.drop();
  await expect(lost).rejects.toThrow();
  await ready(cache);
  await cache.ping();
  expect(await direct.get('counter')).toBe('1');
});
