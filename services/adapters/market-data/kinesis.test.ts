import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStreamCommand, DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { KinesisMarketDataWriter } from './kinesis';
import type { EmulatorServer } from '../../../local/servers/emulator';
import { startKinesalite } from '../../../local/servers/kinesalite';
import type { Ticker } from '../../domain';
import { awsClientSettings, createLogger } from '../../runtime';

const logger = createLogger({ service: 'streamer', environment: 'test', level: 'silent' });
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

const tick = (symbol: string, n: number): Ticker => ({ symbol, lastPrice: String(n), exchangeTime: n, receivedTime: n, source: 'test' });

async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!what()) {
    if (Date.now() > deadline) throw new Error(`did not happen: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a stream of the emulator', () => {
  let server: EmulatorServer;
  let client: KinesisClient;
  const dataDir = mkdtempSync(join(tmpdir(), 'market-data-'));

  beforeAll(async () => {
    server = await startKinesalite({ dataDir });
    client = new KinesisClient({ ...awsClientSettings(), region: 'us-east-1', endpoint: server.url, credentials });
    await client.send(new CreateStreamCommand({ StreamName: 'ticks', ShardCount: 1 }));
    for (;;) {
      const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName: 'ticks' }));
      if (StreamDescription?.StreamStatus === 'ACTIVE') break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  afterAll(async () => {
    client?.destroy();
    await server?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('has every tick, in order per symbol, one JSON document per line under the symbol', async () => {
    const writer = new KinesisMarketDataWriter({ client, stream: 'ticks', logger, lingerMs: 20 });
    for (let n = 0; n < 300; n++) {
      for (const symbol of ['BTCUSDT', 'ETHUSDT']) writer.write(tick(symbol, n));
      if (n % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(await writer.close()).toBe(0);
    expect(writer.state()).toMatchObject({ queued: 0, lagMs: 0, written: 600, conflated: 0, problem: undefined });

    const { ShardIterator } = await client.send(new GetShardIteratorCommand({
      StreamName: 'ticks', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON',
    }));
    const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
    expect(Records.length).toBeLessThan(100);
    for (const symbol of ['BTCUSDT', 'ETHUSDT']) {
      const text = Records.filter((record) => record.PartitionKey === symbol).map((record) => Buffer.from(record.Data!).toString()).join('');
      expect(text.endsWith('\n')).toBe(true);
      expect(text.trimEnd().split('\n').map((line) => JSON.parse(line) as Ticker)).toEqual(Array.from({ length: 300 }, (_, n) => tick(symbol, n)));
    }
  });
});

describe('a stream that refuses', () => {
  let http: Server;
  let client: KinesisClient;
  /** Symbols that are refused now; `all` refuses the request itself. */
  let refused: Set<string>;
  let requests: string[][];
  let accepted: Ticker[];

  // A server of our own that speaks PutRecords: no emulator refuses on demand.
  beforeEach(async () => {
    refused = new Set();
    requests = [];
    accepted = [];
    http = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as { Records: { Data: string; PartitionKey: string }[] };
        requests.push(body.Records.map((record) => record.PartitionKey));
        response.setHeader('content-type', 'application/x-amz-json-1.1');
        if (refused.has('all')) {
          response.writeHead(400).end(JSON.stringify({ __type: 'ResourceNotFoundException', message: 'no such stream' }));
          return;
        }
        const Records = body.Records.map((record, i) => {
          if (refused.has(record.PartitionKey)) return { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'slow down' };
          const lines = Buffer.from(record.Data, 'base64').toString().trimEnd().split('\n');
          accepted.push(...lines.map((line) => JSON.parse(line) as Ticker));
          return { SequenceNumber: String(i), ShardId: 'shardId-0' };
        });
        response.end(JSON.stringify({ FailedRecordCount: Records.filter((record) => record.ErrorCode).length, Records }));
      });
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    client = new KinesisClient({ ...awsClientSettings(2_000, 1), region: 'us-east-1', endpoint, credentials });
  });

  afterEach(async () => {
    client.destroy();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });

  const prices = (symbol: string): number[] => accepted.filter((one) => one.symbol === symbol).map((one) => one.exchangeTime);

  test('a record that was refused is sent again alone, before anything newer of its symbol', async () => {
    const writer = new KinesisMarketDataWriter({ client, stream: 's', logger, lingerMs: 5 });
    refused.add('ETHUSDT');
    writer.write(tick('BTCUSDT', 1));
    writer.write(tick('ETHUSDT', 1));
    await until(() => requests.length >= 2);
    writer.write(tick('ETHUSDT', 2));
    expect(requests[0]).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(requests[1]).toEqual(['ETHUSDT']);
    expect(writer.state()).toMatchObject({ written: 1, queued: 2, problem: 'ProvisionedThroughputExceededException: slow down' });
    expect(writer.state().lagMs).toBeGreaterThan(0);
    refused.clear();
    await until(() => prices('ETHUSDT').length === 2);
    expect(prices('ETHUSDT')).toEqual([1, 2]);
    expect(prices('BTCUSDT')).toEqual([1]);
    expect(await writer.close()).toBe(0);
    expect(writer.state()).toMatchObject({ written: 3, problem: undefined });
  });

  test('what waits is bounded: the newest tick of each symbol survives, and the rest is counted', async () => {
    const writer = new KinesisMarketDataWriter({ client, stream: 's', logger, lingerMs: 5, maxQueued: 100 });
    refused.add('all');
    writer.write(tick('BTCUSDT', 0));
    await until(() => writer.state().problem !== undefined);
    for (let n = 1; n <= 1_000; n++) for (const symbol of ['BTCUSDT', 'ETHUSDT']) writer.write(tick(symbol, n));
    const { queued, conflated, problem } = writer.state();
    expect(queued).toBeLessThanOrEqual(101);
    expect(queued + conflated).toBe(2_001);
    expect(problem).toContain('no such stream');
    refused.clear();
    await until(() => writer.state().queued === 0);
    expect(prices('BTCUSDT').at(-1)).toBe(1_000);
    expect(prices('ETHUSDT').at(-1)).toBe(1_000);
    expect(prices('BTCUSDT')).toEqual([...prices('BTCUSDT')].sort((a, b) => a - b));
    await writer.close();
  });

  test('the end does not wait for a stream that is gone, and says what was left', async () => {
    const writer = new KinesisMarketDataWriter({ client, stream: 's', logger, lingerMs: 5 });
    refused.add('all');
    for (let n = 0; n < 7; n++) writer.write(tick('BTCUSDT', n));
    const before = Date.now();
    expect(await writer.close(300)).toBe(7);
    expect(Date.now() - before).toBeLessThan(1_500);
  });
});
