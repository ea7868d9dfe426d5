/** Binance's REST API as programs use it: who they are, what they may, and what becomes of their orders. */
import { numberOf } from './order-number';
import { decide, type Key, newKey, send, sign, signed } from './testing/client';
import { BOOK, LIMIT, ledgerOrder } from './testing/orders';
import { bookKey, newOrderId, tradesKey } from '../../domain';
import type { LedgerFill } from '../ledger/ledger-reader';
import { ALICE, BOB, call, Harness, type Task } from '../testing/harness';

let harness: Harness;
let task: Task;
let key: Key & { readonly id: string };

beforeAll(async () => {
  harness = await new Harness().start();
  task = await harness.task();
  key = await newKey(task, harness.pool.token(ALICE));
});
afterAll(() => harness.stop());
beforeEach(() => {
  task.ledger.rows = [];
  task.ledger.known.clear();
  task.ledger.trades = [];
});

describe('operations', () => {
  test('each declares its scope and its rate class; what takes orders declares what it takes as well', () => {
    for (const operation of task.api.facade.operations) {
      const name = operation.http?.join(' ') ?? operation.ws;
      expect([name, operation.scope]).toEqual([name, expect.stringMatching(/^(public|read|trade)$/)]);
      expect([name, operation.rate]).toEqual([name, { public: 'public', read: 'read', trade: expect.stringMatching(/^(order|cancel|read)$/) }[operation.scope]]);
      if (operation.scope === 'trade') expect([name, operation.takes?.length ?? 0]).toEqual([name, expect.any(Number)]);
      if (operation.scope === 'trade') expect(operation.takes).toContain('symbol');
    }
    const names = task.api.facade.operations.flatMap(({ http, ws }) => [http?.join(' '), ws]).filter((name) => name !== undefined);
    expect(new Set(names).size).toBe(names.length);
  });

  test('what is not public is refused to whoever names no key, and to whoever names one that never was', async () => {
    for (const { http, scope } of task.api.facade.operations) {
      if (!http) continue;
      const nobody = await send(task, http[0], http[1]);
      expect([http, nobody.body.code === -2014]).toEqual([http, scope !== 'public']);
      if (scope === 'public') continue;
      expect((await send(task, http[0], http[1], { apiKey: 'a'.repeat(64) })).body.code).toBe(-2015);
    }
    expect((await send(task, 'GET', '/no-such')).status).toBe(404);
  });
});

