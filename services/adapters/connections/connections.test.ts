import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { connectionPost } from './connection-post';
import { ConnectionTable, LIFETIME_SECONDS } from './connection-table';
import { awsClientSettings } from '../../runtime';
import { startTestTables, type TestTables } from '../../socket-api/testing/tables';

let tables: TestTables;
let connections: ConnectionTable;

beforeAll(async () => {
  tables = await startTestTables();
  connections = new ConnectionTable(tables.client, 'connections');
});
afterAll(() => tables?.stop());

test('a connection is known until it is removed, with everything that it listens to', async () => {
  await connections.add({ connectionId: 'a', accountId: 'alice', authorizedUntil: 1_000 });
  // Where everybody may hear everything, nobody asks for how long.
  await connections.add({ connectionId: 'b', accountId: 'bob' });
  await connections.subscribe('a', ['ticker.BTCUSDT', 'orders.alice']);
  await connections.subscribe('b', ['ticker.BTCUSDT']);
  expect([await connections.find('a'), await connections.find('b'), await connections.find('c')]).toEqual([
    { connectionId: 'a', accountId: 'alice', authorizedUntil: 1_000 }, { connectionId: 'b', accountId: 'bob' }, undefined,
  ]);
  expect((await connections.channelsOf('a')).sort()).toEqual(['orders.alice', 'ticker.BTCUSDT']);
  expect((await connections.listeners('ticker.BTCUSDT')).sort()).toEqual(['a', 'b']);
  await connections.unsubscribe('a', ['ticker.BTCUSDT']);
  expect(await connections.listeners('ticker.BTCUSDT')).toEqual(['b']);
  await Promise.all([connections.remove('a'), connections.remove('b'), connections.remove('c')]);
  expect(await tables.items('connections')).toEqual([]);
});

test('whatever nobody removes expires when API Gateway has ended the connection', async () => {
  await connections.add({ connectionId: 'd', accountId: 'dora' });
  await connections.subscribe('d', ['trades.BTCUSDT']);
  for (const entry of ['#connection', 'trades.BTCUSDT']) {
    const { Item } = await tables.client.send(new GetItemCommand({ TableName: 'connections', Key: { connectionId: { S: 'd' }, entry: { S: entry } }, ConsistentRead: true }));
    expect(Number(Item?.expiresAt.N)).toBeCloseTo(Date.now() / 1_000 + LIFETIME_SECONDS, -2);
  }
});

test('more listeners than one page of the index are all found', async () => {
  const ids = Array.from({ length: 450 }, (_, i) => `many-${i}`);
  // Keys of almost three kilobytes each: together they are more than the megabyte of a page.
  const channel = `trades.${'X'.repeat(900)}`;
  await Promise.all(ids.map((id) => connections.subscribe(`${id}-${'i'.repeat(900)}`, [channel])));
  expect((await connections.listeners(channel)).map((id) => id.split('-').slice(0, 2).join('-')).sort()).toEqual(ids.sort());
});

describe('posting', () => {
  let server: Server;
  let status = 200;
  const posted: [string | undefined, string][] = [];
  let post: ReturnType<typeof connectionPost>;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        posted.push([request.url, Buffer.concat(chunks).toString()]);
        response.writeHead(status, status === 410 ? { 'x-amzn-errortype': 'GoneException' } : {}).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const settings = { ...awsClientSettings(1_000, 1), region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    post = connectionPost(`http://127.0.0.1:${(server.address() as AddressInfo).port}/live`, settings);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each<[number, string]>([[200, 'sent'], [410, 'gone']])('an answer of %d means that the message is %s', async (answer, outcome) => {
    status = answer;
    expect(await post('c=1', '{"a":1}')).toBe(outcome);
    expect(posted.at(-1)).toEqual(['/live/@connections/c%3D1', '{"a":1}']);
  });

  test('any other answer is a failure, so that nobody forgets a connection that lives', async () => {
    status = 500;
    await expect(post('c1', '{}')).rejects.toThrow();
  });
});
