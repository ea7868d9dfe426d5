import { type Api, ApiProblem, reasonText } from './api';
import { shown } from '../core/decimal';
import type { Instrument, Order } from '../core/model';
import { bodyOf, described, type Ticket } from '../core/ticket';

/** What became of something that somebody asked for, as a sentence. */
export interface Outcome {
  readonly kind: 'good' | 'bad' | 'wait';
  readonly text: string;
  /** Field of the ticket that it is about. */
  readonly field?: string;
}

interface Placed {
  readonly orderId: string;
  readonly status?: 'open' | 'filled' | 'cancelled' | 'rejected' | 'duplicate';
  readonly reason?: string;
  readonly remaining?: string;
  readonly fills?: readonly { readonly price: string; readonly quantity: string }[];
}

interface Changed {
  readonly event?: 'cancelled' | 'cancel_rejected' | 'amended' | 'amend_rejected';
  readonly reason?: string;
}

/** The core answers within a few milliseconds; whoever waits longer than this is told that the order is on its way. */
const WAIT = { prefer: 'wait=2000' };

/** Places an order and says what the core made of it. Never fails: whatever happens is an outcome. */
export async function place(api: Api, ticket: Ticket, instrument: Instrument, clientOrderId: string): Promise<Outcome> {
  try {
    // The id makes a repetition after a lost answer harmless.
    const placed = await api.sendSurely<Placed>('POST', '/v1/orders', bodyOf(ticket, instrument.symbol, clientOrderId), WAIT);
    return outcomeOf(placed, described(ticket, instrument), instrument);
  } catch (error) {
    return failed(error, 'The order may or may not have arrived. It shows below if it has; check before you send another.');
  }
}

function outcomeOf({ status, reason, fills = [] }: Placed, what: string, { base }: Instrument): Outcome {
  const done = fills.map(({ price, quantity }) => `${shown(quantity)} ${base.code} at ${shown(price)}`).join(', ');
  if (status === 'rejected') return { kind: 'bad', text: `Refused. ${reasonText(reason ?? 'unknown')}` };
  if (status === 'filled') return { kind: 'good', text: `Filled: ${done}.` };
  if (status === 'cancelled') {
    return {
      kind: done ? 'good' : 'bad',
      text: `${done ? `Filled in part: ${done}. ` : 'Ended without a fill. '}${reasonText(reason ?? 'unknown')}`,
    };
  }
  if (status === 'open') return { kind: 'good', text: done ? `Filled in part: ${done}; the rest is in the book.` : `In the book: ${what}.` };
  // Also a repetition: the first one stands.
  return { kind: 'wait', text: `Accepted: ${what}. What becomes of it shows below.` };
}

export async function cancel(api: Api, { orderId, clientOrderId, symbol }: Order): Promise<Outcome> {
  try {
    const { event, reason } = await api.sendSurely<Changed>('DELETE', `/v1/orders/${orderId}`, undefined, WAIT);
    if (event === 'cancel_rejected') return { kind: 'bad', text: `Not cancelled: the order has ended already. ${reasonText(reason ?? 'unknown')}` };
    return event === 'cancelled'
      ? { kind: 'good', text: `Cancelled the order in ${symbol}.` }
      : { kind: 'wait', text: `Asked to cancel ${clientOrderId ?? orderId}.` };
  } catch (error) {
    return failed(error, 'Whether it was cancelled is not known; the list below follows the ledger.');
  }
}

export async function cancelAll(api: Api): Promise<Outcome> {
  try {
    await api.sendSurely('DELETE', '/v1/orders', undefined);
    return { kind: 'wait', text: 'Asked to cancel all open orders.' };
  } catch (error) {
    return failed(error, 'Whether they were cancelled is not known; the list below follows the ledger.');
  }
}

export async function amend(api: Api, { orderId }: Order, change: { readonly price?: string; readonly quantity?: string }): Promise<Outcome> {
  try {
    // Sent once: a repetition would be another change.
    const { event, reason } = await api.send<Changed>('PATCH', `/v1/orders/${orderId}`, change, WAIT);
    if (event === 'amend_rejected') return { kind: 'bad', text: `Not changed. ${reasonText(reason ?? 'unknown')}` };
    return { kind: event === 'amended' ? 'good' : 'wait', text: event === 'amended' ? 'Changed the order.' : 'Asked to change the order.' };
  } catch (error) {
    return failed(error, 'Whether it was changed is not known; the list below follows the ledger.');
  }
}

function failed(error: unknown, uncertain: string): Outcome {
  if (!(error instanceof ApiProblem)) return { kind: 'bad', text: error instanceof Error ? error.message : String(error) };
  return {
    kind: 'bad',
    text: error.isUncertain ? `${error.message} ${uncertain}` : error.message,
    ...(error.field === undefined ? {} : { field: error.field }),
  };
}