describe('signatures', () => {
  const fresh = () => `timestamp=${Date.now()}`;
  const account = (query: string, more: object = {}) => send(task, 'GET', '/account', { apiKey: key.apiKey, query, ...more });

  test('the query as it was sent is signed, wherever the signature stands', async () => {
    const query = fresh();
    expect((await account(`${query}&signature=${sign(query, key.secret)}`)).status).toBe(200);
    expect((await account(`signature=${sign(query, key.secret)}&${query}`)).status).toBe(200);
    // Encoded otherwise, it is another text.
    const odd = `recvWindow=%35000&${fresh()}`;
    expect((await account(`${odd}&signature=${sign(odd, key.secret)}`)).status).toBe(200);
    expect((await account(`${odd}&signature=${sign(odd.replace('%35', '5'), key.secret)}`)).body.code).toBe(-1022);
  });

  test('query and body are signed together, without anything between', async () => {
    const [query, form] = ['symbol=BTCUSDT&side=BUY&type=LIMIT', `timeInForce=GTC&quantity=1&price=30000&${fresh()}`];
    const good = sign(query + form, key.secret);
    expect((await send(task, 'POST', '/order/test', { apiKey: key.apiKey, query, form: `${form}&signature=${good}` })).body).toEqual({});
    const other = sign(`${query}&${form}`, key.secret);
    expect((await send(task, 'POST', '/order/test', { apiKey: key.apiKey, query, form: `${form}&signature=${other}` })).body.code).toBe(-1022);
  });

  test('behind API Gateway the query is what the edge says was sent, and the signature is over that', async () => {
    const query = `recvWindow=60000&${fresh()}`;
    const raw = `${query}&signature=${sign(query, key.secret)}`;
    const changed = raw.split('&').sort().reverse().join('&');
    expect((await account(changed)).body.code).toBe(-1022);
    expect((await account(changed, { headers: { 'x-raw-query': raw } })).status).toBe(200);
    // Whoever writes there themselves says nothing that a query could not: what is not signed is not read.
    const forged = `${query}&omitZeroBalances=true&signature=${sign(query, key.secret)}`;
    expect((await account(raw, { headers: { 'x-raw-query': forged } })).body.code).toBe(-1022);
    expect((await account(raw, { headers: { 'x-raw-query': '' } })).body.code).toBe(-1102);
  });

  test.each([
    ['no signature', () => fresh(), -1102],
    ['no hex', () => `${fresh()}&signature=zz`, -1022],
    ['another secret', () => { const query = fresh(); return `${query}&signature=${sign(query, 'x')}`; }, -1022],
    ['changed afterwards', () => { const query = fresh(); return `${query}&omitZeroBalances=true&signature=${sign(query, key.secret)}`; }, -1022],
    ['no timestamp', () => `a=1&signature=${sign('a=1', key.secret)}`, -1102],
    ['too old', () => `timestamp=${Date.now() - 5_100}`, -1021],
    ['ahead', () => `timestamp=${Date.now() + 2_000}`, -1021],
    ['too wide a window', () => `recvWindow=60001&${fresh()}`, -1131],
    ['a parameter twice', () => `${fresh()}&timestamp=1`, -1101],
  ])('refused: %s', async (_name, query, code) => {
    const text = query();
    const whole = text.includes('signature') || code === -1102 ? text : `${text}&signature=${sign(text, key.secret)}`;
    expect((await account(whole)).body).toMatchObject({ code, msg: expect.any(String) });
  });

  test('a key does what it is permitted, from where it is permitted', async () => {
    const reader = await newKey(task, harness.pool.token(ALICE), { permissions: ['read'] });
    expect((await signed(task, reader, 'GET', '/account')).status).toBe(200);
    expect((await signed(task, reader, 'POST', '/order', LIMIT)).body.code).toBe(-2015);
    const trader = await newKey(task, harness.pool.token(ALICE), { permissions: ['trade'] });
    expect((await signed(task, trader, 'GET', '/account')).body.code).toBe(-2015);
    const elsewhere = await newKey(task, harness.pool.token(ALICE), { addresses: ['203.0.113.7'] });
    expect((await signed(task, elsewhere, 'GET', '/account')).body.code).toBe(-2015);
    const here = await newKey(task, harness.pool.token(ALICE), { addresses: ['127.0.0.0/8'] });
    expect((await signed(task, here, 'GET', '/account')).status).toBe(200);
  });

  test('a deleted key is refused', async () => {
    const gone = await newKey(task, harness.pool.token(ALICE));
    expect((await signed(task, gone, 'GET', '/account')).status).toBe(200);
    expect((await call(task, 'DELETE', `/v1/api-keys/${gone.id}`, { token: harness.pool.token(ALICE) })).status).toBe(200);
    expect((await signed(task, gone, 'GET', '/account')).body.code).toBe(-2015);
  });
});

