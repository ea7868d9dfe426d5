/** Whoever asks for somebody else's object learns nothing, not even that it exists. A property over every route that takes an id. */
import fc from 'fast-check';
import { type BacktestJob, jobSchema } from '../../adapters/backtests/job';
import { Automations } from '../../adapters/jobs/automations';
import { sessionIdOf } from '../../adapters/sessions/session';
import { newOrderId } from '../../domain';
import type { Route } from '../http/route';
import type { LedgerOrder, LedgerTransfer } from '../ledger/ledger-reader';
import { SessionTasks } from '../sessions/testing/session-tasks';
import { ALICE, BOB, call, Harness, type Task } from '../testing/harness';

let harness: Harness;
let tasks: SessionTasks;
let task: Task;
let automations: Automations;
const trailing = { type: 'trailing_stop', symbol: 'BTCUSDT', side: 'sell', quantityLots: 1, distanceTicks: 1 } as const;
/** Routes whose path names one object. */
let idRoutes: readonly Route[];

const row = (orderId: string): LedgerOrder => ({
  orderId, clientOrderId: 'hers', symbol: 'BTCUSDT', side: 'buy', type: 'limit', timeInForce: 'gtc', postOnly: false, selfTradePrevention: 'none',
  priceTicks: 300_000, triggerTicks: 0, quantityLots: 10, quoteBudget: 0, listId: null, remainingLots: 10, filledLots: 0, filledQuote: 0,
  triggered: true,
  status: 'open', reason: null, createdSeq: 1, createdAt: new Date(1), updatedAt: new Date(2),
});

beforeAll(async () => {
  harness = await new Harness().start();
  tasks = await new SessionTasks(harness).start();
  task = await tasks.task({ perUser: 1_000 });
  automations = new Automations({ redis: harness.cache, perAccount: 1_000 });
  idRoutes = task.api.routes.filter(({ path }) => /\{(id|clientOrderId)\}/.test(path));
});
afterAll(() => tasks.stop());

const bodies: Readonly<Record<string, unknown>> = { patch: { quantity: '0.0005' } };
const noteBodies: Readonly<Record<string, unknown>> = { patch: { text: 'Changed.' } };
const ask = (route: Route, id: string, token: string) => call(task, route.method.toUpperCase(), route.path.replace(/\{\w+\}/, encodeURIComponent(id)), {
  token, body: route.path.includes('trade-journal') ? noteBodies[route.method] : bodies[route.method],
});

test('there are such routes, and all of them are known here', () => {
  expect(idRoutes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
    'delete /v1/api-keys/{id}', 'delete /v1/automations/{id}', 'delete /v1/backtests/{id}', 'delete /v1/orders/by-client-id/{clientOrderId}',
    'delete /v1/orders/{id}', 'delete /v1/sessions/{id}', 'delete /v1/trade-journal/notes/{id}', 'delete /v1/trade-journal/notes/{id}/screenshot', 'get /v1/automations/{id}',
    'get /v1/backtests/{id}', 'get /v1/orders/by-client-id/{clientOrderId}', 'get /v1/orders/{id}', 'get /v1/trade-journal/notes/{id}',
    'get /v1/transfers/{id}', 'patch /v1/orders/by-client-id/{clientOrderId}', 'patch /v1/orders/{id}', 'patch /v1/trade-journal/notes/{id}',
    'post /v1/trade-journal/notes/{id}/screenshot', 'post /v1/trade-journal/notes/{id}/screenshot/complete',
  ]);
});

