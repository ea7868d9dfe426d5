import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStreamCommand, DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { Redis } from 'ioredis';
import { SPEC, tick } from './testing/venue';
import type { EmulatorServer } from '../../local/servers/emulator';
import { startKinesalite } from '../../local/servers/kinesalite';
import { freePort } from '../../local/servers/ports';
import { type RedisServer, startRedis } from '../../local/servers/redis';
import { ensureTls, type TlsFiles } from '../../local/servers/tls';
import { Automations } from '../adapters/jobs/automations';
import { type Command, decodeCommandBatch, INSTRUMENTS_KEY, tickerChannel } from '../domain';
import { createCore } from '../reference-matcher/core';
import { awsClientSettings } from '../runtime';

/** Workers as processes of their own, between a cache and a journal that are real servers. */
const dir = mkdtempSync(join(tmpdir(), 'simulation-'));
const password = 'a-token-for-a-test';
let tls: TlsFiles;
let redisServer: RedisServer;
let kinesisServer: EmulatorServer;
let redis: Redis;
let kinesis: KinesisClient;
let ticking: NodeJS.Timeout;
let price = 90_000;
const children: { child: ChildProcess; output: () => string }[] = [];

async function until<T>(what: () => Promise<T | undefined | false> | T | undefined | false, limitMs = 20_000): Promise<T> {
  for (const end = Date.now() + limitMs; ; await new Promise((resolve) => setTimeout(resolve, 30))) {
    const value = await what();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`did not happen: ${what.toString()}\n${children.map(({ output }) => output()).join('\n')}`);
  }
}

interface Started { child: ChildProcess; output: () => string; jobs: () => Promise<string | undefined> }

