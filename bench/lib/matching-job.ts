/** What the parent and the child processes of the matching benchmark say to each other. */
import type { WorkloadName } from './matching-workload';

export interface MatchingJob {
  readonly workload: WorkloadName;
  readonly engine: 'core' | 'nodejs-order-book' | 'latency';
  /** Books that are filled and run without being measured, and that are measured. */
  readonly warmups: number;
  readonly books: number;
  /** Measured commands of each book; for `latency`, of the one book. */
  readonly commands: number;
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
}

export interface MatchingResult {
  /** Commands per second of each measured book. */
  readonly rates: readonly number[];
  /** The same per second of the thread's CPU time. */
  readonly cpuRates: readonly number[];
  /** Of the measured part; the same for every book, or the child fails. */
  readonly trades: number;
  readonly checksum: number;
  /** Nanoseconds from the moment a command is taken up until its events are there. */
  readonly service?: Quantiles;
  /** The same loop and the same clock around nothing. */
  readonly nothing?: Quantiles;
}

/** The part of a job's answer that goes through the channel. */
export type MatchingAnswer = { readonly result: MatchingResult } | { readonly error: string };
