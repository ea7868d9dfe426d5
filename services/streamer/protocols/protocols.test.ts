import { PROTOCOLS } from '.';
import { binance } from './binance/conversation';
import { bitget } from './bitget/conversation';
import type { Protocol } from './protocol';
import { type FeedServer, startFeedServer } from '../../../local/feeds/feed-server';
import type { Ticker } from '../../domain';
import { createLogger } from '../../runtime';
import { ExchangeFeed } from '../exchange-feed';
import type { BookTop, MarketTrade } from '../model';

const logger = createLogger({ service: 'streamer', environment: 'test', level: 'silent' });
const SYMBOLS = Array.from({ length: 60 }, (_, i) => `AAA${i}USDT`);

let server: FeedServer;
let feed: ExchangeFeed | undefined;
let ticks: Ticker[];
let tops: BookTop[];
let trades: MarketTrade[];

async function until(what: () => boolean, limitMs = 10_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!what()) {
    if (Date.now() > deadline) throw new Error(`did not happen within ${limitMs} ms: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function follow(protocol: Protocol, symbols: readonly string[], backoffMs = 50, pauseLimitMs?: number): ExchangeFeed {
  feed = new ExchangeFeed({
    protocol,
    url: server.url,
    symbols,
    staleAfterMs: 2_000,
    logger,
    onTick: (tick) => ticks.push(tick),
    onTop: (top) => tops.push(top),
    onTrades: (_, list) => trades.push(...list),
    backoff: { firstMs: backoffMs, lastMs: backoffMs },
    pauseLimitMs,
  });
  feed.start();
  return feed;
}

beforeEach(() => {
  ticks = [];
  tops = [];
  trades = [];
});

afterEach(async () => {
  await feed?.stop();
  await server.close();
});

describe.each(['bybit', 'bitget', 'binance'] as const)('%s', (exchange) => {
  const serve = async (): Promise<void> => {
    server = await startFeedServer({ exchange, port: 0, symbols: SYMBOLS, intervalMs: 20 });
  };

  test('delivers ticks of every symbol, with both best prices and the figures of the day', async () => {
    await serve();
    follow(PROTOCOLS[exchange](), SYMBOLS);
    await until(() => SYMBOLS.every((symbol) => ticks.some((tick) => tick.symbol === symbol && tick.bidPrice !== undefined)));
    for (const tick of ticks) {
      expect(tick).toMatchObject({ source: exchange, lastPrice: expect.stringMatching(/^\d+\.\d{4}$/), high24h: expect.any(String), volume24h: expect.any(String) });
      if (tick.bidPrice && tick.askPrice) expect(Number(tick.bidPrice)).toBeLessThan(Number(tick.askPrice));
      expect(tick.receivedTime).toBeGreaterThanOrEqual(tick.exchangeTime);
    }
    expect(feed!.state()).toMatchObject({ connected: true, connections: 1, staleSymbols: [], refused: {}, malformed: {} });
  });

  test('delivers trades and best prices of every symbol, each trade once and in order', async () => {
    await serve();
    follow(PROTOCOLS[exchange](), SYMBOLS.slice(0, 5));
    const all = (list: readonly { symbol: string }[]): boolean => new Set(list.map(({ symbol }) => symbol)).size === 5;
    await until(() => all(trades) && all(tops) && trades.length > 100);
    expect(new Set(trades.map(({ symbol, id }) => `${symbol} ${id}`)).size).toBe(trades.length);
    for (const symbol of SYMBOLS.slice(0, 5)) {
      const numbers = trades.filter((trade) => trade.symbol === symbol).map(({ id }) => Number(id.split('-').at(-1)));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
    for (const { bidPrice, askPrice, bidQuantity, askQuantity } of tops) {
      expect(Number(bidPrice)).toBeLessThan(Number(askPrice));
      expect([Number(bidQuantity) > 0, Number(askQuantity) > 0]).toEqual([true, true]);
    }
    expect(feed!.listening).toEqual({ connection: 1, since: expect.any(Number) });
    expect(Math.abs(feed!.state().skewMs!)).toBeLessThan(1_000);
    expect(feed!.state().malformed).toEqual({});
  });

  test('reads nothing while it is paused, is cut off when that takes too long, and goes on when it is told', async () => {
    await serve();
    follow(PROTOCOLS[exchange](), SYMBOLS.slice(0, 2), 50, 500);
    await until(() => trades.length > 0);
    feed!.pause('a test');
    const before = trades.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(trades.length).toBe(before);
    feed!.resume();
    await until(() => trades.length > before + 5);
    expect(feed!.state()).toMatchObject({ connections: 1, paused: undefined });
    feed!.pause('another one');
    await until(() => feed!.listening.since === undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(feed!.state()).toMatchObject({ connections: 1, connected: false, paused: 'another one' });
    feed!.resume();
    await until(() => feed!.state().connections === 2 && feed!.listening.since !== undefined);
  });

  test('reconnects after a drop and goes on', async () => {
    await serve();
    follow(PROTOCOLS[exchange](), SYMBOLS.slice(0, 2));
    await until(() => ticks.length > 0);
    server.dropAll();
    await until(() => feed!.state().connections === 2);
    ticks = [];
    await until(() => new Set(ticks.map(({ symbol }) => symbol)).size === 2);
    expect(server.connections()).toBe(1);
  });

  test('a frame that cannot be understood is counted; the rest goes on', async () => {
    await serve();
    follow(PROTOCOLS[exchange](), SYMBOLS.slice(0, 1));
    await until(() => ticks.length > 0);
    for (const raw of ['{"a":', '[1]', '{"hello":1}', '""']) server.sendRaw(raw);
    await until(() => Object.values(feed!.state().malformed).reduce((sum, count) => sum + count, 0) === 4);
    expect(feed!.state().malformed).toEqual({ not_json: 1, not_an_object: 2, unknown: 1 });
    const before = ticks.length;
    await until(() => ticks.length > before + 3);
    expect(feed!.state().connections).toBe(1);
  });
});

test('bitget: one symbol that does not exist is named, the others of its request go on', async () => {
  server = await startFeedServer({ exchange: 'bitget', port: 0, symbols: ['BTCUSDT'], intervalMs: 20 });
  follow(bitget(), ['NOPEUSDT', 'BTCUSDT']);
  await until(() => ticks.length > 0);
  expect(feed!.state().refused).toEqual(Object.fromEntries(['ticker', 'books1', 'trade'].map((channel) => (
    [`${channel}.NOPEUSDT`, `30001 instType:SPOT,channel:${channel},instId:NOPEUSDT doesn't exist`]))));
});

