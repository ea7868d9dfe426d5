import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStreamCommand, DescribeStreamCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import type { JournalRecord } from './journal';
import { KinesisJournalReader } from './kinesis-reader';
import { KinesisJournalWriter } from './kinesis-writer';
import { FanOutServer } from './testing/fan-out-server';
import { startKinesalite } from '../../../local/servers/kinesalite';
import { encodeCommand, encodeCommandBatch, newOrderId, type Command } from '../../domain';
import { awsClientSettings, createLogger } from '../../runtime';

const ACCOUNT = '11111111-1111-4111-8111-111111111111';
const logger = createLogger({ service: 'test', environment: 'test', level: 'silent' });
const command = (time: number): Command => ({ type: 'cancel_order', time, orderId: newOrderId(), accountId: ACCOUNT });
const frame = (partition: number, ...times: number[]): Buffer => encodeCommandBatch(partition, times.map((time) => encodeCommand(command(time))));
const timesOf = (records: readonly JournalRecord[]): number[] => records.flatMap(({ commands }) => commands.map(({ time }) => time));

/** Reads until enough commands came or the reader has caught up often enough. */
async function take(reader: KinesisJournalReader, partition: number, after: string | undefined, commands: number): Promise<JournalRecord[]> {
  const stop = new AbortController();
  const all: JournalRecord[] = [];
  for await (const records of reader.read(partition, after, stop.signal)) {
    all.push(...records);
    if (timesOf(all).length >= commands) stop.abort();
  }
  return all;
}

describe('by polling', () => {
  let dir: string;
  let kinesalite: Awaited<ReturnType<typeof startKinesalite>>;
  let client: KinesisClient;
  let writer: KinesisJournalWriter;
  let reader: KinesisJournalReader;
  let stream: string;
  let streams = 0;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'kinesis-reader-'));
    kinesalite = await startKinesalite({ dataDir: dir });
    Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_ENDPOINT_URL_KINESIS: kinesalite.url });
    client = new KinesisClient(awsClientSettings());
  });

  afterAll(async () => {
    client?.destroy();
    await kinesalite?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  beforeEach(async () => {
    stream = `orders-${++streams}`;
    await client.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 3 }));
    for (;;) {
      const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName: stream }));
      if (StreamDescription?.StreamStatus === 'ACTIVE') break;
    }
    writer = new KinesisJournalWriter({ stream });
    reader = new KinesisJournalReader({ stream, consumerArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/x/consumer/y:1', logger, pollIntervalMs: () => 5 });
  });

  afterEach(async () => {
    await writer.close();
    await reader.close();
  });

  test('a partition\'s records come whole and in order, from the oldest or behind a position', async () => {
    const positions: string[] = [];
    for (let n = 0; n < 20; n++) {
      positions.push(await writer.append(1, frame(1, n * 2, n * 2 + 1)));
      await writer.append(2, frame(2, 1_000 + n));
    }
    const all = await take(reader, 1, undefined, 40);
    expect(timesOf(all)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(all.map(({ position }) => position)).toEqual(positions);
    expect(timesOf(await take(reader, 1, positions[15], 8))).toEqual([32, 33, 34, 35, 36, 37, 38, 39]);
  });

  test('says when it has caught up, and goes on with what comes later', async () => {
    await writer.append(0, frame(0, 1));
    const stop = new AbortController();
    const seen: (number[] | 'caught up')[] = [];
    for await (const records of reader.read(0, undefined, stop.signal)) {
      seen.push(records.length === 0 ? 'caught up' : timesOf(records));
      if (seen.length === 2) await writer.append(0, frame(0, 2, 3));
      if (seen.flat().includes(3)) stop.abort();
    }
    expect(seen.slice(0, 2)).toEqual([[1], 'caught up']);
    expect(seen.at(-1)).toEqual([2, 3]);
  });

  test('an empty journal is caught up', async () => {
    const stop = new AbortController();
    for await (const records of reader.read(0, undefined, stop.signal)) {
      expect(records).toEqual([]);
      stop.abort();
    }
  });

  test('loses nothing that is written while it reads', async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const records of reader.read(0, undefined, stop.signal)) seen.push(...timesOf(records));
    })();
    for (let n = 0; n < 150; n++) await writer.append(0, frame(0, n));
    while (seen.length < 150) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort();
    await reading;
    expect(seen).toEqual(Array.from({ length: 150 }, (_, i) => i));
  });

  test.each<[string, Buffer, RegExp]>([
    ['garbage', Buffer.from('garbage'), /expected a command batch/],
    ['a flipped bit', Buffer.from(frame(0, 5)).fill(0xff, 20, 21), /checksum/],
    ['another partition', frame(7, 5), /of partition 7, not 0/],
  ])('%s ends the reading at its position, behind all that came before', async (_what, data, message) => {
    await writer.append(0, frame(0, 1));
    const { SequenceNumber } = await client.send(new PutRecordCommand({ StreamName: stream, PartitionKey: 'p', ExplicitHashKey: '0', Data: data }));
    await writer.append(0, frame(0, 3));
    const seen: number[] = [];
    const reading = (async () => {
      for await (const records of reader.read(0, undefined, new AbortController().signal)) seen.push(...timesOf(records));
    })();
    await expect(reading).rejects.toMatchObject({ name: 'CorruptDataError', message: expect.stringMatching(message) as string });
    await expect(reading).rejects.toThrow(`record ${SequenceNumber} of shard shardId-000000000000 cannot be applied`);
    expect(seen).toEqual([1]);
  });

  test.each<[string, object, number, RegExp]>([
    ['a stream that does not exist', { stream: 'nowhere' }, 0, /stream nowhere cannot be read: ResourceNotFoundException/],
    ['a partition without a shard', {}, 3, /has 3 open shards, so there is no partition 3; add shards/],
  ])('%s is an error that names it', async (_what, change, partition, message) => {
    const other = new KinesisJournalReader({ stream, consumerArn: 'arn', logger, ...change });
    await expect(take(other, partition, undefined, 1)).rejects.toThrow(message);
    await other.close();
  });

  test('goes on by itself after the endpoint was away', async () => {
    await writer.append(0, frame(0, 1));
    const stop = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const records of reader.read(0, undefined, stop.signal)) seen.push(...timesOf(records));
    })();
    while (seen.length < 1) await new Promise((resolve) => setTimeout(resolve, 10));
    const { port } = kinesalite;
    await kinesalite.stop();
    await new Promise((resolve) => setTimeout(resolve, 200));
    kinesalite = await startKinesalite({ dataDir: dir, port });
    await writer.append(0, frame(0, 2));
    while (seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort();
    await reading;
    expect(seen).toEqual([1, 2]);
  });
});