async function start(environment: Record<string, string> = {}): Promise<Started> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'main.ts')], {
    env: {
      PATH: process.env.PATH, ENVIRONMENT: 'test', PORT: String(port), SYMBOLS: 'BTCUSDT', REFRESH_MS: '100', VISIBILITY_SECONDS: '3', JOURNAL_STREAM: 'journal',
      CACHE_URL: redisServer.url, CACHE_AUTH_TOKEN: password, AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_KINESIS: kinesisServer.url,
      AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', NODE_EXTRA_CA_CERTS: tls.caFile, ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { text += data.toString(); });
  const started = {
    child,
    output: () => text,
    jobs: async () => {
      const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
      return response && ((await response.json()) as { facts: { jobs: string } }).facts.jobs;
    },
  };
  children.push(started);
  return started;
}

/** Everything that the journal has, through a core of our own. */
async function replay(): Promise<{ core: ReturnType<typeof createCore>; commands: readonly Command[] }> {
  const core = createCore({ partition: 0, idempotencyWindowMs: 60_000 });
  core.apply({ type: 'configure_instrument', time: 1, instrument: SPEC });
  let { ShardIterator: iterator } = await kinesis.send(new GetShardIteratorCommand({ StreamName: 'journal', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' }));
  const commands: Command[] = [];
  for (let empty = 0; empty < 2;) {
    const { Records = [], NextShardIterator } = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator }));
    iterator = NextShardIterator;
    empty = Records.length === 0 ? empty + 1 : 0;
    for (const { Data } of Records) commands.push(...decodeCommandBatch(Data!).commands);
  }
  for (const command of commands) core.apply(command);
  return { core, commands };
}
const openOrders = async () => (await replay()).core.orders('BTCUSDT');

beforeAll(async () => {
  tls = await ensureTls(join(dir, 'tls'));
  [redisServer, kinesisServer] = await Promise.all([startRedis({ dir: join(dir, 'redis'), tls, password }), startKinesalite({ dataDir: join(dir, 'kinesis') })]);
  kinesis = new KinesisClient({ ...awsClientSettings(), region: 'us-east-1', endpoint: kinesisServer.url, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
  await kinesis.send(new CreateStreamCommand({ StreamName: 'journal', ShardCount: 1 }));
  await until(async () => (await kinesis.send(new DescribeStreamCommand({ StreamName: 'journal' }))).StreamDescription?.StreamStatus === 'ACTIVE');
  redis = new Redis({ host: 'localhost', port: redisServer.port, password, tls: { ca: readFileSync(tls.caFile) } });
  redis.on('error', () => undefined);
  await redis.hset(INSTRUMENTS_KEY, 'BTCUSDT', JSON.stringify(SPEC));
  ticking = setInterval(() => {
    price += 1;
    void redis.publish(tickerChannel('BTCUSDT'), JSON.stringify(tick(String(price), `${price}.1`))).catch(() => undefined);
  }, 100);
});
afterAll(async () => {
  clearInterval(ticking);
  for (const { child } of children) if (child.exitCode === null) child.kill('SIGKILL');
  redis?.disconnect();
  kinesis?.destroy();
  await Promise.all([redisServer?.stop(), kinesisServer?.stop()]);
  rmSync(dir, { recursive: true, force: true });
});

test('of two workers one mirrors the symbol; killed, the other takes over; stopped, it leaves nothing behind', async () => {
  const workers = [await start(), await start()];
  const holder = await until(async () => {
    for (const worker of workers) if (await worker.jobs() === 'mirror:BTCUSDT') return worker;
    return undefined;
  });
  await until(async () => {
    const { bids, asks } = await openOrders();
    return bids.length === 5 && asks.length === 5;
  });
  const [other] = workers.filter((worker) => worker !== holder);
  expect(await until(other.jobs.bind(other) as () => Promise<string | undefined>).catch(() => '')).toBe('');

  holder.child.kill('SIGKILL');
  const killed = Date.now();
  await until(async () => await other.jobs() === 'mirror:BTCUSDT');
  expect(Date.now() - killed).toBeLessThan(6_000);
  await until(async () => {
    const { core, commands } = await replay();
    const lastClearing = commands.findLastIndex(({ type }) => type === 'cancel_all');
    const placed = commands.slice(lastClearing).filter(({ type }) => type === 'place_order').length;
    const { bids, asks } = core.orders('BTCUSDT');
    return lastClearing > 0 && placed >= 10 && bids.length === 5 && asks.length === 5;
  });

  const exited = new Promise<number | null>((resolve) => other.child.once('exit', resolve));
  other.child.kill('SIGTERM');
  expect(await exited).toBe(0);
  const { bids, asks } = await openOrders();
  expect([bids, asks]).toEqual([[], []]);
  // Given back: whoever comes next may have it at once.
  expect(await redis.hgetall('{simulation}:owners')).toEqual({});
  expect(Number(await redis.zscore('{simulation}:due', 'mirror:BTCUSDT'))).toBeLessThanOrEqual(Date.now());
  expect(other.output()).not.toContain('"level":"error"');
});

test('a trailing stop of a worker that is killed is looked after by another one, and fires once', async () => {
  const account = '00000000-0000-4000-8000-00000000a001';
  const automations = new Automations({ redis });
  // It follows the ticks of all tests, which only ever rise.
  const { id } = await automations.create(account, { type: 'trailing_stop', symbol: 'BTCUSDT', side: 'sell', quantityLots: 5, distanceTicks: 500 });
  const workers = [await start(), await start()];
  const job = `automation:${id}`;
  const markOf = async (): Promise<number> => ((await automations.get(id))?.state as { mark?: number } | undefined)?.mark ?? 0;
  const holder = await until(async () => {
    for (const worker of workers) if ((await worker.jobs())?.includes(job) && await markOf() > 0) return worker;
    return undefined;
  });
  holder.child.kill('SIGKILL');
  clearInterval(ticking);
  const mark = await markOf();
  const [other] = workers.filter((worker) => worker !== holder);
  await until(async () => {
    // Too far from the mark that the killed one wrote down, and from nothing that the other one has seen.
    const low = String(mark / 10 - 60);
    await redis.publish(tickerChannel('BTCUSDT'), JSON.stringify(tick(low, low)));
    return (await automations.get(id))?.status === 'working';
  });
  const placed = async () => (await replay()).commands.filter((command) => command.type === 'place_order' && command.accountId === account);
  await until(async () => (await placed()).length > 0);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await placed()).toMatchObject([{ side: 'sell', orderType: 'market', quantityLots: 5, orderId: (await automations.get(id))!.orders[0].orderId }]);
  other.child.kill('SIGTERM');
  await new Promise((resolve) => other.child.once('exit', resolve));
});

test('debugging in production and an account that is none are one sentence', async () => {
  const ends = async (environment: Record<string, string>) => {
    const { child, output } = await start(environment);
    return { code: await new Promise((resolve) => child.once('close', resolve)), output: output() };
  };
  expect(await ends({ ENVIRONMENT: 'production', DEBUG: 'true' }))
    .toMatchObject({ code: 1, output: expect.stringMatching(/^simulation-worker cannot start .*DEBUG: must not be true while ENVIRONMENT is "production".*\n$/) as string });
  expect(await ends({ PARTITION_MAP: '{"instruments":{"BTCUSDT":"one"}}' }))
    .toMatchObject({ code: 1, output: expect.stringMatching(/^simulation-worker cannot start: PARTITION_MAP: .*instruments\.BTCUSDT must be a whole number/) as string });
  expect(await ends({ HOUSE_ACCOUNT_ID: 'house' })).toMatchObject({ code: 1, output: expect.stringMatching(/HOUSE_ACCOUNT_ID must be a lower-case UUID, got: "house"\n$/) as string });
});
