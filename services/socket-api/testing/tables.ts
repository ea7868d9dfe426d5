import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { startDynalite } from '../../../local/servers/dynalite';
import { awsClientSettings } from '../../runtime';

/** Emulated tables of connections and sessions, as the system has them. */
export interface TestTables {
  readonly url: string;
  readonly client: DynamoDBClient;
  items(table: 'connections' | 'sessions'): Promise<Record<string, AttributeValue>[]>;
  stop(): Promise<void>;
}

/** Starts the emulator with both tables. */
export async function startTestTables(): Promise<TestTables> {
  const dir = mkdtempSync(join(tmpdir(), 'connections-'));
  const server = await startDynalite({ dataDir: dir });
  const client = new DynamoDBClient({ ...awsClientSettings(), endpoint: server.url, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
  const key = (hash: string, range?: string) => [
    { AttributeName: hash, KeyType: 'HASH' as const }, ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' as const }]),
  ];
  await client.send(new CreateTableCommand({
    TableName: 'connections', BillingMode: 'PAY_PER_REQUEST', KeySchema: key('connectionId', 'entry'),
    AttributeDefinitions: ['connectionId', 'entry', 'channel'].map(text),
    GlobalSecondaryIndexes: [{ IndexName: 'byChannel', KeySchema: key('channel', 'connectionId'), Projection: { ProjectionType: 'KEYS_ONLY' } }],
  }));
  await client.send(new CreateTableCommand({ TableName: 'sessions', BillingMode: 'PAY_PER_REQUEST', KeySchema: key('sessionId'), AttributeDefinitions: [text('sessionId')] }));
  return {
    url: server.url,
    client,
    items: async (TableName) => (await client.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items ?? [],
    stop: async () => {
      client.destroy();
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
