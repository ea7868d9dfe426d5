import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { InvocationResult, LocalFunction } from './functions';
import { LOCAL_CREDENTIALS } from './stores';
import { StreamPoller } from './stream-poller';
import { startKinesalite } from '../servers/kinesalite';

interface Event { readonly Records: { readonly kinesis: { readonly data: string }; readonly eventSourceARN: string }[] }

const dir = mkdtempSync(join(tmpdir(), 'stream-poller-'));
let server: Awaited<ReturnType<typeof startKinesalite>>;
let kinesis: KinesisClient;

beforeAll(async () => {
  server = await startKinesalite({ dataDir: dir });
  kinesis = new KinesisClient({ region: 'us-east-1', endpoint: server.url, credentials: LOCAL_CREDENTIALS, requestHandler: new NodeHttpHandler() });
});
afterAll(async () => {
  kinesis.destroy();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function stream(StreamName: string): Promise<void> {
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
  while ((await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary?.StreamStatus !== 'ACTIVE') await sleep(10);
}

const put = (StreamName: string, PartitionKey: string, text: string) => (
  kinesis.send(new PutRecordCommand({ StreamName, PartitionKey, Data: Buffer.from(text) })));

function poller(streamName: string, work: (event: Event) => InvocationResult, attempts = 3) {
  const reports: string[] = [];
  const target = { spec: { service: 'listener' }, invoke: (event: unknown) => Promise.resolve(work(event as Event)) } as unknown as LocalFunction;
  const streamArn = `arn:aws:kinesis:us-east-1:000000000000:stream/${streamName}`;
  const report = (text: string): void => void reports.push(text);
  return { reports, poller: new StreamPoller({ kinesis, streamName, streamArn, region: 'us-east-1', batchSize: 10, from: 'LATEST', attempts, target, report }) };
}

const textsOf = ({ Records }: Event): string[] => Records.map((record) => Buffer.from(record.kinesis.data, 'base64').toString('utf8'));

test('a function gets what is written from now on, each key in its order', async () => {
  await stream('orders');
  await put('orders', 'a', 'before');
  const seen: string[] = [];
  const { poller: one } = poller('orders', (event) => {
    expect(event.Records[0].eventSourceARN).toBe('arn:aws:kinesis:us-east-1:000000000000:stream/orders');
    seen.push(...textsOf(event));
    return { value: null };
  });
  await one.start();
  for (let i = 0; i < 6; i++) await put('orders', i % 2 ? 'a' : 'b', `${i % 2 ? 'a' : 'b'}${i}`);
  while (seen.length < 6) await sleep(20);
  await one.stop();
  expect(seen.filter((text) => text.startsWith('a'))).toEqual(['a1', 'a3', 'a5']);
  expect(seen.filter((text) => text.startsWith('b'))).toEqual(['b0', 'b2', 'b4']);
  expect(seen).not.toContain('before');
});

test('what a function fails on comes again, and is passed over after its attempts', async () => {
  await stream('poisoned');
  const seen: string[] = [];
  const { poller: one, reports } = poller('poisoned', (event) => {
    seen.push(...textsOf(event));
    return textsOf(event).includes('bad') ? { error: { errorType: 'Error', errorMessage: 'as asked' } } : { value: null };
  }, 2);
  await one.start();
  await put('poisoned', 'a', 'bad');
  while (seen.length < 2) await sleep(20);
  await put('poisoned', 'a', 'good');
  while (!seen.includes('good')) await sleep(20);
  await one.stop();
  expect(seen).toEqual(['bad', 'bad', 'good']);
  expect(reports).toEqual(Array(2).fill('listener failed on 1 record: as asked'));
});
