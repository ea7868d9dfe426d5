import type { Redis } from 'ioredis';
import type { InstrumentCatalog } from './instrument-catalog';
import { type BookView, bookKey, type Ticker, tickerKey, TRADES_KEPT, tradesKey, type TradeView } from '../../domain';
import { ApiError, unavailable } from '../http/errors';
import { cacheBreaker } from '../orders/order-cache';

/** Prices at which what an account has is valued. */
export interface Marks {
  /** Symbols without a price are left out. */
  of(symbols: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** What the venue and, where a streamer runs, the market outside say of an instrument. */
export interface TickerView {
  readonly symbol: string;
  /** Of the last trade here, else of the market outside. */
  readonly lastPrice?: string;
  readonly lastQuantity?: string;
  readonly lastTime?: number;
  /** Best of the venue's own book. */
  readonly bidPrice?: string;
  readonly bidQuantity?: string;
  readonly askPrice?: string;
  readonly askQuantity?: string;
  /** The last 24 hours of the market that is streamed. */
  readonly market?: Omit<Ticker, 'symbol'>;
}

/** Reads what the cache has of the market. All of it is a projection: without the cache there is nothing to say. */
export class Tickers implements Marks {
  constructor(private readonly cache: Redis, private readonly catalog: InstrumentCatalog, private readonly breaker = cacheBreaker()) {}

  /** @throws ApiError 404, 503 */
  async one(symbol: string): Promise<TickerView> {
    this.require(symbol);
    return (await this.read([symbol]))[0];
  }

  /** @throws ApiError 503 */
  all(): Promise<readonly TickerView[]> {
    return this.read(this.catalog.list().map(({ symbol }) => symbol));
  }

  /** The last trades, newest first. @throws ApiError 404, 503 */
  async trades(symbol: string, limit: number): Promise<readonly TradeView[]> {
    this.require(symbol);
    const rows = await this.asked(() => this.cache.lrange(tradesKey(symbol), 0, Math.min(limit, TRADES_KEPT) - 1));
    return rows.map((row) => JSON.parse(row) as TradeView);
  }

  async of(symbols: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const views = symbols.length === 0 ? [] : await this.read([...new Set(symbols)]).catch(() => []);
    return new Map(views.flatMap(({ symbol, lastPrice }) => (lastPrice === undefined ? [] : [[symbol, lastPrice]])));
  }

  private require(symbol: string): void {
    if (!this.catalog.get(symbol)) throw new ApiError(404, 'unknown_symbol', 'There is no such instrument; GET /v1/instruments lists them.');
  }

  private read(symbols: readonly string[]): Promise<readonly TickerView[]> {
    return this.asked(() => Promise.all(symbols.map(async (symbol) => {
      const [ticker, book, trade] = await Promise.all([
        this.cache.get(tickerKey(symbol)), this.cache.get(bookKey(symbol)), this.cache.lindex(tradesKey(symbol), 0),
      ]);
      return tickerView(symbol, parsed<Ticker>(ticker), parsed<BookView>(book), parsed<TradeView>(trade));
    })));
  }

  private async asked<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await this.breaker.run(question);
    } catch (error) {
      throw Object.assign(unavailable('cache_unavailable', 'The market cannot be read at the moment.'), { cause: error });
    }
  }
}

function parsed<T>(json: string | null): T | undefined {
  return json === null ? undefined : JSON.parse(json) as T;
}

function tickerView(symbol: string, ticker: Ticker | undefined, book: BookView | undefined, trade: TradeView | undefined): TickerView {
  const { symbol: _, ...market } = ticker ?? { symbol };
  const [bid] = book?.bids ?? [];
  const [ask] = book?.asks ?? [];
  return {
    symbol,
    ...(trade ? { lastPrice: trade.price, lastQuantity: trade.quantity, lastTime: trade.time } : {}),
    ...(!trade && ticker ? { lastPrice: ticker.lastPrice, lastTime: ticker.receivedTime } : {}),
    ...(bid ? { bidPrice: bid[0], bidQuantity: bid[1] } : {}),
    ...(ask ? { askPrice: ask[0], askQuantity: ask[1] } : {}),
    ...(ticker ? { market: market as Omit<Ticker, 'symbol'> } : {}),
  };
}
