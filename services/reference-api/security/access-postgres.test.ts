/** Rules of operators with the database that they are kept in, through its outage. */
import { PostgresAccessStore } from '../../adapters/access/store';
import { startTestLedger, type TestLedger } from '../../setup/testing/ledger';
import { ALICE, BOB, call, Harness, type Task, until } from '../testing/harness';

const OPERATOR = '0e000000-0000-4000-8000-00000000000e';
let ledger: TestLedger;
let harness: Harness;
let here: Task;
let there: Task;

beforeAll(async () => {
  [ledger, harness] = await Promise.all([startTestLedger(), new Harness().start()]);
  const accessRules = () => ({ store: new PostgresAccessStore(ledger.pool('api', 2)) });
  [here, there] = await Promise.all([harness.task({ accessRules: accessRules() }), harness.task({ accessRules: accessRules() })]);
}, 60_000);
afterAll(async () => {
  await harness?.stop();
  await ledger?.stop();
});

const operator = () => harness.pool.token(OPERATOR, ['operators']);
const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '30000.1', quantity: '0.5' };
const place = async (task: Task, who: string) => (await call(task, 'POST', '/v1/orders', { token: harness.pool.token(who), body: order })).status;
const put = (task: Task, id: string, version = 0) => call(task, 'PUT', `/v1/admin/access/user/${id}`, {
  token: operator(), body: { version, reason: 'a reason with “quotes”, \' and $1', actions: { deny: ['place'] } },
});

test('a rule made at one task holds there at once, and at the other before a second has passed', async () => {
  // Until they have read the rules for the first time, nobody trades.
  await until(async () => await place(here, ALICE) === 202 && await place(there, ALICE) === 202);
  expect(await put(here, ALICE)).toMatchObject({ status: 200, body: { version: 1 } });
  expect(await place(here, ALICE)).toBe(403);
  await until(async () => await place(there, ALICE) === 403, 1_000);
  expect((await call(there, 'GET', `/v1/admin/access/user/${ALICE}`, { token: operator() })).body).toMatchObject({
    reason: 'a reason with “quotes”, \' and $1', changedBy: OPERATOR, actions: { deny: ['place'] },
  });
});

test('while the database is away the copies decide, rules cannot be changed, and a task that starts lets nobody trade', async () => {
  await ledger.halt();
  const late = await harness.task({ accessRules: { store: new PostgresAccessStore(ledger.pool('api', 2)) } });
  expect([await place(here, ALICE), await place(here, BOB), await place(late, BOB)]).toEqual([403, 202, 503]);
  expect((await call(late, 'DELETE', '/v1/orders', { token: harness.pool.token(BOB) })).status).toBe(202);
  expect(await put(here, BOB)).toMatchObject({ status: 503, body: { code: 'access_unavailable' } });
  expect(await (await fetch(`${late.url}/health`)).json()).toMatchObject({ status: 'degraded' });
  expect((await call(late, 'POST', '/v1/admin/trading-states', { token: operator(), body: { symbol: 'BTCUSDT', state: 'halted' } })).status).toBe(202);
  await ledger.resume();
  await until(async () => await place(late, BOB) === 202 && await place(late, ALICE) === 403, 15_000);
}, 60_000);
