/** The process says nothing of the secrets that it is given, nor of what lies in a journal that is none. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { build } from 'esbuild';
import manifest from './service.json';
import { startTestPlatform, type TestPlatform } from './testing/platform';
import { projectNode } from '../../local/servers/environment';
import { freePort } from '../../local/servers/ports';
import { type ChildHandle, launch } from '../../local/servers/process';
import { awsClientSettings } from '../runtime';

const CANARY = 'canary-7f3a-55d0';
let platform: TestPlatform;
let child: ChildHandle | undefined;

beforeAll(async () => { platform = await startTestPlatform(true); });
afterAll(async () => {
  child?.signal('SIGKILL');
  await platform?.stop();
});

test('a token that the cache refuses, and records that are no commands', async () => {
  const names = await platform.create();
  const bundle = join(platform.dir, 'main.js');
  await build({ entryPoints: [join(__dirname, manifest.entry)], outfile: bundle, bundle: true, platform: 'node', target: 'node22', format: 'cjs' });
  const kinesis = new KinesisClient(awsClientSettings());
  for (const Data of [CANARY, JSON.stringify({ token: CANARY })]) {
    await kinesis.send(new PutRecordCommand({ StreamName: names.stream, PartitionKey: '0', Data: Buffer.from(Data) }));
  }
  kinesis.destroy();
  child = launch({
    name: 'matcher',
    command: projectNode(),
    args: [bundle],
    logFile: join(platform.dir, 'matcher-canary.log'),
    env: {
      ...platform.environment,
      ENVIRONMENT: 'test',
      LOG_LEVEL: 'debug',
      PORT: String(await freePort()),
      JOURNAL_STREAM: names.stream,
      JOURNAL_CONSUMER_ARN: 'arn:aws:kinesis:consumer',
      SETTLEMENT_QUEUE: names.queueUrl,
      LEASE_TABLE: names.table,
      SNAPSHOT_BUCKET: names.bucket,
      CACHE_URL: platform.redis.url,
      CACHE_AUTH_TOKEN: CANARY,
      AWS_SECRET_ACCESS_KEY: CANARY,
      AWS_SESSION_TOKEN: CANARY,
    },
  });
  const written = (): string => child!.lastLines(500);
  const deadline = Date.now() + 20_000;
  while (!/cache connection failed/.test(written()) && Date.now() < deadline) await sleep(50);
  await Promise.race([child.exited, sleep(3_000)]);
  expect(written()).toMatch(/cache connection failed/);
  expect(written().split('\n').filter((line) => line.includes(CANARY))).toEqual([]);
}, 60_000);
