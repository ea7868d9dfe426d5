import { randomUUID } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { AccessControl } from './access-control';
import { UserService } from './user-service';
import { AuditTrail } from '../adapters/audit/audit-trail';
import { Sessions } from '../adapters/sessions/sessions';
import { startTables, type TestTables } from '../adapters/sessions/testing/tables';
import { createLogger } from '../runtime';

const ACCESS = [
  { group: 'traders', permissions: ['orders:write', 'orders:read'], ordersPerSecond: 10, openOrders: 500 },
  { group: 'makers', permissions: ['orders:write'], ordersPerSecond: 100, openOrders: 50 },
  { group: 'operators', permissions: ['access-control:read'], ordersPerSecond: 0, openOrders: 0 },
];
const LIFETIME = 3_600;
const START = 1_800_000_000;

let tables: TestTables;
let now: number;
let signedOut: string[];
let signOutFails: boolean;
let service: UserService;

beforeAll(async () => { tables = await startTables(); });
afterAll(async () => { await tables?.stop(); });
beforeEach(() => {
  now = START;
  signedOut = [];
  signOutFails = false;
  service = new UserService({
    sessions: new Sessions({ client: tables.client, table: tables.sessions, lifetimeSeconds: LIFETIME, perUser: 3, now: () => now }),
    audit: new AuditTrail({ client: tables.client, table: tables.audit, writer: 'user-service', now: () => now * 1_000 }),
    access: new AccessControl(ACCESS),
    signOutEverywhere: async (token) => {
      if (signOutFails) throw new Error('Cognito is away');
      signedOut.push(token);
    },
    logger: createLogger({ service: 'user-service', environment: 'test', level: 'error' }),
  });
});

interface User { readonly sub: string; readonly origin: string; readonly signedInAt: number; readonly groups?: string }

const signIn = (sub: string, groups?: string): User => ({ sub, origin: randomUUID(), signedInAt: now, groups });

async function call(user: User | undefined, route: string, sessionId?: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const [httpMethod, resource] = route.split(' ');
  const claims = user && {
    sub: user.sub, username: 'ada', origin_jti: user.origin, jti: randomUUID(), auth_time: String(user.signedInAt), token_use: 'access',
    ...(user.groups === undefined ? {} : { 'cognito:groups': user.groups }),
  };
  const { statusCode, body } = await service.handle({
    httpMethod, resource, path: resource, pathParameters: sessionId === undefined ? null : { sessionId },
    headers: { Authorization: 'Bearer the-access-token' },
    requestContext: { authorizer: claims && { claims }, identity: { userAgent: 'curl/8' } },
  } as unknown as APIGatewayProxyEvent);
  return { status: statusCode, body: body === '' ? {} : JSON.parse(body) as Record<string, unknown> };
}

const ME = 'GET /v1/users/me';
const LIST = 'GET /v1/users/me/sessions';
const END = 'DELETE /v1/users/me/sessions/{sessionId}';
const END_ALL = 'DELETE /v1/users/me/sessions';

async function idsOf(user: User): Promise<string[]> {
  return ((await call(user, LIST)).body.sessions as { sessionId: string }[]).map(({ sessionId }) => sessionId);
}

async function auditOf(actor: string): Promise<string[]> {
  const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.audit }));
  return Items.filter((item) => item.actor.S === actor).map((item) => `${item.action.S} ${item.outcome.S}`).sort();
}

test('tells users who they are and what their groups may do together', async () => {
  const { status, body } = await call(signIn('me', 'traders,makers,unknown'), ME);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    userId: 'me', username: 'ada', groups: ['traders', 'makers', 'unknown'],
    permissions: ['orders:read', 'orders:write'], limits: { ordersPerSecond: 100, openOrders: 500 },
  });
});

test('gives nothing to whoever is in no group', async () => {
  expect((await call(signIn('nobody'), ME)).body).toMatchObject({ groups: [], permissions: [], limits: { ordersPerSecond: 0, openOrders: 0 } });
});

