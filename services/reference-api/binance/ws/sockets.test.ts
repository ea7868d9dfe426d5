/** Binance's streams and its WebSocket API, over real sockets and a real Redis. */
import { WebSocket } from 'ws';
import { balancesChannel, bookChannel, bookKey, depthChannel, newOrderId, type OrderUpdate, ordersChannel, tradesChannel, tradesKey } from '../../../domain';
import { ALICE, BOB, call, Harness, type Task, until } from '../../testing/harness';
import { numberOf } from '../order-number';
import { decide, type Key, newKey, send, sign } from '../testing/client';
import { BOOK, ledgerOrder, LIMIT } from '../testing/orders';

type Message = Readonly<Record<string, unknown>>;

/** A socket that remembers what it got. */
class Client {
  readonly messages: Message[] = [];
  closed: number | undefined;
  refused: number | undefined;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.messages.push(JSON.parse(String(data)) as Message));
    socket.on('close', (code) => { this.closed = code; });
    socket.on('unexpected-response', (_request, response) => {
      this.refused = response.statusCode;
      response.resume();
      socket.terminate();
    });
    socket.on('error', () => undefined);
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async next(fits: (message: Message) => boolean): Promise<Message> {
    await until(() => this.messages.some(fits) || this.closed !== undefined, 5_000);
    return this.messages.find(fits) ?? { closed: this.closed };
  }

  async ask(method: string, params?: unknown, id: string | number = method): Promise<Message> {
    this.send({ method, id, ...params === undefined ? {} : { params } });
    return this.next((message) => message.id === id);
  }
}

let harness: Harness;
let task: Task;
let key: Key & { readonly id: string };
const clients: Client[] = [];

async function open(path: string, headers: Record<string, string> = {}, to = task): Promise<Client> {
  const client = new Client(new WebSocket(`${to.url.replace('http', 'ws')}${path}`, { headers }));
  clients.push(client);
  await until(() => client.socket.readyState === WebSocket.OPEN || client.refused !== undefined || client.closed !== undefined);
  return client;
}

const publish = (channel: string, data: unknown) => harness.cache.publish(channel, JSON.stringify(data));
const subscribed = async (channel: string): Promise<void> => until(async () => Number((await harness.cache.pubsub('NUMSUB', channel) as unknown[])[1]) > 0);

beforeAll(async () => {
  harness = await new Harness().start();
  task = await harness.task({ stream: { allowedOrigins: ['https://ours.example'], pingMs: 200 } });
  key = await newKey(task, harness.pool.token(ALICE));
  await harness.cache.set(bookKey('BTCUSDT'), JSON.stringify(BOOK));
});
afterAll(async () => {
  for (const { socket } of clients) socket.terminate();
  await harness.stop();
});

const trade = (seq: number) => ({ symbol: 'BTCUSDT', seq, time: 1_000 + seq, price: '30000.1', quantity: '0.5', takerSide: 'sell' });

