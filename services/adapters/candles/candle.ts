/** How long a candle lasts, by the name that files, tables and messages give it. */
export const INTERVALS = { '1m': 60_000, '5m': 300_000, '15m': 900_000, '1h': 3_600_000, '4h': 14_400_000, '1d': 86_400_000 } as const;
export type Interval = keyof typeof INTERVALS;

export const DAY_MS = 86_400_000;

/** What was traded in one interval. Prices and amounts are decimals as text, to the digit that the exchange said. */
export interface Candle {
  /** Milliseconds since 1970, a multiple of the interval. */
  readonly openTime: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  /** Units of the base asset. */
  readonly volume: string;
  /** Units of the quote asset. */
  readonly turnover: string;
}

/** One day of an instrument's candles in UTC. */
export interface CandleDay {
  readonly symbol: string;
  readonly interval: Interval;
  /** Milliseconds since 1970 of its first moment. */
  readonly day: number;
  /** Where the candles come from, such as `bybit`. */
  readonly source: string;
  /** Oldest first, none twice. */
  readonly candles: readonly Candle[];
}

export function isInterval(text: string): text is Interval {
  return Object.hasOwn(INTERVALS, text);
}

/** `2025-12-10` */
export function dayText(day: number): string {
  return new Date(day).toISOString().slice(0, 10);
}

/** The first moment of a day such as `2025-12-10`, in UTC. @throws RangeError when there is no such day */
export function parseDay(text: string): number {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  if (Number.isNaN(day) || dayText(day) !== text) throw new RangeError(`${JSON.stringify(text)} is not a day such as "2025-12-10"`);
  return day;
}

/** Candles that a whole day has. */
export function candlesPerDay(interval: Interval): number {
  return DAY_MS / INTERVALS[interval];
}

/** Opening times of the candles that a day lacks. */
export function missingTimes({ interval, day, candles }: Pick<CandleDay, 'interval' | 'day' | 'candles'>): number[] {
  const there = new Set(candles.map(({ openTime }) => openTime));
  return Array.from({ length: candlesPerDay(interval) }, (_, i) => day + i * INTERVALS[interval]).filter((time) => !there.has(time));
}

/**
 * Key of a day in the cold store: `data/BTCUSDT/2025/12/10.parquet` holds the candles of a minute, from which all others can be made;
 * those of another interval lie beside it as `10.1h.parquet`.
 */
export function candleKey(symbol: string, interval: Interval, day: number): string {
  const [year, month, date] = dayText(day).split('-');
  return `data/${symbol}/${year}/${month}/${date}${interval === '1m' ? '' : `.${interval}`}.parquet`;
}
