import type { CoreRun } from './matching-core';
import type { Quantiles } from './matching-job';

/** A million commands a second. */
const INTERVAL_MS = 0.001;

export function quantilesOf(nanoseconds: Float64Array): Quantiles {
  const sorted = nanoseconds.slice().sort();
  const at = (share: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), p9999: at(0.9999) };
}

/**
 * Service times on a fixed schedule: each command is taken up when it is due, or at once when it is late. What a late one waited
 * is not part of them.
 */
export function serviceTimes(commands: number, one: () => void): Quantiles {
  const times = new Float64Array(commands);
  const began = performance.now();
  for (let n = 0; n < commands; n++) {
    const due = began + n * INTERVAL_MS;
    let now = performance.now();
    while (now < due) now = performance.now();
    one();
    times[n] = (performance.now() - now) * 1_000_000;
  }
  return quantilesOf(times);
}

/** The core and the null engine, one after the other in one process. */
export function measureLatency(run: CoreRun, commands: number): { service: Quantiles; nothing: Quantiles } {
  let count = 0;
  const nothing = (): void => { count++; };
  serviceTimes(commands / 4, nothing);
  const floor = serviceTimes(commands, nothing);
  const service = serviceTimes(commands, () => run.one());
  if (count !== commands + commands / 4) throw new Error('the null engine was not called for every command');
  return { service, nothing: floor };
}
