/** Rules of operators: who may change them, and what changing them leaves behind. */
import type { AuditEvent } from '../../adapters/audit/entry';
import { newKey, signed } from '../binance/testing/client';
import { ALICE, BOB, call, Harness, type Task } from '../testing/harness';

const OPERATOR = '0e000000-0000-4000-8000-00000000000e';
const written: AuditEvent[] = [];
let harness: Harness;
let task: Task;
let other: Task;

beforeAll(async () => {
  harness = await new Harness().start();
  task = await harness.task({ audit: { add: (event) => Promise.resolve(written.push(event) as never) }, trustedProxies: 1 });
  other = await harness.task();
});
afterAll(() => harness.stop());
beforeEach(() => {
  written.length = 0;
});

const operator = () => harness.pool.token(OPERATOR, ['operators']);
const path = (kind: string, id: string) => `/v1/admin/access/${kind}/${id}`;
const put = (kind: string, id: string, body: object, token = operator(), to = task) => call(to, 'PUT', path(kind, id), {
  token, body: { version: 0, reason: 'under review', ...body }, headers: { 'x-forwarded-for': '203.0.113.9' },
});
const remove = (kind: string, id: string, version: number, token = operator()) => call(task, 'DELETE', `${path(kind, id)}?version=${version}&reason=done`, { token });
const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '30000.1', quantity: '0.5' };

test('only operators see and change rules: any other group, scope or key is refused', async () => {
  const claims = (groups: readonly string[], scope: string) => harness.pool.sign({ ...harness.pool.claims(ALICE, groups), scope: `aws.cognito.signin.user.admin ${scope}` });
  const key = await newKey(task, operator());
  const before = await harness.access.changesAfter(0);
  const asks: [string, string, unknown?][] = [
    ['GET', '/v1/admin/access'], ['GET', path('user', ALICE)], ['PUT', path('user', ALICE), { version: 0, reason: 'x', actions: { allow: ['*'] } }],
    ['DELETE', `${path('user', ALICE)}?version=1&reason=x`],
  ];
  for (const [method, at, body] of asks) {
    for (const token of [
      harness.pool.token(ALICE), harness.pool.token(ALICE, ['traders', 'Operators', 'operators2', '*']), claims([], 'trading/operate'),
      claims(['operators'], 'trading/trade trading/read'),
    ]) expect([method, at, (await call(task, method, at, { token, body })).status]).toEqual([method, at, 403]);
    for (const token of [key.apiKey, key.secret, undefined]) expect((await call(task, method, at, { token, body })).status).toBe(401);
  }
  // The key is an operator's, and its owner a member of the group; what it signs are Binance's operations, none of which is an operator's.
  expect(task.api.facade.operations.filter(({ scope }) => !['public', 'read', 'trade'].includes(scope))).toEqual([]);
  expect((await signed(task, key, 'GET', '/v1/admin/access')).status).toBe(404);
  expect(await harness.access.changesAfter(0)).toEqual(before);
  expect(written.filter(({ outcome }) => outcome === 'forbidden').map(({ actor, action }) => `${actor} ${action}`)).toContain(`${ALICE} access put`);
});

test('a change is in the audit trail with what there was and what there is, in bounds', async () => {
  const many = Array.from({ length: 200 }, (_, n) => `COIN${n}USDT`);
  expect(await put('user', BOB, { instruments: { deny: many } })).toMatchObject({ status: 200, body: { kind: 'user', id: BOB, version: 1 } });
  expect((await put('user', BOB, { version: 1, actions: { deny: ['place'] } })).status).toBe(200);
  expect((await remove('user', BOB, 2)).status).toBe(200);
  expect(written.map(({ entity, actor, action, outcome }) => ({ entity, actor, action, outcome }))).toEqual(['put', 'put', 'delete'].map((what) => (
    { entity: `access/user/${BOB}`, actor: OPERATOR, action: `access ${what}`, outcome: 'ok' })));
  expect(written[0]).toMatchObject({ source: '203.0.113.9', detail: { kind: 'user', subject: BOB, reason: 'under review', version: '0', before: 'none' } });
  expect(written[0].detail?.after).toHaveLength(1_000);
  expect(written[1].detail).toMatchObject({ after: '{"actions":{"deny":["place"]}}' });
  expect(written[2].detail).toMatchObject({ before: '{"actions":{"deny":["place"]}}', after: 'none', reason: 'done' });
});

test('who did not see the last change cannot overwrite it', async () => {
  expect((await put('group', 'night', { ordersPerSecond: 5 })).body.version).toBe(1);
  expect(await put('group', 'night', { ordersPerSecond: 6 })).toMatchObject({ status: 409, body: { code: 'version_conflict', version: 1 } });
  const [one, two] = await Promise.all([put('group', 'night', { version: 1, ordersPerSecond: 7 }), put('group', 'night', { version: 1, ordersPerSecond: 8 }, operator(), other)]);
  expect([one.status, two.status].sort()).toEqual([200, 409]);
  expect(await call(task, 'GET', path('group', 'night'), { token: operator() })).toMatchObject({
    status: 200, body: { version: 2, changedBy: OPERATOR, reason: 'under review', ordersPerSecond: one.status === 200 ? 7 : 8 },
  });
  expect((await remove('group', 'night', 1)).body).toMatchObject({ code: 'version_conflict', version: 2 });
  expect((await remove('group', 'night', 2)).status).toBe(200);
  expect((await remove('group', 'night', 3)).body).toMatchObject({ code: 'unknown_access_rule' });
});

