import { type GridPoint, type Ranking, ranked } from './grid';
import type { WalkForwardResult } from './walk-forward';
import { formatDecimal } from '../../domain';
import type { SettingRanges, StrategySettings } from '../../domain/strategy';

/** Points that a report lists, the best first. */
export const LISTED = 20;
/** Largest picture of a grid. */
const MOST_CELLS = 2_500;

/** One choice of settings, as people read it. */
export interface RankedPoint {
  readonly settings: StrategySettings;
  readonly finalBalance: string;
  readonly totalReturn: number;
  readonly sharpe: number | null;
  readonly maxDrawdown: number;
  readonly trades: number;
  readonly status: string;
  /** Where several instruments were tried, each by itself. */
  readonly symbols?: readonly string[];
}

/** What a search over settings found. */
export interface SearchSummary {
  readonly rankBy: Ranking;
  readonly points: number;
  /** Points whose run was stopped. */
  readonly stopped: number;
  readonly best: readonly RankedPoint[];
  /** Return over the two settings that vary, when there are just two. */
  readonly heat?: { readonly x: Axis; readonly y: Axis; readonly returns: readonly (readonly (number | null)[])[] };
}

export interface Axis {
  readonly name: string;
  readonly values: readonly number[];
}

export interface WalkForwardSummary {
  readonly trainDays: number;
  readonly testDays: number;
  readonly rankBy: Ranking;
  readonly finalBalance: string;
  readonly totalReturn: number;
  readonly efficiency: number | null;
  readonly windows: readonly {
    readonly train: readonly [string, string]; readonly test: readonly [string,
      string]; readonly settings: StrategySettings; readonly trainReturn: number; readonly testReturn: number; readonly fills: number;
  }[];
}

export function summaryOf(points: readonly GridPoint[], ranges: SettingRanges, rankBy: Ranking, quoteDecimals: number): SearchSummary {
  const best = ranked(points, rankBy).slice(0, LISTED).map((point) => rankedPoint(point, quoteDecimals));
  return { rankBy, points: points.length, stopped: points.filter(({ status }) => status === 'stopped').length, best, ...heatOf(points.map(({ settings, metrics }) => [settings, metrics.totalReturn]), ranges) };
}

export function rankedPoint({ settings, status, finalUnits, metrics }: GridPoint, quoteDecimals: number): RankedPoint {
  return {
    settings, finalBalance: formatDecimal(finalUnits, quoteDecimals), totalReturn: metrics.totalReturn, sharpe: metrics.sharpe,
    maxDrawdown: metrics.maxDrawdown,
    trades: metrics.trades, status,
  };
}

export function walkForwardSummary(
  { windows, finalUnits, efficiency }: WalkForwardResult, plan: Pick<WalkForwardSummary, 'trainDays' | 'testDays' | 'rankBy'>, startUnits: number, quoteDecimals: number,
): WalkForwardSummary {
  const { trainDays, testDays, rankBy } = plan;
  return {
    trainDays, testDays, rankBy, efficiency,
    finalBalance: formatDecimal(finalUnits, quoteDecimals),
    totalReturn: finalUnits / startUnits - 1,
    windows: windows.map(({ train, test, settings, trainReturn, testReturn, testTrades }) => ({
      train, test, settings, trainReturn, testReturn,
      fills: testTrades,
    })),
  };
}

/** A picture of the returns, when two settings vary. */
export function heatOf(returns: readonly (readonly [StrategySettings, number])[], ranges: SettingRanges): Pick<SearchSummary, 'heat'> {
  const varying = Object.keys(ranges).filter((name) => new Set(returns.map(([settings]) => settings[name])).size > 1);
  if (varying.length !== 2) return {};
  const [y, x] = varying.map((name): Axis => ({ name, values: [...new Set(returns.map(([settings]) => settings[name]))].sort((a, b) => a - b) }));
  if (x.values.length * y.values.length > MOST_CELLS) return {};
  const found = new Map(returns.map(([settings, value]) => [`${settings[x.name]}/${settings[y.name]}`, value]));
  return { heat: { x, y, returns: y.values.map((b) => x.values.map((a) => found.get(`${a}/${b}`) ?? null)) } };
}
