/** Rules of operators hold by whichever way somebody comes, at every task within three seconds, on what is open already as well. */
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { allowed, type Levels } from '../../adapters/access/combine';
import { type AccessRule, type Action, ACTIONS, ALL, type SubjectKind } from '../../adapters/access/rule';
import { allowedByModel } from '../../adapters/access/testing/model';
import { newOrderId } from '../../domain';
import { decide, type Key, newKey, signed } from '../binance/testing/client';
import { ledgerOrder, LIMIT } from '../binance/testing/orders';
import { ALICE, BOB, call, Harness, type Task, until } from '../testing/harness';
import { StreamClient } from '../testing/stream-client';

const OPERATOR = '0e000000-0000-4000-8000-00000000000e';
let harness: Harness;
let task: Task;
let key: Key;
const sockets: WebSocket[] = [];

beforeAll(async () => {
  harness = await new Harness().start();
  task = await harness.task({ trustedProxies: 1 });
  key = await newKey(task, alice());
});
afterAll(async () => {
  for (const socket of sockets) socket.terminate();
  await harness.stop();
});
afterEach(async () => {
  for (const { kind, id, rule } of [...harness.access.rows.values()]) if (rule) await say(kind, id);
});

const alice = (...groups: string[]) => harness.pool.token(ALICE, groups);
const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '30000.1', quantity: '0.5' };
const pair = { symbol: 'BTCUSDT', side: 'sell', quantity: '0.01', resting: { price: '31000' }, waiting: { type: 'stop_loss', stopPrice: '29000' } };
const bracket = { type: 'bracket', symbol: 'BTCUSDT', side: 'buy', quantity: '0.01', price: '30000', takeProfitPrice: '31000', stopLossPrice: '29000' };
const shape = { aboveType: 'LIMIT_MAKER', abovePrice: '31000', belowType: 'STOP_LOSS', belowStopPrice: '29000', side: 'SELL', quantity: '0.01', symbol: 'BTCUSDT' };

/** Changes a rule behind the backs of the tasks, and waits until this one knows. */
async function say(kind: SubjectKind, id: string, rule?: AccessRule): Promise<void> {
  const version = (await harness.access.find({ kind, id }))?.version ?? 0;
  const changed = await harness.access.change({ kind, id, version, rule, by: OPERATOR, reason: 'test' });
  if (changed.outcome !== 'changed') throw new Error(changed.outcome);
  await harness.cache.publish('access:changed', String(changed.revision));
  const at = Date.now();
  await until(async () => {
    const asked = Date.now();
    // The copy is as old as the beginning of its reading.
    return asked - ((await call(task, 'GET', '/v1/access', { token: alice() })).body.ageMs as number) > at;
  });
}

const known = (symbol = 'BTCUSDT'): string => {
  const id = newOrderId(undefined, 0);
  task.ledger.known.set(id, { accountId: ALICE, symbol });
  return id;
};

async function wsApi(to: Task, method: string, params: object): Promise<{ status: number; error?: { code: number } }> {
  const socket = new WebSocket(`${to.url.replace('http', 'ws')}/ws-api/v3`);
  sockets.push(socket);
  await new Promise((resolve) => socket.once('open', resolve));
  const answer = new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))));
  const all: Record<string, string> = { ...params, apiKey: key.apiKey, timestamp: String(Date.now()) };
  const { sign } = await import('../binance/testing/client');
  const signature = sign(Object.keys(all).sort().map((name) => `${name}=${all[name]}`).join('&'), key.secret);
  socket.send(JSON.stringify({ id: '1', method, params: { ...all, signature } }));
  return JSON.parse(await answer) as { status: number; error?: { code: number } };
}

