import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStreamCommand, DeleteStreamCommand, DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { BatchingAppender } from './batching-appender';
import { shardsByPartition } from './kinesis-source';
import { KinesisJournalWriter } from './kinesis-writer';
import { startKinesalite } from '../../../local/servers/kinesalite';
import { type CancelOrder, decodeCommandBatch, encodeCommand, encodeCommandBatch, newOrderId } from '../../domain';
import { awsClientSettings } from '../../runtime';

const ACCOUNT = '11111111-1111-4111-8111-111111111111';
const cancel = (): CancelOrder => ({ type: 'cancel_order', time: 1, orderId: newOrderId(), accountId: ACCOUNT, clientOrderId: '' });
const stream = 'orders';

let dataDir: string;
let kinesalite: Awaited<ReturnType<typeof startKinesalite>>;
let client: KinesisClient;

async function createStream(shards: number): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName: stream, ShardCount: shards }));
  await untilStatus('ACTIVE');
}

async function untilStatus(status: string | undefined): Promise<void> {
  for (;;) {
    const found = await client.send(new DescribeStreamCommand({ StreamName: stream })).catch(() => undefined);
    if (found?.StreamDescription?.StreamStatus === status) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

async function recordsOf(shardIndex: number): Promise<{ position: string; orderIds: string[] }[]> {
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName: stream }));
  const ShardId = StreamDescription?.Shards?.[shardIndex].ShardId;
  const { ShardIterator } = await client.send(new GetShardIteratorCommand({ StreamName: stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ SequenceNumber = '', Data = Buffer.alloc(0) }) => ({
    position: SequenceNumber, orderIds: decodeCommandBatch(Data).commands.map((command) => (command as CancelOrder).orderId),
  }));
}

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'kinesis-writer-'));
  kinesalite = await startKinesalite({ dataDir });
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_ENDPOINT_URL_KINESIS: kinesalite.url });
  client = new KinesisClient(awsClientSettings());
  await createStream(3);
});

