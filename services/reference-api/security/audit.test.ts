/** What operators do and who signs in is written down with its outcome; orders are not, the journal has them. */
import type { AuditEvent } from '../../adapters/audit/entry';
import { RequestAudit } from '../http/audit';
import type { Route } from '../http/route';
import { ALICE, call, Harness, logger, type Task } from '../testing/harness';

const OPERATOR = '0e000000-0000-4000-8000-00000000000e';
const written: AuditEvent[] = [];
let fails = false;
let harness: Harness;
let task: Task;

beforeAll(async () => {
  harness = await new Harness().start();
  const add = (event: AuditEvent) => {
    written.push(event);
    return fails ? Promise.reject(new Error('away')) : Promise.resolve(event as never);
  };
  task = await harness.task({ audit: { add }, trustedProxies: 1 });
});
afterAll(() => harness.stop());
beforeEach(() => {
  written.length = 0;
  fails = false;
});

const operator = () => harness.pool.token(OPERATOR, ['operators']);
const halt = { symbol: 'BTCUSDT', state: 'halted' };

test('a halt, with who, what and from where', async () => {
  const { status } = await call(task, 'POST', '/v1/admin/trading-states', { token: operator(), body: halt, headers: { 'x-forwarded-for': '203.0.113.9' } });
  expect(status).toBe(202);
  expect(written).toEqual([{
    entity: 'instrument/BTCUSDT', actor: OPERATOR, action: 'operate post /v1/admin/trading-states', outcome: 'ok', source: '203.0.113.9', detail: halt,
  }]);
});

test('the kill switch of an account, and what was refused', async () => {
  const body = { accountId: ALICE, kind: 'customer', killed: true };
  await call(task, 'POST', '/v1/admin/accounts', { token: operator(), body });
  await call(task, 'POST', '/v1/admin/accounts', { token: operator(), body: { ...body, killed: 'maybe' } });
  expect(written.map(({ entity, outcome }) => [entity, outcome])).toEqual([[`account/${ALICE}`, 'ok'], ['venue', 'invalid_field']]);
});

test('somebody who is no operator and tries', async () => {
  expect((await call(task, 'POST', '/v1/admin/trading-states', { token: harness.pool.token(ALICE), body: halt })).status).toBe(403);
  expect(written).toMatchObject([{ actor: ALICE, outcome: 'forbidden' }]);
});

test('nothing of a request that names nobody', async () => {
  expect((await call(task, 'POST', '/v1/admin/trading-states', { body: halt })).status).toBe(401);
  expect(written).toEqual([]);
});

test('a sign-in, without the name and the password', async () => {
  await call(task, 'POST', '/v1/sessions', { body: { username: 'Alice', password: 'canary-password' } });
  await call(task, 'POST', '/v1/sessions', { body: { username: 'alice', password: 'canary-other' } });
  expect(written).toHaveLength(2);
  expect(written[0]).toMatchObject({ action: 'sign-in', actor: expect.stringMatching(/^name\/[0-9a-f]{16}$/) as string, detail: {} });
  expect(written[1].actor).toBe(written[0].actor);
  expect(JSON.stringify(written)).not.toMatch(/canary|alice/i);
});

test('a route that says so, at the account of who asks', async () => {
  const audit = new RequestAudit({ add: (event) => Promise.resolve(written.push(event) as never) }, logger);
  const route = { audited: 'api-key create', scope: 'trade', rate: 'read', method: 'post', path: '/v1/api-keys' } as Route;
  expect(audit.concerns(route)).toBe(true);
  const asked = { accountId: ALICE, address: '203.0.113.9', params: {}, query: {}, body: { label: 'bot', secret: 'canary' } };
  await audit.around(route, () => asked, () => Promise.resolve({ status: 201, body: { secret: 'canary' } }));
  expect(written).toEqual([{
    entity: `account/${ALICE}`, actor: ALICE, action: 'api-key create', outcome: 'ok', source: '203.0.113.9', detail: { label: 'bot' },
  }]);
});

test('no order: the journal has it', async () => {
  const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '30000.1', quantity: '0.5' };
  expect((await call(task, 'POST', '/v1/orders', { token: harness.pool.token(ALICE), body: order })).status).toBe(202);
  expect(written).toEqual([]);
});

test('what is in the journal is answered even when the table is away', async () => {
  fails = true;
  expect((await call(task, 'POST', '/v1/admin/trading-states', { token: operator(), body: { ...halt, state: 'open' } })).status).toBe(202);
  expect(written).toHaveLength(1);
});
