import { NIL_UUID, type Event, type OrderAccepted, type OrderAmended, type OrderCancelled, type OrderRejected, type OrderTerms, type Trade } from '../domain';
import { RefusedEventError } from './errors';
import type { Changes, KnownOrder, OrderRow, OrderState } from './rows';

/** An order in the run, wherever it came from. */
interface Followed {
  readonly orderId: string;
  readonly byBudget: boolean;
  readonly listId: string | null;
  readonly state: OrderState;
}

/** Orders as they move through a run: each ends up as one row to insert or one to change, whatever happened to it. */
export class Orders {
  private readonly accepted = new Map<string, OrderRow>();
  private readonly rejected = new Map<string, OrderRow>();
  private readonly changed = new Set<KnownOrder>();
  private readonly followed = new Map<string, Followed>();
  private readonly known = new Map<string, KnownOrder>();
  private readonly lists = new Map<string, Followed[]>();

  /** @param known the orders that the run touches, those of their lists included, as far as the ledger has them */
  constructor(known: readonly KnownOrder[]) {
    for (const order of known) {
      const copy = { ...order, state: { ...order.state } };
      this.known.set(order.orderId, copy);
      if (order.state.status !== 'rejected') this.track({ ...copy, byBudget: order.quoteBudget > 0 });
    }
  }

  follow(event: Event): void {
    switch (event.type) {
      case 'order_accepted':
        return this.accept(event);
      case 'order_rejected':
        return this.reject(event);
      case 'order_triggered':
        return this.change(event.orderId, event, { triggeredSeq: event.seq, prioritySeq: event.seq });
      case 'order_amended':
        return this.amend(event);
      case 'amend_rejected':
        // The other two reasons are given without a look at the order.
        if (event.reason === 'unknown_order' || event.reason === 'superseded') return;
        return this.change(event.orderId, event, { amendId: event.amendId });
      case 'trade':
        this.fill(event.makerOrderId, event.makerRemainingLots, event);
        return this.fill(event.takerOrderId, event.takerRemainingLots, event);
      case 'order_cancelled':
        return this.end(event);
      default:
    }
  }

  changes(): Pick<Changes, 'accepted' | 'rejected' | 'changed'> {
    return { accepted: [...this.accepted.values()], rejected: [...this.rejected.values()], changed: [...this.changed] };
  }

  private accept(event: OrderAccepted): void {
    if (this.followed.has(event.orderId)) {
      throw new RefusedEventError(event.seq, `event ${event.seq} accepts order ${event.orderId}, which was accepted before`);
    }
    // An append of unknown outcome may come again: what was refused the first time can be good the second.
    this.rejected.delete(event.orderId);
    const row = rowOf(event, 'open', null);
    this.accepted.set(event.orderId, row);
    const listId = event.listId === NIL_UUID ? null : event.listId;
    this.track({ orderId: event.orderId, byBudget: event.quoteBudget > 0, listId, state: row.state });
  }

  /** The last rejection of an id counts: from there on the core remembers it. */
  private reject(event: OrderRejected): void {
    if (!this.followed.has(event.orderId)) this.rejected.set(event.orderId, rowOf(event, 'rejected', event.reason));
  }

  private amend({ seq, amendId, orderId, priceTicks, quantityLots, remainingLots, keepsPriority, ...event }: OrderAmended): void {
    const place = keepsPriority ? {} : { prioritySeq: seq };
    this.change(orderId, { seq, ...event }, { amendId, priceTicks, quantityLots, remainingLots, ...place }, true);
  }

  private fill(orderId: string, remainingLots: number, trade: Trade): void {
    const order = this.openOrder(orderId, trade);
    const { state } = order;
    const ended = !order.byBudget && remainingLots === 0;
    this.change(orderId, trade, {
      remainingLots,
      filledLots: state.filledLots + trade.quantityLots,
      filledQuote: state.filledQuote + trade.quoteAmount,
      ...(ended ? { status: 'filled' as const } : {}),
    });
    // Orders of a list have one quantity between them: what one fills the other loses.
    for (const other of this.lists.get(order.listId ?? '') ?? []) {
      if (other !== order && other.state.status === 'open' && remainingLots > 0) this.change(other.orderId, trade, { remainingLots });
    }
  }

  /** An order by budget that spent it did all that it was asked for. */
  private end(event: OrderCancelled): void {
    const { orderId, reason, remainingLots } = event;
    const spent = reason === 'budget_spent' && this.openOrder(orderId, event).state.filledLots > 0;
    this.change(orderId, event, spent ? { status: 'filled', remainingLots: 0 } : { status: 'cancelled', reason, remainingLots });
  }

  private change(orderId: string, event: Pick<Event, 'seq' | 'time'>, next: Partial<OrderState>, mayGrow = false): void {
    const { state } = this.openOrder(orderId, event);
    const { remainingLots = state.remainingLots } = next;
    if (remainingLots > state.remainingLots && !mayGrow) {
      throw new RefusedEventError(event.seq, `event ${event.seq} leaves ${remainingLots} lots of order ${orderId}, which has ${state.remainingLots}`);
    }
    Object.assign(state, next, { updatedSeq: event.seq, updatedAt: timeOf(event) });
    const before = this.accepted.has(orderId) ? undefined : this.known.get(orderId);
    if (before) this.changed.add(before);
  }

  private openOrder(orderId: string, { seq }: Pick<Event, 'seq'>): Followed {
    const order = this.followed.get(orderId);
    if (!order) throw new RefusedEventError(seq, `event ${seq} changes order ${orderId}, which the ledger does not have`);
    if (order.state.status !== 'open') throw new RefusedEventError(seq, `event ${seq} changes order ${orderId}, which is ${order.state.status}`);
    return order;
  }

  private track(order: Followed): void {
    this.followed.set(order.orderId, order);
    if (order.listId === null) return;
    const list = this.lists.get(order.listId);
    if (list) list.push(order);
    else this.lists.set(order.listId, [order]);
  }
}

/** Ids of the orders that a run changes, each once. */
export function ordersTouchedBy(events: readonly Event[]): string[] {
  const ids = new Set<string>();
  for (const event of events) {
    if (event.type === 'trade') ids.add(event.makerOrderId).add(event.takerOrderId);
    else if (event.type === 'order_accepted' || event.type === 'order_rejected' || event.type === 'order_triggered'
      || event.type === 'order_amended' || event.type === 'amend_rejected' || event.type === 'order_cancelled') ids.add(event.orderId);
  }
  return [...ids];
}

/** An event's time as ISO 8601. */
export function timeOf(event: Pick<Event, 'time'>): string {
  return new Date(event.time).toISOString();
}

function rowOf(event: OrderAccepted | OrderRejected, status: 'open' | 'rejected', reason: string | null): OrderRow {
  const {
    orderId, accountId, clientOrderId, symbol, side, orderType, timeInForce, postOnly, selfTradePrevention, priceTicks, triggerTicks, quantityLots,
    quoteBudget, listId, digest,
  } = event;
  const terms: OrderTerms = {
    orderId, accountId, clientOrderId, symbol, side, orderType, timeInForce, postOnly, selfTradePrevention, priceTicks, triggerTicks, quantityLots,
    quoteBudget, listId,
  };
  const at = timeOf(event);
  const state: OrderState = {
    priceTicks, quantityLots, remainingLots: quantityLots, filledLots: 0, filledQuote: 0, status, reason,
    triggeredSeq: triggerTicks > 0 ? null : event.seq, amendId: null, prioritySeq: event.seq, updatedSeq: event.seq, updatedAt: at,
  };
  return { terms, digest, createdSeq: event.seq, createdAt: at, state };
}
