import type { LedgerRow, Operation } from '../judge/history';

/** The history while it is written: what was sent, what became of it, and when the ledger was seen to have it. */
export class HistoryLog {
  private readonly operations: Operation[] = [];
  private readonly bySequence = new Map<string, number>();

  /** Notes that an order is due. */
  add(operation: Operation): void {
    this.bySequence.set(operation.clientOrderId, this.operations.length);
    this.operations.push(operation);
  }

  /** Notes what became of one. */
  end(clientOrderId: string, ending: Pick<Operation, 'endedAt' | 'outcome' | 'orderId'>): void {
    this.change(clientOrderId, ending);
  }

  /** Notes rows that the ledger was seen to have; those of others are passed over, and an order that was rejected served nobody. */
  settle(rows: readonly LedgerRow[], at: number): void {
    for (const { clientOrderId, status } of rows) {
      const index = status === 'rejected' ? undefined : this.bySequence.get(clientOrderId);
      if (index !== undefined && this.operations[index].settledAt === undefined) this.change(clientOrderId, { settledAt: at });
    }
  }

  /** Everything so far, in the order in which it was due. */
  all(): readonly Operation[] {
    return this.operations;
  }

  /** What was due since a time. */
  since(at: number): Operation[] {
    let first = this.operations.length;
    while (first > 0 && this.operations[first - 1].dueAt >= at) first--;
    return this.operations.slice(first);
  }

  private change(clientOrderId: string, change: Partial<Operation>): void {
    const index = this.bySequence.get(clientOrderId)!;
    this.operations[index] = { ...this.operations[index], ...change };
  }
}
