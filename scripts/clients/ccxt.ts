/** Drives an unmodified ccxt through what traders do with it. Started by check-clients.ts with the guard in front. */
import { eventually, expect, finish, load, otherOrder, socketStep, step, task } from './run';

interface Order {
  readonly id: string;
  readonly status: string;
  readonly filled: number;
  readonly clientOrderId: string;
  readonly price: number;
}
type Book = { readonly bids: readonly (readonly [number, number])[]; readonly asks: readonly (readonly [number, number])[] };

/** The part of ccxt's exchange that is gone through. */
interface Exchange {
  urls: { api: Record<string, unknown> };
  has: Record<string, unknown>;
  markets: Record<string, { readonly precision: { readonly amount: number; readonly price: number } }>;
  loadHttpProxyAgent?(): Promise<unknown>;
  loadMarkets(): Promise<Record<string, unknown>>;
  fetchTime(): Promise<number>;
  fetchTicker(symbol: string): Promise<{ readonly last: number; readonly symbol: string }>;
  fetchTickers(): Promise<Record<string, unknown>>;
  fetchBidsAsks(): Promise<Record<string, unknown>>;
  fetchOrderBook(symbol: string): Promise<Book>;
  fetchOHLCV(symbol: string, interval: string): Promise<readonly (readonly number[])[]>;
  fetchTrades(symbol: string): Promise<readonly { readonly price: number }[]>;
  fetchBalance(): Promise<Record<string, { readonly free: number; readonly used: number }>>;
  createOrder(symbol: string, type: string, side: string, amount: number | undefined, price?: number, params?: object): Promise<Order>;
  fetchOrder(id: string, symbol: string): Promise<Order>;
  fetchOrders(symbol: string): Promise<readonly Order[]>;
  fetchClosedOrders(symbol: string): Promise<readonly Order[]>;
  fetchOpenOrders(symbol?: string): Promise<readonly Order[]>;
  cancelOrder(id: string, symbol: string, params?: object): Promise<Order>;
  cancelAllOrders(symbol: string): Promise<readonly Order[]>;
  editOrder(id: string, symbol: string, type: string, side: string, amount: number, price: number): Promise<Order>;
  fetchMyTrades(symbol: string): Promise<readonly { readonly order: string; readonly amount: number; readonly fee: unknown }[]>;
  watchTicker(symbol: string): Promise<{ readonly last: number }>;
  watchTickers(): Promise<Record<string, unknown>>;
  watchOrderBook(symbol: string): Promise<Book>;
  watchTrades(symbol: string): Promise<readonly unknown[]>;
  watchOHLCV(symbol: string, interval: string): Promise<readonly unknown[]>;
  watchBidsAsks(symbols: readonly string[]): Promise<unknown>;
  watchOrders(symbol: string): Promise<readonly Order[]>;
  watchMyTrades(symbol: string): Promise<readonly { readonly order: string }[]>;
  watchBalance(): Promise<Record<string, { readonly free: number; readonly used: number }>>;
  createOrderWs(symbol: string, type: string, side: string, amount: number, price: number): Promise<Order>;
  fetchOrderWs(id: string, symbol: string): Promise<Order>;
  cancelOrderWs(id: string, symbol: string): Promise<Order>;
}

interface Ccxt { readonly pro: { readonly binance: new (options: object) => Exchange } }

const SYMBOL = 'BTC/USDT';

/** Every address that the client knows leads here; it knows many, and asks some of them by itself. */
function redirected(value: unknown, path: string[] = []): unknown {
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, redirected(one, [...path, key])]));
  if (typeof value !== 'string' || !/^(https?|wss?):/.test(value)) return value;
  const socket = task.url.replace(/^http/, 'ws');
  if (path.includes('ws-api')) return `${socket}/ws-api/v3`;
  if (value.startsWith('ws')) return `${socket}/ws`;
  const { pathname } = new URL(value);
  return `${task.url}${pathname === '/' ? '' : pathname}`;
}

function open(): Exchange {
  const { binance } = load<Ccxt>('ccxt').pro;
  const exchange = new binance({
    apiKey: task.apiKey, secret: task.secret, enableRateLimit: false,
    options: { defaultType: 'spot', fetchMarkets: { types: ['spot'] }, fetchMargins: false },
  });
  exchange.urls.api = redirected(exchange.urls.api) as Record<string, unknown>;
  // A page of the wallet, not of the market: it is signed, and there is no such thing here.
  exchange.has.fetchCurrencies = false;
  return exchange;
}

