import { z } from 'zod';
import type { InstrumentCatalog } from './instrument-catalog';
import { ApiError } from '../http/errors';
import { coded } from '../http/validate';
import type { Ledgers } from '../ledger/ledgers';
import { count } from '../ledger/queries';

/** Lengths of bars, in seconds. */
export const INTERVALS = { '1m': 60, '5m': 300, '15m': 900, '1h': 3_600, '4h': 14_400, '1d': 86_400 } as const;

/** Most minutes that one question may go through. */
const MOST_MINUTES = 100_000;

const time = (name: string) => z.string().regex(/^\d{1,13}$/, {
  error: coded(`invalid_${name}`, `${name} is a time in milliseconds since 1970.`),
}).transform(Number);

/** Query of `GET /v1/candles/{symbol}`. */
export const candlesQuery = z.strictObject({
  interval: z.enum(Object.keys(INTERVALS) as [keyof typeof INTERVALS]).default('1m'),
  from: time('from').optional(),
  to: time('to').optional(),
  limit: count(1_000, 500),
});

/** Bars of the market that is streamed, as far as history was fetched: up to the end of yesterday. Empty where a system keeps none. */
export async function candles(ledgers: Ledgers, catalog: InstrumentCatalog, symbol: string, query: z.output<typeof candlesQuery>, now = Date.now()) {
  if (!catalog.get(symbol)) throw new ApiError(404, 'unknown_symbol', 'There is no such instrument; GET /v1/instruments lists them.');
  const { interval, limit } = query;
  const seconds = INTERVALS[interval];
  const length = seconds * 1_000;
  const to = query.to ?? now;
  const since = query.from ?? to - Math.min(limit * length, MOST_MINUTES * 60_000);
  const from = Math.max(0, Math.floor(since / length) * length);
  if (since >= to) throw new ApiError(400, 'invalid_range', 'from must be before to.', { field: 'from' });
  if (to - from > MOST_MINUTES * 60_000 + length) {
    throw new ApiError(400, 'invalid_range', `A question may span at most ${MOST_MINUTES} minutes.`, { field: 'from' });
  }
  const rows = await ledgers.of(ledgers.partitions.defaultPartition).candles({ symbol, seconds, from, to, limit });
  return { symbol, interval, candles: rows.map(({ openTime, ...bar }) => ({ openTime: openTime.getTime(), ...bar })) };
}
