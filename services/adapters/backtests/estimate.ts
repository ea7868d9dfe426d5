import { type BacktestJob, countRuns, daysOf, groupsOf, rangesOf } from './job';
import { gridSize } from '../../domain/strategy';

/** Where a backtest runs. */
export type Weight = 'light' | 'heavy';

/** What a backtest will take, estimated from what it asks for. */
export interface Estimate {
  readonly weight: Weight;
  /** Candles of one run. */
  readonly candles: number;
  /** Runs: choices of settings, times instruments that are run by themselves. */
  readonly runs: number;
  readonly seconds: number;
  readonly mebibytes: number;
}

/*
 * A function has 15 minutes and 3 GB. A backtest is light when it is expected to take at most a minute and a third of the memory. A minute
 * is about what a worker takes to start, so below it a function answers sooner, and above it a worker is no later and a tenth of the price.
 * The estimate may be wrong by a factor of fifteen before the function's limit is met; then the backtest is handed on to the workers.
 */
export const LIGHT_SECONDS = 60;
export const LIGHT_MEBIBYTES = 1_024;
/** All workers together for six hours. */
export const HEAVY_SECONDS = 86_400;
/** What one message of the heavy queue asks for: a worker that is interrupted loses no more. */
const PART_SECONDS = 60;
const MOST_PARTS = 500;

/** To fetch and read the candles of one day, of which eight are under way at a time. */
const SECONDS_PER_DAY_FILE = 0.02;
/** Candles per second of the engine: about a quarter of what one core of a developer's machine does. */
const CANDLES_PER_SECOND = 3_000_000;
/** The runtime, the bundle and some days' files. */
const BASE_MEBIBYTES = 224;
/** A minute in six columns of eight bytes, twice while it is put together. */
const BYTES_PER_MINUTE = 96;
const MINUTES_PER_DAY = 1_440;

/** What a backtest will take and where it runs therefore. */
export function estimate(job: Pick<BacktestJob, 'from' | 'to' | 'intervalMinutes' | 'strategy' | 'symbols' | 'together'>): Estimate {
  const days = daysOf(job).length;
  const together = job.together ? job.symbols.length : 1;
  const candles = Math.ceil(days * MINUTES_PER_DAY / job.intervalMinutes) * together;
  const runs = countRuns(job);
  const seconds = days * job.symbols.length * SECONDS_PER_DAY_FILE + candles * runs / CANDLES_PER_SECOND;
  const mebibytes = BASE_MEBIBYTES + Math.ceil(days * together * MINUTES_PER_DAY * BYTES_PER_MINUTE / 2 ** 20);
  const weight = seconds <= LIGHT_SECONDS && mebibytes <= LIGHT_MEBIBYTES ? 'light' : 'heavy';
  return { weight, candles, runs, seconds: Math.round(seconds * 1_000) / 1_000, mebibytes };
}

/** A piece of a backtest: some choices of settings on one group of instruments. */
export interface Part {
  readonly group: number;
  /** Numbers of the choices, the last one excluded. */
  readonly first: number;
  readonly end: number;
}

/** The pieces of a backtest, always the same ones for the same job: by instruments, then by settings, each for about a minute. */
export function partsOf(job: BacktestJob, { candles, runs }: Pick<Estimate, 'candles' | 'runs'>): Part[] {
  const groups = groupsOf(job).length;
  const points = gridSize(rangesOf(job));
  const wanted = Math.max(PART_SECONDS * CANDLES_PER_SECOND / candles, runs / MOST_PARTS, 1);
  const slices = Math.max(1, Math.ceil(points / wanted));
  return Array.from({ length: groups }, (_, group) => Array.from({ length: slices }, (__, i): Part => (
    { group, first: Math.floor(points * i / slices), end: Math.floor(points * (i + 1) / slices) }))).flat();
}
