import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startDynalite } from '../../../../local/servers/dynalite';
import { awsClientSettings } from '../../../runtime';

/** Tables of sessions and of the audit trail on an emulator, as the template makes them. */
export interface TestTables {
  readonly client: DynamoDBClient;
  readonly sessions: string;
  readonly audit: string;
  stop(): Promise<void>;
}

const text = (...names: string[]) => names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const }));

export async function startTables(): Promise<TestTables> {
  const dir = mkdtempSync(join(tmpdir(), 'users-'));
  const server = await startDynalite({ dataDir: dir });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ ...awsClientSettings(), region: 'us-east-1', endpoint: server.url, credentials });
  await client.send(new CreateTableCommand({
    TableName: 'sessions',
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'sessionId', KeyType: 'HASH' }],
    AttributeDefinitions: [...text('sessionId', 'userId'), { AttributeName: 'expiresAt', AttributeType: 'N' }],
    GlobalSecondaryIndexes: [{
      IndexName: 'byUser',
      KeySchema: [{ AttributeName: 'userId', KeyType: 'HASH' }, { AttributeName: 'expiresAt', KeyType: 'RANGE' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    }],
  }));
  await client.send(new CreateTableCommand({
    TableName: 'audit',
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'entity', KeyType: 'HASH' }, { AttributeName: 'timestampEventId', KeyType: 'RANGE' }],
    AttributeDefinitions: text('entity', 'timestampEventId'),
  }));
  for (const TableName of ['sessions', 'audit']) {
    while ((await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus !== 'ACTIVE') await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const stop = async (): Promise<void> => {
    client.destroy();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  return { client, sessions: 'sessions', audit: 'audit', stop };
}
