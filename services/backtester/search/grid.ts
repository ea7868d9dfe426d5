import { gridPoint, gridSize, makeStrategy, type SettingRanges, type StrategySettings } from '../../domain/strategy';
import type { Assumptions } from '../engine/assumptions';
import type { BarSeries } from '../engine/series';
import { type RunResult, Simulation } from '../engine/simulation';
import { type Metrics, metricsOf } from '../metrics/metrics';
import { roundTrips } from '../metrics/round-trips';

/** What the best is taken to be: the highest of it. */
export const RANKINGS = ['finalBalance', 'sharpe', 'sortino', 'calmar', 'profitFactor'] as const;
export type Ranking = (typeof RANKINGS)[number];

/** One choice of settings and how it did. */
export interface GridPoint {
  /** Its number in the order of the grid. */
  readonly index: number;
  readonly settings: StrategySettings;
  readonly status: RunResult['status'];
  readonly finalUnits: number;
  readonly metrics: Metrics;
}

/** Every choice that makes sense, with its number. */
export function* gridOf(name: string, ranges: SettingRanges, first = 0,
  end = gridSize(ranges)): Generator<{ readonly index: number; readonly settings: StrategySettings }> {
  for (let index = first; index < Math.min(end, gridSize(ranges)); index++) {
    const settings = gridPoint(name, ranges, index);
    if (settings !== undefined) yield { index, settings };
  }
}

export interface RunOptions {
  readonly assumptions: Assumptions;
  readonly seed: number;
  /** The strategy only watches before it: see `SimulationOptions`. */
  readonly tradeFrom?: number;
  /** Called now and then, at most every `sliceBars`; may throw to end the work. */
  readonly onSlice?: () => void | Promise<void>;
  readonly sliceBars?: number;
}

/** A million bars are some tens of milliseconds. */
const SLICE_BARS = 2_000_000;

/** Runs one strategy of the catalogue from beginning to end. */
export async function runStrategy(name: string, settings: StrategySettings, series: readonly BarSeries[], options: RunOptions): Promise<RunResult> {
  const simulation = new Simulation(series, makeStrategy(name, settings), options);
  while (!simulation.run(options.sliceBars ?? SLICE_BARS)) await options.onSlice?.();
  return simulation.result();
}

export function pointOf(index: number, settings: StrategySettings, run: RunResult, series: readonly BarSeries[], startUnits: number): GridPoint {
  const trips = roundTrips(run.fills, series.map(({ instrument }) => instrument.quoteUnitsPerTickLot));
  return { index, settings, status: run.status, finalUnits: run.finalUnits, metrics: metricsOf(run, startUnits, trips) };
}

/** The best first. What has no value comes last; of equals the one that comes first in the grid. */
export function ranked(points: readonly GridPoint[], by: Ranking): GridPoint[] {
  const value = ({ status, finalUnits, metrics }: GridPoint): number => (status === 'stopped' ? -Infinity : by === 'finalBalance' ? finalUnits : metrics[by] ?? -Infinity);
  return [...points].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    return x === y ? a.index - b.index : y > x ? 1 : -1;
  });
}

/** Which part of a grid is run, and who hears of it. */
export interface SearchOptions extends RunOptions {
  readonly first?: number;
  readonly end?: number;
  readonly onPoint?: (point: GridPoint) => void;
  /** Whether to answer with all points; default true. */
  readonly keep?: boolean;
}

/** Runs a part of a grid: those points whose number is from `first` to below `end`. */
export async function searchGrid(
  name: string, ranges: SettingRanges, series: readonly BarSeries[], options: SearchOptions,
): Promise<GridPoint[]> {
  const points: GridPoint[] = [];
  let since = performance.now();
  for (const { index, settings } of gridOf(name, ranges, options.first, options.end)) {
    const point = pointOf(index, settings, await runStrategy(name, settings, series, options), series, options.assumptions.startUnits);
    if (options.keep !== false) points.push(point);
    options.onPoint?.(point);
    if (performance.now() - since < 50) continue;
    await options.onSlice?.();
    since = performance.now();
  }
  return points;
}
