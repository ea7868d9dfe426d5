import { named } from './append';
import { Attempt } from './attempt';
import type { OrderEntry } from './entry';
import { digestOf } from './order-ask';
import { orderAsk, type OrderBody } from './order-request';
import type { Turn } from './turns';
import { newOrderId, type PlaceOrder } from '../../domain';

/** What the client gets with 202. */
export interface AcceptedOrder {
  readonly orderId: string;
  readonly clientOrderId: string;
  /** Where it trades, in a system with several partitions. */
  readonly partition?: number;
  /** Where the journal has the order: `<record>:<index>`. */
  readonly position: string;
}

/** An accepted order, and whether it is the answer to an earlier request. */
export interface PlacedOrder {
  readonly accepted: AcceptedOrder;
  readonly repeated: boolean;
}

/**
 * Accepts an order: it is in the journal when this resolves. A client order id that is taken gets the first answer again, or 422
 * when it asked for something else.
 *
 * @throws DomainError, ApiError, JournalUnavailableError
 */
export async function placeOrder(entry: OrderEntry, accountId: string, body: OrderBody, turn: Turn): Promise<PlacedOrder> {
  const ask = orderAsk(entry.catalog.require(body.symbol), body);
  const digest = digestOf(ask);
  const partition = entry.partitions.partitionOf(ask.symbol);
  const made = newOrderId(undefined, partition);
  const clientOrderId = body.clientOrderId ?? made;
  const command = (orderId: string, time: number): PlaceOrder => ({ type: 'place_order', time, orderId, accountId, clientOrderId, digest, ...ask });
  const attempt = new Attempt(entry, { accountId, clientId: clientOrderId, digest, turn, partition, command });
  entry.cache.noteOrder(made, { accountId, symbol: ask.symbol });
  // An id that was made a moment ago cannot be taken.
  const { id, position, repeated = false } = await (body.clientOrderId === undefined ? attempt.alone(made) : attempt.withClaim(made));
  return { accepted: { orderId: id, clientOrderId, ...named(entry.partitions, partition), position }, repeated };
}