test('an instrument that one may not trade: refused by every way in, and left by every way out', async () => {
  await say('user', ALICE, { instruments: { allow: ['ETHUSDT'], deny: [ALL] } });
  const token = alice();
  const id = known();
  const before = task.journal.commands.length;
  const refused = { status: 403, body: { code: 'instrument_not_allowed', symbol: 'BTCUSDT' } };
  expect(await call(task, 'POST', '/v1/orders', { token, body: order })).toMatchObject(refused);
  expect(await call(task, 'POST', '/v1/order-lists', { token, body: pair })).toMatchObject(refused);
  expect(await call(task, 'POST', '/v1/automations', { token, body: bracket })).toMatchObject(refused);
  expect(await call(task, 'PATCH', `/v1/orders/${id}`, { token, body: { quantity: '0.1' } })).toMatchObject(refused);
  const client = await StreamClient.open(task.url, { token });
  client.send({ op: 'request', id: '1', method: 'POST', path: '/v1/orders', body: order });
  expect(await client.next(({ op }) => op === 'response')).toMatchObject(refused);
  const banned = { status: 400, body: { code: -2010, msg: 'This symbol is not permitted for this account.' } };
  expect(await signed(task, key, 'POST', '/order', LIMIT)).toMatchObject(banned);
  expect(await signed(task, key, 'POST', '/order/test', LIMIT)).toMatchObject(banned);
  expect(await signed(task, key, 'POST', '/orderList/oco', shape)).toMatchObject(banned);
  expect(await signed(task, key, 'POST', '/order/cancelReplace', { ...LIMIT, cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrigClientOrderId: 'mine' })).toMatchObject(banned);
  expect(await wsApi(task, 'order.place', LIMIT)).toMatchObject({ status: 400, error: { code: -2010 } });
  expect(task.journal.commands).toHaveLength(before);

  const batch = await call(task, 'POST', '/v1/orders/batch', { token, body: { orders: [order, { ...order, symbol: 'ETHUSDT', price: '3000' }] } });
  expect(batch.body.results).toMatchObject([{ status: 403, problem: { code: 'instrument_not_allowed' } }, { status: 202 }]);
  expect(task.journal.commands.slice(before)).toMatchObject([{ type: 'place_order', symbol: 'ETHUSDT' }]);

  ledgerOrder(task, id);
  for (const path of [`/v1/orders/${id}`, '/v1/orders/by-client-id/mine?symbol=BTCUSDT', '/v1/orders?symbol=BTCUSDT', '/v1/orders']) {
    expect([path, (await call(task, 'DELETE', path, { token })).status]).toEqual([path, 202]);
  }
  const [cancelled] = await Promise.all([
    signed(task, key, 'DELETE', '/order', { symbol: 'BTCUSDT', origClientOrderId: 'mine' }), decide(harness, task, () => [{ event: 'cancelled', remaining: '0.001' }]),
  ]);
  expect(cancelled).toMatchObject({ status: 200, body: { symbol: 'BTCUSDT', status: 'CANCELED' } });
  expect((await call(task, 'GET', '/v1/orders', { token })).status).toBe(200);
  client.socket.terminate();
});

test('actions that one may not do, by token and by API key', async () => {
  const id = known();
  const ways: readonly [Action, string, string, object?][] = [
    ['place', 'POST', '/v1/orders', order], ['place', 'POST', '/v1/orders/batch', { orders: [order] }], ['place', 'POST', '/v1/order-lists', pair],
    ['amend', 'PATCH', `/v1/orders/${id}`, { quantity: '0.1' }], ['cancel', 'DELETE', '/v1/orders'], ['automations', 'POST', '/v1/automations', bracket],
    ['read', 'GET', '/v1/portfolio'], ['api_keys', 'POST', '/v1/api-keys', { label: 'bot', permissions: ['read'] }],
  ];
  for (const [action, method, path, body] of ways) {
    await say('user', ALICE, { actions: { deny: [action] } });
    expect([action, await call(task, method, path, { token: alice(), body })]).toMatchObject([action, { status: 403, body: { code: 'action_not_allowed', action } }]);
    await say('user', ALICE, { actions: { deny: ACTIONS.filter((one) => one !== action) } });
    expect([action, (await call(task, method, path, { token: alice(), body })).status]).toEqual([action, expect.not.stringContaining('403')]);
    expect((await call(task, method, path, { token: alice(), body })).status).not.toBe(403);
  }
  const denied = { status: 401, body: { code: -2015 } };
  await say('user', ALICE, { actions: { deny: ['place'] } });
  expect(await signed(task, key, 'POST', '/order', LIMIT)).toMatchObject(denied);
  expect((await signed(task, key, 'GET', '/account')).body).toMatchObject({ canTrade: false });
  await say('user', ALICE, { actions: { deny: ['api_keys'] } });
  expect(await signed(task, key, 'GET', '/account')).toMatchObject(denied);
  expect((await call(task, 'GET', '/v1/portfolio', { token: alice() })).status).toBe(200);
  await say('user', ALICE, { actions: { deny: [ALL] } });
  expect((await call(task, 'GET', '/v1/access', { token: alice() })).status).toBe(200);
});