describe('streams', () => {
  test('one by its address, without a history', async () => {
    await harness.cache.lpush(tradesKey('BTCUSDT'), JSON.stringify(trade(1)));
    const client = await open('/ws/btcusdt@trade');
    await subscribed(tradesChannel('BTCUSDT'));
    await client.ask('LIST_SUBSCRIPTIONS', undefined, 1);
    await publish(tradesChannel('BTCUSDT'), trade(2));
    expect(await client.next(({ e }) => e === 'trade')).toEqual({ e: 'trade', E: expect.any(Number), s: 'BTCUSDT', t: 2, p: '30000.10000000', q: '0.50000000', T: 1_002, m: true, M: true });
    expect(client.messages.filter(({ e }) => e === 'trade')).toHaveLength(1);
  });

  test('several in one, each with its name', async () => {
    const client = await open('/stream?streams=btcusdt@aggTrade/btcusdt@depth5/btcusdt@bookTicker');
    expect(await client.next(({ stream }) => stream === 'btcusdt@depth5')).toMatchObject({ data: { lastUpdateId: 42, bids: [['30000.00000000', '1.50000000'], expect.anything()] } });
    expect(await client.next(({ stream }) => stream === 'btcusdt@bookTicker')).toMatchObject({
      data: { u: 42, s: 'BTCUSDT', b: '30000.00000000', B: '1.50000000', a: '30001.00000000', A: '2.00000000' },
    });
    await client.ask('LIST_SUBSCRIPTIONS', undefined, 1);
    await publish(bookChannel('BTCUSDT'), { ...BOOK, seq: 43, asks: [['30001', '2'], ['30005', '1']] });
    expect(await client.next(({ stream, data }) => stream === 'btcusdt@depth5' && (data as Message).lastUpdateId === 43)).toBeDefined();
    // The best has not changed, so nothing is said of it.
    await publish(bookChannel('BTCUSDT'), { ...BOOK, seq: 44, bids: [['30000.5', '1']] });
    await client.next(({ stream, data }) => stream === 'btcusdt@bookTicker' && (data as Message).u === 44);
    expect(client.messages.filter(({ stream }) => stream === 'btcusdt@bookTicker').map(({ data }) => (data as Message).u)).toEqual([42, 44]);
  });

  test('differences say where they begin and end, so that a missing one shows', async () => {
    const client = await open('/ws');
    expect(await client.ask('SUBSCRIBE', ['btcusdt@depth@100ms'], 'mine')).toEqual({ result: null, id: 'mine' });
    await publish(depthChannel('BTCUSDT'), { symbol: 'BTCUSDT', previousSeq: 42, seq: 45, time: 9, bids: [['30000', '0']], asks: [] });
    expect(await client.next(({ e }) => e === 'depthUpdate')).toEqual({ e: 'depthUpdate', E: 9, s: 'BTCUSDT', U: 43, u: 45, b: [['30000.00000000', '0.00000000']], a: [] });
  });

  test('subscribed, listed and left', async () => {
    const client = await open('/ws/7');
    expect(await client.ask('SUBSCRIBE', ['btcusdt@ticker', 'btcusdt@kline_1m'], 1)).toEqual({ result: null, id: 1 });
    expect(await client.next(({ e }) => e === '24hrTicker')).toMatchObject({ s: 'BTCUSDT' });
    expect(await client.ask('UNSUBSCRIBE', ['btcusdt@ticker'], 2)).toEqual({ result: null, id: 2 });
    expect(await client.ask('LIST_SUBSCRIPTIONS', undefined, 3)).toEqual({ result: ['btcusdt@kline_1m'], id: 3 });
  });

  test('all markets together: first each of them, then those that changed', async () => {
    await harness.cache.lpush(tradesKey('ETHUSDT'), JSON.stringify({ ...trade(1), symbol: 'ETHUSDT', price: '2000' }));
    const client = await open('/stream?streams=!ticker@arr/!miniTicker@arr');
    const lists = (name: string) => client.messages.filter(({ stream }) => stream === name).map(({ data }) => data as Message[]);
    await until(() => lists('!ticker@arr').length > 0 && lists('!miniTicker@arr').length > 0);
    expect(lists('!ticker@arr')[0].map(({ e, s }) => [e, s]).sort()).toEqual([['24hrTicker', 'BTCUSDT'], ['24hrTicker', 'ETHUSDT']]);
    expect(lists('!miniTicker@arr')[0].map(({ e, s }) => [e, s]).sort()).toEqual([['24hrMiniTicker', 'BTCUSDT'], ['24hrMiniTicker', 'ETHUSDT']]);
    await harness.cache.lpush(tradesKey('ETHUSDT'), JSON.stringify({ ...trade(2), symbol: 'ETHUSDT', price: '2001' }));
    await until(() => lists('!miniTicker@arr').length > 1, 5_000);
    expect(lists('!miniTicker@arr')[1]).toMatchObject([{ s: 'ETHUSDT', c: '2001.00000000' }]);
  });

  test('the best prices of all books, each when it changes', async () => {
    const client = await open('/ws/!bookTicker');
    expect(await client.next(({ s }) => s === 'BTCUSDT')).toMatchObject({ u: expect.any(Number), a: '30001.00000000' });
    await client.ask('LIST_SUBSCRIPTIONS', undefined, 1);
    const ether = { ...BOOK, symbol: 'ETHUSDT', bids: [['2000', '1']], asks: [['2001', '2']] };
    await publish(bookChannel('ETHUSDT'), { ...ether, seq: 5 });
    await publish(bookChannel('ETHUSDT'), { ...ether, seq: 6 });
    await publish(bookChannel('ETHUSDT'), { ...ether, seq: 7, bids: [['2000.5', '1']] });
    await client.next(({ s, u }) => s === 'ETHUSDT' && u === 7);
    expect(client.messages.filter(({ s }) => s === 'ETHUSDT').map(({ u, b }) => [u, b])).toEqual([[5, '2000.00000000'], [7, '2000.50000000']]);
    client.socket.close();
    // Nobody reads it any more, so nobody is asked for it.
    await until(async () => Number((await harness.cache.pubsub('NUMSUB', bookChannel('ETHUSDT')) as unknown[])[1]) === 0);
  });

  test.each([
    [{ method: 'SUBSCRIBE', params: ['!nope@arr'], id: 1 }], [{ method: 'SUBSCRIBE', params: ['!bookTicker@arr'], id: 1 }], [{ method: 'SUBSCRIBE', params: ['!toString'], id: 1 }],
    [{ method: 'SUBSCRIBE', params: ['nope@trade'], id: 1 }], [{ method: 'SUBSCRIBE', params: ['btcusdt@nope'], id: 1 }], [{ method: 'SUBSCRIBE', params: ['btcusdt@kline_7m'], id: 1 }],
    [{ method: 'SUBSCRIBE', params: [1], id: 1 }], [{ method: 'DO', id: 1 }], [{ method: 'SUBSCRIBE', params: ['btcusdt@constructor'], id: 1 }],
  ])('refused: %j', async (message) => {
    const client = await open('/ws');
    client.send(message);
    expect(await client.next(({ id }) => id === 1)).toMatchObject({ error: { code: 2 } });
  });

  test('what is no message is refused, and whoever goes on with it is not served', async () => {
    const client = await open('/ws');
    for (let i = 0; i < 60; i++) client.send('{');
    await until(() => client.closed !== undefined);
    expect(client.closed).toBe(1008);
  });

  test('pages of others may not connect, and other addresses are nothing', async () => {
    expect((await open('/ws/btcusdt@trade', { origin: 'https://theirs.example' })).refused).toBe(403);
    expect((await open('/ws/btcusdt@trade', { origin: 'https://ours.example' })).refused).toBeUndefined();
    expect((await open('/wsx')).refused).toBe(404);
  });
});