async function refusedWith(name: string, work: () => Promise<unknown>): Promise<void> {
  const error = await work().then(() => undefined, (reason: unknown) => reason);
  expect(name, error instanceof Error && error.constructor.name === name, error instanceof Error ? `${error.constructor.name}: ${error.message}` : error);
}

async function main(): Promise<void> {
  const exchange = open();
  await exchange.loadHttpProxyAgent?.();
  await step('load markets', async () => expect('the market', SYMBOL in await exchange.loadMarkets()));
  await step('server time', async () => expect('a time near ours', Math.abs(await exchange.fetchTime() - Date.now()) < 5_000));
  const ticker = await step('ticker', () => eventually(() => exchange.fetchTicker(SYMBOL), ({ last }) => last > 0, 'a last price'));
  await step('tickers', async () => expect('the market', SYMBOL in await exchange.fetchTickers()));
  await step('best bids and asks', async () => expect('the market', SYMBOL in await exchange.fetchBidsAsks()));
  const last = ticker?.last ?? 30_000;
  const round = (price: number): number => Math.round(price * 10) / 10;
  const low = round(last * 0.9);
  await step('someone on the other side', () => otherOrder({ symbol: 'BTCUSDT', side: 'sell', type: 'limit', price: String(round(last * 1.02)), quantity: '1' }));
  await step('order book', async () => {
    const { asks } = await eventually(() => exchange.fetchOrderBook(SYMBOL), (book) => book.asks.length > 0, 'offers');
    expect('offers in order', asks.every(([price], at) => at === 0 || price > asks[at - 1][0]));
  });
  const before = await step('balance', async () => {
    const balance = await exchange.fetchBalance();
    expect('money', balance.USDT.free > 0, balance.USDT);
    return balance;
  });

  // Listens first, so that nothing is missed.
  const watch = <T>(start: () => Promise<T>): Promise<T> => (task.sockets ? start() : new Promise<T>(() => undefined));
  const heard = {
    orders: watch(() => exchange.watchOrders(SYMBOL)), fills: watch(() => exchange.watchMyTrades(SYMBOL)),
    balance: watch(() => exchange.watchBalance()), trades: watch(() => exchange.watchTrades(SYMBOL)),
  };
  for (const one of Object.values(heard)) one.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 1_500));

  const resting = await step('limit order', async () => {
    const order = await exchange.createOrder(SYMBOL, 'limit', 'buy', 0.01, low);
    expect('an open order', order.status === 'open', order);
    return order;
  });
  const id = resting?.id ?? '';
  await socketStep('watch orders', async () => expect('the order', (await heard.orders).some((order) => order.id === id)));
  await socketStep('watch balance', async () => {
    const { USDT } = await heard.balance;
    expect('a hold', USDT.used > 0, USDT);
  });
  await step('one order', async () => expect('the order', (await exchange.fetchOrder(id, SYMBOL)).price === low));
  await step('open orders', async () => expect('the order', (await exchange.fetchOpenOrders(SYMBOL)).some((order) => order.id === id)));
  await step('balance with a hold', async () => expect('less that is free', (await exchange.fetchBalance()).USDT.free < (before?.USDT.free ?? 0)));
  await step('replaced', async () => {
    const order = await exchange.editOrder(id, SYMBOL, 'limit', 'buy', 0.02, low);
    expect('another order', order.id !== id, order);
    await exchange.cancelOrder(order.id, SYMBOL);
  });
  await step('order with a client id, cancelled by it', async () => {
    const clientOrderId = `mine-${Date.now()}`;
    const order = await exchange.createOrder(SYMBOL, 'limit', 'buy', 0.01, low, { clientOrderId });
    expect('the id', order.clientOrderId === clientOrderId, order);
    expect('the same order again', (await exchange.createOrder(SYMBOL, 'limit', 'buy', 0.01, low, { clientOrderId })).id === order.id);
    expect('it is cancelled', (await exchange.cancelOrder('', SYMBOL, { clientOrderId })).status === 'canceled');
  });
  await step('post-only order', async () => {
    const order = await exchange.createOrder(SYMBOL, 'limit', 'buy', 0.01, low, { postOnly: true });
    expect('it is cancelled', (await exchange.cancelOrder(order.id, SYMBOL)).status === 'canceled');
  });
  await step('stop-loss order', async () => {
    const order = await exchange.createOrder(SYMBOL, 'limit', 'sell', 0.01, round(low * 0.99), { stopLossPrice: low });
    expect('it waits', (await eventually(() => exchange.fetchOrder(order.id, SYMBOL), ({ status }) => status === 'open', 'an open order')).id === order.id);
  });
  await step('cancel all', async () => {
    expect('at least one', (await exchange.cancelAllOrders(SYMBOL)).length > 0);
    await eventually(() => exchange.fetchOpenOrders(SYMBOL), (orders) => orders.length === 0, 'no open orders');
  });
  const taken = await step('market order', async () => {
    const order = await exchange.createOrder(SYMBOL, 'market', 'buy', 0.01);
    expect('it is filled', order.status === 'closed' && order.filled === 0.01, order);
    return order;
  });
  await step('market order by cost', async () => {
    const order = await exchange.createOrder(SYMBOL, 'market', 'buy', undefined, undefined, { cost: 100 });
    expect('it is filled', order.filled > 0, order);
  });
  await socketStep('watch my trades', async () => expect('the fill', (await heard.fills).some(({ order }) => order === taken?.id)));
  await socketStep('watch trades', async () => expect('a trade', (await heard.trades).length > 0));
  await step('my trades', async () => expect('the fill', (await exchange.fetchMyTrades(SYMBOL)).some(({ order, amount }) => order === taken?.id && amount > 0)));
  await step('trades', async () => expect('a trade', (await exchange.fetchTrades(SYMBOL)).length > 0));
  await step('candles', async () => {
    const [bar] = (await eventually(() => exchange.fetchOHLCV(SYMBOL, '1m'), (bars) => bars.length > 0, 'a bar')).slice(-1);
    expect('a high that is not below the low', bar[2] >= bar[3], bar);
  });
  await step('orders', async () => expect('both kinds', (await exchange.fetchOrders(SYMBOL)).some((order) => order.status === 'canceled')));
  await step('closed orders', async () => expect('the market order', (await exchange.fetchClosedOrders(SYMBOL)).some((order) => order.id === taken?.id)));
  await socketStep('watch ticker', async () => expect('a price', (await exchange.watchTicker(SYMBOL)).last > 0));
  await socketStep('watch all tickers', async () => expect('the market', SYMBOL in await exchange.watchTickers()));
  await socketStep('watch best bid and ask', async () => expect('something', await exchange.watchBidsAsks([SYMBOL]) !== undefined));
  await socketStep('watch candles', async () => expect('a bar', (await exchange.watchOHLCV(SYMBOL, '1m')).length > 0));
  await socketStep('watch order book', async () => {
    const watched = exchange.watchOrderBook(SYMBOL);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const order = await exchange.createOrder(SYMBOL, 'limit', 'buy', 0.01, low);
    expect('offers', (await watched).asks.length > 0);
    await exchange.cancelOrder(order.id, SYMBOL);
  });
  await socketStep('order over the WebSocket API', async () => {
    const order = await exchange.createOrderWs(SYMBOL, 'limit', 'buy', 0.01, low);
    expect('the order', (await exchange.fetchOrderWs(order.id, SYMBOL)).id === order.id);
    expect('it is cancelled', (await exchange.cancelOrderWs(order.id, SYMBOL)).status === 'canceled');
  });
  await step('refused: not enough money', () => refusedWith('InsufficientFunds', () => exchange.createOrder(SYMBOL, 'limit', 'buy', 9_000, low)));
  await step('refused: no such order', () => refusedWith('OrderNotFound', () => exchange.cancelOrder('1234567890123', SYMBOL)));
  await step('refused: post-only that would trade', () => refusedWith('OrderImmediatelyFillable', () => exchange.createOrder(SYMBOL, 'limit', 'buy', 0.01, round(last * 1.05), { postOnly: true })));
  await step('refused: another secret', async () => {
    const stranger = open() as Exchange & { secret: string };
    stranger.secret = 'f'.repeat(64);
    await stranger.loadMarkets();
    await refusedWith('AuthenticationError', () => stranger.fetchBalance());
  });
  finish();
}

main().catch((error: unknown) => {
  console.log(`FAILED  ccxt: ${error instanceof Error ? error.stack : String(error)}`);
  console.log(JSON.stringify({ passed: 0, failed: 1 }));
  process.exit(1);
});
