import type { Instrument } from '../../domain';

/** Bars of one instrument in columns, oldest first. Prices in ticks, volumes in lots: whole numbers. */
export interface BarSeries {
  readonly instrument: Instrument;
  /** `ticks`: each entry is one trade, with its price in all four columns. */
  readonly kind: 'bars' | 'ticks';
  /** Milliseconds that a bar lasts; 0 for ticks. */
  readonly intervalMs: number;
  readonly length: number;
  /** Milliseconds since 1970 at which a bar opens. */
  readonly times: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

export const COLUMNS = ['times', 'open', 'high', 'low', 'close', 'volume'] as const;
export type Column = (typeof COLUMNS)[number];

/** Market data is not what it must be. Nothing is mended: a run over invented prices would be worth less than none. */
export class BadDataError extends Error {
  constructor(readonly code: 'bad_candles' | 'corrupt_candles' | 'no_candles', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BadDataError';
  }
}

/** An empty series with room for bars. */
export function allocateSeries(instrument: Instrument, intervalMs: number, length: number, shared = false): BarSeries {
  const column = (): Float64Array => new Float64Array(shared ? new SharedArrayBuffer(length * 8) : new ArrayBuffer(length * 8));
  return {
    instrument, kind: intervalMs === 0 ? 'ticks' : 'bars', intervalMs, length,
    times: column(), open: column(), high: column(), low: column(), close: column(), volume: column(),
  };
}

/** A part of a series, without a copy. */
export function sliceSeries(series: BarSeries, from: number, to: number): BarSeries {
  const part = (column: Float64Array): Float64Array => column.subarray(from, to);
  return {
    ...series,
    length: Math.max(0, to - from),
    times: part(series.times), open: part(series.open), high: part(series.high), low: part(series.low), close: part(series.close),
    volume: part(series.volume),
  };
}

/**
 * Looks at every bar.
 *
 * @param where what the bars are called in messages
 * @throws BadDataError when bars are out of order or twice, off their interval, or prices are none or contradict each other
 */
export function checkSeries(series: BarSeries, where: string): void {
  const { times, open, high, low, close, volume, length, intervalMs, kind } = series;
  const refuse = (i: number, what: string): never => {
    const time = Number.isFinite(times[i]) && Math.abs(times[i]) < 8.64e15 ? new Date(times[i]).toISOString() : String(times[i]);
    throw new BadDataError('bad_candles', `${where}, bar ${i + 1} of ${length} (${time}): ${what}`);
  };
  for (let i = 0; i < length; i++) {
    if (!Number.isSafeInteger(times[i])) refuse(i, 'its time is none');
    if (i > 0 && (kind === 'bars' ? times[i] <= times[i - 1] : times[i] < times[i - 1])) {
      refuse(i, times[i] === times[i - 1] ? 'it is there twice' : `it is out of order, after one of ${new Date(times[i - 1]).toISOString()}`);
    }
    if (kind === 'bars' && times[i] % intervalMs !== 0) refuse(i, `it does not open at a multiple of ${intervalMs / 1_000} s`);
    // Also false for what is not a number.
    if (!(low[i] >= 1)) refuse(i, 'its lowest price is not above zero; is the tick size of the instrument too large?');
    if (!(high[i] <= Number.MAX_SAFE_INTEGER)) refuse(i, 'its highest price is out of range');
    if (!(low[i] <= open[i] && low[i] <= close[i] && open[i] <= high[i] && close[i] <= high[i])) refuse(i, 'its prices contradict each other');
    if (!(volume[i] >= 0 && volume[i] <= Number.MAX_SAFE_INTEGER)) refuse(i, 'its volume is out of range');
  }
}

/** Bars of a longer interval; those of an interval that has none are missing there too. */
export function aggregate(series: BarSeries, intervalMs: number): BarSeries {
  if (intervalMs === series.intervalMs) return series;
  if (series.intervalMs === 0 || intervalMs % series.intervalMs !== 0) throw new RangeError(`bars of ${series.intervalMs} ms cannot be put together to ${intervalMs} ms`);
  const target = allocateSeries(series.instrument, intervalMs, series.length);
  let at = -1;
  for (let i = 0; i < series.length; i++) {
    const opens = series.times[i] - series.times[i] % intervalMs;
    if (at < 0 || target.times[at] !== opens) {
      at++;
      target.times[at] = opens;
      target.open[at] = series.open[i];
      target.high[at] = series.high[i];
      target.low[at] = series.low[i];
    } else {
      if (series.high[i] > target.high[at]) target.high[at] = series.high[i];
      if (series.low[i] < target.low[at]) target.low[at] = series.low[i];
    }
    target.close[at] = series.close[i];
    target.volume[at] += series.volume[i];
  }
  return sliceSeries(target, 0, at + 1);
}

/** Order in which a bar visits its prices: the extreme that is nearer to its opening first, of equals the lower one. */
export function lowComesFirst(open: number, high: number, low: number): boolean {
  return open - low <= high - open;
}

/** Four ticks for each bar, on the path that fills assume too; for strategies that want ticks where there are only bars. */
export function ticksOf(series: BarSeries): BarSeries {
  const ticks = allocateSeries(series.instrument, 0, series.length * 4);
  for (let i = 0; i < series.length; i++) {
    const [open, high, low, close] = [series.open[i], series.high[i], series.low[i], series.close[i]];
    const isLowFirst = lowComesFirst(open, high, low);
    const quarter = Math.floor(series.volume[i] / 4);
    for (let k = 0; k < 4; k++) {
      const price = k === 0 ? open : k === 3 ? close : (k === 1) === isLowFirst ? low : high;
      const at = i * 4 + k;
      ticks.times[at] = series.times[i] + Math.floor(series.intervalMs * k / 4);
      ticks.open[at] = ticks.high[at] = ticks.low[at] = ticks.close[at] = price;
      ticks.volume[at] = k === 3 ? series.volume[i] - 3 * quarter : quarter;
    }
  }
  return ticks;
}
