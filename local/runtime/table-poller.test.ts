import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DeleteItemCommand, DescribeTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { InvocationResult, LocalFunction } from './functions';
import { LOCAL_CREDENTIALS } from './stores';
import { TablePoller } from './table-poller';
import { startDynalite } from '../servers/dynalite';

type Image = Readonly<Record<string, { readonly S: string }>>;

interface Change {
  readonly eventName: string;
  readonly dynamodb: { readonly SequenceNumber: string; readonly NewImage?: Image; readonly OldImage?: Image };
}

const dir = mkdtempSync(join(tmpdir(), 'table-poller-'));
let server: Awaited<ReturnType<typeof startDynalite>>;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  server = await startDynalite({ dataDir: dir });
  dynamodb = new DynamoDBClient({ region: 'us-east-1', endpoint: server.url, credentials: LOCAL_CREDENTIALS });
});
afterAll(async () => {
  dynamodb.destroy();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function world(tableName: string, from: 'TRIM_HORIZON' | 'LATEST', work: (records: Change[]) => InvocationResult) {
  await dynamodb.send(new CreateTableCommand({
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }, { AttributeName: 'at', KeyType: 'RANGE' }],
    AttributeDefinitions: ['id', 'at'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  }));
  while ((await dynamodb.send(new DescribeTableCommand({ TableName: tableName }))).Table?.TableStatus !== 'ACTIVE') await sleep(10);
  const reports: string[] = [];
  const target = {
    spec: { service: 'listener' }, invoke: (event: unknown) => Promise.resolve(work((event as { Records: Change[] }).Records)),
  } as unknown as LocalFunction;
  const report = (text: string): void => void reports.push(text);
  const streamArn = `arn:aws:dynamodb:us-east-1:000000000000:table/${tableName}/stream/here`;
  return {
    reports,
    poller: new TablePoller({ dynamodb, tableName, streamArn, region: 'us-east-1', keys: ['id', 'at'], batchSize: 10, from, target, report, pollMs: 50 }),
    put: (at: string, text = 'x') => dynamodb.send(new PutItemCommand({ TableName: tableName, Item: { id: { S: 'a' }, at: { S: at }, text: { S: text } } })),
    remove: (at: string) => dynamodb.send(new DeleteItemCommand({ TableName: tableName, Key: { id: { S: 'a' }, at: { S: at } } })),
  };
}

const told = ({ eventName, dynamodb: { NewImage, OldImage } }: Change): string => (
  `${eventName} ${(NewImage ?? OldImage)!.at.S} ${OldImage?.text.S ?? ''}>${NewImage?.text.S ?? ''}`);

test('a function is told what is added, changed and removed, from what was there on', async () => {
  const seen: string[] = [];
  const { poller, put, remove } = await world('all', 'TRIM_HORIZON', (records) => {
    seen.push(...records.map(told));
    return { value: null };
  });
  await put('2');
  await put('1');
  await poller.start();
  while (seen.length < 2) await sleep(10);
  await put('1', 'y');
  while (seen.length < 3) await sleep(10);
  await remove('2');
  while (seen.length < 4) await sleep(10);
  await poller.stop();
  expect(seen).toEqual(['INSERT 1 >x', 'INSERT 2 >x', 'MODIFY 1 x>y', 'REMOVE 2 x>']);
});

test('or of what comes alone', async () => {
  const seen: string[] = [];
  const { poller, put } = await world('late', 'LATEST', (records) => {
    seen.push(...records.map(told));
    return { value: null };
  });
  await put('1');
  await poller.start();
  await put('2');
  while (seen.length < 1) await sleep(10);
  await poller.stop();
  expect(seen).toEqual(['INSERT 2 >x']);
});

test('what a function failed on, or wants again, comes again until it is done', async () => {
  const calls: string[][] = [];
  const { poller, put, reports } = await world('again', 'TRIM_HORIZON', (records) => {
    calls.push(records.map(told));
    if (calls.length === 1) return { error: { errorType: 'Error', errorMessage: 'as asked' } };
    return { value: { batchItemFailures: calls.length === 2 ? [{ itemIdentifier: records[1].dynamodb.SequenceNumber }] : [] } };
  });
  for (const at of ['1', '2', '3']) await put(at);
  await poller.start();
  while (calls.length < 3) await sleep(10);
  await sleep(200);
  await poller.stop();
  const all = ['INSERT 1 >x', 'INSERT 2 >x', 'INSERT 3 >x'];
  expect(calls).toEqual([all, all, all.slice(1)]);
  expect(reports).toEqual(['listener failed on 3 changes: as asked']);
});