describe('orders', () => {
  const place = (params: Readonly<Record<string, string>> = {}) => signed(task, key, 'POST', '/order', { ...LIMIT, ...params });

  test('an order is the native API\'s command, and its answer what the core made of it', async () => {
    const [, answer] = await Promise.all([
      decide(harness, task, () => [
        { event: 'accepted', symbol: 'BTCUSDT', status: 'open', remaining: '0.5' },
        { event: 'fill', symbol: 'BTCUSDT', status: 'open', remaining: '0.3', fill: { price: '30000', quantity: '0.2', liquidity: 'taker', fee: '0.0002', feeAsset: 'BTC' } },
      ]),
      place({ newClientOrderId: 'mine-1', selfTradePreventionMode: 'EXPIRE_MAKER' }),
    ]);
    expect(task.journal.commands.at(-1)).toMatchObject({
      type: 'place_order', accountId: ALICE, clientOrderId: 'mine-1', symbol: 'BTCUSDT', side: 'buy', orderType: 'limit', timeInForce: 'gtc', priceTicks: 300_000,
      quantityLots: 5_000, selfTradePrevention: 'expire_maker',
    });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        symbol: 'BTCUSDT', orderListId: -1, clientOrderId: 'mine-1', price: '30000.00000000', origQty: '0.50000000', executedQty: '0.20000000',
        cummulativeQuoteQty: '6000.00000000', status: 'PARTIALLY_FILLED', timeInForce: 'GTC', type: 'LIMIT', side: 'BUY', selfTradePreventionMode: 'EXPIRE_MAKER',
        fills: [{ price: '30000.00000000', qty: '0.20000000', commission: '0.00020000', commissionAsset: 'BTC', tradeId: 101 }],
      },
    });
    const { orderId } = task.journal.commands.at(-1) as { orderId: string };
    expect(answer.body.orderId).toBe(numberOf(orderId));
  });

  test('the same client order id and terms again give the same order, and nothing new to the journal; other terms are a duplicate', async () => {
    const [, first] = await Promise.all([decide(harness, task, () => [{ event: 'accepted', symbol: 'BTCUSDT', status: 'open' }]), place({ newClientOrderId: 'again' })]);
    const count = task.journal.commands.length;
    expect((await place({ newClientOrderId: 'again' })).body.orderId).toBe(first.body.orderId);
    expect(task.journal.commands).toHaveLength(count);
    expect((await place({ newClientOrderId: 'again', quantity: '0.6' })).body).toEqual({ code: -2010, msg: 'Duplicate order sent.' });
  });

  test.each([
    ['insufficient_funds', -2010, 'Account has insufficient balance for requested action.'],
    ['would_take', -2010, 'Order would immediately match and take.'],
    ['would_trigger_immediately', -2010, 'Stop price would trigger immediately.'],
    ['below_minimum_notional', -1013, 'Filter failure: NOTIONAL'],
    ['venue_not_open', -1013, 'Market is closed.'],
  ] as const)('the core refuses: %s', async (reason, code, msg) => {
    const [, answer] = await Promise.all([decide(harness, task, () => [{ event: 'rejected', symbol: 'BTCUSDT', status: 'rejected', reason }]), place()]);
    expect(answer).toMatchObject({ status: 400, body: { code, msg } });
  });

  test('fill or kill that cannot be filled has expired', async () => {
    const [, answer] = await Promise.all([
      decide(harness, task, () => [{ event: 'rejected', symbol: 'BTCUSDT', status: 'rejected', reason: 'would_not_fill' }]), place({ timeInForce: 'FOK' }),
    ]);
    expect(answer).toMatchObject({ status: 200, body: { status: 'EXPIRED', executedQty: '0.00000000' } });
  });

  test.each([
    ['no side', { side: '' }, -1102], ['no such side', { side: 'HOLD' }, -1117], ['no such type', { type: 'ICEBERG' }, -1116], ['no time in force', { timeInForce: '' }, -1102],
    ['no such time in force', { timeInForce: 'GTX' }, -1115], ['no such symbol', { symbol: 'NOPE' }, -1121], ['letters', { price: '3e4' }, -1100],
    ['a sign', { quantity: '-1' }, -1100], ['too fine a price', { price: '30000.123' }, -1111], ['off the lot', { quantity: '0.00005' }, -1111],
    ['nothing', { quantity: '0' }, -1013], ['no price', { price: '' }, -1102], ['a long id', { newClientOrderId: 'x'.repeat(37) }, -1100],
    ['what is not supported', { icebergQty: '0.1' }, -1104], ['a time in force too many', { type: 'MARKET', price: '' }, -1106],
  ])('refused before the journal: %s', async (_name, params, code) => {
    const before = task.journal.commands.length;
    expect((await place(params as Record<string, string>)).body.code).toBe(code);
    expect((await signed(task, key, 'POST', '/order/test', { ...LIMIT, ...params as Record<string, string> })).body.code).toBe(code);
    expect(task.journal.commands).toHaveLength(before);
  });

  test('zeros at the end of a number say nothing', async () => {
    const [, answer] = await Promise.all([
      decide(harness, task, () => [{ event: 'accepted', symbol: 'BTCUSDT', status: 'open' }]), place({ price: '30000.10000000', quantity: '1.00000000' }),
    ]);
    expect(answer.body).toMatchObject({ price: '30000.10000000', origQty: '1.00000000' });
  });

  test('each type becomes the core\'s', async () => {
    const cases = [
      [{ type: 'LIMIT_MAKER', timeInForce: '' }, { orderType: 'limit', postOnly: true, timeInForce: 'gtc' }],
      [{ type: 'MARKET', timeInForce: '', price: '' }, { orderType: 'market', timeInForce: 'ioc' }],
      [{ type: 'MARKET', timeInForce: '', price: '', quantity: '', quoteOrderQty: '100' }, { orderType: 'market', quoteBudget: 100_000_000 }],
      [{ type: 'STOP_LOSS', timeInForce: '', price: '', stopPrice: '29000' }, { orderType: 'stop_loss', triggerTicks: 290_000 }],
      [{ type: 'TAKE_PROFIT_LIMIT', stopPrice: '31000' }, { orderType: 'take_profit_limit', triggerTicks: 310_000, priceTicks: 300_000 }],
    ] as const;
    for (const [params, command] of cases) {
      // Without waiting for the core, as who wants the acknowledgement alone.
      expect((await place({ ...params, newOrderRespType: 'ACK' })).status).toBe(200);
      expect(task.journal.commands.at(-1)).toMatchObject(command);
    }
  });

  test('an order is taken back by number and by the client\'s id', async () => {
    for (const name of ['orderId', 'origClientOrderId'] as const) {
      const id = newOrderId(undefined, 0);
      ledgerOrder(task, id, { clientOrderId: `by-${name}` });
      const [, answer] = await Promise.all([
        decide(harness, task, () => [{ event: 'cancelled', symbol: 'BTCUSDT', status: 'cancelled', reason: 'requested', remaining: '0.001' }]),
        signed(task, key, 'DELETE', '/order', { symbol: 'BTCUSDT', [name]: name === 'orderId' ? numberOf(id) : `by-${name}` }),
      ]);
      expect(task.journal.commands.at(-1)).toMatchObject({ type: 'cancel_order', orderId: id, accountId: ALICE });
      expect(answer).toMatchObject({ status: 200, body: { orderId: numberOf(id), origClientOrderId: `by-${name}`, status: 'CANCELED' } });
    }
  });

  test('what the core does not find any more is unknown', async () => {
    const id = newOrderId(undefined, 0);
    ledgerOrder(task, id);
    const [, answer] = await Promise.all([
      decide(harness, task, () => [{ event: 'cancel_rejected', reason: 'unknown_order' }]), signed(task, key, 'DELETE', '/order', { symbol: 'BTCUSDT', orderId: numberOf(id) }),
    ]);
    expect(answer.body).toEqual({ code: -2011, msg: 'Unknown order sent.' });
  });

  test('a replacement that cannot be is refused while the old order stands', async () => {
    const before = task.journal.commands.length;
    const answer = await signed(task, key, 'POST', '/order/cancelReplace', { ...LIMIT, quantity: '0', cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: 12_345_678_901 });
    expect(answer.body.code).toBe(-1013);
    const unknown = await signed(task, key, 'POST', '/order/cancelReplace', { ...LIMIT, cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: 12_345_678_901 });
    expect(unknown.body).toMatchObject({ code: -2022, data: { cancelResult: 'FAILURE', newOrderResult: 'NOT_ATTEMPTED', cancelResponse: { code: -2011 } } });
    expect(task.journal.commands).toHaveLength(before);
  });

  test('two orders of which one cancels the other are the native list', async () => {
    const answer = await signed(task, key, 'POST', '/orderList/oco', {
      symbol: 'BTCUSDT', side: 'SELL', quantity: '0.01', aboveType: 'LIMIT_MAKER', abovePrice: '31000', belowType: 'STOP_LOSS', belowStopPrice: '29000',
    });
    const command = task.journal.commands.at(-1);
    expect(command).toMatchObject({ type: 'place_oco', resting: { priceTicks: 310_000, postOnly: true }, waiting: { orderType: 'stop_loss', triggerTicks: 290_000 } });
    expect(answer.body).toMatchObject({ contingencyType: 'OCO', orderListId: numberOf((command as { listId: string }).listId), orders: [{ symbol: 'BTCUSDT' }, { symbol: 'BTCUSDT' }] });
  });
});

