import { add, compare, decimal, text } from './decimal';

/** One bar; prices and volume as decimals. */
export interface Bar {
  /** Milliseconds since 1970. */
  readonly openTime: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
}

/** Lengths that the chart offers, in seconds. The API keeps those from a minute on. */
export const INTERVALS = { '1s': 1, '5s': 5, '1m': 60, '5m': 300, '15m': 900, '1h': 3_600, '4h': 14_400, '1d': 86_400 } as const;
export type Interval = keyof typeof INTERVALS;

/** Whether the API may have bars of this length from before the page was opened. */
export const hasHistory = (interval: Interval): boolean => INTERVALS[interval] >= 60;

const NAMES = Object.keys(INTERVALS) as Interval[];
/** Bars of each length that are kept at least. */
const KEPT = 1_500;

const opening = (time: number, interval: Interval): number => Math.floor(time / (INTERVALS[interval] * 1_000)) * INTERVALS[interval] * 1_000;

const higher = (a: string, b: string): string => (compare(decimal(a), decimal(b)) >= 0 ? a : b);
const lower = (a: string, b: string): string => (compare(decimal(a), decimal(b)) <= 0 ? a : b);

function joined(a: Bar, b: Bar): Bar {
  return {
    openTime: a.openTime, open: a.open, high: higher(a.high, b.high), low: lower(a.low, b.low), close: b.close,
    volume: text(add(decimal(a.volume), decimal(b.volume))),
  };
}

/** Bars of every length, made of the prices and trades that came over the stream. */
export class LiveBars {
  private readonly series = new Map(NAMES.map((interval): [Interval, Bar[]] => [interval, []]));

  constructor(readonly symbol: string) {}

  of(interval: Interval): readonly Bar[] {
    return this.series.get(interval)!;
  }

  /** Takes a price that was seen. What is older than the last bar is out of order and left out. */
  price(price: string, time: number): void {
    for (const [interval, bars] of this.series) {
      const openTime = opening(time, interval);
      const last = bars.at(-1);
      if (last && openTime < last.openTime) continue;
      const seen = { openTime, open: price, high: price, low: price, close: price, volume: '0' };
      if (last?.openTime === openTime) bars[bars.length - 1] = joined(last, seen);
      else bars.push(seen);
      if (bars.length > 2 * KEPT) bars.splice(0, bars.length - KEPT);
    }
  }

  /** Takes what was traded here, into the bar of its time if there is one. */
  volume(quantity: string, time: number): void {
    for (const [interval, bars] of this.series) {
      const openTime = opening(time, interval);
      const at = bars.findLastIndex((bar) => bar.openTime <= openTime);
      if (bars[at]?.openTime === openTime) bars[at] = { ...bars[at], volume: text(add(decimal(bars[at].volume), decimal(quantity))) };
    }
  }
}

/** What a chart draws: history, then live bars. */
export interface ChartBars {
  readonly bars: readonly Bar[];
  /** Index of the first bar after a hole between the two; undefined without one. */
  readonly holeAt?: number;
}

/**
 * Joins what the API has with what was seen since. Where both have a bar the API's counts; its last one may not have been over when it was read, and
 * goes on with what was seen. Its volume is the market's.
 */
export function chartBars(history: readonly Bar[], live: readonly Bar[], interval: Interval): ChartBars {
  const seconds = INTERVALS[interval];
  const newest = history.at(-1);
  const last = newest?.openTime ?? -Infinity;
  const since = live.filter(({ openTime }) => openTime > last);
  const same = live.find(({ openTime }) => openTime === last);
  const told = newest && same ? [...history.slice(0, -1), { ...joined(newest, same), volume: newest.volume }] : history;
  const bars = [...told, ...since];
  const hole = history.length > 0 && since.length > 0 && since[0].openTime - last > seconds * 1_000;
  return hole ? { bars, holeAt: history.length } : { bars };
}

/** Bars with newer ones: where both have one the newer counts. */
export function withTail(bars: readonly Bar[], tail: readonly Bar[]): readonly Bar[] {
  const [first] = tail;
  return first ? [...bars.filter(({ openTime }) => openTime < first.openTime), ...tail] : bars;
}
