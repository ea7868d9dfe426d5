import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ReadModels } from './read-models';
import { startDynalite } from '../../../local/servers/dynalite';
import { awsClientSettings } from '../../runtime';
import * as answers from '../http/answers';
import { ALICE, BOB, call, Harness, type Task } from '../testing/harness';

let harness: Harness;
let task: Task;
let dir: string;
let tables: Awaited<ReturnType<typeof startDynalite>>;
let client: DynamoDBClient;

const id = (i: number): string => `01900000-0000-7000-8000-${String(i).padStart(12, '0')}`;
const put = (TableName: string, Item: Record<string, AttributeValue>) => client.send(new PutItemCommand({ TableName, Item }));
const s = (S: string): AttributeValue => ({ S });
const n = (value: number): AttributeValue => ({ N: String(value) });

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'api-read-models-'));
  tables = await startDynalite({ dataDir: dir });
  client = new DynamoDBClient({
    ...awsClientSettings(2_000, 1), endpoint: tables.url, region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  for (const [TableName, range] of [['orders', 'createdAtOrderId'], ['wallets', 'asset']]) {
    await client.send(new CreateTableCommand({
      TableName, BillingMode: 'PAY_PER_REQUEST', KeySchema: [{ AttributeName: 'userId', KeyType: 'HASH' }, { AttributeName: range, KeyType: 'RANGE' }],
      AttributeDefinitions: ['userId', range].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    }));
  }
  // As settlement writes them.
  for (let i = 1; i <= 7; i++) {
    await put('orders', {
      userId: s(i === 7 ? BOB : ALICE), createdAtOrderId: s(`2026-01-0${i}T00:00:00.000Z#${id(i)}`), orderId: s(id(i)), clientOrderId: s(`c${i}`), partition: n(0),
      symbol: s('BTCUSDT'), side: s('buy'), type: s('limit'), timeInForce: s('gtc'), price: s('30000'), quantity: s('1'), remaining: s('1'), filled: s('0'),
      filledQuote: s('0'), status: s(i % 2 === 0 ? 'open' : 'filled'), createdAt: s('2026-01-01T00:00:00.000Z'), updatedAt: s('2026-01-01T00:00:01.000Z'), seq: n(10 + i),
    });
  }
  const part = (free: string, held: string, seq: number): AttributeValue => ({ M: { free: s(free), held: s(held), seq: n(seq) } });
  await put('wallets', { userId: s(ALICE), asset: s('USDT'), p0: part('10.5', '2', 4), p1: part('1', '0', 9) });
  await put('wallets', { userId: s(ALICE), asset: s('BTC'), p0: part('0.5', '0', 3) });
  await put('wallets', { userId: s(BOB), asset: s('BTC'), p0: part('7', '0', 3) });
  harness = await new Harness().start();
  task = await harness.task({ readModels: new ReadModels(client, { orders: 'orders', wallets: 'wallets' }) });
});
afterAll(async () => {
  await harness.stop();
  client.destroy();
  await tables.stop();
  rmSync(dir, { recursive: true, force: true });
});

const ask = async (path: string, to = task) => {
  const { status, body } = await call(to, 'GET', path, { token: harness.pool.token(ALICE) });
  return { status, body: body as { orders: { orderId: string }[]; nextCursor?: string; source?: string; balances: unknown[]; code?: string } };
};

test('orders come from the table, newest first, page by page, one\'s own', async () => {
  const seen: string[] = [];
  for (let cursor = ''; ;) {
    const { body } = await ask(`/v1/orders?limit=4${cursor}`);
    answers.orderPage.parse(body);
    expect(body.source).toBe('read_model');
    seen.push(...body.orders.map(({ orderId }) => orderId));
    if (body.nextCursor === undefined) break;
    cursor = `&cursor=${body.nextCursor}`;
  }
  expect(seen).toEqual([6, 5, 4, 3, 2, 1].map(id));
  expect((await ask('/v1/orders?limit=1')).body.orders[0]).toEqual({
    orderId: id(6), clientOrderId: 'c6', symbol: 'BTCUSDT', side: 'buy', type: 'limit', timeInForce: 'gtc', price: '30000', quantity: '1', remaining: '1', filled: '0',
    filledQuote: '0', status: 'open', createdAt: Date.UTC(2026, 0, 1), updatedAt: Date.UTC(2026, 0, 1, 0, 0, 1), seq: 16,
  });
});

test('of a status, with the pages\' ends where they belong', async () => {
  const first = await ask('/v1/orders?status=open&limit=2');
  expect(first.body.orders.map(({ orderId }) => orderId)).toEqual([id(6), id(4)]);
  const second = await ask(`/v1/orders?status=open&limit=2&cursor=${first.body.nextCursor}`);
  expect([second.body.orders.map(({ orderId }) => orderId), second.body.nextCursor]).toEqual([[id(2)], undefined]);
});

test('a portfolio comes from the table, of the partitions that there are', async () => {
  const { body } = await ask('/v1/portfolio');
  answers.portfolio.parse(body);
  expect(body).toEqual({
    source: 'read_model',
    balances: [{ asset: 'BTC', free: '0.5', held: '0', total: '0.5', seq: 3 }, { asset: 'USDT', free: '10.5', held: '2', total: '12.5', seq: 4 }],
  });
});

test('while the table cannot be read the ledger stands in, and a list that began there goes on there', async () => {
  const away = await harness.task({ readModels: new ReadModels(client, { orders: 'no-such-table', wallets: 'no-such-table' }) });
  const page = await ask('/v1/orders', away);
  expect([page.status, page.body.source, (await ask('/v1/portfolio', away)).body.source]).toEqual([200, undefined, undefined]);
  const { body: { nextCursor } } = await ask('/v1/orders?limit=1');
  expect(await ask(`/v1/orders?cursor=${nextCursor}`, away)).toMatchObject({ status: 503, body: { code: 'read_model_unavailable' } });
  // A system without the table did not give that cursor out.
  expect(await ask(`/v1/orders?cursor=${nextCursor}`, await harness.task())).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  const ledgers = Buffer.from(`5:${id(1)}`).toString('base64url');
  expect((await ask(`/v1/orders?cursor=${ledgers}`)).body.source).toBeUndefined();
});
