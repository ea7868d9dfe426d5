import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { PastMarket } from './past-market';
import { runMain, runStandalone } from './standalone';

const MINUTE = 60_000;
const LIMIT = 1_000;
const SYMBOL = /^[A-Z0-9]{4,20}$/;

/** A running server. */
export interface BybitRest {
  /** What a client asks, without a path. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a server that answers like Bybit's v5 public REST API, as far as prices and candles of the spot market go.
 *
 * @throws Error when the port is taken
 */
export async function startBybitRest({ port, seed = '1', now = Date.now }: { port: number; seed?: string; now?: () => number }): Promise<BybitRest> {
  const markets = new Map<string, PastMarket>();
  const marketOf = (symbol: string): PastMarket => {
    let market = markets.get(symbol);
    if (!market) markets.set(symbol, market = new PastMarket(symbol, seed));
    return market;
  };
  const answers: Readonly<Record<string, (query: URLSearchParams, market: PastMarket) => object>> = {
    '/v5/market/tickers': (_, market) => ({
      category: 'spot',
      list: [{ symbol: market.symbol, lastPrice: market.priceAt(now()), prevPrice24h: market.priceAt(now() - 1_440 * MINUTE) }],
    }),
    '/v5/market/kline': (query, market) => ({ category: 'spot', symbol: market.symbol, list: candles(query, market, now()) }),
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const answer = answers[url.pathname];
    if (!answer) return void response.writeHead(404).end();
    const symbol = url.searchParams.get('symbol') ?? '';
    const good = SYMBOL.test(symbol) && url.searchParams.get('category') === 'spot';
    const body = good
      ? { retCode: 0, retMsg: 'OK', result: answer(url.searchParams, marketOf(symbol)), retExtInfo: {}, time: now() }
      : { retCode: 10001, retMsg: 'params error: symbol invalid', result: {}, retExtInfo: {}, time: now() };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new Error(`port ${port} is taken; name another one with --port`) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

/** Candles of one minute, newest first, never more than the exchange gives at a time and none that has not begun. */
function candles(query: URLSearchParams, market: PastMarket, now: number): unknown[] {
  const limit = Math.min(LIMIT, Number(query.get('limit') ?? 200));
  const end = Math.min(now, Number(query.get('end') ?? now));
  const start = Math.max(0, Number(query.get('start') ?? 0));
  const list: unknown[] = [];
  for (let time = end - end % MINUTE; time >= start && list.length < limit; time -= MINUTE) list.push(market.candle(time));
  return list;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, seed: { type: 'string' } } });
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) throw new Error(`--port must be a whole number up to 65535, got ${JSON.stringify(values.port)}`);
  const server = await startBybitRest({ port: Number(values.port), seed: values.seed });
  runStandalone(server);
}

if (require.main === module) runMain(main);
