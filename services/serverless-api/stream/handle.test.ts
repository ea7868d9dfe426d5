import { type SocketEvent, SocketHandler } from './handle';
import { ConnectionTable } from '../../adapters/connections/connection-table';
import { logger, startTestTables } from '../testing/given';

let tables: Awaited<ReturnType<typeof startTestTables>>;
let connections: ConnectionTable;
let handler: SocketHandler;

beforeAll(async () => {
  tables = await startTestTables();
  connections = new ConnectionTable(tables.client, 'connections');
  const verify = (token: string) => (token === 'good' ? Promise.resolve('me') : Promise.reject(new Error('bad')));
  handler = new SocketHandler({ connections, symbols: ['BTCUSDT', 'ETHUSDT'], verify, logger });
});
afterAll(() => tables.stop());

const on = (routeKey: string, connectionId: string, body?: unknown): Promise<object> => (
  handler.handle({ requestContext: { routeKey, connectionId, authorizer: { userId: 'me' } }, body: typeof body === 'string' ? body : JSON.stringify(body) } as SocketEvent));
const subscribe = (id: string, ...channels: string[]): Promise<object> => on('subscribe', id, { op: 'subscribe', channels });

test.each([['good', 'Allow'], ['bad', 'Deny'], [undefined, 'Deny']])('with the token %s a client gets %s', async (token, effect) => {
  const answer = await handler.handle({ type: 'REQUEST', methodArn: 'arn:x', headers: { 'Sec-WebSocket-Protocol': token }, requestContext: {} });
  expect(answer).toMatchObject({ policyDocument: { Statement: [{ Effect: effect, Resource: 'arn:x' }] }, context: effect === 'Allow' ? { userId: 'me' } : {} });
});

test('who subscribed is told until they are gone', async () => {
  await on('$connect', 'a');
  await on('$connect', 'b');
  expect(await subscribe('a', 'ticker.BTCUSDT', 'ticker.ETHUSDT')).toEqual({ statusCode: 200 });
  expect(await subscribe('b', 'ticker.BTCUSDT')).toEqual({ statusCode: 200 });
  expect((await connections.listeners('ticker.BTCUSDT')).sort()).toEqual(['a', 'b']);
  await on('$disconnect', 'a');
  expect(await connections.listeners('ticker.BTCUSDT')).toEqual(['b']);
  expect(await connections.listeners('ticker.ETHUSDT')).toEqual([]);
});

test.each<[string, unknown, number]>([
  ['no JSON', '{', 400], ['another form', { op: 'subscribe', channels: [] }, 400], ['a channel that nobody publishes', { op: 'subscribe', channels: ['orders'] }, 404],
])('%s is refused and notes nothing', async (_, body, statusCode) => {
  expect(await on('subscribe', 'c', body)).toEqual({ statusCode });
  expect(await connections.listeners('orders')).toEqual([]);
});