test('rules for a group reach its members\' API keys too, as their newest token says', async () => {
  const bob = await newKey(task, harness.pool.token(BOB, ['juniors']));
  await say('group', 'juniors', { actions: { deny: ['place'] } });
  expect(await signed(task, bob, 'POST', '/order', LIMIT)).toMatchObject({ status: 401, body: { code: -2015 } });
  const placed = signed(task, key, 'POST', '/order', { ...LIMIT, newOrderRespType: 'ACK' });
  expect((await placed).status).toBe(200);
  // He is moved out of the group, and signs in again.
  await call(task, 'GET', '/v1/orders', { token: harness.pool.sign({ ...harness.pool.claims(BOB), exp: Math.floor(Date.now() / 1_000) + 900 }) });
  await until(async () => (await signed(task, bob, 'POST', '/order', { ...LIMIT, newOrderRespType: 'ACK' })).status === 200);
});

test('API keys, or everything, must come from addresses on the list', async () => {
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const account = async (address?: string) => {
    const { sign, send } = await import('../binance/testing/client');
    const query = `timestamp=${Date.now()}`;
    return (await send(task, 'GET', '/account', { apiKey: key.apiKey, query: `${query}&signature=${sign(query, key.secret)}`, headers: address ? from(address) : {} })).status;
  };
  const portfolio = async (address?: string) => (await call(task, 'GET', '/v1/portfolio', { token: alice(), headers: address ? from(address) : {} })).status;
  await say('user', ALICE, { addresses: { from: ['203.0.113.0/24', '2001:db8:1::/48'], appliesTo: 'api_keys' } });
  expect([await account('203.0.113.7'), await account('2001:db8:1:2::9'), await account('198.51.100.7'), await account()]).toEqual([200, 200, 401, 401]);
  expect(await portfolio('198.51.100.7')).toBe(200);
  await say('user', ALICE, { addresses: { from: ['203.0.113.0/24'], appliesTo: 'all' } });
  expect([await portfolio('203.0.113.7'), await portfolio('198.51.100.7'), await portfolio()]).toEqual([200, 403, 403]);
});

test('so many orders a second, at all tasks together, in batches as well', async () => {
  const other = await harness.task();
  const token = harness.pool.token('0c000000-0000-4000-8000-00000000000c');
  await say('user', '0c000000-0000-4000-8000-00000000000c', { ordersPerSecond: 2 });
  const place = (to: Task, count: number) => call(to, 'POST', '/v1/orders/batch', { token, body: { orders: Array.from({ length: count }, () => order) } });
  const first = await place(task, 12);
  expect(first.status).toBe(200);
  expect(Object.fromEntries(first.headers)).toMatchObject({ 'ratelimit-limit': '20', 'ratelimit-remaining': '8' });
  expect((await place(other, 5)).status).toBe(200);
  // Ten times a second the tasks add up.
  await new Promise((resolve) => setTimeout(resolve, 300));
  await place(other, 1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await place(other, 4)).toMatchObject({ status: 429, body: { code: 'too_many_requests', limit: 20, perSeconds: 10 } });
  expect((await call(other, 'DELETE', '/v1/orders', { token })).status).toBe(202);
  await other.stop();
});

