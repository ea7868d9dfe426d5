import { type BacktestJob, countAverages, daysOf, MINUTES_PER_DAY } from './job';
import { ApiError } from '../http/api-error';

/** Where a backtest runs. */
export type Weight = 'light' | 'heavy';

/** What a backtest will take, estimated from what it asks for. */
export interface Estimate {
  readonly weight: Weight;
  /** Candles that each pair of averages is tried on. */
  readonly candles: number;
  readonly pairs: number;
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
/** A worker's day. */
export const HEAVY_SECONDS = 86_400;

/** To fetch and read the candles of one day, of which eight are under way at a time. */
const SECONDS_PER_DAY_FILE = 0.01;
/** Candles that pairs are tried on per second: a seventh of what one core of a developer's machine did (139 million). */
const CANDLES_PER_SECOND = 20_000_000;
/** The runtime, the bundle and one day's file. */
const BASE_MEBIBYTES = 192;
/** A candle's minute while it is read, its time and its price, in numbers of eight bytes. */
const BYTES_PER_MINUTE = 32;

/** What a backtest will take and where it runs therefore. */
export function estimate(job: Pick<BacktestJob, 'from' | 'to' | 'intervalMinutes' | 'strategy'>): Estimate {
  const days = daysOf(job).length;
  const candles = Math.ceil(days * MINUTES_PER_DAY / job.intervalMinutes);
  const pairs = countAverages(job);
  const seconds = days * SECONDS_PER_DAY_FILE + candles * pairs / CANDLES_PER_SECOND;
  const mebibytes = BASE_MEBIBYTES + Math.ceil(days * MINUTES_PER_DAY * BYTES_PER_MINUTE / 2 ** 20);
  const weight = seconds <= LIGHT_SECONDS && mebibytes <= LIGHT_MEBIBYTES ? 'light' : 'heavy';
  return { weight, candles, pairs, seconds: Math.round(seconds * 1_000) / 1_000, mebibytes };
}

/**
 * The estimate of a backtest that something here can run.
 *
 * @throws ApiError 422 when it is too large for a worker, or heavy where there are no workers
 */
export function admit(job: BacktestJob, hasWorkers: boolean): Estimate {
  const found = estimate(job);
  const { weight, seconds, mebibytes } = found;
  if (seconds > HEAVY_SECONDS) {
    throw new ApiError(422, 'backtest_too_large', `This would take about ${Math.round(seconds)} seconds; a worker has ${HEAVY_SECONDS}. Ask for fewer days, longer candles or fewer pairs.`);
  }
  if (weight === 'heavy' && !hasWorkers) {
    throw new ApiError(422, 'backtest_needs_workers',
      `This would take about ${Math.round(seconds)} seconds and ${mebibytes} MiB; functions get backtests of up to ${LIGHT_SECONDS} seconds and ${LIGHT_MEBIBYTES} MiB, and this system has no workers. `
      + 'Ask for fewer days, longer candles or fewer pairs.');
  }
  return found;
}
