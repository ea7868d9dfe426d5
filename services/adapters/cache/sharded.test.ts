import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { shardedCache } from './redis';
import { childEnvironment } from '../../../local/servers/environment';
import { freePort, releasePort } from '../../../local/servers/ports';
import { type ChildHandle, launch } from '../../../local/servers/process';
import { ensureRedisServer } from '../../../local/servers/redis-install';

const TOKEN = 'secret';
const nodes: { readonly child: ChildHandle; readonly port: number }[] = [];
let dir: string;
let cache: Redis;

/** A node of a cluster that serves part of the slots. */
async function startNode(index: number): Promise<void> {
  const program = await ensureRedisServer();
  const port = await freePort();
  const config = join(dir, `${index}.conf`);
  writeFileSync(config, [
    'bind 127.0.0.1', `port ${port}`, `cluster-port ${await freePort()}`, 'cluster-enabled yes', 'cluster-require-full-coverage no', `cluster-config-file ${index}.nodes`,
    `requirepass ${TOKEN}`, `masterauth ${TOKEN}`, `dir ${dir}`, 'save ""', 'appendonly no', 'daemonize no',
  ].join('\n'));
  const child = launch({ name: `Redis ${index}`, command: program.command, args: [config], cwd: dir, env: childEnvironment({ ...program.env }), logFile: join(dir, `${index}.log`) });
  nodes.push({ child, port });
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'cluster-'));
  for (const index of [0, 1]) await startNode(index);
  const clients = nodes.map(({ port }) => new Redis({ host: '127.0.0.1', port, password: TOKEN, retryStrategy: () => 50 }));
  for (const client of clients) client.on('error', () => undefined);
  await clients[0].call('CLUSTER', 'ADDSLOTSRANGE', 0, 8191);
  await clients[1].call('CLUSTER', 'ADDSLOTSRANGE', 8192, 16383);
  const info = async (client: Redis) => String(await client.call('CLUSTER', 'INFO'));
  const bus = /:\d+@(\d+)/.exec(String(await clients[1].call('CLUSTER', 'NODES')))?.[1];
  await clients[0].call('CLUSTER', 'MEET', '127.0.0.1', nodes[1].port, Number(bus));
  for (const client of clients) {
    while (!/cluster_slots_ok:16384/.test(await info(client))) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const client of clients) client.disconnect();
  cache = shardedCache({ host: '127.0.0.1', port: nodes[0].port }, { password: TOKEN, enableOfflineQueue: true, maxRetriesPerRequest: 1 });
}, 30_000);

afterAll(async () => {
  cache?.disconnect();
  for (const { child, port } of nodes) {
    await child.stop();
    releasePort(port);
  }
  rmSync(dir, { recursive: true, force: true });
});

const KEYS = ['book:BTCUSDT', 'book:ETHUSDT', 'ticker:BTCUSDT', 'ticker:ETHUSDT', 'a', 'b', 'c', 'd'];

test('writes keys of every shard in one pipeline and reads them with one mget', async () => {
  const pipeline = cache.pipeline();
  for (const key of KEYS) pipeline.set(key, `of ${key}`, 'EX', 60);
  const replies = await pipeline.exec();
  expect(replies).toEqual(KEYS.map(() => [null, 'OK']));
  expect(await cache.mget(...KEYS, 'missing')).toEqual([...KEYS.map((key) => `of ${key}`), null]);
  // They really are in both.
  const sizes = await Promise.all(nodes.map(async ({ port }) => {
    const one = new Redis({ host: '127.0.0.1', port, password: TOKEN });
    const size = await one.dbsize();
    one.disconnect();
    return size;
  }));
  expect(Math.min(...sizes)).toBeGreaterThan(0);
});

test('keeps the order of what one key is told', async () => {
  const pipeline = cache.pipeline();
  for (let n = 0; n < 50; n++) for (const key of KEYS) pipeline.set(key, String(n));
  await pipeline.exec();
  expect(new Set(await cache.mget(KEYS))).toEqual(new Set(['49']));
});

test('reports the command that failed and carries out the others', async () => {
  await cache.set('text', 'no number');
  const replies = await cache.pipeline().incr('text').set('after', '1').exec();
  expect(replies?.[0][0]?.message).toMatch(/not an integer/);
  expect(replies?.[1]).toEqual([null, 'OK']);
});

test('runs a script on the shard of its key', async () => {
  expect(await cache.eval('return redis.call("SET", KEYS[1], ARGV[1])', 1, 'scripted', 'x')).toBe('OK');
  expect(await cache.get('scripted')).toBe('x');
});

test('a command whose connection broke is not sent again, and the next one works', async () => {
  const subject = shardedCache({ host: '127.0.0.1', port: nodes[0].port }, { password: TOKEN, enableOfflineQueue: true, maxRetriesPerRequest: 0 });
  const operator = new Redis({ host: '127.0.0.1', port: nodes[0].port, password: TOKEN });
  const slots = await Promise.all(KEYS.map((each) => operator.call('CLUSTER', 'KEYSLOT', each)));
  const key = KEYS[slots.findIndex((slot) => Number(slot) < 8_192)];
  await subject.set(key, '0');
  await operator.call('CLIENT', 'PAUSE', '300', 'WRITE');
  const lost = subject.incr(key).catch((error: Error) => error);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await operator.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  expect(await lost).toBeInstanceOf(Error);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await operator.get(key)).toBe('0');
  expect(await subject.incr(key)).toBe(1);
  operator.disconnect();
  subject.disconnect();
});

test('hears what is published through any node', async () => {
  const subscriber = shardedCache({ host: '127.0.0.1', port: nodes[1].port }, { password: TOKEN, enableOfflineQueue: true });
  const heard = new Promise<string>((resolve) => { subscriber.on('message', (_, message: string) => resolve(message)); });
  await subscriber.subscribe('ticker.BTCUSDT');
  await cache.publish('ticker.BTCUSDT', 'up');
  expect(await heard).toBe('up');
  subscriber.disconnect();
});
