import type { Event, OrderAccepted, OrderRejected, OrderTerms } from '../domain';
import { RefusedEventError } from './errors';
import type { Changes, OrderChange, OrderRow, OrderState } from './rows';

/** Orders as they move through a run: each ends up as one row to insert or one to change, whatever happened to it. */
export class Orders {
  private readonly accepted = new Map<string, OrderRow>();
  private readonly rejected = new Map<string, OrderRow>();
  private readonly changed = new Map<string, OrderChange>();

  follow(event: Event): void {
    switch (event.type) {
      case 'order_accepted':
        return this.accept(event);
      case 'order_rejected':
        if (!this.accepted.has(event.orderId) && !this.rejected.has(event.orderId)) {
          this.rejected.set(event.orderId, rowOf(event, 'rejected', event.reason));
        }
        return;
      case 'trade':
        this.fill(event.makerOrderId, event.makerRemainingLots, event);
        this.fill(event.takerOrderId, event.takerRemainingLots, event);
        return;
      case 'order_cancelled':
        return this.change(event.orderId, event, { remainingLots: event.remainingLots, status: 'cancelled', reason: event.reason });
      default:
    }
  }

  changes(): Pick<Changes, 'accepted' | 'rejected' | 'changed'> {
    return { accepted: [...this.accepted.values()], rejected: [...this.rejected.values()], changed: [...this.changed.values()] };
  }

  private accept(event: OrderAccepted): void {
    if (this.accepted.has(event.orderId) || this.changed.has(event.orderId)) {
      throw new RefusedEventError(event.seq, `event ${event.seq} accepts order ${event.orderId}, which was accepted before`);
    }
    // An append of unknown outcome may come again: what was refused the first time can be good the second.
    this.rejected.delete(event.orderId);
    this.accepted.set(event.orderId, rowOf(event, 'open', null));
  }

  private fill(orderId: string, remainingLots: number, event: Event): void {
    this.change(orderId, event, { remainingLots, status: remainingLots === 0 ? 'filled' : 'open', reason: null });
  }

  private change(orderId: string, event: Event, next: Pick<OrderState, 'remainingLots' | 'status' | 'reason'>): void {
    const before: OrderState | undefined = this.accepted.get(orderId) ?? this.changed.get(orderId);
    if (before && (before.status !== 'open' || next.remainingLots > before.remainingLots)) {
      throw new RefusedEventError(event.seq, `event ${event.seq} leaves ${next.remainingLots} lots of order ${orderId}, `
        + `which is ${before.status} with ${before.remainingLots} lots`);
    }
    const update: OrderState = { ...next, updatedSeq: event.seq, updatedAt: timeOf(event) };
    if (before) Object.assign(before, update);
    else this.changed.set(orderId, { orderId, ...update });
  }
}

/** An event's time as ISO 8601. */
export function timeOf(event: Event): string {
  return new Date(event.time).toISOString();
}

function rowOf(event: OrderAccepted | OrderRejected, status: 'open' | 'rejected', reason: string | null): OrderRow {
  const { orderId, accountId, clientOrderId, symbol, side, orderType, timeInForce, priceTicks, quantityLots } = event;
  const terms: OrderTerms = { orderId, accountId, clientOrderId, symbol, side, orderType, timeInForce, priceTicks, quantityLots };
  const at = timeOf(event);
  return { terms, createdSeq: event.seq, createdAt: at, remainingLots: quantityLots, status, reason, updatedSeq: event.seq, updatedAt: at };
}
