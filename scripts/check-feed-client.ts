/**
 * `npm run check:feed-client`: a client library of the exchange, unmodified, against the stand-ins for its WebSocket and REST APIs, beside our own
 * adapter. Both must hear the same trades, so neither the stand-in nor the adapter is right by agreement with the other alone. The library is
 * fetched from the npm registry; without it the check says so loudly and checks nothing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { startBybitRest } from '../local/feeds/bybit-rest';
import { startFeedServer } from '../local/feeds/feed-server';
import { createLogger } from '../services/runtime';
import { ExchangeFeed } from '../services/streamer/exchange-feed';
import type { BookTop, MarketTrade } from '../services/streamer/model';
import { bybit } from '../services/streamer/protocols/bybit/conversation';

const VERSION = '4.7.7';
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const cache = join(__dirname, '..', 'node_modules', '.cache', `bybit-api-${VERSION}`);

/** What of the library is used; it is not there when this is compiled. */
interface Library {
  readonly WebsocketClient: new (options: { market: 'v5'; wsUrl: string }, logger: object) => {
    on(event: 'update' | 'exception', listener: (message: Update) => void): void;
    subscribeV5(topics: readonly string[], category: 'spot'): Promise<unknown>[];
    closeAll(force: boolean): void;
  };
  readonly RestClientV5: new (options: { baseUrl: string }) => {
    getKline(query: object): Promise<{ retCode: number; result: { list: string[][] } }>;
    getTickers(query: object): Promise<{ retCode: number; result: { list: { lastPrice: string }[] } }>;
  };
}
interface Update { readonly topic?: string; readonly data?: unknown }

class Skipped extends Error {}

function library(): Library {
  if (!existsSync(cache)) {
    const work = `${cache}.part`;
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    console.log(`fetching bybit-api ${VERSION} …`);
    const fetched = spawnSync('npm', ['install', '--prefix', work, '--ignore-scripts', '--no-audit', '--no-fund', `bybit-api@${VERSION}`], {
      cwd: work, stdio: ['ignore', 'ignore', 'inherit'], timeout: 120_000,
    });
    if (fetched.status !== 0) throw new Skipped('the npm registry does not give bybit-api');
    renameSync(work, cache);
  }
  return createRequire(join(cache, 'package.json'))('bybit-api') as Library;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 15_000; !holds();) {
    if (Date.now() > deadline) throw new Error(`within 15 s there was not ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function equal(what: string, theirs: unknown, ours: unknown): void {
  const [a, b] = [theirs, ours].map((one) => JSON.stringify(one));
  if (a !== b) throw new Error(`${what}: the library has ${a?.slice(0, 300)}, the adapter ${b?.slice(0, 300)}`);
  console.log(`ok  ${what}`);
}

async function overWebSocket({ WebsocketClient }: Library): Promise<void> {
  const server = await startFeedServer({ exchange: 'bybit', port: 0, symbols: SYMBOLS, intervalMs: 50 });
  const silent = { trace: () => undefined, info: () => undefined, error: () => undefined };
  const client = new WebsocketClient({ market: 'v5', wsUrl: server.url }, silent);
  const [theirs, ours] = [new Map<string, unknown>(), new Map<string, unknown>()];
  const [theirTops, ourTops] = [new Map<string, unknown>(), new Map<string, unknown>()];
  const tickers = new Set<string>();
  const faults: unknown[] = [];
  const feed = new ExchangeFeed({
    protocol: bybit(), url: server.url, symbols: SYMBOLS, staleAfterMs: 10_000, logger: createLogger({ service: 'check', environment: 'check', level: 'silent' }),
    onTick: () => undefined,
    onTop: ({ symbol, updateId, bidPrice, askPrice }: BookTop) => ourTops.set(`${symbol} ${updateId}`, [bidPrice, askPrice]),
    onTrades: (_, trades) => trades.forEach(({ symbol, id, price, quantity, takerSide }: MarketTrade) => ours.set(`${symbol} ${id}`, [price, quantity, takerSide])),
  });
  try {
    client.on('exception', (fault) => faults.push(fault));
    client.on('update', ({ topic = '', data }) => {
      if (topic.startsWith('tickers.')) tickers.add(topic);
      if (topic.startsWith('orderbook.')) {
        const { s, u, b, a } = data as { s: string; u: number; b: string[][]; a: string[][] };
        theirTops.set(`${s} ${u}`, [b[0]?.[0], a[0]?.[0]]);
      }
      if (!topic.startsWith('publicTrade.')) return;
      for (const { s, i, p, v, S } of data as Record<'s' | 'i' | 'p' | 'v' | 'S', string>[]) theirs.set(`${s} ${i}`, [p, v, S.toLowerCase()]);
    });
    feed.start();
    for (const promise of client.subscribeV5(SYMBOLS.flatMap((symbol) => ['tickers', 'orderbook.1', 'publicTrade'].map((one) => `${one}.${symbol}`)), 'spot')) {
      promise.catch((fault: unknown) => faults.push(fault));
    }
    await until('a ticker of every symbol', () => tickers.size === SYMBOLS.length);
    await until('two hundred trades that both heard', () => [...theirs.keys()].filter((id) => ours.has(id)).length >= 200);
    const both = (a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): string[] => [...a.keys()].filter((id) => b.has(id));
    const trades = both(theirs, ours);
    equal(`${trades.length} trades`, trades.map((id) => theirs.get(id)), trades.map((id) => ours.get(id)));
    // Between the first and the last one that both have neither lacks one.
    const between = (list: string[]): string[] => list.slice(list.indexOf(trades[0]), list.indexOf(trades[trades.length - 1]) + 1);
    equal('none that one of them lacks', between([...theirs.keys()]), between([...ours.keys()]));
    const tops = both(theirTops, ourTops);
    equal(`${tops.length} best prices`, tops.map((id) => theirTops.get(id)), tops.map((id) => ourTops.get(id)));
    equal('no exception', faults, Object.keys(feed.state().malformed));
  } finally {
    client.closeAll(true);
    await feed.stop();
    await server.close();
  }
}

async function overRest({ RestClientV5 }: Library): Promise<void> {
  const server = await startBybitRest({ port: 0 });
  try {
    const client = new RestClientV5({ baseUrl: server.url });
    const start = Math.floor(Date.now() / 60_000 - 20) * 60_000;
    const { result: { list } } = await client.getKline({ category: 'spot', symbol: 'BTCUSDT', interval: '1', start, end: start + 9 * 60_000 });
    equal('ten candles, the newest first', list.map(([time]) => Number(time)), Array.from({ length: 10 }, (_, i) => start + (9 - i) * 60_000));
    const { result: { list: [ticker] } } = await client.getTickers({ category: 'spot', symbol: 'BTCUSDT' });
    equal('a price', Number(ticker.lastPrice) > 0, true);
  } finally {
    await server.close();
  }
}

async function main(): Promise<void> {
  const found = library();
  await overWebSocket(found);
  await overRest(found);
  console.log(`bybit-api ${VERSION} and the adapter agree`);
}

main().then(() => process.exit(0), (error: unknown) => {
  const skipped = error instanceof Skipped;
  console.error(skipped ? `NOT CHECKED: ${error.message}` : error instanceof Error ? error.message : error);
  process.exit(skipped ? 0 : 1);
});
