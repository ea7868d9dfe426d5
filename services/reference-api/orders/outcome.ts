import type { OrderBody } from './order-request';
import type { OrderUpdate } from '../../domain';

/** What the core made of an order, as far as it was heard of. */
export interface Outcome {
  readonly status: 'open' | 'filled' | 'cancelled' | 'rejected' | 'duplicate';
  readonly reason?: string;
  /** With `duplicate`: the order that stands. */
  readonly originalOrderId?: string;
  readonly remaining?: string;
  /** Each with the sequence of its trade. */
  readonly fills: readonly (NonNullable<OrderUpdate['fill']> & { readonly seq: number })[];
  /** Of the last event. */
  readonly seq: number;
  readonly time: number;
}

/** Adds up what was said of one order. @param updates at least one */
export function outcomeOf(updates: readonly OrderUpdate[]): Outcome {
  // After a takeover the matcher says things again.
  const inOrder = [...new Map(updates.map((update) => [`${update.seq}/${update.fill?.liquidity ?? ''}`, update])).values()].sort((a, b) => a.seq - b.seq);
  const last = inOrder[inOrder.length - 1];
  const latest = <K extends keyof OrderUpdate>(field: K): OrderUpdate[K] | undefined => (
    inOrder.findLast((update) => update[field] !== undefined)?.[field]);
  const reason = latest('reason');
  const remaining = latest('remaining');
  const originalOrderId = latest('originalOrderId');
  return {
    status: last.event === 'duplicate' ? 'duplicate' : latest('status') ?? 'open',
    ...(reason === undefined ? {} : { reason }),
    ...(originalOrderId === undefined ? {} : { originalOrderId }),
    ...(remaining === undefined ? {} : { remaining }),
    fills: inOrder.flatMap(({ fill, seq }) => (fill ? [{ ...fill, seq }] : [])),
    seq: last.seq,
    time: last.time,
  };
}

/** Whether the core is done with this new order: one that must not rest is, when it has ended. */
export function settlesOrder({ type, timeInForce }: Pick<OrderBody, 'type' | 'timeInForce'>): (update: OrderUpdate) => boolean {
  return settles(!(type === 'market' || (type === 'limit' && (timeInForce ?? 'gtc') !== 'gtc')));
}

/** Whether the core is done with a new order for the moment: it rests, waits, or has ended. */
export function settles(stays: boolean): (update: OrderUpdate) => boolean {
  return ({ event, status }) => event === 'duplicate' || (status !== undefined && status !== 'open') || (stays && event === 'accepted');
}
