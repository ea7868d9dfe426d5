import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type JobHandler, Worker } from './worker';
import { type RedisServer, startRedis } from '../../../local/servers/redis';
import { ensureTls } from '../../../local/servers/tls';
import { readJob } from '../../adapters/jobs/job';
import { JobQueue } from '../../adapters/jobs/job-queue';
import { createLogger } from '../../runtime';

const dir = mkdtempSync(join(tmpdir(), 'jobs-'));
const logger = createLogger({ service: 'test', environment: 'test', level: 'silent' });
const visibilityMs = 400;
let server: RedisServer;
let redis: Redis;
let queue: JobQueue;
let n = 0;

beforeAll(async () => {
  const tls = await ensureTls(join(dir, 'tls'));
  server = await startRedis({ dir: join(dir, 'redis'), tls, password: 'token' });
  redis = new Redis({ host: 'localhost', port: server.port, password: 'token', tls: { ca: readFileSync(tls.caFile) } });
});
afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(() => {
  queue = new JobQueue({ redis, name: `test-${++n}`, visibilityMs, maxDeliveries: 3 });
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function until(holds: () => boolean | Promise<boolean>, limitMs = 5_000): Promise<void> {
  for (const end = Date.now() + limitMs; !await holds(); await pause(10)) if (Date.now() > end) throw new Error(`did not happen: ${holds.toString()}`);
}

test('a job is given to one worker, in the order of arrival, and is gone when it is finished', async () => {
  expect(await queue.add('a', 'A')).toBe(true);
  await pause(2);
  expect(await queue.add('b', 'B')).toBe(true);
  expect(await queue.add('a', 'another')).toBe(false);
  const taken = await Promise.all(['x', 'y', 'z'].map((owner) => queue.take(owner)));
  expect(taken.map((job) => job?.id).sort()).toEqual(['a', 'b', undefined]);
  expect(taken.find((job) => job?.id === 'a')).toMatchObject({ body: 'A', deliveries: 1 });
  for (const job of taken) if (job) expect(await queue.finish(job)).toBe(true);
  expect(await queue.count()).toEqual({ jobs: 0, dead: 0 });
  expect(await queue.add('a', 'again')).toBe(true);
});

test('a job whose worker says nothing comes back, and the first one has no say any more', async () => {
  await queue.add('a', 'A');
  const first = (await queue.take('one'))!;
  expect(await queue.take('two')).toBeUndefined();
  await pause(visibilityMs + 20);
  const second = (await queue.take('two'))!;
  expect(second).toMatchObject({ id: 'a', deliveries: 2 });
  expect([await queue.extend(first, false), await queue.finish(first), await queue.release(first)]).toEqual([false, false, false]);
  await pause(visibilityMs / 2);
  expect(await queue.extend(second, false)).toBe(true);
  await pause(visibilityMs * 0.7);
  expect(await queue.take('three')).toBeUndefined();
});

test('a job that fails too often is put aside, and can be brought back', async () => {
  await queue.add('a', 'A');
  for (const owner of ['one', 'two', 'three']) expect(await queue.release((await queue.take(owner))!)).toBe(true);
  expect(await queue.take('four')).toBeUndefined();
  expect(await queue.dead()).toEqual({ a: 'A' });
  expect(await queue.count()).toEqual({ jobs: 0, dead: 1 });
  expect([await queue.revive('a'), await queue.revive('a'), await queue.revive('b')]).toEqual([true, false, false]);
  expect(await queue.take('five')).toMatchObject({ id: 'a', deliveries: 1 });
});

test('a job that works is not put aside, however often its workers are interrupted', async () => {
  await queue.add('a', 'A');
  for (let i = 0; i < 10; i++) {
    const job = (await queue.take(`worker ${i}`))!;
    expect(job.deliveries).toBe(1);
    await queue.extend(job, true);
    await queue.release(job);
  }
});

describe('workers', () => {
  const workers: Worker[] = [];
  const worker = (name: string, handler: JobHandler, concurrency = 1): Worker => {
    const made = new Worker({ queue, handler, name, concurrency, visibilityMs, logger, pollMs: 10, retryMs: 10 });
    workers.push(made);
    made.start();
    return made;
  };
  afterEach(() => Promise.all(workers.splice(0).map((one) => one.stop())));
  const lasting = (log: string[], name: string): JobHandler => (body, { signal, works }) => new Promise((resolve) => {
    works();
    log.push(`${name} begins ${body}`);
    signal.addEventListener('abort', () => {
      log.push(`${name} ends ${body}: ${String(signal.reason)}`);
      resolve();
    });
  });

  test('one that is stopped gives its job back at once; a job that lasts stays where it is', async () => {
    const log: string[] = [];
    await queue.add('a', 'A');
    const one = worker('one', lasting(log, 'one'));
    await until(() => log.length === 1);
    worker('two', lasting(log, 'two'));
    await pause(visibilityMs * 2);
    expect(log).toEqual(['one begins A']);
    const stopped = Date.now();
    await one.stop();
    await until(() => log.length === 3);
    expect(log.slice(1)).toEqual(['one ends A: stopping', 'two begins A']);
    expect(Date.now() - stopped).toBeLessThan(visibilityMs);
  });

  test('one that loses its job is told so', async () => {
    const log: string[] = [];
    await queue.add('a', 'A');
    worker('one', lasting(log, 'one'));
    await until(() => log.length === 1);
    await redis.hset(`{test-${n}}:owners`, 'a', 'somebody else');
    await until(() => log.includes('one ends A: lost'));
  });

  test('one whose queue does not answer stops before somebody else can have the job', async () => {
    const log: string[] = [];
    await queue.add('a', 'A');
    const extend = jest.spyOn(queue, 'extend').mockRejectedValue(new Error('away'));
    const begun = Date.now();
    worker('one', lasting(log, 'one'));
    await until(() => log.includes('one ends A: lost'));
    expect(Date.now() - begun).toBeLessThan(visibilityMs + 60);
    extend.mockRestore();
  });

  test('a job that is none is tried three times and put aside; the others are done', async () => {
    const seen: string[] = [];
    worker('one', (body) => {
      seen.push(body);
      readJob(body);
      return Promise.resolve();
    }, 2);
    await queue.add('bad', '{"type":"fly"}');
    await queue.add('good', '{"type":"mirror","symbol":"BTCUSDT"}');
    await until(async () => (await queue.count()).dead === 1);
    expect(seen.filter((body) => body.includes('fly'))).toHaveLength(3);
    expect(seen.filter((body) => body.includes('mirror'))).toHaveLength(1);
    expect(await queue.count()).toEqual({ jobs: 0, dead: 1 });
  });
});