test('what contradicts itself, says nothing or names nobody is refused', async () => {
  const user = path('user', BOB);
  for (const [body, code] of [
    [{}, 'empty_rule'], [{ actions: { allow: ['place'], deny: ['place'] } }, 'contradictory_rule'], [{ actions: { deny: ['operate'] } }, 'invalid_action'],
    [{ addresses: { from: ['2001:db8::1'] } }, 'invalid_address'], [{ instruments: { deny: ['btc'] } }, 'invalid_symbol'], [{ reason: 'a\nb', ordersPerSecond: 1 }, 'invalid_reason'],
    [{ version: -1, ordersPerSecond: 1 }, 'invalid_version'], [{ openOrders: 1, ordersPerSecond: 1 }, 'unknown_field'],
  ] as const) expect([body, (await put('user', BOB, body)).body.code]).toEqual([body, code]);
  for (const [kind, id] of [['user', 'bob'], ['user', '*'], ['group', 'a b'], ['key', BOB], ['group', 'x'.repeat(129)]]) {
    expect([400, 404]).toContain((await put(kind, encodeURIComponent(id), { ordersPerSecond: 1 })).status);
  }
  expect((await call(task, 'GET', user, { token: operator() })).body).toMatchObject({ code: 'unknown_access_rule' });
});

test('operators cannot be locked out of their routes, whatever the rules say', async () => {
  const nothing = { actions: { deny: ['*'] }, instruments: { deny: ['*'] }, ordersPerSecond: 1, addresses: { from: ['192.0.2.1'], appliesTo: 'all' } };
  const subjects = [['group', 'operators'], ['user', OPERATOR], ['group', '*']] as const;
  for (const [kind, id] of subjects) expect((await put(kind, id, nothing)).status).toBe(200);
  expect((await call(task, 'POST', '/v1/orders', { token: operator(), body: order })).status).toBe(403);
  expect((await call(task, 'POST', '/v1/admin/trading-states', { token: operator(), body: { symbol: 'BTCUSDT', state: 'halted' } })).status).toBe(202);
  expect((await call(task, 'GET', '/v1/access', { token: operator() })).body).toMatchObject({ actions: { place: false, read: false } });
  for (const [kind, id] of subjects) expect((await remove(kind, id, 1)).status).toBe(200);
  expect((await call(task, 'POST', '/v1/orders', { token: operator(), body: order })).status).toBe(202);
});

test('lists go on where they ended', async () => {
  for (let n = 0; n < 5; n++) await put('group', `page-${n}`, { ordersPerSecond: 5 });
  const seen: string[] = [];
  for (let cursor = ''; ;) {
    const { body } = await call(task, 'GET', `/v1/admin/access?limit=2${cursor}`, { token: operator() });
    seen.push(...(body.rules as { id: string }[]).map(({ id }) => id));
    if (body.nextCursor === undefined) break;
    cursor = `&cursor=${String(body.nextCursor)}`;
  }
  expect(seen).toEqual([0, 1, 2, 3, 4].map((n) => `page-${n}`));
  expect((await call(task, 'GET', '/v1/admin/access?cursor=eA', { token: operator() })).body.code).toBe('invalid_cursor');
  for (const id of seen) await remove('group', id, 1);
});

test('a user sees what the rules come to for them', async () => {
  await put('group', 'juniors', { instruments: { allow: ['BTCUSDT'], deny: ['*'] }, ordersPerSecond: 3, addresses: { from: ['203.0.113.0/24'] } });
  await put('user', ALICE, { actions: { deny: ['transfer'] } });
  expect((await call(task, 'GET', '/v1/access', { token: harness.pool.token(ALICE, ['juniors']) })).body).toEqual({
    actions: { read: true, place: true, amend: true, cancel: true, transfer: false, automations: true, api_keys: true, account: true },
    instruments: { allowed: ['BTCUSDT'], denied: ['ETHUSDT'] }, ordersPerSecond: 3, addresses: { apiKeys: ['203.0.113.0/24'] }, ageMs: expect.any(Number) as number,
  });
  expect((await call(task, 'GET', '/v1/access', { token: harness.pool.token(BOB) })).body).toMatchObject({
    instruments: { allowed: ['BTCUSDT', 'ETHUSDT'], denied: [] }, ordersPerSecond: 400, addresses: {},
  });
  await remove('group', 'juniors', 1);
  await remove('user', ALICE, 1);
});

test('a store that is away is said to be, and changes nothing', async () => {
  harness.access.away = true;
  expect(await put('user', BOB, { ordersPerSecond: 1 })).toMatchObject({ status: 503, body: { code: 'access_unavailable' } });
  expect((await call(task, 'GET', '/v1/admin/access', { token: operator() })).status).toBe(503);
  harness.access.away = false;
  expect((await harness.access.find({ kind: 'user', id: BOB }))).toBeUndefined();
});

test('a system without rules says so, and lets everybody do what their token opens', async () => {
  const without = await harness.task({ accessRules: undefined });
  expect(await call(without, 'GET', '/v1/admin/access', { token: operator() })).toMatchObject({ status: 404, body: { code: 'feature_not_here', feature: 'access_rules' } });
  expect((await call(without, 'POST', '/v1/orders', { token: harness.pool.token(ALICE), body: order })).status).toBe(202);
  expect((await call(without, 'GET', '/v1/access', { token: harness.pool.token(ALICE) })).body).not.toHaveProperty('ageMs');
  expect(await (await fetch(`${without.url}/health`)).json()).not.toHaveProperty('checks.access');
});
