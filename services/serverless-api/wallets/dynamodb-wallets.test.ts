import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { Accounts } from './accounts';
import { DynamoDbWallets } from './dynamodb-wallets';
import type { TradeOrder } from './wallet';
import { newOrderId } from '../../domain';
import { parsePrice } from '../money';
import { btc, instruments, startTestTables } from '../testing/given';

let tables: Awaited<ReturnType<typeof startTestTables>>;
let store: DynamoDbWallets;
let accounts: Accounts;
let users = 0;
const newUser = (): string => `user-${++users}`;

beforeAll(async () => {
  tables = await startTestTables();
  store = new DynamoDbWallets(tables.client, 'trades', instruments);
  accounts = new Accounts(store, instruments, '100000');
});
afterAll(() => tables.stop());

const buy = (clientTradeId: string, timestamp = new Date().toISOString()): TradeOrder => (
  { tradeId: newOrderId(), clientTradeId, timestamp, action: 'BUY', baseUnits: 12_340_000 });

test('amounts come back as they went in', async () => {
  const user = newUser();
  const { trade, wallet } = await accounts.trade(user, btc, buy('a'), parsePrice('64000.1'), () => '100000.000001');
  expect(trade).toMatchObject({ quantity: '0.1234', price: '64000.1', amount: '7897.61234', portfolioValue: '100000.000001' });
  expect(await store.read(user)).toEqual(wallet);
  expect(await store.tradeOf(user, 'a')).toEqual(trade);
  expect(await store.trades(user, 10)).toEqual([trade]);
});

test('the schema is that of the document: who, when, what, how much, at which price, worth what', async () => {
  const user = newUser();
  await accounts.trade(user, btc, buy('a', '2025-01-15T10:30:00.000Z'), parsePrice('150.25'), () => '50000');
  const { Items = [] } = await tables.client.send(new ScanCommand({
    TableName: 'trades', FilterExpression: 'userId = :user AND begins_with(timestampTradeId, :time)', ExpressionAttributeValues: { ':user': { S: user }, ':time': { S: '2025' } },
  }));
  expect(Items).toEqual([expect.objectContaining({
    userId: { S: user }, timestamp: { S: '2025-01-15T10:30:00.000Z' }, symbol: { S: 'BTCUSDT' }, action: { S: 'BUY' },
    quantity: { N: '0.1234' }, price: { N: '150.25' }, portfolioValue: { N: '50000' },
  })]);
});

test('two trades of one millisecond are two items', async () => {
  const user = newUser();
  const now = '2026-01-01T00:00:00.000Z';
  for (const id of ['a', 'b']) await accounts.trade(user, btc, buy(id, now), parsePrice('10'), () => undefined);
  expect((await store.trades(user, 10)).map(({ clientTradeId }) => clientTradeId)).toEqual(['b', 'a']);
});

test('lists go back in time page by page, without the wallet and without others', async () => {
  const user = newUser();
  for (let i = 0; i < 5; i++) await accounts.trade(user, btc, buy(`t${i}`, new Date(i * 1_000).toISOString()), parsePrice('10'), () => undefined);
  await accounts.trade(newUser(), btc, buy('z'), parsePrice('10'), () => undefined);
  const first = await accounts.trades(user, 2);
  const last = first[1];
  const second = await accounts.trades(user, 10, `${last.timestamp}#${last.tradeId}`);
  expect([...first, ...second].map(({ clientTradeId }) => clientTradeId)).toEqual(['t4', 't3', 't2', 't1', 't0']);
  expect(await accounts.trades(user, 10, 'zzz')).toHaveLength(5);
});

test('the index finds trades of all by symbol, newest first, and neither wallets nor ids', async () => {
  const found = await store.tradesOfSymbol('BTCUSDT', 100);
  const times = found.map(({ timestamp }) => timestamp);
  expect(times).toEqual([...times].sort().reverse());
  expect(found.every(({ symbol, quantity }) => symbol === 'BTCUSDT' && quantity === '0.1234')).toBe(true);
  expect(await store.tradesOfSymbol('ETHUSDT', 100)).toEqual([]);
});

test('of ten at once every one happens once, on the real conditions', async () => {
  const user = newUser();
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => accounts.trade(user, btc, buy(`c${i % 5}`), parsePrice('10'), () => undefined)));
  const done = outcomes.filter((one) => one.status === 'fulfilled').map(({ value }) => value);
  const wallet = await accounts.wallet(user);
  const made = new Set(done.filter(({ isNew }) => isNew).map(({ trade }) => trade.clientTradeId));
  expect(wallet.version).toBe(made.size);
  expect(wallet.balances.BTC).toBe(made.size * 12_340_000);
  expect(await accounts.trades(user, 100)).toHaveLength(made.size);
});
