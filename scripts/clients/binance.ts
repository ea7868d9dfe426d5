/** Drives an unmodified `binance` through what traders do with it. Started by check-clients.ts with the guard in front. */
import { eventually, expect, finish, load, otherOrder, socketStep, step, task } from './run';

type Row = Readonly<Record<string, unknown>>;

/** The part of the REST client that is gone through. */
interface Rest {
  testConnectivity(): Promise<unknown>;
  getExchangeInfo(): Promise<{ readonly symbols: readonly { readonly symbol: string }[] }>;
  getOrderBook(params: object): Promise<{ readonly lastUpdateId: number; readonly asks: readonly unknown[] }>;
  getRecentTrades(params: object): Promise<readonly Row[]>;
  getHistoricalTrades(params: object): Promise<readonly Row[]>;
  getAggregateTrades(params: object): Promise<readonly Row[]>;
  getKlines(params: object): Promise<readonly unknown[]>;
  getUIKlines(params: object): Promise<readonly unknown[]>;
  getAvgPrice(params: object): Promise<{ readonly price: unknown }>;
  get24hrChangeStatistics(params: object): Promise<Row>;
  getSymbolPriceTicker(params: object): Promise<{ readonly price: unknown }>;
  getSymbolOrderBookTicker(params: object): Promise<{ readonly symbol: string }>;
  getAccountInformation(): Promise<{ readonly balances: readonly { readonly asset: string; readonly free: unknown }[] }>;
  submitNewOrder(params: object): Promise<Order>;
  testNewOrder(params: object): Promise<unknown>;
  getOrder(params: object): Promise<Order>;
  cancelOrder(params: object): Promise<Order>;
  cancelAllSymbolOrders(params: object): Promise<readonly Order[]>;
  replaceOrder(params: object): Promise<{ readonly newOrderResponse: Order }>;
  getOpenOrders(params: object): Promise<readonly Order[]>;
  getAllOrders(params: object): Promise<readonly Order[]>;
  getAccountTradeList(params: object): Promise<readonly { readonly orderId: number }[]>;
  getOrderRateLimit(): Promise<readonly unknown[]>;
  submitNewOrderList(params: object): Promise<{ readonly orders: readonly unknown[] }>;
  getSpotUserDataListenKey(): Promise<{ readonly listenKey: string }>;
  keepAliveSpotUserDataListenKey(listenKey: string): Promise<unknown>;
  closeSpotUserDataListenKey(listenKey: string): Promise<unknown>;
}

interface Order { readonly orderId: number; readonly status: string; readonly clientOrderId: string; readonly executedQty: unknown }
interface Message {
  readonly e?: string;
  readonly u?: number;
  readonly B?: unknown;
  readonly data?: Message;
  readonly event?: { readonly e?: string };
}

interface Sockets {
  on(event: string, listener: (message: Message) => void): void;
  subscribe(topics: readonly string[], key: string): Promise<unknown>;
}
interface Answer<T> { readonly status: number; readonly result: T }

/** The part of the client of the WebSocket API that is gone through. */
interface SocketApi {
  getSpotServerTime(): Promise<Answer<{ readonly serverTime: number }>>;
  getSpotOrderBook(params: object): Promise<Answer<Row>>;
  submitNewSpotOrder(params: object): Promise<Answer<Order>>;
  cancelSpotOrder(params: object): Promise<Answer<Order>>;
  getSpotOrderStatus(params: object): Promise<Answer<Order>>;
  getSpotAccountInformation(params: object): Promise<Answer<Row>>;
  subscribeUserDataStream(key: string): Promise<unknown>;
  getWSClient(): Sockets;
}
interface Binance {
  readonly MainClient: new (options: object, requestOptions?: object) => Rest;
  readonly WebsocketClient: new (options: object, logger?: object) => Sockets;
  readonly WebsocketAPIClient: new (options: object, logger?: object) => SocketApi;
}

const symbol = 'BTCUSDT';
const quiet = { trace: () => undefined, info: () => undefined, error: () => undefined };

async function refusedWith(code: number, work: () => Promise<unknown>): Promise<void> {
  const error = await work().then(() => undefined, (reason: unknown) => reason as { code?: unknown; body?: { code?: unknown } });
  expect(`the code ${code}`, error?.code === code || error?.body?.code === code, error);
}