test('bitget: says ping as text, and the answer is no fault', async () => {
  server = await startFeedServer({ exchange: 'bitget', port: 0, symbols: ['BTCUSDT'], intervalMs: 20 });
  // Frames leave 125 ms apart at the least.
  follow(bitget({ pingIntervalMs: 150 }), ['BTCUSDT']);
  await until(() => server.requests.filter(({ op }) => op === 'ping').length >= 2);
  expect(feed!.state().malformed).toEqual({});
});

test('binance: a symbol that does not exist is never heard of, which is said', async () => {
  server = await startFeedServer({ exchange: 'binance', port: 0, symbols: ['BTCUSDT'], intervalMs: 20 });
  follow(binance(), ['NOPEUSDT', 'BTCUSDT']);
  await until(() => ticks.length > 0 && feed!.state().staleSymbols.length === 1);
  expect(feed!.state().staleSymbols).toEqual(['NOPEUSDT']);
});

test('a connection is replaced before the exchange cuts it, and at once when the exchange says so; neither waits', async () => {
  server = await startFeedServer({ exchange: 'binance', port: 0, symbols: ['BTCUSDT'], intervalMs: 20 });
  follow(binance({ replaceAfterMs: 400 }), ['BTCUSDT'], 60_000);
  await until(() => feed!.state().connections === 2);
  server.sendRaw(JSON.stringify({ e: 'serverShutdown', E: Date.now() }));
  await until(() => feed!.state().connections >= 3);
});