/** Parameters of a request with their signature. */
function signedParams({ apiKey, secret }: Key, params: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const all: Record<string, unknown> = { ...params, apiKey, timestamp: Date.now() };
  const text = Object.keys(all).sort().map((name) => `${name}=${String(all[name])}`).join('&');
  return { ...all, signature: sign(text, secret) };
}

describe('the WebSocket API', () => {
  test('questions and orders are answered as over HTTP', async () => {
    const client = await open('/ws-api/v3');
    expect(await client.ask('depth', { symbol: 'BTCUSDT', limit: 1 })).toMatchObject({ status: 200, result: { lastUpdateId: 42 } });
    expect(await client.ask('time')).toMatchObject({ status: 200, result: { serverTime: expect.any(Number) } });
    const [, placed] = await Promise.all([
      decide(harness, task, () => [{ event: 'accepted', symbol: 'BTCUSDT', status: 'open' }]), client.ask('order.place', signedParams(key, LIMIT), 7),
    ]);
    expect(placed).toMatchObject({ id: 7, status: 200, result: { status: 'NEW', symbol: 'BTCUSDT', origQty: '0.50000000' } });
    expect(await client.ask('account.status', signedParams(key), 8)).toMatchObject({ status: 200, result: { accountType: 'SPOT' } });
  });

  test.each([
    ['an unknown method', 'order.guess', () => ({}), -1000], ['a session', 'session.logon', () => signedParams(key), -1000], ['no key', 'account.status', () => ({}), -2014],
    ['another secret', 'account.status', () => signedParams({ ...key, secret: 'x' }), -1022], ['a changed order', 'order.place', () => ({ ...signedParams(key, LIMIT), quantity: '1' }), -1022],
    ['no such symbol', 'depth', () => ({ symbol: 'NOPE' }), -1121], ['an old time', 'account.status', () => signedParams(key, { recvWindow: 0.001 }), -1021],
  ])('refused: %s', async (_name, method, params, code) => {
    const client = await open('/ws-api/v3');
    const given = params();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await client.ask(method, given, 1)).toMatchObject({ id: 1, error: { code } });
  });

  test('orders of one connection keep their order', async () => {
    const client = await open('/ws-api/v3');
    const before = task.journal.commands.length;
    const prices = Array.from({ length: 20 }, (_, i) => String(30_000 + i));
    for (const [i, price] of prices.entries()) client.send({ id: i, method: 'order.place', params: signedParams(key, { ...LIMIT, price, newOrderRespType: 'ACK' }) });
    await client.next(({ id }) => id === 19);
    await until(() => task.journal.commands.length === before + 20);
    expect(task.journal.commands.slice(before).map((command) => ('priceTicks' in command ? command.priceTicks / 10 : 0))).toEqual(prices.map(Number));
  });
});

