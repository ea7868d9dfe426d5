import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startDynalite } from '../../../local/servers/dynalite';
import { awsClientSettings, createLogger } from '../../runtime';
import { Instruments } from '../instruments';

export const logger = createLogger({ service: 'test', environment: 'test', level: 'silent' });

export const INSTRUMENTS = [
  { symbol: 'BTCUSDT', base: { code: 'BTC', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1 },
  { symbol: 'ETHUSDT', base: { code: 'ETH', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.01', lotSize: '0.001', version: 1 },
];

export const instruments = new Instruments(INSTRUMENTS);
export const btc = instruments.get('BTCUSDT');

/** What an AWS client of a test is made with. */
export const testCredentials = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

/** A DynamoDB with the tables of the simulator. */
export async function startTestTables(): Promise<{ client: DynamoDBClient; stop(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'tables-'));
  const server = await startDynalite({ dataDir: dir });
  const client = new DynamoDBClient({ ...awsClientSettings(), ...testCredentials, endpoint: server.url });
  const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE' = 'HASH') => ({ AttributeName, KeyType });
  const create = (TableName: string, hash: string, range: string, rangeType: 'S' | 'N' = 'S', index?: [name: string, hash: string, range: string]) => client.send(new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [key(hash), key(range, 'RANGE')],
    AttributeDefinitions: [
      { AttributeName: hash, AttributeType: 'S' }, { AttributeName: range, AttributeType: rangeType },
      ...(index ? [index[1], index[2]] : []).filter((name) => name !== hash && name !== range).map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    ],
    GlobalSecondaryIndexes: index && [{ IndexName: index[0], KeySchema: [key(index[1]), key(index[2], 'RANGE')], Projection: { ProjectionType: 'ALL' } }],
  }));
  await create('trades', 'userId', 'timestampTradeId', 'S', ['bySymbol', 'symbol', 'timestampTradeId']);
  await create('prices', 'symbol', 'timestamp', 'N');
  await create('backtests', 'userId', 'backtestId', 'S', ['byStrategy', 'strategyId', 'backtestId']);
  await create('connections', 'connectionId', 'entry', 'S', ['byChannel', 'channel', 'connectionId']);
  return {
    client,
    stop: async () => {
      client.destroy();
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
