import type { Operation } from './history';

/** When a system counts as recovered. */
export interface RecoveryCriteria {
  /** Seconds in a row that must be good. */
  readonly seconds: number;
  /** Part of the orders due in a second that must be served for it to be good, above 0 and up to 1. */
  readonly share: number;
  /** An order is served when its 202 came and the ledger was seen to have it within so many milliseconds from when it was due. */
  readonly withinMs: number;
}

/** Strict enough that a second gap behind the first is not missed, with room for one slow pause of a garbage collector. */
export const DEFAULT_CRITERIA: RecoveryCriteria = { seconds: 5, share: 0.95, withinMs: 2_000 };

/** A recovery that was seen. */
export interface Recovery {
  /** Beginning of the first good second of the row. */
  readonly goodFrom: number;
  /** When the orders that were due in the first tenth of that second had been served: what the recovery time ends with. */
  readonly servedAt: number;
  /** Seconds from the fault until then. */
  readonly rtoSeconds: number;
}

/** Seconds may begin at any of these steps, so that a recovery is not rounded up to the next whole one. */
const STEP_MS = 100;
const STEPS_PER_SECOND = 1_000 / STEP_MS;

/** Whether an order had all its effect in time. */
export function isServed(operation: Operation, { withinMs }: RecoveryCriteria): boolean {
  return operation.outcome === 'ok' && operation.settledAt !== undefined
    && Math.max(operation.settledAt, operation.endedAt ?? Infinity) - operation.dueAt <= withinMs;
}

/**
 * The first row of good seconds after a fault, of operations in the order in which they were due; undefined while there is none. A second
 * without orders is not good: silence proves nothing. Orders that still wait count as not served, so that the answer can only be late,
 * never wrong.
 */
export function findRecovery(operations: readonly Operation[], faultAt: number, criteria: RecoveryCriteria = DEFAULT_CRITERIA): Recovery | undefined {
  const after = operations.filter(({ dueAt }) => dueAt >= faultAt);
  const due: number[] = [];
  const served: number[] = [];
  for (const operation of after) {
    const step = Math.floor((operation.dueAt - faultAt) / STEP_MS);
    due[step] = (due[step] ?? 0) + 1;
    if (isServed(operation, criteria)) served[step] = (served[step] ?? 0) + 1;
  }
  const good = goodSeconds(due, served, criteria.share);
  const first = good.findIndex((_, start) => (
    Array.from({ length: criteria.seconds }, (_unused, second) => good[start + second * STEPS_PER_SECOND]).every(Boolean)));
  if (first === -1) return undefined;
  const goodFrom = faultAt + first * STEP_MS;
  // One that was on its way already may pass before the fault is felt: all that fell due in the first moment count.
  const row = after.filter((operation) => operation.dueAt >= goodFrom && isServed(operation, criteria));
  const until = Math.max(goodFrom + STEP_MS, row[0].dueAt + 1);
  const servedAt = Math.max(...row.filter(({ dueAt }) => dueAt < until).map(({ settledAt, endedAt }) => Math.max(settledAt!, endedAt!)));
  return { goodFrom, servedAt, rtoSeconds: (servedAt - faultAt) / 1_000 };
}

/** Whether the second that begins at each step is good; only those that are over. */
function goodSeconds(due: readonly (number | undefined)[], served: readonly (number | undefined)[], share: number): boolean[] {
  const good: boolean[] = [];
  for (let start = 0; start + STEPS_PER_SECOND <= due.length; start++) {
    let [asked, answered] = [0, 0];
    for (let step = start; step < start + STEPS_PER_SECOND; step++) {
      asked += due[step] ?? 0;
      answered += served[step] ?? 0;
    }
    good.push(asked > 0 && answered >= share * asked);
  }
  return good;
}

/** Whole seconds after a fault that were not good, until the recovery or the end of what is known. */
export function unavailableSeconds(
  operations: readonly Operation[], faultAt: number, until: number, criteria: RecoveryCriteria = DEFAULT_CRITERIA,
): number {
  let bad = 0;
  for (let start = faultAt; start + 1_000 <= until; start += 1_000) {
    const asked = operations.filter(({ dueAt }) => dueAt >= start && dueAt < start + 1_000);
    if (asked.length === 0 || asked.filter((one) => isServed(one, criteria)).length < criteria.share * asked.length) bad++;
  }
  return bad;
}