test.each([
  ['oto', { workingType: 'LIMIT', pendingType: 'LIMIT', pendingSide: 'SELL', pendingQuantity: '0.01', pendingPrice: '31000' }],
  ['otoco', { workingType: 'LIMIT', pendingSide: 'SELL', pendingQuantity: '0.01', pendingAboveType: 'LIMIT_MAKER', pendingAbovePrice: '31000', pendingBelowType: 'STOP_LOSS', pendingBelowStopPrice: '1' }],
])('a list of which one order triggers others is refused as a whole: %s', async (kind, pending) => {
  const before = task.journal.commands.length;
  const list = { symbol: 'BTCUSDT', workingSide: 'BUY', workingPrice: '30000', workingQuantity: '0.01', workingTimeInForce: 'GTC', ...pending };
  expect(await signed(task, key, 'POST', `/orderList/${kind}`, list)).toMatchObject({
    status: 400, body: { code: -2010, msg: `${kind.toUpperCase()} orders are not supported for this symbol.` },
  });
  expect((await signed(task, key, 'POST', `/orderList/${kind}`, { ...list, symbol: 'NOPE' })).body.code).toBe(-1121);
  expect(task.journal.commands).toHaveLength(before);
});

describe('other people\'s', () => {
  test('orders look like ones that never were, by every name and in every list', async () => {
    const bob = await newKey(task, harness.pool.token(BOB));
    const id = newOrderId(undefined, 0);
    ledgerOrder(task, id, { clientOrderId: 'hers' });
    await signed(task, key, 'GET', '/order', { symbol: 'BTCUSDT', orderId: numberOf(id) });
    const before = task.journal.commands.length;
    const ways: readonly Readonly<Record<string, string | number>>[] = [{ orderId: numberOf(id) }, { origClientOrderId: 'hers' }];
    for (const names of ways) {
      expect((await signed(task, key, 'GET', '/order', { symbol: 'BTCUSDT', ...names })).status).toBe(200);
      const theirs = await signed(task, bob, 'GET', '/order', { symbol: 'BTCUSDT', ...names });
      expect(theirs.body).toEqual((await signed(task, bob, 'GET', '/order', { symbol: 'BTCUSDT', orderId: 98_765_432_101 })).body);
      expect(theirs.body.code).toBe(-2013);
      expect((await signed(task, bob, 'DELETE', '/order', { symbol: 'BTCUSDT', ...names })).body.code).toBe(-2011);
    }
    expect(await signed(task, bob, 'GET', '/myTrades', { symbol: 'BTCUSDT', orderId: numberOf(id) })).toMatchObject({ body: [] });
    expect(task.journal.commands).toHaveLength(before);
  });

  test('lists are asked for in the name of the key\'s owner', async () => {
    const bob = await newKey(task, harness.pool.token(BOB));
    for (const [path, method] of [['/openOrders', 'orders'], ['/allOrders', 'orders'], ['/myTrades', 'fills'], ['/account', 'balances']] as const) {
      const asked = jest.spyOn(task.ledger, method);
      expect((await signed(task, bob, 'GET', path, { symbol: 'BTCUSDT', accountId: ALICE })).status).toBe(200);
      expect(asked.mock.calls.map(([accountId]) => accountId)).toEqual([BOB]);
      asked.mockRestore();
    }
  });

  test('a listen key is kept and ended by its owner alone', async () => {
    const bob = await newKey(task, harness.pool.token(BOB));
    const { body: { listenKey } } = await send(task, 'POST', '/userDataStream', { apiKey: key.apiKey });
    for (const method of ['PUT', 'DELETE']) expect((await send(task, method, '/userDataStream', { apiKey: bob.apiKey, query: `listenKey=${String(listenKey)}` })).body.code).toBe(-1125);
    expect((await send(task, 'PUT', '/userDataStream', { apiKey: key.apiKey, query: `listenKey=${String(listenKey)}` })).body).toEqual({});
  });
});

