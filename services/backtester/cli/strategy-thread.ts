import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadAnswer } from './isolated-run';
import type { Strategy, StrategySettings } from '../../domain/strategy';
import type { BarSeries } from '../engine/series';
import { Simulation, type SimulationOptions } from '../engine/simulation';

/** Bars after which the other thread is told that this one lives. */
const STEP = 1_000;

/** What the thread is started with. */
interface ThreadInput extends SimulationOptions {
  readonly series: BarSeries[];
  readonly settings: StrategySettings;
  readonly progress: Int32Array;
}

/** The other side of `runIsolated`: runs a strategy class to its end. */
export function runThread(type: unknown): void {
  const { series, settings, progress, ...options } = workerData as ThreadInput;
  const answer = (what: ThreadAnswer): void => parentPort?.postMessage(what);
  if (typeof type !== 'function') return answer({ error: 'the file of the strategy has no class as its default export' });
  const simulation = new Simulation(series, laterMade(type as new (settings: StrategySettings) => Strategy, settings), options);
  do Atomics.add(progress, 0, STEP); while (!simulation.run(STEP));
  answer({ result: simulation.result() });
}

/** A constructor that throws is the strategy's fault as well. */
function laterMade(Type: new (settings: StrategySettings) => Strategy, settings: StrategySettings): Strategy {
  let made: Strategy | undefined;
  return {
    onStart: (context) => {
      made = new Type(settings);
      made.onStart?.(context);
    },
    onBar: (bar, context) => made?.onBar?.(bar, context),
    onTick: (tick, context) => made?.onTick?.(tick, context),
    onFill: (fill, context) => made?.onFill?.(fill, context),
  };
}
