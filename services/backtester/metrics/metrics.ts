import type { RoundTrip } from './round-trips';
import type { RunResult } from '../engine/simulation';

const DAY = 86_400_000;
/** Days on which the market trades in a year: all of them. */
const DAYS_PER_YEAR = 365;

/** How a run did. Shares are fractions of one; what cannot be said of so few days or trades is null. */
export interface Metrics {
  readonly totalReturn: number;
  /** Yearly return that would have come to the same; null below a day, and when everything was lost. */
  readonly cagr: number | null;
  /** Mean of the daily returns over their deviation, times the root of the days of a year. */
  readonly sharpe: number | null;
  /** The same over the deviation of the losses alone. */
  readonly sortino: number | null;
  /** `cagr` over the deepest drawdown. */
  readonly calmar: number | null;
  readonly maxDrawdown: number;
  readonly longestDrawdownDays: number;
  /** Positions that were closed. */
  readonly trades: number;
  /** Share of them that brought something. */
  readonly winRate: number | null;
  /** What the winners brought over what the losers cost; null without losers. */
  readonly profitFactor: number | null;
  /** Smallest units of the quote asset. */
  readonly averageWinUnits: number | null;
  readonly averageLossUnits: number | null;
  readonly exposure: number;
  readonly feeUnits: number;
  readonly fills: number;
}

export function metricsOf(run: RunResult, startUnits: number, trips: readonly RoundTrip[]): Metrics {
  const totalReturn = run.finalUnits / startUnits - 1;
  const years = (run.lastTime - run.firstTime) / (DAYS_PER_YEAR * DAY);
  const cagr = years * DAYS_PER_YEAR >= 1 && run.finalUnits > 0 ? (run.finalUnits / startUnits) ** (1 / years) - 1 : null;
  const { sharpe, sortino } = ratios(dailyReturns(run.days.equity, startUnits));
  const closed = trips.filter(({ profitUnits }) => profitUnits !== undefined).map(({ profitUnits }) => profitUnits!);
  const wins = closed.filter((profit) => profit > 0);
  const losses = closed.filter((profit) => profit < 0);
  const won = sum(wins);
  const lost = -sum(losses);
  return {
    totalReturn, cagr, sharpe, sortino,
    calmar: cagr === null || run.maxDrawdown === 0 ? null : cagr / run.maxDrawdown,
    maxDrawdown: run.maxDrawdown,
    longestDrawdownDays: run.longestDrawdownMs / DAY,
    trades: closed.length,
    winRate: closed.length === 0 ? null : wins.length / closed.length,
    profitFactor: lost === 0 ? null : won / lost,
    averageWinUnits: wins.length === 0 ? null : Math.round(won / wins.length),
    averageLossUnits: losses.length === 0 ? null : -Math.round(lost / losses.length),
    exposure: run.exposure,
    feeUnits: run.feeUnits,
    fills: run.fills.length,
  };
}

/** Return of each day over the one before; the first one over the start. */
export function dailyReturns(equity: Float64Array, startUnits: number): Float64Array {
  return equity.map((value, i) => value / (i === 0 ? startUnits : equity[i - 1]) - 1);
}

function ratios(returns: Float64Array): Pick<Metrics, 'sharpe' | 'sortino'> {
  const n = returns.length;
  if (n < 2) return { sharpe: null, sortino: null };
  const mean = sum(returns) / n;
  const variance = sum(returns.map((one) => (one - mean) ** 2)) / (n - 1);
  const downside = sum(returns.map((one) => Math.min(0, one) ** 2)) / n;
  const yearly = Math.sqrt(DAYS_PER_YEAR);
  // Deviations that are nothing but rounding say nothing.
  return {
    sharpe: variance < 1e-24 ? null : mean / Math.sqrt(variance) * yearly,
    sortino: downside < 1e-24 ? null : mean / Math.sqrt(downside) * yearly,
  };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
