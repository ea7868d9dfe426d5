import type { Segment } from './segments';

/** Where the durable part of a log ends. */
export interface DurableEnd {
  readonly seq: number;
  readonly segment: number;
  readonly offset: number;
}

/** A partition's log as a reader sees it, in the process that writes it or in another one. */
export interface ReadableLog {
  /** Oldest first; grows. */
  readonly segments: readonly Segment[];
  readonly durable: DurableEnd;
}
