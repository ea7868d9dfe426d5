import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BacktestFlags } from './flags';
import { bundleStrategy, type FileStrategy, runIsolated } from './isolated-run';
import { dayText } from '../../adapters/candles/candle';
import { defineInstrument, type Instrument, type InstrumentSpec, parseDecimal } from '../../domain';
import { gridSize, isStrategyName, type StrategySettings } from '../../domain/strategy';
import { digestOf, type DataQuality, loadSeries } from '../data/load';
import { FolderSource } from '../data/sources';
import type { Assumptions } from '../engine/assumptions';
import { BadDataError, type BarSeries, ticksOf } from '../engine/series';
import type { RunResult } from '../engine/simulation';
import { tablesOf } from '../report/csv';
import { type FullReport, htmlOf } from '../report/html';
import { reportOf } from '../report/report';
import { gridOf, ranked, runStrategy, searchGrid } from '../search/grid';
import { summaryOf, walkForwardSummary } from '../search/summary';
import { walkForward } from '../search/walk-forward';

/** Points of a grid that a command takes on: more would run for days. */
const MOST_POINTS = 100_000;

/** Told how far the work is. */
export type Progress = (done: number, of: number, what: string) => void;

export interface BacktestOutcome {
  readonly report: FullReport;
  /** Bars that were run, of all points together, and how long that took. */
  readonly barsRun: number;
  readonly runMs: number;
  readonly files: readonly string[];
}

/** A backtest as the command line asks for it. @throws Error in words for whoever asked */
export async function backtest(flags: BacktestFlags, progress: Progress = () => undefined): Promise<BacktestOutcome> {
  const { series, quality } = await load(flags, progress);
  const [{ instrument: { quote } }] = series;
  const assumptions: Assumptions = { ...flags.assumptions, startUnits: parseDecimal(flags.balance, quote.decimals, '--balance') };
  const started = performance.now();
  const file = isStrategyName(flags.strategy) ? undefined : await bundleStrategy(flags.strategy);
  const found = file === undefined ? await search(flags, series, assumptions, progress) : await runFile(file, flags, series, assumptions, progress);
  const runMs = performance.now() - started;
  const input = {
    spec: {
      strategy: {
        name: file === undefined ? flags.strategy : nameOf(flags.strategy), settings: found.settings,
        ...(file === undefined ? {} : { sha256: file.sha256 }),
      },
      symbols: series.map(({ instrument }) => instrument.symbol), from: dayText(flags.from), to: dayText(flags.to),
      intervalMinutes: flags.intervalMinutes, seed: flags.seed, assumptions,
    },
    series, quality, dataDigest: digestOf(series), run: found.run,
  };
  const report: FullReport = { ...reportOf(input), ...found.more };
  const files = flags.out === undefined ? [] : write(flags.out, { 'report.json': JSON.stringify(report, null, 2), 'report.html': htmlOf(report), ...tablesOf(input) });
  return { report, barsRun: found.barsRun, runMs, files };
}

interface Found {
  readonly settings: StrategySettings;
  readonly run: RunResult;
  readonly barsRun: number;
  readonly more: Pick<FullReport, 'search' | 'walkForward'>;
}

async function load(flags: BacktestFlags, progress: Progress): Promise<{ series: BarSeries[]; quality: DataQuality[] }> {
  if (!statSync(flags.data, { throwIfNoEntry: false })?.isDirectory()) throw new BadDataError('no_candles', `--data: there is no folder ${flags.data}`);
  const symbols = flags.symbols.length > 0 ? flags.symbols : symbolsIn(flags.data);
  const instruments = flags.instruments === undefined ? undefined : instrumentsOf(flags.instruments);
  const source = new FolderSource(flags.data);
  const all = [];
  for (const symbol of symbols) {
    const instrument = instruments?.get(symbol);
    if (instruments !== undefined && instrument === undefined) throw new Error(`--instruments: ${flags.instruments} has no ${symbol}`);
    const loaded = await loadSeries({
      source, symbol, instrument, from: flags.from, to: flags.to, intervalMinutes: flags.intervalMinutes, onDay: (done, of) => progress(done, of, `reading ${symbol}`),
    });
    all.push(loaded);
  }
  return { series: all.map(({ series }) => (flags.ticks ? ticksOf(series) : series)), quality: all.map(({ quality }) => quality) };
}