test('who may not read any longer is told no more, on connections that are open, within three seconds and without the channel', async () => {
  const far = await harness.task({ accessRules: { store: harness.access } });
  const [mine, hers, bobs] = await Promise.all([alice(), alice(), harness.pool.token(BOB)].map((token) => StreamClient.open(far.url, { token })));
  await mine.subscribe('orders');
  await bobs.subscribe('orders', 'ticker.BTCUSDT');
  const { listenKey } = (await signed(far, key, 'POST', '/userDataStream')).body as { listenKey: string };
  const facade = new WebSocket(`${far.url.replace('http', 'ws')}/ws/${listenKey}`);
  sockets.push(facade);
  const ended = new Promise<string>((resolve) => facade.on('message', (data) => resolve(String(data))));
  await new Promise((resolve) => facade.once('open', resolve));
  const began = Date.now();
  await harness.access.change({ kind: 'user', id: ALICE, version: 0, rule: { actions: { deny: ['read'] } }, by: OPERATOR, reason: 'test' });
  expect(await mine.closing()).toEqual({ code: 4403, reason: 'you may not read this any longer' });
  expect(JSON.parse(await ended)).toMatchObject({ e: 'listenKeyExpired', listenKey });
  expect(Date.now() - began).toBeLessThan(3_000);
  // A connection that hears nothing may stay: what one may do, orders for one, goes on.
  hers.send({ op: 'subscribe', channels: ['orders'] });
  expect(await hers.next(({ error }) => error !== undefined)).toMatchObject({ error: { code: 'action_not_allowed' } });
  hers.send({ op: 'request', id: '1', method: 'POST', path: '/v1/orders', body: order });
  expect(await hers.next(({ op }) => op === 'response')).toMatchObject({ status: 202 });
  expect(bobs.closed).toBeUndefined();
  for (const { socket } of [hers, bobs]) socket.terminate();
  await far.stop();
});

test('any rules and any request: the answer is the model\'s', async () => {
  const names = fc.subarray([...ACTIONS, ALL]);
  const symbols = fc.subarray(['BTCUSDT', 'ETHUSDT', ALL]);
  const rights = (of: fc.Arbitrary<string[]>) => fc.record({ allow: of, deny: of }, { requiredKeys: [] });
  const rule = fc.option(fc.record({ actions: rights(names), instruments: rights(symbols) }, { requiredKeys: [] }), { nil: undefined, freq: 3 });
  const asks: readonly [Action, string, string, string?][] = [
    ['place', 'POST', '/v1/orders', 'BTCUSDT'], ['place', 'POST', '/v1/orders', 'ETHUSDT'], ['automations', 'POST', '/v1/automations', 'BTCUSDT'],
    ['cancel', 'DELETE', '/v1/orders?symbol=BTCUSDT'], ['read', 'GET', '/v1/orders'], ['transfer', 'POST', '/v1/transfers'],
  ];
  const subjects = [['user', ALICE], ['group', 'a'], ['group', 'b'], ['group', ALL]] as const;
  await fc.assert(fc.asyncProperty(fc.tuple(rule, rule, rule, rule), fc.constantFrom(...asks), fc.subarray(['a', 'b', 'c']), async (rules, ask, groups) => {
    for (const [n, [kind, id]] of subjects.entries()) {
      const before = await harness.access.find({ kind, id });
      if (before ?? rules[n]) await harness.access.change({ kind, id, version: before?.version ?? 0, rule: rules[n], by: OPERATOR, reason: 'test' });
    }
    await say('group', 'unrelated', { ordersPerSecond: 100 });
    const [action, method, path, symbol] = ask;
    const levels: Levels = [rules.slice(0, 1), rules.slice(1, 3).filter((_, n) => groups.includes('ab'[n])), rules.slice(3)].map((all) => all.filter((one) => one !== undefined));
    const may = allowedByModel(levels, 'actions', action) && (symbol === undefined || allowedByModel(levels, 'instruments', symbol));
    const body = method !== 'POST' ? undefined : action === 'automations' ? bracket : { ...order, symbol, price: '3000' };
    const { status } = await call(task, method, path, { token: alice(...groups), body });
    expect([ask, rules, status !== 403]).toEqual([ask, rules, may]);
    expect(allowed(levels, 'actions', action)).toBe(allowedByModel(levels, 'actions', action));
  }), { numRuns: 80 });
});
