import type { LedgerRow, Operation, Repetitions } from './history';

/** What the ledger says of what clients were told. Lists hold client order ids. */
export interface BooksVerdict {
  readonly acknowledged: number;
  /** Acknowledged, and not in the ledger. */
  readonly lost: readonly string[];
  /** In the ledger more than once, or acknowledged as the same order as another one. */
  readonly duplicated: readonly string[];
  /** Acknowledged under one id and in the ledger under another that it does not know as a repetition. */
  readonly renamed: readonly string[];
  /** Refused, and in the ledger all the same. */
  readonly phantom: readonly string[];
  /** Acknowledged, and rejected by the core: nothing that this load is made for. */
  readonly rejected: readonly string[];
  /** Of those that nobody knew about: how many took effect, and how many did not. Both are right. */
  readonly unknown: { readonly took: number; readonly none: number };
}

/** Compares what clients were told with what the ledger has, once everything has come to rest. */
export function judgeBooks(operations: readonly Operation[], ledger: readonly LedgerRow[], repetitions: Repetitions = new Map()): BooksVerdict {
  const rows = new Map<string, LedgerRow[]>();
  for (const row of ledger) rows.set(row.clientOrderId, [...rows.get(row.clientOrderId) ?? [], row]);
  const told = new Map<string, string>();
  const verdict = {
    acknowledged: 0, lost: [] as string[], duplicated: [] as string[], renamed: [] as string[], phantom: [] as string[], rejected: [] as string[],
    unknown: { took: 0, none: 0 },
  };
  for (const { clientOrderId, orderId, outcome } of operations) {
    const all = rows.get(clientOrderId) ?? [];
    // A rejected order has no effect: one that stands beside it is no second one.
    const standing = all.filter(({ status }) => status !== 'rejected');
    if (standing.length > 1) verdict.duplicated.push(clientOrderId);
    if (outcome === 'ok') {
      verdict.acknowledged++;
      if (all.length === 0) verdict.lost.push(clientOrderId);
      else if (standing.length === 0) verdict.rejected.push(clientOrderId);
      else if (orderId !== undefined && !standing.some((row) => isSame(row, orderId, repetitions))) verdict.renamed.push(clientOrderId);
      if (orderId !== undefined && told.has(orderId) && standing.length <= 1) verdict.duplicated.push(clientOrderId);
      if (orderId !== undefined) told.set(orderId, clientOrderId);
    } else if (outcome === 'fail') {
      if (standing.length > 0) verdict.phantom.push(clientOrderId);
    } else {
      verdict.unknown[standing.length > 0 ? 'took' : 'none']++;
    }
  }
  return verdict;
}

function isSame(row: LedgerRow, orderId: string, repetitions: Repetitions): boolean {
  return row.orderId === orderId || row.orderId === repetitions.get(orderId);
}

/**
 * The recovery point of a fault: seconds from the earliest acknowledgement of an order that was lost to the fault. 0 when none was lost;
 * an order that was acknowledged after the fault and lost all the same counts as lost at the fault.
 */
export function rpoSeconds(operations: readonly Operation[], lost: ReadonlySet<string>, faultAt: number): number {
  const spans = operations.filter(({ clientOrderId }) => lost.has(clientOrderId)).map(({ endedAt }) => faultAt - endedAt!);
  return Math.max(0, ...spans) / 1_000;
}