const accepted = (orderId: string, seq: number): OrderUpdate => ({
  event: 'accepted', seq, time: 1_000, orderId, clientOrderId: 'mine', symbol: 'BTCUSDT', side: 'buy', type: 'limit', timeInForce: 'gtc', price: '30000', quantity: '0.5',
  remaining: '0.5', status: 'open',
});

/** The events among what a client got. */
function told({ messages }: Client, eventOf: (message: Message) => Message | undefined): readonly Message[] {
  return messages.map(eventOf).filter((event) => event !== undefined);
}

describe('the account\'s events', () => {
  const ways: readonly (readonly [string, () => Promise<{ client: Client; eventOf: (message: Message) => Message | undefined }>])[] = [
    ['by a signed subscription', async () => {
      const client = await open('/ws-api/v3');
      expect(await client.ask('userDataStream.subscribe.signature', signedParams(key), 1)).toMatchObject({ status: 200, result: { subscriptionId: 0 } });
      return { client, eventOf: ({ subscriptionId, event }) => (subscriptionId === 0 ? event as Message : undefined) };
    }],
    ['by listen key', async () => {
      const { body: { listenKey } } = await send(task, 'POST', '/userDataStream', { apiKey: key.apiKey });
      const client = await open(`/ws/${String(listenKey)}`);
      expect(await client.ask('LIST_SUBSCRIPTIONS', undefined, 1)).toEqual({ id: 1, result: [listenKey] });
      return { client, eventOf: (message) => (message.e ? message : undefined) };
    }],
    ['by listen key among others', async () => {
      const { body: { listenKey } } = await send(task, 'POST', '/userDataStream', { apiKey: key.apiKey });
      const client = await open(`/stream?streams=${String(listenKey)}`);
      await client.ask('LIST_SUBSCRIPTIONS', undefined, 1);
      return { client, eventOf: ({ stream, data }) => (stream === listenKey ? data as Message : undefined) };
    }],
  ];

  test.each(ways)('%s: orders, fills, and what is owned afterwards', async (_name, way) => {
    task.ledger.funds = [{ asset: 'USDT', free: 5_000_000, held: 1_000_000 }, { asset: 'BTC', free: 100, held: 0 }, { asset: 'ETH', free: 1, held: 0 }];
    const { client, eventOf } = await way();
    const id = newOrderId(undefined, 0);
    await publish(ordersChannel(ALICE), accepted(id, 5));
    await publish(ordersChannel(ALICE), [
      { event: 'fill', seq: 6, time: 2_000, orderId: id, symbol: 'BTCUSDT', side: 'buy', status: 'open', remaining: '0.3', fill: { price: '30000', quantity: '0.2', liquidity: 'maker' } },
      { event: 'fill', seq: 7, time: 3_000, orderId: id, symbol: 'BTCUSDT', side: 'buy', status: 'filled', remaining: '0', fill: { price: '29999.9', quantity: '0.3', liquidity: 'taker', fee: '0.0003', feeAsset: 'BTC' } },
    ]);
    const events = () => told(client, eventOf);
    await until(() => events().some(({ X }) => X === 'FILLED') && events().some(({ e }) => e === 'outboundAccountPosition'));
    const reports = events().filter(({ e }) => e === 'executionReport');
    expect(reports).toMatchObject([
      { x: 'NEW', X: 'NEW', i: numberOf(id), c: 'mine', S: 'BUY', o: 'LIMIT', f: 'GTC', q: '0.50000000', p: '30000.00000000', z: '0.00000000', t: -1, r: 'NONE' },
      { x: 'TRADE', X: 'PARTIALLY_FILLED', l: '0.20000000', L: '30000.00000000', z: '0.20000000', Z: '6000.00000000', t: 6, m: true, N: null },
      { x: 'TRADE', X: 'FILLED', l: '0.30000000', z: '0.50000000', Z: '14999.97000000', n: '0.00030000', N: 'BTC', t: 7, m: false },
    ]);
    expect(events().find(({ e }) => e === 'outboundAccountPosition')).toMatchObject({
      B: [{ a: 'USDT', f: '5.00000000', l: '1.00000000' }, { a: 'BTC', f: '0.00000100', l: '0.00000000' }],
    });
    client.socket.close();
  });

  test.each(ways)('%s: deposits, withdrawals and beginnings, each once, and what is owned afterwards', async (_name, way) => {
    task.ledger.funds = [{ asset: 'USDT', free: 7_000_000, held: 0 }, { asset: 'BTC', free: 100, held: 0 }];
    const { client, eventOf } = await way();
    const change = { seq: 6, time: 4_000, changes: [{ asset: 'USDT', amount: '-12.5' }, { asset: 'BTC', amount: '0.1' }] };
    await publish(balancesChannel(ALICE), change);
    // A new leader tells again what it does not know to have been told.
    await publish(balancesChannel(ALICE), change);
    await publish(balancesChannel(BOB), { ...change, seq: 7 });
    const events = () => told(client, eventOf);
    await until(() => events().some(({ e }) => e === 'outboundAccountPosition'));
    expect(events().filter(({ e }) => e === 'balanceUpdate')).toEqual([
      { e: 'balanceUpdate', E: expect.any(Number), a: 'USDT', d: '-12.50000000', T: 4_000 }, { e: 'balanceUpdate', E: expect.any(Number), a: 'BTC', d: '0.10000000', T: 4_000 },
    ]);
    expect(events().find(({ e }) => e === 'outboundAccountPosition')).toMatchObject({ B: [{ a: 'USDT', f: '7.00000000' }, { a: 'BTC', f: '0.00000100' }] });
    client.socket.close();
    // Each way hears of it anew.
    await until(async () => !(await harness.cache.pubsub('NUMSUB', balancesChannel(ALICE)) as unknown[])[1]);
  });

  test('an order that is older than the subscription is looked up; refusals and cancellations say why', async () => {
    const [, way] = ways[0];
    const { client, eventOf } = await way();
    const [old, refused] = [newOrderId(undefined, 0), newOrderId(undefined, 0)];
    ledgerOrder(task, old, { clientOrderId: 'older' });
    await publish(ordersChannel(ALICE), [
      { event: 'cancelled', seq: 6, time: 1, orderId: old, symbol: 'BTCUSDT', status: 'cancelled', remaining: '0.001', reason: 'requested' },
      { ...accepted(refused, 7), event: 'rejected', status: 'rejected', reason: 'insufficient_funds' },
    ]);
    const reports = () => told(client, eventOf).filter(({ e }) => e === 'executionReport');
    await until(() => reports().length === 2);
    expect(reports()).toMatchObject([
      { x: 'CANCELED', X: 'CANCELED', c: 'older', C: 'older', i: numberOf(old) }, { x: 'REJECTED', X: 'REJECTED', i: numberOf(refused), r: 'INSUFFICIENT_FUNDS' },
    ]);
  });

  test('nobody hears another account\'s, and what is no listen key is refused', async () => {
    const bob = await newKey(task, harness.pool.token(BOB));
    const client = await open('/ws-api/v3');
    await client.ask('userDataStream.subscribe.signature', signedParams(bob), 1);
    await publish(ordersChannel(ALICE), accepted(newOrderId(undefined, 0), 9));
    await publish(ordersChannel(BOB), accepted(newOrderId(undefined, 0), 10));
    await client.next(({ event }) => (event as Message | undefined)?.e === 'executionReport');
    expect(client.messages.filter(({ event }) => (event as Message | undefined)?.e === 'executionReport').map(({ event }) => (event as Message).I)).toEqual([10]);
    const streams = await open('/ws');
    expect(await streams.ask('SUBSCRIBE', ['f'.repeat(64)], 1)).toMatchObject({ error: { code: 2 } });
    const trader = await newKey(task, harness.pool.token(ALICE), { permissions: ['trade'] });
    expect(await (await open('/ws-api/v3')).ask('userDataStream.subscribe.signature', signedParams(trader), 1)).toMatchObject({ error: { code: -2015 } });
  });

  test('when the key is deleted, or the listen key ended, nothing more is heard', async () => {
    const mortal = await newKey(task, harness.pool.token(ALICE));
    const client = await open('/ws-api/v3');
    await client.ask('userDataStream.subscribe.signature', signedParams(mortal), 1);
    const { body: { listenKey } } = await send(task, 'POST', '/userDataStream', { apiKey: key.apiKey });
    const stream = await open(`/ws/${String(listenKey)}`);
    await stream.ask('LIST_SUBSCRIPTIONS', undefined, 1);
    await call(task, 'DELETE', `/v1/api-keys/${mortal.id}`, { token: harness.pool.token(ALICE) });
    await send(task, 'DELETE', '/userDataStream', { apiKey: key.apiKey, query: `listenKey=${String(listenKey)}` });
    expect(await stream.next(({ e }) => e === 'listenKeyExpired')).toMatchObject({ listenKey });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await publish(ordersChannel(ALICE), accepted(newOrderId(undefined, 0), 11));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([...client.messages, ...stream.messages].filter((message) => message.event !== undefined || message.e === 'executionReport')).toEqual([]);
  });
});
