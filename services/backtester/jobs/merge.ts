import type { PartResult } from './run-part';
import { type BacktestJob, groupsOf, rangesOf } from '../../adapters/backtests/job';
import type { StrategySettings } from '../../domain/strategy';
import { type GridPoint, ranked } from '../search/grid';
import { heatOf, LISTED, rankedPoint, type SearchSummary } from '../search/summary';

/** What all pieces of a backtest found together. */
export interface Merged {
  /** The best of all. */
  readonly group: number;
  readonly settings: StrategySettings;
  /** Undefined when there was only one run. */
  readonly search?: SearchSummary;
}

/** Puts pieces together; their order does not matter. @returns undefined when no choice of settings made sense */
export function mergeParts(job: BacktestJob, parts: readonly PartResult[], quoteDecimals: number): Merged | undefined {
  const groups = groupsOf(job);
  const groupOf = new Map<GridPoint, number>();
  const ordered = [...parts].sort((a, b) => a.part.group - b.part.group || a.part.first - b.part.first);
  for (const { part: { group }, best } of ordered) for (const point of best) groupOf.set(point, group);
  // Equal ones keep the order of the groups, then of the grid.
  const all = groups.flatMap((_, group) => ranked(ordered.filter(({ part }) => part.group === group).flatMap(({ best }) => best), job.rankBy));
  const best = ranked(all.map((point, place) => ({ ...point, index: place })), job.rankBy);
  if (best.length === 0) return undefined;
  const original = best.map(({ index }) => all[index]);
  const [first] = original;
  const group = groupOf.get(first) ?? 0;
  const points = parts.reduce((sum, one) => sum + one.points, 0);
  if (points === 1) return { group, settings: first.settings };
  const listed = original.slice(0, LISTED).map((point) => ({
    ...rankedPoint(point, quoteDecimals),
    ...(groups.length === 1 ? {} : { symbols: groups[groupOf.get(point) ?? 0] }),
  }));
  const returns = ordered.filter(({ part }) => part.group === group).flatMap((one) => one.returns);
  return {
    group, settings: first.settings,
    search: {
      rankBy: job.rankBy, points, stopped: parts.reduce((sum, one) => sum + one.stopped, 0), best: listed,
      ...heatOf(returns, rangesOf(job)),
    },
  };
}
