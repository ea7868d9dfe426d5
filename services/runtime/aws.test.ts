import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { KinesisClient, SubscribeToShardCommand } from '@aws-sdk/client-kinesis';
import { awsClientSettings, awsStreamSettings } from './aws';
import { FaultyServer, StallingProxy } from './testing/faulty-server';

const REACH = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
const get = new GetItemCommand({ TableName: 'wallets', Key: { userId: { S: 'alice' } } });

let server: FaultyServer;
const clients: { destroy(): void }[] = [];
const client = (requestTimeoutMs: number, attempts: number): DynamoDBClient => {
  const made = new DynamoDBClient({ ...awsClientSettings(requestTimeoutMs, attempts), ...REACH, endpoint: server.url });
  clients.push(made);
  return made;
};

beforeEach(async () => { server = await new FaultyServer().start(); });
afterEach(async () => {
  for (const each of clients.splice(0)) each.destroy();
  await server.stop();
});

test.each(['hang', 'drip'] as const)('a client of AWS gives up a server that should %s, each attempt in its time', async (fault) => {
  server.always = fault;
  const began = performance.now();
  await expect(client(200, 2).send(get)).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(performance.now() - began).toBeLessThan(4_000);
  expect(server.requests).toBe(2);
  while (server.abandoned < 2) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('a slow answer that is complete in time is taken', async () => {
  server.body = JSON.stringify({ Item: { userId: { S: 'alice' } } });
  expect((await client(500, 1).send(get)).Item).toEqual({ userId: { S: 'alice' } });
});

test('it repeats what may pass, as often as it is told and no more often', async () => {
  server.next.push('reset', { status: 503 });
  server.body = '{}';
  await client(500, 3).send(get);
  expect(server.requests).toBe(3);
  server.always = { status: 500 };
  await expect(client(500, 1).send(get)).rejects.toMatchObject({ $metadata: { attempts: 1 } });
  expect(server.requests).toBe(4);
});

test('its budget caps a storm, whatever the environment says of retries', async () => {
  const before = process.env.AWS_RETRY_MODE;
  process.env.AWS_RETRY_MODE = 'adaptive';
  try {
    server.always = { status: 500 };
    const one = client(1_000, 3);
    for (let i = 0; i < 20; i++) await Promise.allSettled(Array.from({ length: 20 }, () => one.send(get)));
    // 400 calls with two retries each would be 1,200 requests; 500 tokens are 35 retries, and nothing succeeds that would give any back.
    expect(server.requests).toBe(435);
    expect(await one.config.retryStrategy()).toMatchObject({ mode: 'standard' });
  } finally {
    if (before === undefined) delete process.env.AWS_RETRY_MODE;
    else process.env.AWS_RETRY_MODE = before;
  }
});

test('a subscription that stays silent ends, also when the server says nothing at all', async () => {
  const nobody = new StallingProxy(undefined);
  const port = await nobody.start();
  const kinesis = new KinesisClient({ ...awsStreamSettings(300), ...REACH, endpoint: `http://127.0.0.1:${port}` });
  const began = performance.now();
  await expect(kinesis.send(new SubscribeToShardCommand({
    ConsumerARN: 'arn:aws:kinesis:us-east-1:123456789012:stream/journal/consumer/matcher:1', ShardId: 'shardId-000000000000', StartingPosition: { Type: 'LATEST' },
  }))).rejects.toThrow();
  expect(performance.now() - began).toBeLessThan(4_000);
  kinesis.destroy();
  await nobody.stop();
});
