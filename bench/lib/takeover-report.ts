import type { Ending, TakeoverRound } from './takeover-rounds';

/** Of a number of rounds. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Takeovers of one kind. */
export interface TakeoverFigures {
  /** From the signal until a client saw the first fill of the successor. */
  readonly seconds: Spread;
  /** From the signal until the successor had the lease. */
  readonly lease: Spread;
}

/** The last line of the benchmark. */
export interface TakeoverReport {
  /** Orders per second. */
  readonly rate: number;
  /** Takeovers of each kind. */
  readonly rounds: number;
  /** After `kill -9`. */
  readonly kill: TakeoverFigures;
  /** After SIGTERM. */
  readonly terminate: TakeoverFigures;
  /** Orders with a 202. */
  readonly acknowledged: number;
  /** Acknowledged orders that the ledger does not have or has not ended. */
  readonly lost: number;
  /** Orders with more effect than they may have. */
  readonly duplicated: number;
}

/** @throws Error when there is no value */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('no round was measured');
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
  const round = (value: number): number => Math.round(value * 1_000) / 1_000;
  return { min: round(sorted[0]), median: round(median), max: round(sorted[sorted.length - 1]) };
}

/** The figures of one kind of takeover. */
export function figuresOf(rounds: readonly TakeoverRound[], ending: Ending): TakeoverFigures {
  const of = rounds.filter((round) => round.ending === ending);
  return { seconds: spreadOf(of.map(({ seconds }) => seconds)), lease: spreadOf(of.map(({ leaseSeconds }) => leaseSeconds)) };
}