async function main(): Promise<void> {
  const { MainClient, WebsocketClient, WebsocketAPIClient } = load<Binance>('binance');
  const keys = { api_key: task.apiKey, api_secret: task.secret };
  const rest = new MainClient({ ...keys, baseUrl: task.url, disableTimeSync: true });
  await step('ping', () => rest.testConnectivity());
  // Not getServerTime(), which asks Binance itself whatever the base URL is.
  await step('exchange information', async () => expect('the market', (await rest.getExchangeInfo()).symbols.some((one) => one.symbol === symbol)));
  const price = await step('price', async () => Number((await eventually(() => rest.getSymbolPriceTicker({ symbol }), (one) => Number(one.price) > 0, 'a price')).price)) ?? 30_000;
  const text = (value: number): string => value.toFixed(1);
  await step('someone on the other side', () => otherOrder({ symbol, side: 'sell', type: 'limit', price: text(price * 1.02), quantity: '1' }));
  await step('order book', async () => { await eventually(() => rest.getOrderBook({ symbol, limit: 100 }), ({ asks }) => asks.length > 0, 'offers'); });
  await step('best bid and ask', async () => expect('the market', (await rest.getSymbolOrderBookTicker({ symbol })).symbol === symbol));
  await step('24 hours', async () => expect('the market', (await rest.get24hrChangeStatistics({ symbol })).symbol === symbol));
  await step('average price', async () => expect('a price', Number((await rest.getAvgPrice({ symbol })).price) > 0));
  await step('account', async () => expect('money', (await rest.getAccountInformation()).balances.some(({ asset, free }) => asset === 'USDT' && Number(free) > 0)));
  await step('order count', async () => expect('a limit', (await rest.getOrderRateLimit()).length === 1));

  const messages: Message[] = [];
  const isOf = (event: string) => ({ e, data, event: inner }: Message): boolean => [e, data?.e, inner?.e].includes(event);
  /** Of all markets together: a list, which the client takes apart or not. */
  const isList = (event: string) => (message: Message | readonly Message[]): boolean => (
    [Array.isArray(message) ? message as readonly Message[] : (message as Message).data].flat().some((one) => one?.e === event));
  const heard = (event: string) => eventually(() => Promise.resolve(messages), (all) => all.some(isOf(event)), event);
  const sockets = new WebsocketClient({ ...keys, wsUrl: task.url.replace(/^http/, 'ws'), beautify: false }, quiet);
  for (const kind of ['message', 'formattedMessage', 'formattedUserDataMessage']) sockets.on(kind, (message) => messages.push(message));
  sockets.on('exception', () => undefined);
  sockets.on('error', () => undefined);
  await socketStep('subscribe to streams', () => sockets.subscribe([
    'btcusdt@trade', 'btcusdt@aggTrade', 'btcusdt@kline_1m', 'btcusdt@ticker', 'btcusdt@miniTicker', 'btcusdt@bookTicker', 'btcusdt@depth@100ms', 'btcusdt@depth5',
    '!miniTicker@arr', '!ticker@arr', '!bookTicker',
  ], 'main'));
  const listenKey = await step('listen key', async () => (await rest.getSpotUserDataListenKey()).listenKey) ?? '';
  await step('keep the listen key', () => rest.keepAliveSpotUserDataListenKey(listenKey));
  await socketStep('subscribe to the account by listen key', () => sockets.subscribe([listenKey], 'main'));
  await new Promise((resolve) => setTimeout(resolve, 1_500));

  const low = text(price * 0.9);
  // Made anew each time: the client writes the id that it makes up into what it is given.
  const order = () => ({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '0.01', price: low });
  await step('order tested', () => rest.testNewOrder(order()));
  const placed = await step('limit order', async () => {
    const made = await rest.submitNewOrder({ ...order(), newOrderRespType: 'FULL' });
    expect('a new order', made.status === 'NEW', made);
    return made;
  });
  const orderId = placed?.orderId ?? 0;
  await socketStep('stream: execution report', () => heard('executionReport'));
  await socketStep('stream: balances', () => heard('outboundAccountPosition'));
  await socketStep('stream: depth', () => heard('depthUpdate'));
  await step('one order', async () => expect('the order', (await rest.getOrder({ symbol, orderId })).orderId === orderId));
  await step('open orders', async () => expect('the order', (await rest.getOpenOrders({ symbol })).some((one) => one.orderId === orderId)));
  const replaced = await step('replaced', async () => (await rest.replaceOrder({ ...order(), cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: orderId })).newOrderResponse);
  await step('cancelled', async () => expect('it is', (await rest.cancelOrder({ symbol, orderId: replaced?.orderId })).status === 'CANCELED'));
  await step('one cancels the other', async () => {
    const list = await rest.submitNewOrderList({
      symbol, side: 'SELL', quantity: '0.01', aboveType: 'LIMIT_MAKER', abovePrice: text(price * 1.2), belowType: 'STOP_LOSS', belowStopPrice: low,
    });
    expect('two orders', list.orders.length === 2, list);
  });
  await step('all cancelled', async () => {
    await eventually(() => rest.getOpenOrders({ symbol }), (open) => open.length === 2, 'the two of the list');
    expect('both', (await rest.cancelAllSymbolOrders({ symbol })).length === 2);
  });
  const taken = await step('market order', async () => {
    const made = await rest.submitNewOrder({ symbol, side: 'BUY', type: 'MARKET', quantity: '0.01' });
    expect('it is filled', made.status === 'FILLED', made);
    return made;
  });
  await step('my trades', async () => { await eventually(() => rest.getAccountTradeList({ symbol }), (fills) => fills.some((fill) => fill.orderId === taken?.orderId), 'the fill'); });
  await step('all orders', async () => expect('the market order', (await rest.getAllOrders({ symbol })).some((one) => one.orderId === taken?.orderId)));
  await step('trades', async () => expect('a trade', (await rest.getRecentTrades({ symbol })).length > 0));
  await step('historical trades', async () => { await eventually(() => rest.getHistoricalTrades({ symbol }), (rows) => rows.length > 0, 'a trade'); });
  await step('aggregated trades', async () => expect('a trade', (await rest.getAggregateTrades({ symbol })).length > 0));
  await step('candles', async () => { await eventually(() => rest.getKlines({ symbol, interval: '1m' }), (bars) => bars.length > 0, 'a bar'); });
  await step('candles for charts', async () => expect('a bar', (await rest.getUIKlines({ symbol, interval: '1m' })).length > 0));
  for (const event of ['trade', 'aggTrade', 'kline', '24hrTicker', '24hrMiniTicker']) await socketStep(`stream: ${event}`, () => heard(event));
  const isBest = (message: Message): boolean => message.B !== undefined && message.u !== undefined;
  await socketStep('stream: best bid and ask', () => eventually(() => Promise.resolve(messages), (all) => all.some((one) => isBest(one) || isBest(one.data ?? {})), 'one'));

  for (const event of ['24hrTicker', '24hrMiniTicker']) {
    await socketStep(`stream: ${event} of all markets`, () => eventually(() => Promise.resolve(messages), (all) => all.some(isList(event)), 'a list'));
  }

  const api = new WebsocketAPIClient({ ...keys, wsUrl: task.url.replace(/^http/, 'ws'), beautify: false, attachEventListeners: false }, quiet);
  const events: Message[] = [];
  for (const kind of ['message', 'formattedMessage', 'formattedUserDataMessage']) api.getWSClient().on(kind, (message) => events.push(message));
  api.getWSClient().on('exception', () => undefined);
  await socketStep('WebSocket API: time', async () => expect('a time near ours', Math.abs((await api.getSpotServerTime()).result.serverTime - Date.now()) < 5_000));
  await socketStep('WebSocket API: order book', async () => expect('an answer', (await api.getSpotOrderBook({ symbol })).status === 200));
  const timestamp = () => Date.now();
  await socketStep('WebSocket API: subscribe to the account', () => api.subscribeUserDataStream('mainWSAPI'));
  await socketStep('WebSocket API: account', async () => expect('an answer', (await api.getSpotAccountInformation({ timestamp: timestamp() })).status === 200));
  await socketStep('WebSocket API: order, its state, and taken back', async () => {
    const { result } = await api.submitNewSpotOrder({ ...order(), timestamp: timestamp() });
    const of = { symbol, orderId: result.orderId, timestamp: timestamp() };
    expect('the order', (await api.getSpotOrderStatus({ ...of })).result.status === 'NEW');
    expect('it is taken back', (await api.cancelSpotOrder({ ...of })).result.status === 'CANCELED');
  });
  await socketStep('WebSocket API: execution report', () => eventually(() => Promise.resolve(events), (all) => all.some(isOf('executionReport')), 'one'));

  await step('refused: not enough money', () => refusedWith(-2010, () => rest.submitNewOrder({ ...order(), quantity: '9000' })));
  await step('refused: no such order', () => refusedWith(-2013, () => rest.getOrder({ symbol, orderId: 1234567890123 })));
  await step('refused: cancel of no order', () => refusedWith(-2011, () => rest.cancelOrder({ symbol, orderId: 1234567890123 })));
  await step('refused: no such market', () => refusedWith(-1121, () => rest.getOrderBook({ symbol: 'NOSUCH' as string })));
  await step('refused: another secret', () => refusedWith(-1022, () => new MainClient({ ...keys, api_secret: 'f'.repeat(64), baseUrl: task.url, disableTimeSync: true }).getAccountInformation()));
  await step('close the listen key', () => rest.closeSpotUserDataListenKey(listenKey));
  finish();
}

main().catch((error: unknown) => {
  console.log(`FAILED  binance: ${error instanceof Error ? error.stack : String(error)}`);
  console.log(JSON.stringify({ passed: 0, failed: 1 }));
  process.exit(1);
});
