import type { Redis } from 'ioredis';
import type { InstrumentCatalog } from './instrument-catalog';
import type { QueryBook, QueryLevel } from '../../adapters/query/messages';
import { bookKey, type BookView, formatPrice, formatQuantity, type Instrument, type PartitionMap } from '../../domain';
import { ApiError, unavailable } from '../http/errors';
import { cacheBreaker } from '../orders/order-cache';

/** Whoever can be asked for a book when the cache has none. */
export interface BookSource {
  book(symbol: string): Promise<QueryBook>;
  /** Why it answered nothing; undefined when it did. */
  readonly problem: string | undefined;
}

/**
 * The books as the matcher last published them. A task that has just started asks the matcher itself first, once per symbol: what the
 * cache has may be older than the system. Afterwards the cache comes first, which is cheaper for everybody.
 */
export class Books {
  private readonly warm = new Set<string>();

  /** @param matchers of the partitions whose matchers can be reached from here */
  constructor(
    private readonly cache: Redis,
    private readonly catalog: InstrumentCatalog,
    private readonly partitions: PartitionMap,
    private readonly matchers: ReadonlyMap<number, BookSource>,
    private readonly breaker = cacheBreaker(),
  ) {}

  /** What is wrong with asking a matcher, if anything. */
  get problem(): string | undefined {
    return [...this.matchers.values()].find(({ problem }) => problem !== undefined)?.problem;
  }

  /**
   * @returns a `BookView` as JSON text
   * @throws ApiError 404 for an unknown symbol, 503 while nobody can say what the book is: an empty one would be a statement
   */
  async read(symbol: string): Promise<string> {
    const instrument = this.catalog.get(symbol);
    if (!instrument) throw new ApiError(404, 'unknown_symbol', 'There is no such instrument; GET /v1/instruments lists them.');
    const cold = !this.warm.has(symbol);
    if (cold) {
      const asked = await this.ask(instrument);
      if (asked !== undefined) return asked;
    }
    let away = false;
    const cached = await this.breaker.run(() => this.cache.get(bookKey(symbol))).catch(() => {
      away = true;
      return null;
    });
    if (cached !== null) return cached;
    const asked = cold ? undefined : await this.ask(instrument);
    if (asked !== undefined) return asked;
    throw away ? unavailable('cache_unavailable', 'The book cannot be read at the moment.')
      : unavailable('book_unavailable', 'No book of this instrument has been published yet.');
  }

  private async ask(instrument: Instrument): Promise<string | undefined> {
    const book = await this.matchers.get(this.partitions.partitionOf(instrument.symbol))?.book(instrument.symbol).catch(() => undefined);
    // One that is still replaying its journal knows less than the cache.
    if (!book?.caughtUp) return undefined;
    this.warm.add(instrument.symbol);
    const rows = (levels: readonly QueryLevel[]): [string, string][] => levels.map((level) => (
      [formatPrice(instrument, level.priceTicks), formatQuantity(instrument, level.quantityLots)]));
    const view: BookView = { symbol: instrument.symbol, seq: book.seq, time: Date.now(), bids: rows(book.bids), asks: rows(book.asks) };
    return JSON.stringify(view);
  }
}
