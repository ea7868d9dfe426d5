import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStreamCommand, DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { Redis } from 'ioredis';
import { type FeedServer, startFeedServer } from '../../local/feeds/feed-server';
import type { EmulatorServer } from '../../local/servers/emulator';
import { startKinesalite } from '../../local/servers/kinesalite';
import { freePort } from '../../local/servers/ports';
import { type RedisServer, startRedis } from '../../local/servers/redis';
import { type TlsFiles, ensureTls } from '../../local/servers/tls';
import { type Ticker, tickerChannel, tickerKey } from '../domain';
import { awsClientSettings } from '../runtime';

/** The service as a process of its own, between a feed, a cache and a stream that are real servers. */
describe('streamer', () => {
  const dir = mkdtempSync(join(tmpdir(), 'streamer-'));
  const password = 'a-token-for-a-test';
  let tls: TlsFiles;
  let redisServer: RedisServer;
  let kinesisServer: EmulatorServer;
  let feed: FeedServer;
  let redis: Redis;
  let kinesis: KinesisClient;
  let service: ChildProcess;
  let output = '';
  let healthUrl: string;

  async function until<T>(what: () => Promise<T | undefined | false> | T | undefined | false, limitMs = 20_000): Promise<T> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const value = await what();
      if (value !== undefined && value !== false) return value;
      if (Date.now() > deadline) throw new Error(`did not happen: ${what.toString()}\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  interface Report { status: string; code: number; checks: Record<string, string>; facts: Record<string, number> }
  const health = async (): Promise<Report | undefined> => {
    const response = await fetch(healthUrl).catch(() => undefined);
    return response && { ...(await response.json() as Omit<Report, 'code'>), code: response.status };
  };

  beforeAll(async () => {
    tls = await ensureTls(join(dir, 'tls'));
    [redisServer, kinesisServer, feed] = await Promise.all([
      startRedis({ dir: join(dir, 'redis'), tls, password }),
      startKinesalite({ dataDir: join(dir, 'kinesis') }),
      startFeedServer({ port: 0, symbols: ['BTCUSDT', 'ETHUSDT'], intervalMs: 20 }),
    ]);
    kinesis = new KinesisClient({
      ...awsClientSettings(), region: 'us-east-1', endpoint: kinesisServer.url, credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    await kinesis.send(new CreateStreamCommand({ StreamName: 'market-data', ShardCount: 1 }));
    await until(async () => (await kinesis.send(new DescribeStreamCommand({ StreamName: 'market-data' }))).StreamDescription?.StreamStatus === 'ACTIVE');
    redis = new Redis({ host: 'localhost', port: redisServer.port, password, tls: { ca: readFileSync(tls.caFile) } });
    const port = await freePort();
    healthUrl = `http://127.0.0.1:${port}/health`;
    service = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'main.ts')], {
      env: {
        PATH: process.env.PATH,
        ENVIRONMENT: 'test',
        LOG_LEVEL: 'info',
        PORT: String(port),
        METRICS_ADDRESS: '127.0.0.1:0',
        METRICS_NAME: 'the-streamer',
        FEED_URL: feed.url,
        SYMBOLS: 'BTCUSDT,ETHUSDT',
        STALE_AFTER_SECONDS: '1',
        MARKET_DATA_STREAM: 'market-data',
        CACHE_URL: redisServer.url,
        CACHE_AUTH_TOKEN: password,
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL_KINESIS: kinesisServer.url,
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        NODE_EXTRA_CA_CERTS: tls.caFile,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [service.stdout!, service.stderr!]) stream.on('data', (data: Buffer) => { output += data.toString(); });
    await until(health);
  });

  afterAll(async () => {
    if (service?.exitCode === null) service.kill('SIGKILL');
    redis?.disconnect();
    kinesis?.destroy();
    await Promise.all([feed?.close(), redisServer?.stop(), kinesisServer?.stop()]);
    rmSync(dir, { recursive: true, force: true });
  });

  test('shows its metrics on an address of their own, and not where its health is', async () => {
    const address = await until(() => /"address":"([^"]+)"/.exec(output)?.[1]);
    const text = await (await fetch(`http://${address}/metrics`)).text();
    expect(Number(/^trading_feed_age_seconds (\S+)$/m.exec(text)?.[1])).toBeLessThan(10);
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
    expect((await fetch(healthUrl.replace('/health', '/metrics'))).status).toBe(404);
  });

  test('brings ticks to the channel, the key and the stream, and is well', async () => {
    const subscriber = redis.duplicate();
    const heard: Ticker[] = [];
    subscriber.on('message', (channel, text) => {
      const tick = JSON.parse(text) as Ticker;
      expect(channel).toBe(tickerChannel(tick.symbol));
      heard.push(tick);
    });
    await subscriber.subscribe(tickerChannel('BTCUSDT'), tickerChannel('ETHUSDT'));
    try {
      await until(() => heard.length >= 10 && new Set(heard.map((tick) => tick.symbol)).size === 2);
    } finally {
      subscriber.disconnect();
    }
    expect(heard.at(-1)).toMatchObject({ source: 'bybit', lastPrice: expect.any(String), bidPrice: expect.any(String), askPrice: expect.any(String) });
    const kept = JSON.parse(await redis.get(tickerKey('BTCUSDT')) ?? 'null') as Ticker;
    expect(Date.now() - kept.receivedTime).toBeLessThan(2_000);

    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand({
      StreamName: 'market-data', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON',
    }));
    const record = await until(async () => (await kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: 1 }))).Records?.[0]);
    const [first] = Buffer.from(record.Data!).toString().split('\n');
    expect(JSON.parse(first)).toMatchObject({ symbol: record.PartitionKey, source: 'bybit' });
    await until(async () => (await health())?.status === 'ok');
  });

  test('a silent exchange degrades it, a lost cache too; both come back without a restart', async () => {
    feed.goSilent();
    await until(async () => (await health())?.checks.feed !== 'ok');
    expect(await health()).toMatchObject({ status: 'degraded', code: 200 });
    await until(async () => (await health())?.status === 'ok');

    const { port } = redisServer;
    await redisServer.stop();
    await until(async () => (await health())?.checks.cache !== 'ok');
    expect(await health()).toMatchObject({ status: 'degraded', checks: { feed: 'ok' } });
    redisServer = await startRedis({ dir: join(dir, 'redis'), tls, password, port });
    await until(async () => (await health())?.status === 'ok');
  });

  test('SIGTERM ends it in order, with nothing left behind', async () => {
    const exited = new Promise<number | null>((resolve) => service.once('exit', resolve));
    service.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(output).toContain('"message":"stopped"');
    expect(output).not.toContain('left behind');
    // What was seen last is not lost.
    expect(output).toMatch(/"Name":"FeedAge","Unit":"Milliseconds".*"ServiceName":"the-streamer","FeedAge":\[\d+/);
    expect(output).not.toContain('"level":"error"');
    expect(feed.connections()).toBe(0);
  });
});

test('an environment that does not fit is one sentence and exit code 1', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'main.ts')], { env: { PATH: process.env.PATH, CACHE_URL: 'redis://x:1' } });
  let words = '';
  child.stderr.on('data', (data: Buffer) => { words += data.toString(); });
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1);
  expect(words).toMatch(/^streamer cannot start with this environment: .*MARKET_DATA_STREAM: .*CACHE_URL: .*CACHE_AUTH_TOKEN: .*\n$/);
});
