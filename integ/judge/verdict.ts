import { type BooksVerdict, judgeBooks, rpoSeconds } from './books';
import type { LedgerRow, Operation, Repetitions } from './history';
import { findRecovery, type RecoveryCriteria, unavailableSeconds } from './recovery';

/** One fault, injected once. Times are of the clock of the operations. */
export interface Round {
  readonly fault: string;
  /** First and last operation that belong to it are due from here… */
  readonly beganAt: number;
  readonly faultAt: number;
  /** …when the system was as before… */
  readonly restoredAt: number;
  /** …until here. */
  readonly endedAt: number;
}

/** How long the loss of something may be felt. */
export interface Objective {
  readonly rtoSeconds: number;
  readonly rpoSeconds: number;
}

export interface RoundResult extends Round {
  readonly rtoSeconds: number;
  /** Whole seconds that were not good. */
  readonly unavailableSeconds: number;
  /** Seconds from the fault that somebody, or the driver, held it. */
  readonly heldSeconds: number;
  readonly rpoSeconds: number;
  readonly counts: Readonly<Record<'ok' | 'fail' | 'unknown', number>>;
  readonly acknowledged: number;
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface FaultResult {
  readonly name: string;
  readonly rounds: readonly RoundResult[];
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly rpoSeconds: number;
  readonly rtoSeconds: Spread;
  /** Why it fails, as sentences; empty when it passes. */
  readonly problems: readonly string[];
}

export interface DrillVerdict {
  readonly faults: readonly FaultResult[];
  readonly books: BooksVerdict;
  /** Everything that is wrong, as sentences. */
  readonly problems: readonly string[];
}

/** Judges a whole drill. @throws Error when a round has no recovery: whoever runs the drill waits for it */
export function judge(
  operations: readonly Operation[], rounds: readonly Round[], ledger: readonly LedgerRow[], repetitions: Repetitions,
  criteria: RecoveryCriteria, objective: Objective,
): DrillVerdict {
  const books = judgeBooks(operations, ledger, repetitions);
  const [lost, duplicated] = [new Set(books.lost), new Set(books.duplicated)];
  const results = rounds.map((round) => resultOf(round, operations, lost, duplicated, criteria));
  const names = [...new Set(rounds.map(({ fault }) => fault))];
  const faults = names.map((name) => faultOf(name, results.filter(({ fault }) => fault === name), objective));
  return { faults, books, problems: [...faults.flatMap(({ problems }) => problems), ...strayProblems(books, results)] };
}

function resultOf(
  round: Round, operations: readonly Operation[], lost: ReadonlySet<string>, duplicated: ReadonlySet<string>, criteria: RecoveryCriteria,
): RoundResult {
  const own = operations.filter(({ dueAt }) => dueAt >= round.beganAt && dueAt < round.endedAt);
  const recovery = findRecovery(own, round.faultAt, criteria);
  if (!recovery) throw new Error(`${round.fault}: the round ended without a recovery`);
  const among = (ids: ReadonlySet<string>): string[] => own.flatMap(({ clientOrderId }) => (ids.has(clientOrderId) ? [clientOrderId] : []));
  const count = (outcome: string): number => own.filter((one) => one.outcome === outcome).length;
  return {
    ...round,
    rtoSeconds: recovery.rtoSeconds,
    unavailableSeconds: unavailableSeconds(own, round.faultAt, recovery.servedAt, criteria),
    heldSeconds: (round.restoredAt - round.faultAt) / 1_000,
    rpoSeconds: rpoSeconds(own, lost, round.faultAt),
    counts: { ok: count('ok'), fail: count('fail'), unknown: count('unknown') },
    acknowledged: count('ok'),
    lost: among(lost),
    duplicated: among(duplicated),
  };
}

function faultOf(name: string, rounds: readonly RoundResult[], objective: Objective): FaultResult {
  const sum = (of: (round: RoundResult) => number): number => rounds.reduce((total, round) => total + of(round), 0);
  const rtoSeconds = spreadOf(rounds.map((round) => round.rtoSeconds));
  const rpo = Math.max(...rounds.map((round) => round.rpoSeconds));
  const [lost, duplicated] = [sum((round) => round.lost.length), sum((round) => round.duplicated.length)];
  const problems: string[] = [];
  if (rtoSeconds.max > objective.rtoSeconds) problems.push(`${name}: orders were served again after ${rtoSeconds.max} s, the objective is ${objective.rtoSeconds} s`);
  // An objective of 0 s forgives no order, however short the span.
  if (lost > 0 && (objective.rpoSeconds === 0 || rpo > objective.rpoSeconds)) {
    problems.push(`${name}: ${lost} acknowledged orders of the last ${rpo} s before the fault are lost, the objective is ${objective.rpoSeconds} s`);
  }
  if (duplicated > 0) problems.push(`${name}: ${duplicated} orders are in the ledger more than once`);
  return { name, rounds, acknowledged: sum((round) => round.acknowledged), lost, duplicated, rpoSeconds: rpo, rtoSeconds, problems };
}

/** What belongs to no round, or to no objective. */
function strayProblems(books: BooksVerdict, rounds: readonly RoundResult[]): string[] {
  const problems: string[] = [];
  const outside = (all: readonly string[], of: (round: RoundResult) => readonly string[]): number => all.length - rounds.flatMap(of).length;
  const [lost, duplicated] = [outside(books.lost, (round) => round.lost), outside(books.duplicated, (round) => round.duplicated)];
  if (lost > 0) problems.push(`${lost} acknowledged orders are lost that belong to no fault`);
  if (duplicated > 0) problems.push(`${duplicated} orders are in the ledger more than once that belong to no fault`);
  if (books.phantom.length > 0) problems.push(`${books.phantom.length} orders were refused and are in the ledger, such as ${books.phantom[0]}`);
  if (books.renamed.length > 0) problems.push(`${books.renamed.length} orders are in the ledger under another id, such as ${books.renamed[0]}`);
  if (books.rejected.length > 0) problems.push(`${books.rejected.length} acknowledged orders were rejected by the core, such as ${books.rejected[0]}`);
  return problems;
}

/** Least, middle and greatest, to the millisecond. @throws Error without values */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = [...values].sort((a, b) => a - b);
  const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
  const median = (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
  return { min: rounded(sorted[0]), median: rounded(median), max: rounded(sorted[sorted.length - 1]) };
}
