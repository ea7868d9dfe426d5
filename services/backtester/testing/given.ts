import { defineInstrument, type Instrument } from '../../domain';
import type { Bar, Strategy, StrategyContext, StrategyFill } from '../../domain/strategy';
import { type Assumptions, DEFAULT_ASSUMPTIONS } from '../engine/assumptions';
import { allocateSeries, type BarSeries } from '../engine/series';
import { type RunResult, Simulation } from '../engine/simulation';

export const DAY0 = Date.UTC(2025, 11, 10);
export const MINUTE = 60_000;

export const btc = defineInstrument({
  symbol: 'BTCUSDT', base: { code: 'BTC', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1,
});
export const eth = defineInstrument({
  symbol: 'ETHUSDT', base: { code: 'ETH', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.01', lotSize: '0.001', version: 1,
});

/** Open, high, low, close in ticks, and lots; 1,000 of them when left out. */
export type Row = readonly [open: number, high: number, low: number, close: number, volume?: number];

/** Bars of a minute each, one after the other. */
export function series(rows: readonly Row[], instrument: Instrument = btc, from = DAY0, intervalMs = MINUTE): BarSeries {
  const made = allocateSeries(instrument, intervalMs, rows.length);
  rows.forEach(([open, high, low, close, volume = 1_000], i) => {
    made.times[i] = from + i * intervalMs;
    made.open[i] = open;
    made.high[i] = high;
    made.low[i] = low;
    made.close[i] = close;
    made.volume[i] = volume;
  });
  return made;
}

/** No costs and as much as is wanted, so that a test sees its one rule. */
export const FREE: Assumptions = {
  ...DEFAULT_ASSUMPTIONS, startUnits: 1_000_000_000_000, makerFeePpm: 0, takerFeePpm: 0, slippage: { kind: 'none' }, participationBps: 0,
};

/** A strategy out of what it does on each bar, by the bar's number. */
export class Script implements Strategy {
  readonly fills: StrategyFill[] = [];
  private bars = 0;

  constructor(
    private readonly steps: Readonly<Record<number, (context: StrategyContext, bar: Bar) => void>>,
    private readonly answer?: (fill: StrategyFill, context: StrategyContext) => void,
  ) {}

  onBar(bar: Bar, context: StrategyContext): void {
    this.steps[this.bars++]?.(context, bar);
  }

  onFill(fill: StrategyFill, context: StrategyContext): void {
    this.fills.push({ ...fill });
    this.answer?.(fill, context);
  }
}

export function run(bars: BarSeries | readonly BarSeries[], strategy: Strategy, assumptions: Partial<Assumptions> = {}, seed = 1): RunResult {
  const simulation = new Simulation(Array.isArray(bars) ? bars as BarSeries[] : [bars as BarSeries], strategy,
    { assumptions: { ...FREE, ...assumptions }, seed });
  simulation.run();
  return simulation.result();
}

/** Fills as `[minute, lots, price]`. */
export function fillsOf({ fills }: RunResult): [number, number, number][] {
  return Array.from({ length: fills.length }, (_, i) => [(fills.times[i] - DAY0) / MINUTE, fills.lots[i], fills.prices[i]]);
}
