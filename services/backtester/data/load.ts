import { createHash } from 'node:crypto';
import { type OpenedCandles, openCandles, readColumns } from './candle-columns';
import { guessInstrument } from './guess-instrument';
import type { CandleSource } from './sources';
import { candleKey, candlesPerDay, DAY_MS, dayText } from '../../adapters/candles/candle';
import { type Instrument, specOf } from '../../domain';
import { aggregate, allocateSeries, BadDataError, type BarSeries, checkSeries, COLUMNS, sliceSeries } from '../engine/series';

/** Files that are fetched at the same time. */
const AT_ONCE = 8;

/** What has to be known of the data to judge a result. */
export interface DataQuality {
  readonly symbol: string;
  readonly bars: number;
  /** Days without a file: nothing was traded on them. */
  readonly missingDays: readonly string[];
  /** Days with fewer candles than there are minutes. */
  readonly incompleteDays: readonly { readonly day: string; readonly candles: number; readonly expected: number }[];
  /** Prices that were finer than the tick and rounded to it. */
  readonly roundedPrices: number;
}

export interface LoadedSeries {
  readonly series: BarSeries;
  readonly quality: DataQuality;
}

export interface LoadOptions {
  readonly source: CandleSource;
  readonly symbol: string;
  /** How it is traded; derived from the decimals of the files when left out. */
  readonly instrument?: Instrument;
  /** First and last day, both included: milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly intervalMinutes: number;
  /** Told after each day; may throw to end the work. */
  readonly onDay?: (done: number, of: number) => void;
}

/**
 * Candles of days in one series.
 *
 * @throws BadDataError when a file is damaged or its bars are wrong, or when there are none at all
 */
export async function loadSeries(options: LoadOptions): Promise<LoadedSeries> {
  const { symbol, from, to, intervalMinutes, onDay } = options;
  const days = Array.from({ length: Math.max(0, Math.round((to - from) / DAY_MS) + 1) }, (_, i) => from + i * DAY_MS);
  const files: OpenedCandles[] = [];
  const missingDays: string[] = [];
  for (let first = 0; first < days.length; first += AT_ONCE) {
    const found = await Promise.all(days.slice(first, first + AT_ONCE).map((day) => openDay(options, day)));
    found.forEach((one, i) => (one === undefined ? missingDays.push(dayText(days[first + i])) : files.push(one)));
    onDay?.(Math.min(days.length, first + AT_ONCE), days.length);
  }
  if (files.length === 0) throw new BadDataError('no_candles', `there are no candles of ${symbol} from ${dayText(from)} to ${dayText(to)}`);
  const instrument = options.instrument ?? guessInstrument(symbol, files);
  const all = allocateSeries(instrument, 60_000, files.reduce((sum, { bars }) => sum + bars, 0));
  let at = 0;
  let roundedPrices = 0;
  for (const file of files) {
    const read = await readColumns(file, instrument);
    for (const column of COLUMNS) all[column].set(read.series[column], at);
    at += file.bars;
    roundedPrices += read.roundedPrices;
  }
  // Each day was looked at; this is about what lies between them.
  checkSeries(all, `${symbol} as a whole`);
  const series = aggregate(all, intervalMinutes * 60_000);
  if (series.length === 0) throw new BadDataError('no_candles', `the files of ${symbol} from ${dayText(from)} to ${dayText(to)} have no candles`);
  const expected = candlesPerDay('1m');
  const incompleteDays = files.filter(({ bars }) => bars < expected).map(({ day, bars }) => ({ day: dayText(day), candles: bars, expected }));
  return { series, quality: { symbol, bars: series.length, missingDays, incompleteDays, roundedPrices } };
}

async function openDay({ source, symbol }: LoadOptions, day: number): Promise<OpenedCandles | undefined> {
  const key = candleKey(symbol, '1m', day);
  const bytes = await source.read(key);
  if (bytes === undefined) return undefined;
  const opened = openCandles(bytes, key);
  if (opened.symbol !== symbol || opened.day !== day || opened.interval !== '1m') {
    throw new BadDataError('bad_candles', `${key} holds something else: ${opened.symbol} ${opened.interval} ${dayText(opened.day)}`);
  }
  return opened;
}

/** What names the data of a run: every number of it, and how the instruments are traded. */
export function digestOf(all: readonly BarSeries[]): string {
  const hash = createHash('sha256');
  for (const series of all) {
    hash.update(JSON.stringify([specOf(series.instrument), series.kind, series.intervalMs, series.length]));
    for (const column of COLUMNS) {
      const { buffer, byteOffset, byteLength } = series[column];
      hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    }
  }
  return hash.digest('hex');
}

/** A part of what was loaded, by time. */
export function between(series: BarSeries, from: number, to: number): BarSeries {
  const first = lowerBound(series.times, from);
  return sliceSeries(series, first, Math.max(first, lowerBound(series.times, to)));
}

function lowerBound(times: Float64Array, time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
