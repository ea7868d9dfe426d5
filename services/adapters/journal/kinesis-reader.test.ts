import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStreamCommand, DescribeStreamCommand, KinesisClient, PutRecordCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { KinesisJournalReader } from './kinesis-reader';
import { KinesisJournalWriter } from './kinesis-writer';
import { FanOutServer } from './testing/fan-out-server';
import { frameOf, journalContract, take, timesOf } from './testing/journal-contract';
import { startKinesalite } from '../../../local/servers/kinesalite';
import { awsClientSettings, createLogger } from '../../runtime';

const logger = createLogger({ service: 'test', environment: 'test', level: 'silent' });
const frame = frameOf;

async function createStream(client: KinesisClient, stream: string): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 3 }));
  for (;;) {
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName: stream }));
    if (StreamDescription?.StreamStatus === 'ACTIVE') return;
  }
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
    await createStream(client, stream);
    writer = new KinesisJournalWriter({ stream });
    reader = new KinesisJournalReader({ stream, consumerArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/x/consumer/y:1', logger, pollIntervalMs: () => 5 });
  });

  afterEach(async () => {
    await writer.close();
    await reader.close();
  });

  test.each<[string, object, number, RegExp]>([
    ['a stream that does not exist', { stream: 'nowhere' }, 0, /stream nowhere cannot be read: ResourceNotFoundException/],
    ['a partition without a shard', {}, 3, /has 3 shards, so there is no partition 3; change PARTITION/],
  ])('%s is an error that names it', async (_what, change, partition, message) => {
    const other = new KinesisJournalReader({ stream, consumerArn: 'arn', logger, ...change });
    await expect(take(other, partition, undefined, 1)).rejects.toThrow(message);
    await other.close();
  });

  test('a shard that is split while it is read ends the reading; nobody reads or appends there by guessing any more', async () => {
    await writer.append(0, frame(0, 1));
    const seen: number[] = [];
    const reading = (async () => {
      for await (const records of reader.read(0, undefined, new AbortController().signal)) seen.push(...timesOf(records));
    })();
    while (seen.length < 1) await new Promise((resolve) => setTimeout(resolve, 10));
    await client.send(new SplitShardCommand({ StreamName: stream, ShardToSplit: 'shardId-000000000000', NewStartingHashKey: '1000' }));
    await expect(reading).rejects.toThrow(/shard shardId-000000000000 of stream .* was closed by resharding; .* start a new stream from a snapshot/);
    expect(seen).toEqual([1]);
    await expect(take(reader, 0, undefined, 1)).rejects.toThrow(/was resharded .* start a new stream from a snapshot/);
    // The writer learns it from the answer, and then refuses.
    await expect(writer.append(0, frame(0, 2))).rejects.toMatchObject({ outcome: 'unknown', message: expect.stringContaining('instead of shardId-000000000000') as string });
    await expect(writer.append(0, frame(0, 2))).rejects.toMatchObject({ outcome: 'refused', message: expect.stringContaining('was resharded') as string });
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

describe('as every journal', () => {
  let dir: string;
  let kinesalite: Awaited<ReturnType<typeof startKinesalite>>;
  let client: KinesisClient;
  let streams = 0;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'kinesis-journal-'));
    kinesalite = await startKinesalite({ dataDir: dir });
    process.env.AWS_ENDPOINT_URL_KINESIS = kinesalite.url;
    client = new KinesisClient(awsClientSettings());
  });

  afterAll(async () => {
    client?.destroy();
    await kinesalite?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  journalContract(async () => {
    const stream = `contract-${++streams}`;
    await createStream(client, stream);
    return {
      open: async () => ({ writer: new KinesisJournalWriter({ stream }), reader: new KinesisJournalReader({ stream, consumerArn: 'arn', logger, pollIntervalMs: () => 5 }) }),
      inject: async (partition, Data) => (await client.send(
        new PutRecordCommand({ StreamName: stream, PartitionKey: 'p', ExplicitHashKey: String(partition), Data }))).SequenceNumber!,
    };
  // A stream says nothing of numbers that it has not given out.
  }, { knowsItsEnd: false });
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