describe('the market', () => {
  test('book, trades and tickers, with decimals as text', async () => {
    await harness.cache.set(bookKey('BTCUSDT'), JSON.stringify(BOOK));
    await harness.cache.lpush(tradesKey('BTCUSDT'), JSON.stringify({ symbol: 'BTCUSDT', seq: 7, time: 1_000, price: '30000.1', quantity: '0.5', takerSide: 'sell' }));
    const get = async (path: string) => (await send(task, 'GET', path)).body as unknown;
    expect(await get('/depth?symbol=BTCUSDT&limit=1')).toEqual({ lastUpdateId: 42, bids: [['30000.00000000', '1.50000000']], asks: [['30001.00000000', '2.00000000']] });
    expect(await get('/trades?symbol=BTCUSDT')).toEqual([{
      id: 7, price: '30000.10000000', qty: '0.50000000', quoteQty: '15000.05000000', time: 1_000, isBuyerMaker: true, isBestMatch: true,
    }]);
    expect(await get('/aggTrades?symbol=BTCUSDT')).toEqual([{ a: 7, p: '30000.10000000', q: '0.50000000', f: 7, l: 7, T: 1_000, m: true, M: true }]);
    expect(await get('/ticker/price?symbol=BTCUSDT')).toEqual({ symbol: 'BTCUSDT', price: '30000.10000000' });
    expect(await get('/ticker/price')).toEqual([{ symbol: 'BTCUSDT', price: '30000.10000000' }, { symbol: 'ETHUSDT', price: '0.00000000' }]);
    expect(await get(`/ticker/bookTicker?symbols=${encodeURIComponent('["BTCUSDT"]')}`)).toEqual([{
      symbol: 'BTCUSDT', bidPrice: '30000.00000000', bidQty: '1.50000000', askPrice: '30001.00000000', askQty: '2.00000000',
    }]);
    expect(await get('/ticker/24hr?symbol=BTCUSDT')).toMatchObject({ lastPrice: '30000.10000000', priceChangePercent: '0.000' });
    expect(await get('/depth?symbol=NOPE')).toEqual({ code: -1121, msg: 'Invalid symbol.' });
    expect(await get('/klines?symbol=BTCUSDT&interval=7m')).toEqual({ code: -1120, msg: 'Invalid interval.' });
    expect(await get('/ping')).toEqual({});
  });

  test('trades of long ago come from the ledger, oldest first, and count for more', async () => {
    const fill = (seq: number, more: Partial<LedgerFill> = {}): LedgerFill => ({
      seq, liquidity: 'taker', orderId: newOrderId(), symbol: 'BTCUSDT', side: 'sell', priceTicks: 300_001, quantityLots: 5_000, baseAmount: 50_000_000,
      quoteAmount: 15_000_050_000, fee: 0, feeAsset: 'USDT', time: new Date(1_000 + seq), ...more,
    });
    task.ledger.trades = [fill(9), fill(9, { liquidity: 'maker', side: 'buy' }), fill(8, { symbol: 'ETHUSDT' }), fill(7), fill(5)];
    const ids = async (query: string) => (await send(task, 'GET', '/historicalTrades', { query: `symbol=BTCUSDT${query}` })).body as unknown as { id: number }[];
    expect(await ids('&fromId=9')).toEqual([{
      id: 9, price: '30000.10000000', qty: '0.50000000', quoteQty: '15000.05000000', time: 1_009, isBuyerMaker: true, isBestMatch: true,
    }]);
    expect((await ids('&limit=2')).map(({ id }) => id)).toEqual([7, 9]);
    expect((await ids('&fromId=5&limit=2')).map(({ id }) => id)).toEqual([5, 7]);
    const used = async (path: string) => Number((await send(task, 'GET', path)).headers.get('x-mbx-used-weight-10s'));
    const before = await used('/ping');
    expect(await used('/historicalTrades?symbol=BTCUSDT') - before).toBe(25);
  });

  test('the rules of an instrument', async () => {
    const { body } = await send(task, 'GET', '/exchangeInfo', { query: 'symbol=BTCUSDT' });
    const [symbol] = body.symbols as { filters: { filterType: string }[] }[];
    expect(symbol).toMatchObject({ symbol: 'BTCUSDT', status: 'TRADING', baseAsset: 'BTC', quoteAsset: 'USDT', isSpotTradingAllowed: true, permissionSets: [['SPOT']] });
    expect(symbol.filters.find(({ filterType }) => filterType === 'PRICE_FILTER')).toMatchObject({ tickSize: '0.10000000' });
    expect(symbol.filters.find(({ filterType }) => filterType === 'LOT_SIZE')).toMatchObject({ stepSize: '0.00010000', minQty: '0.00010000' });
  });

  test('too many questions are told in Binance\'s words', async () => {
    const allowance = { points: 1, seconds: 10 };
    const each = { user: allowance, address: allowance };
    const small = await harness.task({ allowances: { public: each, sign_in: each, read: each, order: each, cancel: each, operate: each } });
    const answers = await Promise.all(['/ping', '/ping'].map((path) => send(small, 'GET', path)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 429]);
    const refused = answers.find(({ status }) => status === 429)!;
    expect([refused.body.code, refused.headers.get('retry-after')]).toEqual([-1003, expect.any(String)]);
  });
});

test('an outage is told as an unknown outcome only when it is one', async () => {
  const away = await harness.task({ appender: { deadlineMs: 50, backoffMs: 5 } });
  away.journal.before = () => Promise.reject(new Error('away'));
  const { status, body } = await signed(away, key, 'POST', '/order', LIMIT);
  expect(status).toBe(503);
  expect([-1001, -1006]).toContain(body.code);
  task.ledger.away = true;
  expect(await signed(task, key, 'GET', '/account')).toMatchObject({ status: 503, body: { code: -1001 } });
  task.ledger.away = false;
});
