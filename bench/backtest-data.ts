import { Random } from '../services/backtester/engine/random';
import { allocateSeries, type BarSeries } from '../services/backtester/engine/series';
import { defineInstrument } from '../services/domain';

/** Minutes of a year. */
export const YEAR = 525_600;
export const FAST = 20;
export const SLOW = 100;

/** Prices are ticks of one: every engine holds them exactly, so all see the same crossings. */
const instrument = defineInstrument({
  symbol: 'BENCHUSD', base: { code: 'BENCH', decimals: 0 }, quote: { code: 'USD', decimals: 0 }, tickSize: '1', lotSize: '1', version: 1,
});

/**
 * A year that nobody had: each bar opens where the one before closed, so that engines that fill at the close and those that fill at the
 * next opening pay the same.
 */
export function generateYear(seed: number, bars = YEAR): BarSeries {
  const random = new Random(seed);
  const series = allocateSeries(instrument, 60_000, bars);
  const start = Date.UTC(2025, 0, 1);
  let price = 60_000;
  for (let i = 0; i < bars; i++) {
    const close = Math.max(1_000, price + Math.round((random.next() - 0.5) * 40));
    series.times[i] = start + i * 60_000;
    series.open[i] = price;
    series.close[i] = close;
    series.high[i] = Math.max(price, close) + Math.floor(random.next() * 10);
    series.low[i] = Math.min(price, close) - Math.floor(random.next() * 10);
    series.volume[i] = 10_000;
    price = close;
  }
  return series;
}
