import type { Fill, Order, OrderUpdate, Recency } from './model';

/** Last sequence that an answer includes, for a partition; undefined when it does not say. */
export function asOfIn({ asOf, partitions }: Recency, partition = 0): number | undefined {
  return partitions ? partitions.find((one) => one.partition === partition)?.asOf : asOf;
}

/** Whether an answer includes everything up to these sequences, by partition. */
export function reaches(recency: Recency, marks: ReadonlyMap<number, number>): boolean {
  return [...marks].every(([partition, seq]) => (asOfIn(recency, partition) ?? -1) >= seq);
}

const FIELDS = [
  'symbol',
  'side',
  'type',
  'timeInForce',
  'price',
  'stopPrice',
  'quantity',
  'remaining',
  'status',
  'reason',
  'clientOrderId',
  'partition',
] as const;
/** Updates that say something about a request or the account, not about an order. */
const ABOUT_REQUESTS = new Set(['duplicate', 'cancel_rejected', 'amend_rejected', 'account_opened', 'account_reset', 'account_refused']);

/** The account's orders as the ledger and the stream tell them; of one order the later sequence counts, whichever way it came. */
export class Orders {
  private readonly byId = new Map<string, Order>();
  private readonly fillsByKey = new Map<string, Fill>();
  /** Last sequence of the stream, by partition: what to go on after. */
  readonly last = new Map<number, number>();

  clear(): void {
    this.byId.clear();
    this.fillsByKey.clear();
    this.last.clear();
  }

  get all(): readonly Order[] {
    return [...this.byId.values()].sort((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0) || (a.orderId < b.orderId ? 1 : -1));
  }

  get open(): readonly Order[] {
    return this.all.filter(({ status }) => status === 'open' || status === 'pending');
  }

  get fills(): readonly Fill[] {
    return [...this.fillsByKey.values()].sort((a, b) => b.time - a.time || b.seq - a.seq);
  }

  /** Takes a message of the stream. */
  update(update: OrderUpdate): void {
    const { partition = 0, seq, orderId, time, fill } = update;
    this.last.set(partition, Math.max(seq, this.last.get(partition) ?? 0));
    if (ABOUT_REQUESTS.has(update.event)) return;
    const before = this.byId.get(orderId);
    if (!before || before.seq < seq) {
      const known = Object.fromEntries(FIELDS.flatMap((field) => (update[field] === undefined ? [] : [[field, update[field]]])));
      const changed = { symbol: '', status: 'open' as const, createdAt: time, ...before, ...known, orderId, seq };
      this.byId.set(orderId, changed);
    }
    const order = this.byId.get(orderId)!;
    if (fill && order.side) this.keepFill({ ...fill, seq, partition: update.partition, orderId, symbol: order.symbol, side: order.side, time });
  }

  /** Takes a page of the ledger. */
  page(rows: readonly (Omit<Order, 'seq'> & { readonly seq?: number })[], recency: Recency): void {
    for (const row of rows) {
      const seq = row.seq ?? asOfIn(recency, row.partition) ?? 0;
      const before = this.byId.get(row.orderId);
      // What came over the stream may be ahead of the ledger.
      if (!before || before.seq <= seq) this.byId.set(row.orderId, { ...row, seq });
      else this.byId.set(row.orderId, { ...before, createdAt: row.createdAt ?? before.createdAt });
    }
  }

  /**
   * Orders that are open here, and not among all that the ledger said are open as of a later sequence: something was missed, and each has to be
   * asked for.
   */
  doubtful(open: readonly { readonly orderId: string }[], recency: Recency): readonly string[] {
    const there = new Set(open.map(({ orderId }) => orderId));
    return this.open
      .filter(({ orderId, seq, partition }) => !there.has(orderId) && seq <= (asOfIn(recency, partition) ?? Infinity))
      .map(({ orderId }) => orderId);
  }

  /** Takes a page of fills. */
  pageOfFills(rows: readonly Fill[]): void {
    for (const row of rows) this.keepFill(row);
  }

  private keepFill(fill: Fill): void {
    this.fillsByKey.set(`${fill.partition ?? 0}/${fill.seq}/${fill.orderId}/${fill.liquidity}`, fill);
  }
}