async function search(flags: BacktestFlags, series: readonly BarSeries[], assumptions: Assumptions, progress: Progress): Promise<Found> {
  const { strategy, ranges, rankBy, seed } = flags;
  const [{ instrument: { quote } }] = series;
  const bars = series.reduce((sum, { length }) => sum + length, 0);
  const options = { assumptions, seed };
  if (gridSize(ranges) > MOST_POINTS) throw new Error(`--set: the grid has ${gridSize(ranges)} points, at most ${MOST_POINTS} are run`);
  const grid = [...gridOf(strategy, ranges)];
  if (grid.length === 0) throw new Error('--set: no choice of these settings makes sense, such as a fast average that is shorter than the slow one');
  let barsRun = 0;
  let more: Found['more'] = {};
  let settings = grid[0].settings;
  if (grid.length > 1) {
    let done = 0;
    const points = await searchGrid(strategy, ranges, series, { ...options, onPoint: () => progress(++done, grid.length, 'searching') });
    barsRun += points.length * bars;
    [{ settings }] = ranked(points, rankBy);
    more = { search: summaryOf(points, ranges, rankBy, quote.decimals) };
  }
  if (flags.walkForward !== undefined) {
    const plan = { ...flags.walkForward, rankBy };
    const result = await walkForward(strategy, ranges, series, { ...options, from: flags.from, to: flags.to, plan, onWindow: (done, of) => progress(done, of, 'walking forward') });
    more = { ...more, walkForward: walkForwardSummary(result, plan, assumptions.startUnits, quote.decimals) };
  }
  const run = await runStrategy(strategy, settings, series, options);
  return { settings, run, barsRun: barsRun + run.bars, more };
}

async function runFile(file: FileStrategy, flags: BacktestFlags, series: readonly BarSeries[], assumptions: Assumptions,
  progress: Progress): Promise<Found> {
  if (flags.walkForward !== undefined || Object.values(flags.ranges).some((one) => typeof one !== 'number')) throw new Error('a strategy of a file is run once: --set takes values without a range, and --walk-forward is not for it');
  const bars = series.reduce((sum, { length }) => sum + length, 0);
  const settings = flags.ranges as StrategySettings;
  const { seed, stuckAfterMs, memoryMiB } = flags;
  const run = await runIsolated(file, series, { settings, assumptions, seed, stuckAfterMs, memoryMiB }, (done) => progress(Math.min(done, bars), bars, 'running'));
  return { settings, run, barsRun: run.bars, more: {} };
}

function symbolsIn(folder: string): string[] {
  const inner = join(folder, 'data');
  const root = statSync(inner, { throwIfNoEntry: false })?.isDirectory() ? inner : folder;
  const symbols = readdirSync(root, { withFileTypes: true }).filter((one) => one.isDirectory() && /^[A-Z0-9]{2,16}$/.test(one.name)).map(({ name }) => name).sort();
  if (symbols.length === 0) throw new BadDataError('no_candles', `--data: ${folder} has no folders of symbols, such as data/BTCUSDT/2025/12/10.parquet`);
  return symbols;
}

function instrumentsOf(path: string): Map<string, Instrument> {
  const list = JSON.parse(readFileSync(path, 'utf8')) as InstrumentSpec[];
  return new Map(list.map((spec) => [spec.symbol, defineInstrument(spec)]));
}

function nameOf(path: string): string {
  return path.replace(/^.*[\\/]/, '').replace(/\.\w+$/, '');
}

function write(folder: string, files: Readonly<Record<string, string>>): string[] {
  mkdirSync(folder, { recursive: true });
  return Object.entries(files).map(([name, content]) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  });
}
