import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, DescribeStreamSummaryCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import type { Pool } from 'pg';
import { startDynalite } from '../../../../local/servers/dynalite';
import { startKinesalite } from '../../../../local/servers/kinesalite';
import { KinesisTradeStream } from '../../../adapters/trade-stream/kinesis-trade-stream';
import { decodeTrades, type TradeRecord } from '../../../adapters/trade-stream/trade-record';
import { awsClientSettings } from '../../../runtime';
import { OrderBook } from '../order-book';
import { OrderHistory } from '../order-history';
import { Projections } from '../projections';
import { ReadModelTable } from '../read-model-table';
import { Trades } from '../trades';
import { Wallets } from '../wallets';

const TABLES = {
  wallets: ['userId', 'asset'], orders: ['userId', 'createdAtOrderId'], book: ['symbolSide', 'priceSequence'], trades: ['userId', 'timestampTradeId'],
} as const;
export type TableName = keyof typeof TABLES;

/** Emulated tables and a stream, as a system has them. */
export interface TestStores {
  projections(pool: Pool): Projections;
  table(name: TableName): ReadModelTable;
  /** From now on the n-th call fails, and all after it, as long as `n` is there. */
  fail(n: number | undefined): void;
  items(table: TableName): Promise<Record<string, AttributeValue>[]>;
  trades(): Promise<TradeRecord[]>;
  stop(): Promise<void>;
}

/** Starts both emulators with empty tables and an empty stream. */
export async function startTestStores(): Promise<TestStores> {
  const dir = mkdtempSync(join(tmpdir(), 'read-models-'));
  const [tables, streams] = await Promise.all([startDynalite({ dataDir: dir }), startKinesalite({ dataDir: dir })]);
  const common = { ...awsClientSettings(), region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const dynamodb = new DynamoDBClient({ ...common, endpoint: tables.url });
  const kinesis = new KinesisClient({ ...common, endpoint: streams.url });
  for (const [TableName, [hash, range]] of Object.entries(TABLES)) {
    await dynamodb.send(new CreateTableCommand({
      TableName, BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: hash, KeyType: 'HASH' }, { AttributeName: range, KeyType: 'RANGE' }],
      AttributeDefinitions: [hash, range].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    }));
  }
  await kinesis.send(new CreateStreamCommand({ StreamName: 'trades', ShardCount: 1 }));
  while ((await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'trades' }))).StreamDescriptionSummary?.StreamStatus !== 'ACTIVE');

  let left: number | undefined;
  const failing = <Client extends DynamoDBClient | KinesisClient>(client: Client): Client => new Proxy(client, {
    get: (target, name) => (name !== 'send' ? Reflect.get(target, name) as unknown : (command: unknown) => {
      if (left !== undefined && left-- <= 0) return Promise.reject(new Error('the network is gone'));
      return (target as { send(command: unknown): unknown }).send(command);
    }),
  });
  const table = (name: TableName): ReadModelTable => new ReadModelTable(failing(dynamodb), name);
  return {
    table,
    projections: (pool) => new Projections(pool, {
      wallets: new Wallets(table('wallets')), orders: new OrderHistory(table('orders')), book: new OrderBook(table('book')), trades: new Trades(table('trades')),
      stream: new KinesisTradeStream(failing(kinesis), 'trades'),
    }),
    fail: (n) => { left = n; },
    items: async (TableName) => {
      const items: Record<string, AttributeValue>[] = [];
      let from: Record<string, AttributeValue> | undefined;
      do {
        const { Items = [], LastEvaluatedKey } = await dynamodb.send(new ScanCommand({ TableName, ExclusiveStartKey: from, ConsistentRead: true }));
        items.push(...Items);
        from = LastEvaluatedKey;
      } while (from);
      return items;
    },
    trades: async () => {
      const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand({ StreamName: 'trades', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' }));
      const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
      return Records.flatMap(({ Data }) => decodeTrades(Data!));
    },
    stop: async () => {
      dynamodb.destroy();
      kinesis.destroy();
      await Promise.all([tables.stop(), streams.stop()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
