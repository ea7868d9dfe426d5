import { z } from 'zod';
import type { InstrumentCatalog } from './instrument-catalog';
import type { MarketMinutes } from './market-minutes';
import type { MarketMinute } from '../../domain';
import { compare, plus } from '../binance/amounts';
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

/** Where bars of the market that is streamed come from: its history, and its last day as it was heard. */
export interface CandleSources {
  readonly ledgers: Ledgers;
  readonly minutes: Pick<MarketMinutes, 'between'>;
}

/** Bars of the market that is streamed: up to the end of yesterday as fetched, since then as heard. Empty where a system has neither. */
export async function candles(
  { ledgers, minutes }: CandleSources, catalog: InstrumentCatalog, symbol: string, query: z.output<typeof candlesQuery>, now = Date.now(),
) {
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
  const [rows, heard] = await Promise.all([
    ledgers.of(ledgers.partitions.defaultPartition).candles({ symbol, seconds, from, to, limit }),
    // A projection: without the cache there is the history still.
    minutes.between(symbol, from, to, now).catch(() => []),
  ]);
  // History comes by days, and every length divides a day: of a bar that is in both, the fetched one is complete.
  const fetched = rows.map(({ openTime, ...bar }): Candle => ({ openTime: openTime.getTime(), ...bar }));
  const byTime = new Map([...joined(heard, length), ...fetched].map((bar) => [bar.openTime, bar]));
  return { symbol, interval, candles: [...byTime.values()].sort((a, b) => a.openTime - b.openTime).slice(-limit) };
}

type Candle = Omit<MarketMinute, 'trades'>;

/** Longer bars of minutes, oldest first. */
function joined(minutes: readonly MarketMinute[], length: number): readonly Candle[] {
  const bars = new Map<number, Candle>();
  for (const { trades: _, ...minute } of minutes) {
    const openTime = minute.openTime - minute.openTime % length;
    const bar = bars.get(openTime);
    bars.set(openTime, bar === undefined ? { ...minute, openTime } : {
      openTime, open: bar.open, close: minute.close,
      high: compare(minute.high, bar.high) > 0 ? minute.high : bar.high, low: compare(minute.low, bar.low) < 0 ? minute.low : bar.low,
      volume: plus(bar.volume, minute.volume), turnover: plus(bar.turnover, minute.turnover),
    });
  }
  return [...bars.values()];
}
