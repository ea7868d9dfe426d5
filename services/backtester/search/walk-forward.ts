import { type GridPoint, type Ranking, ranked, runStrategy, type RunOptions, searchGrid } from './grid';
import { DAY_MS, dayText } from '../../adapters/candles/candle';
import type { SettingRanges, StrategySettings } from '../../domain/strategy';
import { between } from '../data/load';
import type { BarSeries } from '../engine/series';
import type { RunResult } from '../engine/simulation';

/** What a walk forward does: the settings that were best on some days are tried on the days after them, which they have not seen. */
export interface WalkForwardPlan {
  readonly trainDays: number;
  readonly testDays: number;
  readonly rankBy: Ranking;
}

export interface WalkForwardWindow {
  readonly train: readonly [from: string, to: string];
  readonly test: readonly [from: string, to: string];
  readonly settings: StrategySettings;
  /** Return on the days that chose the settings, and on those after. */
  readonly trainReturn: number;
  readonly testReturn: number;
  readonly testTrades: number;
  readonly run: RunResult;
  readonly best: GridPoint;
}

export interface WalkForwardResult {
  readonly windows: readonly WalkForwardWindow[];
  /** What one would have had at the end, each window beginning with what the one before left. */
  readonly finalUnits: number;
  /** Mean return per day on days that were not seen over that on days that were; null when the latter earned nothing. */
  readonly efficiency: number | null;
}

/** Windows of days, one after the other: each is tested right behind its training, and the next one begins where the test ended. */
export function windowsOf(from: number, to: number, { trainDays, testDays }: Pick<WalkForwardPlan, 'trainDays' | 'testDays'>): { train: [number, number]; test: [number, number] }[] {
  const windows = [];
  for (let start = from; start + (trainDays + testDays) * DAY_MS <= to; start += testDays * DAY_MS) {
    const middle = start + trainDays * DAY_MS;
    windows.push({ train: [start, middle] as [number, number], test: [middle, middle + testDays * DAY_MS] as [number, number] });
  }
  return windows;
}

/** @throws RangeError when the days are too few for one window */
export async function walkForward(
  name: string, ranges: SettingRanges, series: readonly BarSeries[],
  options: RunOptions & {
    readonly from: number; readonly to: number; readonly plan: WalkForwardPlan; readonly onWindow?: (done: number,
      of: number) => void;
  },
): Promise<WalkForwardResult> {
  const { plan, assumptions, onWindow } = options;
  const spans = windowsOf(options.from, options.to + DAY_MS, plan);
  if (spans.length === 0) throw new RangeError(`a walk forward of ${plan.trainDays} and ${plan.testDays} days needs ${plan.trainDays + plan.testDays} days`);
  const windows: WalkForwardWindow[] = [];
  let startUnits = assumptions.startUnits;
  const part = ([from, to]: readonly [number, number]): BarSeries[] => series.map((one) => between(one, from, to));
  for (const { train, test } of spans) {
    const seen = part(train);
    const unseen = part(test);
    if ([...seen, ...unseen].some(({ length }) => length === 0)) continue;
    const [best] = ranked(await searchGrid(name, ranges, seen, options), plan.rankBy);
    // It watches the days before as well, so that its averages are known when the test begins.
    const run = await runStrategy(name, best.settings, part([train[0], test[1]]), {
      ...options, tradeFrom: test[0], assumptions: { ...assumptions, startUnits },
    });
    const text = ([from, to]: readonly [number, number]): [string, string] => [dayText(from), dayText(to - DAY_MS)];
    windows.push({
      train: text(train), test: text(test), settings: best.settings, trainReturn: best.metrics.totalReturn,
      testReturn: run.finalUnits / startUnits - 1,
      testTrades: run.fills.length, run, best,
    });
    startUnits = run.finalUnits;
    onWindow?.(windows.length, spans.length);
    if (startUnits <= 0) break;
  }
  const mean = (value: (window: WalkForwardWindow) => number, days: number): number => windows.reduce((sum, one) => sum + value(one),
    0) / windows.length / days;
  const inSample = mean(({ trainReturn }) => trainReturn, plan.trainDays);
  return { windows, finalUnits: startUnits, efficiency: inSample > 0 ? mean(({ testReturn }) => testReturn, plan.testDays) / inSample : null };
}
