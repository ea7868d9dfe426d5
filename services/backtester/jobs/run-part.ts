import type { Part } from '../../adapters/backtests/estimate';
import { type BacktestJob, groupsOf, rangesOf } from '../../adapters/backtests/job';
import { type Instrument, parseDecimal } from '../../domain';
import { gridSize, type StrategySettings } from '../../domain/strategy';
import { digestOf, type LoadedSeries, loadSeries } from '../data/load';
import type { CandleSource } from '../data/sources';
import { type Assumptions, DEFAULT_ASSUMPTIONS } from '../engine/assumptions';
import type { BarSeries } from '../engine/series';
import { tablesOf } from '../report/csv';
import { type FullReport, htmlOf } from '../report/html';
import { type ReportInput, reportOf } from '../report/report';
import { type GridPoint, ranked, runStrategy, searchGrid } from '../search/grid';

/** Points that a piece hands on: the best ones, and for a picture the returns of all. */
const KEPT = 20;
const MOST_CELLS = 2_500;
/** Longest time between two looks at whether to go on. */
const SLICE_BARS = 1_000_000;

/** What a piece of a backtest found; small, so that all of them can be put together by one. */
export interface PartResult {
  readonly part: Part;
  readonly points: number;
  readonly stopped: number;
  readonly best: readonly GridPoint[];
  /** Settings and return of every point, where the grid is small enough to be drawn. */
  readonly returns: readonly (readonly [settings: StrategySettings, totalReturn: number])[];
}

export interface PartContext {
  readonly source: CandleSource;
  readonly instrumentOf: (symbol: string) => Instrument;
  /** Called now and then; throws to end the work. */
  readonly goOn: () => void | Promise<void>;
}

/** What a job assumes of the market. */
export function assumptionsOf(job: BacktestJob, instrument: Instrument): Assumptions {
  return {
    ...DEFAULT_ASSUMPTIONS,
    startUnits: parseDecimal(job.startBalance, instrument.quote.decimals, 'startBalance'),
    makerFeePpm: job.makerFeePpm ?? job.feePpm,
    takerFeePpm: job.takerFeePpm ?? job.feePpm,
    slippage: job.slippageBps === 0 ? { kind: 'none' } : { kind: 'bps', bps: job.slippageBps },
    participationBps: job.participationBps,
    intrabar: job.intrabar,
    limitFill: job.limitFill,
    allowShort: job.allowShort,
  };
}

/** Candles of the instruments of a group. The last ones are kept: a worker often gets the next piece of the same job. */
export class SeriesCache {
  private key = '';
  private loaded: Promise<LoadedSeries[]> | undefined;

  async get(job: BacktestJob, group: number, { source, instrumentOf, goOn }: PartContext): Promise<LoadedSeries[]> {
    const symbols = groupsOf(job)[group];
    const key = JSON.stringify([symbols, job.from, job.to, job.intervalMinutes]);
    if (this.key === key && this.loaded !== undefined) return this.loaded;
    this.key = key;
    this.loaded = this.load(job, symbols, source, instrumentOf, goOn);
    // What failed is not kept.
    this.loaded.catch(() => { this.loaded = undefined; });
    return this.loaded;
  }

  private async load(job: BacktestJob, symbols: readonly string[], source: CandleSource, instrumentOf: PartContext['instrumentOf'], goOn: PartContext['goOn']): Promise<LoadedSeries[]> {
    const all: LoadedSeries[] = [];
    for (const symbol of symbols) {
      await goOn();
      all.push(await loadSeries({
        source, symbol, instrument: instrumentOf(symbol), from: Date.parse(job.from), to: Date.parse(job.to),
        intervalMinutes: job.intervalMinutes,
      }));
    }
    return all;
  }
}

/** Runs one piece of a backtest. The same piece over the same candles gives the same result. */
export async function runPart(job: BacktestJob, part: Part, loaded: readonly LoadedSeries[], { goOn }: Pick<PartContext, 'goOn'>): Promise<PartResult> {
  const series = loaded.map((one) => one.series);
  const assumptions = assumptionsOf(job, series[0].instrument);
  const ranges = rangesOf(job);
  let best: GridPoint[] = [];
  let points = 0;
  let stopped = 0;
  const returns: [StrategySettings, number][] = [];
  await searchGrid(job.strategy.type, ranges, series, {
    assumptions, seed: job.seed, first: part.first, end: part.end, onSlice: goOn, sliceBars: SLICE_BARS, keep: false,
    onPoint: (point) => {
      points++;
      if (point.status === 'stopped') stopped++;
      best.push(point);
      if (best.length >= 10 * KEPT) best = ranked(best, job.rankBy).slice(0, KEPT);
      if (gridSize(ranges) <= MOST_CELLS) returns.push([point.settings, point.metrics.totalReturn]);
    },
  });
  return { part, points, stopped, best: ranked(best, job.rankBy).slice(0, KEPT), returns };
}

/** The best run once more, this time with everything that belongs to it. */
export async function finalReport(job: BacktestJob, group: number, settings: StrategySettings, loaded: readonly LoadedSeries[], { goOn }: Pick<PartContext, 'goOn'>): Promise<ReportInput> {
  const series = loaded.map((one): BarSeries => one.series);
  const assumptions = assumptionsOf(job, series[0].instrument);
  const run = await runStrategy(job.strategy.type, settings, series, { assumptions, seed: job.seed, onSlice: goOn, sliceBars: SLICE_BARS });
  return {
    spec: {
      strategy: { name: job.strategy.type, settings }, symbols: groupsOf(job)[group], from: job.from, to: job.to,
      intervalMinutes: job.intervalMinutes, seed: job.seed, assumptions,
    },
    series, quality: loaded.map(({ quality }) => quality), dataDigest: digestOf(series), run,
  };
}

/** Every file of a result by its name. */
export function filesOf(input: ReportInput, more: Pick<FullReport, 'search'>): { readonly report: FullReport; readonly files: Readonly<Record<string, string>> } {
  const report: FullReport = { ...reportOf(input), ...more };
  return { report, files: { ...tablesOf(input), 'report.html': htmlOf(report), 'report.json': JSON.stringify(report) } };
}
