import { ConnectionTable } from '../../adapters/connections/connection-table';
import type { SocketAnswer } from '../events';
import { ConnectionHandler } from './handle';
import { SessionTable } from './session-table';
import { startTestTables, type TestTables } from '../testing/tables';

const ACCOUNT = 'aaaaaaaa-0000-4000-8000-000000000001';
let tables: TestTables;
let connections: ConnectionTable;
let handler: ConnectionHandler;

beforeAll(async () => {
  tables = await startTestTables();
  connections = new ConnectionTable(tables.client, 'connections');
  handler = new ConnectionHandler(connections, new SessionTable(tables.client, 'sessions'));
});
afterAll(() => tables?.stop());

let ids = 0;
const authorizer = { accountId: ACCOUNT, expiresAt: String(Date.now() + 60_000) };

function send(connectionId: string, routeKey: string, message?: unknown): Promise<SocketAnswer> {
  const body = message === undefined ? undefined : typeof message === 'string' ? message : JSON.stringify(message);
  return handler.handle({ body, requestContext: { routeKey, connectionId, authorizer, identity: { sourceIp: '203.0.113.7' } } });
}

async function connected(): Promise<string> {
  const id = `c${++ids}`;
  expect(await send(id, '$connect')).toEqual({ statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'bearer' } });
  return id;
}

const answerOf = ({ body }: SocketAnswer): unknown => JSON.parse(body ?? '{}');

test('a connection is a session of its user, and both are gone when it ends', async () => {
  const id = await connected();
  await send(id, 'subscribe', { op: 'subscribe', channels: ['orders', 'ticker.BTCUSDT'] });
  const [session] = (await tables.items('sessions')).filter(({ sessionId }) => sessionId.S === id);
  expect(session).toMatchObject({ userId: { S: ACCOUNT }, sourceIp: { S: '203.0.113.7' } });
  expect(Number(session.expiresAt.N)).toBeGreaterThan(Date.now() / 1_000 + 7_000);
  expect((await tables.items('connections')).filter(({ connectionId }) => connectionId.S === id)).toHaveLength(3);
  expect(await send(id, '$disconnect')).toEqual({ statusCode: 200 });
  expect((await tables.items('connections')).filter(({ connectionId }) => connectionId.S === id)).toEqual([]);
  expect((await tables.items('sessions')).filter(({ sessionId }) => sessionId.S === id)).toEqual([]);
});

test('subscriptions are answered and can be ended; everybody listens to their own orders', async () => {
  const id = await connected();
  expect(answerOf(await send(id, 'subscribe', { op: 'subscribe', channels: ['orders', 'trades.BTCUSDT'] }))).toEqual({ op: 'subscribed', channels: ['orders', 'trades.BTCUSDT'] });
  expect(await connections.listeners(`orders.${ACCOUNT}`)).toContain(id);
  expect(await connections.listeners('trades.BTCUSDT')).toContain(id);
  expect(answerOf(await send(id, 'unsubscribe', { op: 'unsubscribe', channels: ['orders'] }))).toEqual({ op: 'unsubscribed', channels: ['orders'] });
  expect(await connections.channelsOf(id)).toEqual(['trades.BTCUSDT']);
});

test.each<[string, unknown, string]>([
  ['no JSON', 'hello', 'invalid_message'],
  ['no channels', { op: 'subscribe', channels: [] }, 'invalid_message'],
  ['another operation', { op: 'trade', channels: ['orders'] }, 'invalid_message'],
  ['more than was asked for', { op: 'subscribe', channels: ['orders'], token: 'x' }, 'invalid_message'],
  ['somebody else\'s orders', { op: 'subscribe', channels: ['orders.aaaaaaaa-0000-4000-8000-000000000002'] }, 'unknown_channel'],
  ['a channel that is not there', { op: 'subscribe', channels: ['orders', 'book.BTCUSDT'] }, 'unknown_channel'],
])('a message with %s is refused and changes nothing', async (_, message, code) => {
  const id = await connected();
  const answer = await send(id, '$default', message);
  expect(answer.statusCode).toBe(400);
  expect(answerOf(answer)).toMatchObject({ op: 'error', code });
  expect(await connections.channelsOf(id)).toEqual([]);
});

test('a connection listens to fifty channels at most', async () => {
  const id = await connected();
  const names = Array.from({ length: 50 }, (_, i) => `ticker.S${i}USDT`);
  expect((await send(id, 'subscribe', { op: 'subscribe', channels: names })).statusCode).toBe(200);
  // One that it has does not count again.
  expect((await send(id, 'subscribe', { op: 'subscribe', channels: [names[0]] })).statusCode).toBe(200);
  expect(answerOf(await send(id, 'subscribe', { op: 'subscribe', channels: ['orders'] }))).toMatchObject({ code: 'too_many_channels' });
});

test('a connection that nobody let in is no connection', async () => {
  await expect(handler.handle({ requestContext: { routeKey: '$connect', connectionId: 'x', authorizer: {} } })).rejects.toThrow('said nothing of who connects');
  expect(answerOf(await send('never-connected', 'subscribe', { op: 'subscribe', channels: ['orders'] }))).toMatchObject({ code: 'unknown_connection' });
});
