import { channel } from 'node:diagnostics_channel';

/** How long one stage of one request took, as listeners are told. */
export interface StageTiming {
  /** Name of the stage, such as `jwt`. */
  readonly stage: string;
  /** Milliseconds with fractions. */
  readonly ms: number;
}

/**
 * Where timings are published. Nobody listens unless a process was started with a module that does, as benchmarks do: a request cannot ask
 * for it, and without a listener a stage costs the look at a flag.
 */
export const STAGE_CHANNEL = 'cdk-trading-platform:stage';

const timings = channel(STAGE_CHANNEL);

/** When a stage begins, on the process's own clock; 0 while nobody listens. */
export function stageBegins(): number {
  return timings.hasSubscribers ? performance.now() : 0;
}

/** A stage that began is over. */
export function stageEnds(stage: string, began: number): void {
  if (began !== 0) timings.publish({ stage, ms: performance.now() - began } satisfies StageTiming);
}

/** A stage that begins in one process and ends here: by the machine's clock, so to the millisecond and no better than that clock. */
export function stageSince(stage: string, epochMs: number): void {
  if (timings.hasSubscribers) timings.publish({ stage, ms: Math.max(0, Date.now() - epochMs) } satisfies StageTiming);
}

/** Starts work and times it until it is settled; what becomes of it is the caller's, as if this were not here. */
export function stageOf<T>(stage: string, start: () => Promise<T>): Promise<T> {
  const began = stageBegins();
  const work = start();
  if (began === 0) return work;
  const end = (): void => stageEnds(stage, began);
  work.then(end, end);
  return work;
}
