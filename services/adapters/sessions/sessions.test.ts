import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { TOLD_SECONDS } from './revocation';
import { sessionIdOf } from './session';
import { Sessions } from './sessions';
import { startTables, type TestTables } from './testing/tables';

const START = 1_800_000_000;
let tables: TestTables;
let now = START;
let sessions: Sessions;

beforeAll(async () => {
  tables = await startTables();
  sessions = new Sessions({ client: tables.client, table: tables.sessions, lifetimeSeconds: 30 * 86_400, perUser: 3, now: () => now });
});
afterAll(() => tables?.stop());
beforeEach(() => { now += 1_000; });

const seen = async (userId: string, origin: string) => {
  const sighting = { sessionId: sessionIdOf(userId, origin), userId, signedInAt: now };
  await sessions.see(sighting);
  return sighting;
};

test('whoever asks what is over learns of an end, once for each session', async () => {
  const { sessionId } = await seen('ada', 'phone');
  const before = now;
  expect(await sessions.revocations(before)).toEqual([]);
  now += 5;
  expect(await sessions.end('ada', sessionId)).toBe(true);
  const told = [{ kind: 'session', id: sessionId, at: now }];
  expect(await sessions.revocations(before)).toEqual(told);
  expect(await sessions.revocations(now)).toEqual(told);
  expect(await sessions.revocations(now + 1)).toEqual([]);
  now += TOLD_SECONDS;
  expect(await sessions.revocations(before)).toEqual([]);
});

test('nobody ends another\'s session, and nobody is told of such an attempt', async () => {
  const { sessionId } = await seen('victim', 'laptop');
  expect(await sessions.end('attacker', sessionId)).toBe(false);
  expect(await sessions.end('attacker', 'since/victim')).toBe(false);
  expect(await sessions.end('revocations', 'over/session/x')).toBe(false);
  expect(await sessions.revocations(now)).toEqual([]);
  expect((await sessions.list('victim')).map((one) => one.sessionId)).toEqual([sessionId]);
});

test('all sessions of a user end, also one that the table never saw, and a later one begins', async () => {
  const known = await seen('grace', 'known');
  const unseen = { sessionId: sessionIdOf('grace', 'unseen'), userId: 'grace', signedInAt: now };
  now += 10;
  expect(await sessions.endAll('grace')).toEqual([known.sessionId]);
  for (const one of [known, unseen, { ...unseen, signedInAt: now }]) expect(await sessions.see(one)).toBeUndefined();
  expect(await sessions.revocations(now)).toEqual([{ kind: 'user', id: 'grace', at: now }]);
  now += 1;
  expect(await sessions.see({ sessionId: sessionIdOf('grace', 'later'), userId: 'grace', signedInAt: now })).toBe('new');
  // Longer than anybody is told of it: refreshed tokens live that long.
  now += 7 * 86_400;
  expect(await sessions.see(unseen)).toBeUndefined();
});

test('a second sign-out everywhere takes the place of the first, and may take the API keys along', async () => {
  await sessions.endAll('linus');
  now += 100;
  await sessions.endAll('linus', true);
  const told = (await sessions.revocations(now - 200)).filter(({ id }) => id === 'linus').sort((a, b) => (a.kind < b.kind ? -1 : 1));
  expect(told).toEqual([{ kind: 'keys', id: 'linus', at: now }, { kind: 'user', id: 'linus', at: now }]);
});

test('an end that fails half-way is told too early, never too late', async () => {
  const { sessionId } = await seen('half', 'way');
  const client = { send: (command: { constructor: { name: string } }) => (command.constructor.name === 'UpdateItemCommand' ? Promise.reject(new Error('away')) : tables.client.send(command as never)) };
  const failing = new Sessions({
    client: client as unknown as typeof tables.client, table: tables.sessions, lifetimeSeconds: 3_600, perUser: 3, now: () => now,
  });
  await expect(failing.end('half', sessionId)).rejects.toThrow('away');
  expect((await sessions.revocations(now)).map(({ id }) => id)).toEqual([sessionId]);
});

test('items of connections in the same table are no sessions', async () => {
  await tables.client.send(new PutItemCommand({
    TableName: tables.sessions, Item: { sessionId: { S: 'L0SM9cOFvHcCIhw=' }, userId: { S: 'socket' }, expiresAt: { N: String(now + 1_000) } },
  }));
  const { sessionId } = await seen('socket', 'page');
  expect((await sessions.list('socket')).map((one) => one.sessionId)).toEqual([sessionId]);
  expect(await sessions.end('socket', 'L0SM9cOFvHcCIhw=')).toBe(false);
});
