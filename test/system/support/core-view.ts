import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import type { TestSystem } from './system';
import type { LedgerAudit } from '../../../bench/lib/ledger';
import { MatcherQuery } from '../../../services/adapters/query/query-client';
import {
  bookKey, type BookView, defineInstrument, formatPrice, formatQuantity, INSTRUMENTS_KEY, type InstrumentSpec, TRADES_KEPT, tradesKey, type TradeView,
} from '../../../services/domain';

/** What clients read of the venue without asking the core. */
export interface VenueView {
  /** Specifications by symbol. */
  readonly instruments: Readonly<Record<string, InstrumentSpec>>;
  /** Levels by symbol: price and quantity. */
  readonly books: Readonly<Record<string, { readonly bids: BookView['bids']; readonly asks: BookView['asks'] }>>;
  /** Sequences of the last trades by symbol, newest first, with the taker's side. */
  readonly trades: Readonly<Record<string, readonly string[]>>;
}

/** The cache of a system, as its administrator sees it. */
export function connectRedis(system: TestSystem): Redis {
  const { redis, caFile } = system.platform.describe();
  const client = new Redis(redis!.url, {
    password: redis!.token, tls: { ca: readFileSync(caFile) }, maxRetriesPerRequest: null, retryStrategy: () => 100,
  });
  client.on('error', () => undefined);
  return client;
}

/** What the cache has. */
export async function cachedView(redis: Redis): Promise<VenueView> {
  const specs = Object.entries(await redis.hgetall(INSTRUMENTS_KEY)).sort()
    .map(([symbol, json]) => [symbol, JSON.parse(json) as InstrumentSpec] as const);
  const books = await Promise.all(specs.map(async ([symbol]) => {
    const { bids, asks } = JSON.parse(await redis.get(bookKey(symbol)) ?? '{}') as Partial<BookView>;
    return [symbol, { bids, asks }];
  }));
  const trades = await Promise.all(specs.map(async ([symbol]) => {
    const list = (await redis.lrange(tradesKey(symbol), 0, -1)).map((json) => JSON.parse(json) as TradeView);
    return [symbol, list.map(({ seq, takerSide }) => `${seq} ${takerSide}`)];
  }));
  return { instruments: Object.fromEntries(specs), books: Object.fromEntries(books), trades: Object.fromEntries(trades) } as VenueView;
}

/** What it should have: instruments from the REST API, books from the core itself, trades from the ledger. */
export async function trueView(system: TestSystem, audit: LedgerAudit): Promise<VenueView> {
  const { instruments } = await system.api.call<{ instruments: InstrumentSpec[] }>('GET', '/v1/instruments');
  const query = new MatcherQuery({ endpoints: system.processes('reference-matcher').map(({ port }) => `127.0.0.1:${port}`), timeoutMs: 5_000 });
  try {
    const books = await Promise.all(instruments.map(async (spec) => {
      const instrument = defineInstrument(spec);
      const { bids, asks } = await query.book(spec.symbol);
      const rows = (levels: typeof bids): [string, string][] => levels.map(({ priceTicks, quantityLots }) => (
        [formatPrice(instrument, priceTicks), formatQuantity(instrument, quantityLots)]));
      return [spec.symbol, { bids: rows(bids), asks: rows(asks) }];
    }));
    const trades = await Promise.all(instruments.map(async ({ symbol }) => {
      const rows = await audit.rows<{ seq: string; side: string }>(
        "SELECT seq, side FROM ledger.fills WHERE symbol = $1 AND liquidity = 'taker' ORDER BY seq DESC LIMIT $2", [symbol, TRADES_KEPT]);
      return [symbol, rows.map(({ seq, side }) => `${seq} ${side}`)];
    }));
    return {
      instruments: Object.fromEntries(instruments.map((spec) => [spec.symbol, spec])),
      books: Object.fromEntries(books),
      trades: Object.fromEntries(trades),
    } as VenueView;
  } finally {
    query.close();
  }
}
