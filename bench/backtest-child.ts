import { createHash } from 'node:crypto';
import { FAST, generateYear, SLOW, YEAR } from './backtest-data';
import { type Assumptions, DEFAULT_ASSUMPTIONS } from '../services/backtester/engine/assumptions';
import { type RunResult, Simulation } from '../services/backtester/engine/simulation';
import { searchGrid } from '../services/backtester/search/grid';
import { makeStrategy } from '../services/domain/strategy';

/** What the measured process answers. */
export interface BacktestMeasurement {
  /** Bars per second of each round. */
  readonly rates: readonly number[];
  readonly gridRates: readonly number[];
  readonly rssBytes: number;
  readonly fills: number;
  /** Of sides and prices, in order. */
  readonly digest: string;
}

/** What the peers assume as well: no costs, and whatever size is asked for. */
const ASSUMPTIONS: Assumptions = {
  ...DEFAULT_ASSUMPTIONS, startUnits: 1e12, makerFeePpm: 0, takerFeePpm: 0, slippage: { kind: 'none' }, participationBps: 0,
};

export function digestOf({ fills }: RunResult): string {
  const hash = createHash('sha256');
  for (let i = 0; i < fills.length; i++) hash.update(`${fills.lots[i] > 0 ? 'buy' : 'sell'} ${fills.prices[i]}\n`);
  return hash.digest('hex');
}

async function main(): Promise<void> {
  const { seed, rounds } = JSON.parse(process.argv[2]) as { seed: number; rounds: number };
  const series = [generateYear(seed)];
  const rates: number[] = [];
  const gridRates: number[] = [];
  let result: RunResult | undefined;
  const once = (): void => {
    const simulation = new Simulation(series, makeStrategy('sma-cross', { fast: FAST, slow: SLOW, lots: 1 }), { assumptions: ASSUMPTIONS, seed: 1 });
    simulation.run();
    result = simulation.result();
  };
  once();
  for (let round = 0; round < rounds; round++) {
    let started = performance.now();
    once();
    rates.push(YEAR / (performance.now() - started) * 1_000);
    started = performance.now();
    const points = await searchGrid('sma-cross', { fast: { from: 5, to: 50, step: 5 }, slow: { from: 60, to: 240, step: 20 }, lots: 1 }, series, { assumptions: ASSUMPTIONS, seed: 1 });
    if (points.length !== 100) throw new Error(`the grid has ${points.length} points instead of 100`);
    gridRates.push(100 * YEAR / (performance.now() - started) * 1_000);
  }
  const measured: BacktestMeasurement = {
    rates, gridRates, rssBytes: process.resourceUsage().maxRSS * 1_024, fills: result!.fills.length,
    digest: digestOf(result!),
  };
  console.log(JSON.stringify(measured));
}

void main();
