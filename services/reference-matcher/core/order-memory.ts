/** What the core remembers of an order in order to recognise a repetition. */
export interface RememberedOrder {
  readonly orderId: string;
  /** Absent when the order came under a client order id that another one had: then it claims none. */
  readonly claim?: { readonly accountId: string; readonly clientOrderId: string; readonly digest: string };
  /** The core's time at which it was filled, cancelled or refused; undefined while it lives. */
  endedAt?: number;
}

/**
 * Recognises orders that were seen before: by order id (an append that was repeated) and by the client's id within an account
 * (a request that was repeated). An order is remembered while it lives and for a window after it ended; the oldest end is
 * forgotten first. Refused orders count as ended at once, so that a repetition cannot succeed where the first did not.
 */
export class OrderMemory {
  private readonly byOrderId = new Map<string, RememberedOrder>();
  private readonly byAccount = new Map<string, Map<string, RememberedOrder>>();
  /** In the order in which they ended; entries before `first` are forgotten. */
  private endings: RememberedOrder[] = [];
  private first = 0;

  constructor(readonly windowMs: number) {}

  knows(orderId: string): boolean {
    return this.byOrderId.has(orderId);
  }

  /** The order that has a client order id. */
  claimant(accountId: string, clientOrderId: string): RememberedOrder | undefined {
    return this.byAccount.get(accountId)?.get(clientOrderId);
  }

  remember(order: RememberedOrder): RememberedOrder {
    this.byOrderId.set(order.orderId, order);
    if (order.claim) {
      let ids = this.byAccount.get(order.claim.accountId);
      if (!ids) this.byAccount.set(order.claim.accountId, ids = new Map());
      ids.set(order.claim.clientOrderId, order);
    }
    if (order.endedAt !== undefined) this.endings.push(order);
    return order;
  }

  end(order: RememberedOrder, time: number): void {
    order.endedAt = time;
    this.endings.push(order);
  }

  /** Forgets what ended longer ago than the window. */
  evict(now: number): void {
    while (this.first < this.endings.length && now - this.endings[this.first].endedAt! > this.windowMs) {
      const { orderId, claim } = this.endings[this.first++];
      this.byOrderId.delete(orderId);
      if (!claim) continue;
      const ids = this.byAccount.get(claim.accountId)!;
      ids.delete(claim.clientOrderId);
      if (ids.size === 0) this.byAccount.delete(claim.accountId);
    }
    if (this.first > 1024 && this.first * 2 > this.endings.length) {
      this.endings = this.endings.slice(this.first);
      this.first = 0;
    }
  }

  /** Ended orders, the oldest end first. */
  * ended(): Generator<RememberedOrder> {
    for (let i = this.first; i < this.endings.length; i++) yield this.endings[i];
  }
}