describe('by enhanced fan-out', () => {
  let server: FanOutServer;
  let reader: KinesisJournalReader;
  const record = (position: string, ...times: number[]): { position: string; data: Buffer } => ({ position, data: frame(0, ...times) });

  beforeEach(async () => {
    server = await FanOutServer.start();
    const settings = { region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' }, maxAttempts: 1 };
    reader = new KinesisJournalReader({
      stream: 'orders', consumerArn: 'arn:consumer', logger,
      clients: {
        requests: new KinesisClient({ ...awsClientSettings(), ...settings, endpoint: server.requestsUrl }),
        subscriptions: new KinesisClient({ ...settings, endpoint: server.subscriptionsUrl }),
      },
    });
  });

  afterEach(async () => {
    await reader.close();
    await server.stop();
  });

  test('records come by subscription; one that ends is renewed behind the last record', async () => {
    server.subscriptions = [
      [{ records: [record('11', 1), record('12', 2, 3)], lagMs: 50 }, { records: [], lagMs: 0 }],
      [{ records: [record('13', 4)], lagMs: 0 }],
    ];
    const stop = new AbortController();
    const seen: number[][] = [];
    for await (const records of reader.read(0, '10', stop.signal)) {
      seen.push(timesOf(records));
      if (timesOf(records).includes(4)) stop.abort();
    }
    expect(seen).toEqual([[1, 2, 3], [], [4]]);
    expect(server.startingPositions).toEqual([
      { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: '10' }, { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: '12' },
    ]);
  });

  test('without a position it begins with the oldest record, and a refused subscription is asked for again', async () => {
    server.subscriptions = ['ResourceInUseException', [{ records: [record('1', 1)], lagMs: 0 }]];
    expect(timesOf(await take(reader, 0, undefined, 1))).toEqual([1]);
    expect(server.startingPositions).toEqual([{ Type: 'TRIM_HORIZON' }, { Type: 'TRIM_HORIZON' }]);
  });

  test('a connection that breaks loses and repeats nothing', async () => {
    server.subscriptions = [[{ records: [record('1', 1)], lagMs: 9 }, 'break'], [{ records: [record('2', 2)], lagMs: 0 }]];
    expect(timesOf(await take(reader, 0, undefined, 2))).toEqual([1, 2]);
    expect(server.startingPositions[1]).toEqual({ Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: '1' });
  });

  test('reading ends at once when it is told to, also while nothing comes', async () => {
    server.subscriptions = [[{ records: [], lagMs: 0 }, 'silence']];
    const stop = new AbortController();
    const began = performance.now();
    for await (const records of reader.read(0, undefined, stop.signal)) {
      expect(records).toEqual([]);
      setTimeout(() => stop.abort(), 50);
    }
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  test('a closed shard is an error', async () => {
    server.subscriptions = [[{ records: [record('1', 1)], lagMs: 0, closed: true }]];
    await expect(take(reader, 0, undefined, 5)).rejects.toThrow(/shard shardId-7 of stream orders was closed/);
  });
});