test('another user\'s id is answered like one that never was, wherever the object is known', async () => {
  const bob = harness.pool.token(BOB);
  const alice = harness.pool.token(ALICE);
  await fc.assert(fc.asyncProperty(
    fc.constantFrom(...idRoutes.filter(({ path }) => path.endsWith('{id}'))), fc.constantFrom('ledger', 'cache', 'both'),
    async (route, where) => {
      const ofSession = route.path.includes('sessions');
      const newId = (): string => (ofSession ? sessionIdOf(ALICE, newOrderId(undefined, 0)) : newOrderId(undefined, 0));
      const id = route.path.includes('automations') ? (await automations.create(ALICE, trailing)).id : newId();
      const nobodys = newId();
      if (ofSession) {
        await tasks.store().see({ sessionId: id, userId: ALICE, signedInAt: Math.floor(Date.now() / 1_000) });
      } else if (route.path.includes('transfers')) {
        const transfer: LedgerTransfer = { what: 'out', accountId: ALICE, asset: 'USDT', amount: 1, otherPartition: 1, reason: null, time: new Date(1) };
        task.ledger.transfers.set(id, [transfer]);
      } else if (route.path.includes('api-keys')) {
        await harness.apiKeys.add({
          id, apiKey: id, accountId: ALICE, label: 'hers', permissions: ['read'], addresses: [], sealedSecret: Buffer.alloc(0), createdAt: new Date(1),
        }, 1e6);
      } else if (route.path.includes('backtests')) {
        const job = jobSchema.parse({ symbol: 'BTCUSDT', from: '2025-12-10', to: '2025-12-10', strategy: { type: 'buy-and-hold' } }) as BacktestJob;
        const { backtestId } = await harness.backtests.submit(ALICE, job);
        harness.backtests.rows.set(id, { ...harness.backtests.rows.get(backtestId)!, backtestId: id });
      } else if (route.path.includes('trade-journal')) {
        await harness.notes.add({
          id, accountId: ALICE, clientNoteId: null, text: 'hers', tags: [], symbol: null, orderIds: [], time: new Date(1), createdAt: new Date(1), updatedAt: new Date(1),
          screenshot: null,
        }, 1e6);
      } else if (!route.path.includes('automations')) {
        if (where !== 'cache') {
          task.ledger.known.set(id, { accountId: ALICE, symbol: 'BTCUSDT' });
          task.ledger.rows = [row(id)];
        }
        if (where !== 'ledger') await harness.cache.set(`owner:${id}`, `${ALICE} BTCUSDT`);
      }
      const before = task.journal.commands.length;
      const theirs = await ask(route, id, bob);
      const none = await ask(route, nobodys, bob);
      expect([theirs.status, theirs.body]).toEqual([404, none.body]);
      expect(none.status).toBe(404);
      expect(task.journal.commands).toHaveLength(before);
      // The object is there: its owner gets it.
      expect((await ask(route, id, alice)).status).toBeLessThan(300);
    },
  ), { numRuns: 60 });
});

test('an id of any form is 404, never a fault', async () => {
  const token = harness.pool.token(BOB);
  const odd = fc.oneof(fc.string({ minLength: 1, maxLength: 60 }), fc.uuid(), fc.uuid().map((id) => id.toUpperCase()), fc.constantFrom('..', '%00', "' OR 1=1 --", '*'));
  await fc.assert(fc.asyncProperty(fc.constantFrom(...idRoutes.filter(({ path }) => path.endsWith('{id}'))), odd, async (route, id) => {
    const { status } = await ask(route, id, token);
    expect([400, 404]).toContain(status);
  }), { numRuns: 100 });
});

test('a client order id is looked up among one\'s own: nobody reaches another\'s by it', async () => {
  const id = newOrderId(undefined, 0);
  task.ledger.known.set(id, { accountId: ALICE, symbol: 'BTCUSDT' });
  task.ledger.rows = [row(id)];
  for (const route of idRoutes.filter(({ path }) => path.includes('clientOrderId') )) {
    const before = task.journal.commands.length;
    const { status } = await ask(route, 'hers', harness.pool.token(BOB));
    // A cancel needs no look-up: the core acts among the orders of the account in the command.
    if (route.method === 'delete') expect([status, task.journal.commands.at(-1)]).toMatchObject([202, { type: 'cancel_order', accountId: BOB, clientOrderId: 'hers' }]);
    else expect([status, task.journal.commands.length]).toEqual([404, before]);
  }
});

test('lists, balances and positions are asked for in the name of the token, whatever the request says', async () => {
  for (const method of ['orders', 'balances', 'fills', 'fillsSince'] as const) {
    const asked = jest.spyOn(task.ledger, method);
    const path = { orders: '/v1/orders', balances: '/v1/portfolio', fills: '/v1/fills', fillsSince: '/v1/positions' }[method];
    expect((await call(task, 'GET', path, { token: harness.pool.token(BOB), headers: { 'x-account-id': ALICE } })).status).toBe(200);
    expect(asked.mock.calls.map(([accountId]) => accountId)).toEqual([BOB]);
    expect((await call(task, 'GET', `${path}?accountId=${ALICE}`, { token: harness.pool.token(BOB) })).status).toBe(400);
  }
});
