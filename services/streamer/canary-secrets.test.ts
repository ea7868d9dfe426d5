/** The process says nothing of the secrets that it is given, also while all around it fails. What a feed sends is public, and may be quoted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { freePort } from '../../local/servers/ports';
import { type RedisServer, startRedis } from '../../local/servers/redis';
import { ensureTls } from '../../local/servers/tls';

const CANARY = 'canary-7f3a-55d0';
const dir = mkdtempSync(join(tmpdir(), 'streamer-canary-'));
let redis: RedisServer;
let feed: WebSocketServer;
let service: ChildProcess;
let written = '';
let frames = 0;

beforeAll(async () => {
  const tls = await ensureTls(join(dir, 'tls'));
  redis = await startRedis({ dir: join(dir, 'redis'), tls, password: 'another-one' });
  feed = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const rubbish = ['rubbish', JSON.stringify({ topic: 'rubbish' }), Buffer.from('rubbish')];
  feed.on('connection', (socket) => {
    for (const each of rubbish) {
      socket.send(each);
      frames++;
    }
  });
  await new Promise((resolve) => feed.once('listening', resolve));
  const { port } = feed.address() as { port: number };
  service = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'main.ts')], {
    env: {
      PATH: process.env.PATH,
      ENVIRONMENT: 'test',
      LOG_LEVEL: 'debug',
      PORT: String(await freePort()),
      FEED_URL: `ws://user:${CANARY}@127.0.0.1:${port}/v5`,
      SYMBOLS: 'BTCUSDT',
      STALE_AFTER_SECONDS: '1',
      MARKET_DATA_STREAM: 'market-data',
      CACHE_URL: redis.url,
      CACHE_AUTH_TOKEN: CANARY,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: CANARY,
      AWS_SESSION_TOKEN: CANARY,
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      NODE_EXTRA_CA_CERTS: tls.bundleFile,
    },
  });
  for (const stream of [service.stdout, service.stderr]) stream?.on('data', (chunk: Buffer) => { written += chunk.toString(); });
});
afterAll(async () => {
  service?.kill('SIGKILL');
  feed?.close();
  await redis?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('tokens that are refused, frames that are rubbish, credentials in an address', async () => {
  const deadline = Date.now() + 30_000;
  while ((frames === 0 || !/cache connection failed/.test(written) || !/frame/.test(written)) && Date.now() < deadline) await sleep(50);
  expect(frames).toBeGreaterThan(0);
  expect(written).toMatch(/cache connection failed/);
  expect(written).toMatch(/a market-data frame was left out/);
  expect(written.split('\n').filter((line) => line.includes(CANARY))).toEqual([]);
}, 40_000);
