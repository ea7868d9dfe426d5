import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { Client } from 'pg';
import { AnalyticsLoader } from './load';
import { startTestLedger, type TestLedger } from '../../setup/testing/ledger';
import { startTestTables } from '../testing/given';

let ledger: TestLedger;
let tables: Awaited<ReturnType<typeof startTestTables>>;
let client: Client;
let loader: AnalyticsLoader;

beforeAll(async () => {
  [ledger, tables] = await Promise.all([startTestLedger({ migrate: false }), startTestTables()]);
  client = new Client(ledger.admin);
  await client.connect();
  loader = new AnalyticsLoader(tables.client, 'trades', client);
  await loader.prepare();
}, 60_000);
afterAll(async () => {
  await client?.end();
  await Promise.all([ledger?.stop(), tables?.stop()]);
});

async function trade(timestamp: string, id: string, quantity = '0.1', symbol = 'BTCUSDT'): Promise<void> {
  await tables.client.send(new PutItemCommand({
    TableName: 'trades',
    Item: {
      userId: { S: 'me' }, timestampTradeId: { S: `${timestamp}#${id}` }, timestamp: { S: timestamp }, symbol: { S: symbol }, action: { S: 'BUY' },
      quantity: { N: quantity }, price: { N: '64000.1' }, amount: { N: '6400.01' },
    },
  }));
}
const always = (): boolean => true;

test('copies each trade once and exactly, also one that the index showed late', async () => {
  await trade('2026-01-01T00:00:00.000Z', 'a', '0.12345678');
  await trade('2026-01-01T00:10:00.000Z', 'b');
  expect(await loader.load('BTCUSDT', always)).toBe(2);
  // Between the two, and only now in the index.
  await trade('2026-01-01T00:05:00.000Z', 'late');
  await trade('2026-01-01T00:20:00.000Z', 'c');
  await trade('2026-01-01T00:20:00.000Z', 'e', '1', 'ETHUSDT');
  await loader.prepare();
  expect(await loader.load('BTCUSDT', always)).toBe(2);
  expect(await loader.load('BTCUSDT', always)).toBe(0);
  expect(await loader.load('ETHUSDT', always)).toBe(1);
  const rows = await ledger.query('SELECT right(trade_key, 4) AS id, quantity, portfolio_value FROM analytics.trades WHERE symbol = $1 ORDER BY traded_at', ['BTCUSDT']);
  expect(rows.map(({ quantity }) => quantity)).toEqual(['0.12345678', '0.1', '0.1', '0.1']);
  expect(rows.every(({ portfolio_value: value }) => value === null)).toBe(true);
});
