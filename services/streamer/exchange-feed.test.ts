import { ExchangeFeed, type ExchangeFeedOptions } from './exchange-feed';
import { bybit, type BybitOptions } from './protocols/bybit/conversation';
import { type FeedServer, startFeedServer } from '../../local/feeds/feed-server';
import type { Ticker } from '../domain';
import { createLogger } from '../runtime';

const logger = createLogger({ service: 'streamer', environment: 'test', level: 'silent' });
const SYMBOLS = Array.from({ length: 13 }, (_, i) => `AAA${i}USDT`);

let server: FeedServer;
let feed: ExchangeFeed | undefined;
let ticks: Ticker[];

async function until(what: () => boolean, limitMs = 5_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!what()) {
    if (Date.now() > deadline) throw new Error(`did not happen within ${limitMs} ms: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function follow(symbols: readonly string[], { pingIntervalMs, ...options }: Partial<ExchangeFeedOptions> & BybitOptions = {}): ExchangeFeed {
  feed = new ExchangeFeed({
    protocol: bybit({ pingIntervalMs }),
    url: server.url,
    symbols,
    staleAfterMs: 2_000,
    logger,
    onTick: (tick) => ticks.push(tick),
    backoff: { firstMs: 50, lastMs: 200 },
    ...options,
  });
  feed.start();
  return feed;
}

const symbolsSeen = (): number => new Set(ticks.map((tick) => tick.symbol)).size;

beforeEach(async () => {
  ticks = [];
  server = await startFeedServer({ port: 0, symbols: SYMBOLS, intervalMs: 10 });
});

afterEach(async () => {
  await feed?.stop();
  await server.close();
});

test('subscribes to all topics, at most ten in a request, and delivers ticks of every symbol with both best prices', async () => {
  follow(SYMBOLS);
  await until(() => SYMBOLS.every((symbol) => ticks.some((tick) => tick.symbol === symbol && tick.bidPrice !== undefined)));

  const requests = server.requests.filter((request) => request.op === 'subscribe');
  expect(requests.map((request) => request.args.length)).toEqual([10, 10, 10, 9]);
  expect(new Set(requests.flatMap((request) => request.args))).toEqual(
    new Set(SYMBOLS.flatMap((symbol) => [`tickers.${symbol}`, `orderbook.1.${symbol}`, `publicTrade.${symbol}`])),
  );
  for (const tick of ticks) {
    expect(tick).toMatchObject({ source: 'bybit', lastPrice: expect.stringMatching(/^\d+\.\d{4}$/), high24h: expect.any(String) });
    if (tick.bidPrice && tick.askPrice) expect(Number(tick.bidPrice)).toBeLessThan(Number(tick.askPrice));
    expect(tick.receivedTime).toBeGreaterThanOrEqual(tick.exchangeTime);
  }
});

test('pings as long as the connection lives, and the answer is no fault', async () => {
  follow(SYMBOLS.slice(0, 1), { pingIntervalMs: 30 });
  await until(() => server.requests.filter((request) => request.op === 'ping').length >= 3);
  expect(feed!.state().malformed).toEqual({});
});

test('reconnects after a drop, subscribes again and goes on', async () => {
  follow(SYMBOLS);
  await until(() => symbolsSeen() === SYMBOLS.length);
  server.dropAll();
  await until(() => !feed!.state().connected);
  ticks = [];
  await until(() => symbolsSeen() === SYMBOLS.length);
  expect(feed!.state()).toMatchObject({ connected: true, connections: 2, staleSymbols: [] });
  expect(server.requests.filter((request) => request.op === 'subscribe')).toHaveLength(8);
  expect(server.connections()).toBe(1);
});

test('finds an exchange that comes up after it', async () => {
  const { port } = server;
  await server.close();
  follow(SYMBOLS.slice(0, 2));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(feed!.state()).toMatchObject({ connected: false, connections: 0 });
  server = await startFeedServer({ port, symbols: SYMBOLS, intervalMs: 10 });
  await until(() => symbolsSeen() === 2);
});

test('replaces a connection that is open but brings no market data, even when pongs arrive', async () => {
  follow(SYMBOLS.slice(0, 2), { staleAfterMs: 300, pingIntervalMs: 50 });
  await until(() => symbolsSeen() === 2);
  server.goSilent();
  let lastHeard = 0;
  const pong = setInterval(() => server.sendRaw('{"success":true,"ret_msg":"pong","op":"ping"}'), 50);
  try {
    await until(() => feed!.state().staleSymbols.length === 2);
    lastHeard = Math.max(...ticks.map((tick) => tick.receivedTime));
    await until(() => feed!.state().connections === 2);
  } finally {
    clearInterval(pong);
  }
  expect(Date.now() - lastHeard).toBeGreaterThanOrEqual(300);
  ticks = [];
  await until(() => symbolsSeen() === 2);
  expect(server.connections()).toBe(1);
});

test('a frame that cannot be understood is counted by kind and logged once; the rest goes on', async () => {
  const logged: unknown[] = [];
  const listening = { ...logger, info: () => undefined, warn: (fields: { kind?: string }) => logged.push(fields.kind) } as unknown as typeof logger;
  follow(SYMBOLS.slice(0, 1), { logger: listening });
  await until(() => ticks.length > 0);
  const [symbol] = SYMBOLS;
  for (let i = 0; i < 3; i++) {
    server.sendRaw('{"topic":');
    server.sendRaw('[1]');
    server.sendRaw('{"hello":1}');
    server.sendRaw(Buffer.from([0, 1, 2]));
    server.sendRaw(JSON.stringify({ topic: `tickers.${symbol}`, ts: 1, type: 'snapshot', data: { symbol, lastPrice: '1e5' } }));
    server.sendRaw(JSON.stringify({ topic: `tickers.${symbol}`, ts: 1, type: 'snapshot', data: { symbol: 'OTHER', lastPrice: '1' } }));
    server.sendRaw(JSON.stringify({ topic: `orderbook.1.${symbol}`, ts: 1, type: 'snapshot', data: { s: symbol, u: 5, b: [['x', '1']], a: [] } }));
    server.sendRaw(JSON.stringify({ topic: 'tickers.NOBODY', ts: 1, type: 'snapshot', data: { symbol: 'NOBODY', lastPrice: '1' } }));
    server.sendRaw(JSON.stringify({ topic: `kline.1.${symbol}`, ts: 1, type: 'snapshot', data: [] }));
  }
  await until(() => feed!.state().malformed.unknown_topic === 3);
  expect(feed!.state().malformed).toEqual({ not_json: 6, not_an_object: 3, unknown: 3, ticker: 6, book: 3, unknown_symbol: 3, unknown_topic: 3 });
  expect(logged.sort()).toEqual(['book', 'not_an_object', 'not_json', 'ticker', 'unknown', 'unknown_symbol', 'unknown_topic']);
  const before = ticks.length;
  await until(() => ticks.length > before + 5);
  expect(ticks.map((tick) => tick.lastPrice)).not.toContain('1');
  expect(feed!.state().connections).toBe(1);
});

test('a symbol that the exchange does not know is named; the others of its request are subscribed all the same', async () => {
  const symbols = [...SYMBOLS.slice(0, 3), 'NOPEUSDT', ...SYMBOLS.slice(3)];
  follow(symbols);
  await until(() => symbolsSeen() === SYMBOLS.length && Object.keys(feed!.state().refused).length === 3);
  expect(feed!.state().refused).toEqual({
    'tickers.NOPEUSDT': 'Invalid symbol :[tickers.NOPEUSDT]',
    'orderbook.1.NOPEUSDT': 'Invalid symbol :[orderbook.1.NOPEUSDT]',
    'publicTrade.NOPEUSDT': 'Invalid symbol :[publicTrade.NOPEUSDT]',
  });
  expect(feed!.state().connections).toBe(1);
});

test('replaces a connection on which a subscription is never answered', async () => {
  follow(SYMBOLS.slice(0, 1), { staleAfterMs: 200 });
  await until(() => ticks.length > 0);
  server.goSilent();
  // Market data keeps coming, the answer to a renewed subscription does not.
  const [symbol] = SYMBOLS;
  let u = 1e12;
  const data = setInterval(() => server.sendRaw(JSON.stringify({
    topic: `orderbook.1.${symbol}`, ts: 5, type: 'delta', data: { s: symbol, u: u += 2, b: [], a: [] },
  })), 10);
  try {
    await until(() => feed!.state().connections === 2);
  } finally {
    clearInterval(data);
  }
});

test('stops while it waits to reconnect', async () => {
  await server.close();
  follow(SYMBOLS.slice(0, 1), { backoff: { firstMs: 60_000, lastMs: 60_000 } });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const before = Date.now();
  await feed!.stop();
  expect(Date.now() - before).toBeLessThan(1_000);
});