afterAll(async () => {
  client?.destroy();
  await kinesalite?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('a partition is its shard, in order, and a position names the command there', async () => {
  const writer = new KinesisJournalWriter({ stream });
  const appender = new BatchingAppender(writer);
  const commands = [0, 1, 2].map(() => Array.from({ length: 100 }, cancel));
  const positions = await Promise.all(commands.map((list, partition) => Promise.all(list.map((command) => appender.append(partition, command)))));
  const second = cancel();
  const after = await appender.append(1, second);
  for (const [partition, list] of commands.entries()) {
    const records = await recordsOf(partition);
    expect(records.flatMap((record) => record.orderIds)).toEqual([...list, ...partition === 1 ? [second] : []].map((command) => command.orderId));
    positions[partition].forEach((position, i) => {
      const [record, index] = position.split(':');
      expect(records.find((one) => one.position === record)?.orderIds[Number(index)]).toBe(list[i].orderId);
    });
  }
  expect(BigInt(after.split(':')[0])).toBeGreaterThan(BigInt(positions[1][99].split(':')[0]));
  await expect(writer.append(3, encodeCommandBatch(3, []))).rejects.toMatchObject({ outcome: 'refused', message: expect.stringContaining('no partition 3') });
  await writer.close();
});

test('a frame of the largest size is taken', async () => {
  const writer = new KinesisJournalWriter({ stream });
  const command = encodeCommand(cancel());
  const count = Math.floor((1024 * 1024 - 4_096 - 12) / command.length);
  await expect(writer.append(0, encodeCommandBatch(0, Array.from({ length: count }, () => command)))).resolves.toMatch(/^\d+$/);
  await writer.close();
});

test('a stream that was made anew is found again, by the attempt after the one that noticed', async () => {
  const writer = new KinesisJournalWriter({ stream });
  await writer.append(0, encodeCommandBatch(0, [encodeCommand(cancel())]));
  await client.send(new DeleteStreamCommand({ StreamName: stream }));
  await untilStatus(undefined);
  await expect(writer.append(0, encodeCommandBatch(0, []))).rejects.toMatchObject({ outcome: 'refused' });
  await expect(writer.probe()).rejects.toThrow('ResourceNotFoundException');
  await createStream(3);
  await new BatchingAppender(writer).append(0, cancel());
  expect(await recordsOf(0)).toHaveLength(1);
  await writer.close();
});

describe('what is known of an append that failed', () => {
  let server: Server;
  let behaviour: (respond: (status: number, body: object) => void, destroy: () => void) => void;

  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume().once('end', () => {
        const respond = (status: number, body: object): void => {
          response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
        };
        if (String(request.headers['x-amz-target']).endsWith('ListShards')) {
          const Shards = [{ ShardId: 's', HashKeyRange: { StartingHashKey: '0', EndingHashKey: '1' }, SequenceNumberRange: { StartingSequenceNumber: '1' } }];
          respond(200, { Shards });
        } else {
          behaviour(respond, () => request.socket.destroy());
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.env.AWS_ENDPOINT_URL_KINESIS = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each<[string, string, typeof behaviour]>([
    ['throttled', 'refused', (respond) => respond(400, { __type: 'ProvisionedThroughputExceededException', message: 'slow down' })],
    ['an error of the service', 'unknown', (respond) => respond(500, { __type: 'InternalFailure', message: 'oops' })],
    ['a connection that broke', 'unknown', (_, destroy) => destroy()],
    ['no answer', 'unknown', () => undefined],
  ])('%s: %s', async (_, outcome, how) => {
    behaviour = how;
    const writer = new KinesisJournalWriter({ stream, attempts: 1, requestTimeoutMs: 300 });
    await expect(writer.append(0, encodeCommandBatch(0, []))).rejects.toMatchObject({ name: 'JournalUnavailableError', outcome });
    await writer.close();
  });

  test('an early attempt of unknown outcome is not forgotten when a later one is refused', async () => {
    let calls = 0;
    behaviour = (respond, destroy) => (calls++ === 0 ? destroy() : respond(400, { __type: 'ValidationException', message: 'no' }));
    const writer = new KinesisJournalWriter({ stream, attempts: 3 });
    await expect(writer.append(0, encodeCommandBatch(0, []))).rejects.toMatchObject({ outcome: 'unknown' });
    expect(calls).toBe(2);
    await writer.close();
  });

  test('nobody listens: refused', async () => {
    process.env.AWS_ENDPOINT_URL_KINESIS = 'http://127.0.0.1:1';
    const writer = new KinesisJournalWriter({ stream, attempts: 1 });
    await expect(writer.append(0, encodeCommandBatch(0, []))).rejects.toMatchObject({ outcome: 'refused' });
    await writer.close();
  });
});

test('partitions follow the hash ranges of the shards, not their names; a stream that was resharded has none', () => {
  const shard = (StartingHashKey: string, more: object = {}) => ({
    ShardId: 's', HashKeyRange: { StartingHashKey, EndingHashKey: '9' }, SequenceNumberRange: { StartingSequenceNumber: '1' }, ...more,
  });
  const shards = [shard('170141183460469231731687303715884105728'), shard('99'), shard('0')];
  expect(shardsByPartition('s', shards).map(({ HashKeyRange }) => HashKeyRange?.StartingHashKey)).toEqual(['0', '99', '170141183460469231731687303715884105728']);
  // The parent may be gone when its records are older than the stream keeps them.
  const closed = shard('5', { SequenceNumberRange: { StartingSequenceNumber: '1', EndingSequenceNumber: '2' } });
  for (const odd of [closed, shard('5', { ParentShardId: 'gone' })]) {
    expect(() => shardsByPartition('s', [...shards, odd])).toThrow(/stream s was resharded .* start a new stream from a snapshot/);
  }
});