test('knows each sign-in as one session, its refreshed tokens included', async () => {
  const phone = signIn('two-devices');
  await call(phone, ME);
  now += 100;
  const laptop = signIn('two-devices');
  await call(laptop, ME);
  await call(phone, ME);
  const { body } = await call(laptop, LIST);
  expect(body.sessions).toEqual([
    {
      sessionId: expect.any(String) as string, signedInAt: new Date(laptop.signedInAt * 1_000).toISOString(),
      lastSeenAt: new Date(now * 1_000).toISOString(),
      expiresAt: new Date((laptop.signedInAt + LIFETIME) * 1_000).toISOString(), client: 'curl/8', current: true,
    },
    expect.objectContaining({ lastSeenAt: new Date(now * 1_000).toISOString(), current: false }),
  ]);
});

test('ends one session: its tokens are good for nothing, those of others stay', async () => {
  const phone = signIn('ends-one');
  const laptop = signIn('ends-one');
  const { body: { sessionId } } = await call(phone, ME);
  await call(laptop, ME);
  expect((await call(laptop, END, sessionId as string)).status).toBe(204);
  expect(await call(phone, ME)).toEqual({ status: 401, body: { code: 'session_ended', message: 'This session is over; sign in again.' } });
  expect((await call(laptop, ME)).status).toBe(200);
  expect(await idsOf(laptop)).toHaveLength(1);
  expect(await auditOf('ends-one')).toEqual(['session.begin ok', 'session.begin ok', 'session.end ok']);
});

test('ends nobody else\'s session, and says that there is none', async () => {
  const { body: { sessionId } } = await call(signIn('victim'), ME);
  const attacker = signIn('attacker');
  expect((await call(attacker, END, sessionId as string)).status).toBe(404);
  expect((await call(attacker, END, 'f'.repeat(32))).status).toBe(404);
  expect(await auditOf('attacker')).toEqual(['session.begin ok', 'session.end not found', 'session.end not found']);
  expect(await idsOf({ ...signIn('victim'), origin: 'another' })).toContain(sessionId);
});

test('signs out everywhere: all sessions, and the refresh tokens at Cognito', async () => {
  const users = [signIn('everywhere'), signIn('everywhere')];
  for (const user of users) await call(user, ME);
  expect(await call(users[0], END_ALL)).toEqual({ status: 200, body: { ended: 2, refreshTokensRevoked: true } });
  expect(signedOut).toEqual(['the-access-token']);
  for (const user of users) expect((await call(user, ME)).status).toBe(401);
});

test('signs out of every session even while Cognito is away, and says so', async () => {
  const user = signIn('cognito-away');
  signOutFails = true;
  expect(await call(user, END_ALL)).toEqual({ status: 200, body: { ended: 1, refreshTokensRevoked: false } });
  expect((await call(user, ME)).status).toBe(401);
});

test('has no more sessions of a user than the limit: the oldest one ends', async () => {
  const users: User[] = [];
  for (let i = 0; i < 4; i++) {
    now += 10;
    users.push(signIn('many'));
    await call(users[i], ME);
  }
  expect((await call(users[0], ME)).status).toBe(401);
  expect(await idsOf(users[3])).toHaveLength(3);
});

test('ends a session when its time is over, whether DynamoDB has removed it or not', async () => {
  const user = signIn('old');
  await call(user, ME);
  now += LIFETIME;
  expect((await call(user, ME)).status).toBe(401);
  expect(await idsOf(signIn('old'))).toHaveLength(1);
});

test('shows the access list to whoever may read it', async () => {
  expect((await call(signIn('trader', 'traders'), 'GET /v1/access-control')).status).toBe(403);
  expect((await call(signIn('operator', 'operators'), 'GET /v1/access-control')).body).toEqual({ groups: ACCESS });
});

test('answers nothing else', async () => {
  expect((await call(undefined, ME)).status).toBe(401);
  expect((await call(signIn('x'), 'POST /v1/users/me')).status).toBe(404);
});

test('fails for an access list that is none', () => {
  expect(() => new AccessControl([{ group: 'traders', permissions: ['everything'] }])).toThrow(/ACCESS_CONTROL is not an access list/);
});
