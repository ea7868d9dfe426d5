import { setImmediate } from 'node:timers/promises';
import type { CandleStore } from './candles';
import { type Averages, averagesOf, type BacktestJob, daysOf } from './job';
import type { Estimate } from './rule';
import { type Performance, type Series, smaCross } from './sma-cross';
import { formatDecimal, type Instrument, parseDecimal } from '../../domain';
import { parsePrice, ticksOf } from '../money';

/** Pairs that a report lists, the best first. */
const LISTED = 20;
/** Points of the best pair's value over time. */
const POINTS = 500;
/** Milliseconds of work after which everything else gets its turn. */
const SLICE_MS = 50;
/** Days that are fetched at the same time. */
const AT_ONCE = 8;

/** A pair of averages and how it did. */
export interface RankedPair extends Averages {
  readonly finalBalance: string;
  readonly trades: number;
  readonly maxDrawdownBps: number;
}

/** What a backtest found. */
export interface Report {
  readonly job: BacktestJob;
  readonly estimate: Estimate;
  readonly candles: number;
  /** Days without candles; the strategy did not trade on them. */
  readonly missingDays: readonly string[];
  readonly pairs: number;
  readonly best: readonly RankedPair[];
  /** Value of the best pair over time. */
  readonly equity: readonly (readonly [time: number, balance: string])[];
}

/** The backtest can never succeed; its owner has to ask for something else. */
export class BacktestRefusedError extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
    this.name = 'BacktestRefusedError';
  }
}

/** There is too little time left to finish here. */
export class OutOfTimeError extends Error {
  constructor() {
    super('the backtest takes longer than there is time');
    this.name = 'OutOfTimeError';
  }
}

export interface RunOptions {
  readonly candles: Pick<CandleStore, 'read'>;
  readonly instrument: Instrument;
  /** Called now and then; throws to end the work. */
  readonly checkTime: () => void;
}

/**
 * Runs a backtest. The same job on the same candles gives the same report, byte by byte.
 *
 * @throws BacktestRefusedError when there are no candles, or amounts get too large; OutOfTimeError as `checkTime` says
 */
export async function runBacktest(job: BacktestJob, weighed: Estimate, options: RunOptions): Promise<Report> {
  const { instrument, checkTime } = options;
  const { series, missingDays } = await readSeries(job, options);
  if (series.ticks.length === 0) throw new BacktestRefusedError('no_candles', `There are no candles of ${job.symbol} from ${job.from} to ${job.to}.`);
  const stake = { units: parseDecimal(job.startBalance, instrument.quote.decimals, 'startBalance'), feePpm: job.feePpm };
  let best: Performance[] = [];
  let pairs = 0;
  let sliceEnds = performance.now() + SLICE_MS;
  try {
    for (const averages of averagesOf(job)) {
      best.push(smaCross(series, instrument, stake, averages));
      pairs++;
      if (best.length >= 10 * LISTED) best = ranked(best);
      if (performance.now() < sliceEnds) continue;
      await setImmediate();
      checkTime();
      sliceEnds = performance.now() + SLICE_MS;
    }
  } catch (error) {
    if (error instanceof RangeError) throw new BacktestRefusedError('out_of_range', error.message);
    throw error;
  }
  best = ranked(best);
  const amount = (units: number): string => formatDecimal(units, instrument.quote.decimals);
  const equity: [number, string][] = [];
  const every = Math.ceil(series.ticks.length / POINTS);
  smaCross(series, instrument, stake, best[0], (i, units) => {
    if (i % every === 0 || i === series.ticks.length - 1) equity.push([series.times[i], amount(units)]);
  });
  return {
    job, estimate: weighed, candles: series.ticks.length, missingDays, pairs,
    best: best.map(({ finalUnits, ...rest }) => ({ ...rest, finalBalance: amount(finalUnits) })),
    equity,
  };
}

/** The best pairs; of equals the shorter averages come first, so that the order never depends on when they were tried. */
function ranked(all: Performance[]): Performance[] {
  return all.sort((a, b) => b.finalUnits - a.finalUnits || a.fast - b.fast || a.slow - b.slow).slice(0, LISTED);
}

/** Closes of a job's candles, in ticks: of each interval the last close that there is. */
async function readSeries(job: BacktestJob, options: RunOptions): Promise<{ series: Series; missingDays: string[] }> {
  const { candles, instrument, checkTime } = options;
  const interval = job.intervalMinutes * 60_000;
  const series = { times: [] as number[], ticks: [] as number[] };
  const missingDays: string[] = [];
  const days = daysOf(job);
  for (let first = 0; first < days.length; first += AT_ONCE) {
    checkTime();
    const some = days.slice(first, first + AT_ONCE);
    const read = await Promise.all(some.map((day) => candles.read(job.symbol, day)));
    for (const [i, found] of read.entries()) {
      if (found === undefined) missingDays.push(new Date(some[i]).toISOString().slice(0, 10));
      for (const [time, , , , close] of found ?? []) {
        const opens = time - time % interval;
        const last = series.times.length - 1;
        const at = series.times[last] === opens ? last : last + 1;
        series.times[at] = opens;
        series.ticks[at] = ticksOf(instrument, parsePrice(close));
      }
    }
  }
  return { series, missingDays };
}
