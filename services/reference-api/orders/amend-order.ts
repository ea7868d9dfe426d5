import { z } from 'zod';
import { appendInTurn, named } from './append';
import type { OrderEntry } from './entry';
import { requireSymbol } from './find-order';
import type { Turn } from './turns';
import { baseUnits, DomainError, newOrderId, parsePrice, parseQuantity, quoteUnits } from '../../domain';
import { coded, decimalText } from '../http/validate';
import type { Ledgers } from '../ledger/ledgers';

/** Body of `PATCH /v1/orders/{id}`. */
export const amendSchema = z.strictObject({
  price: decimalText().optional(),
  /** New total, what is filled included. */
  quantity: decimalText().optional(),
}).refine(({ price, quantity }) => price !== undefined || quantity !== undefined, {
  error: coded('nothing_to_amend', 'Give a new price, a new quantity or both.'),
}).meta({ examples: [{ quantity: '0.005' }] });
export type AmendBody = z.output<typeof amendSchema>;

/**
 * Asks for an order to be changed. A smaller quantity keeps its place in the queue, anything else loses it. 202 says that the journal
 * has the request; what became of it is told on the `orders` channel.
 *
 * @throws DomainError, ApiError 404 for an order that is unknown or another user's
 */
export async function amendOrder(
  entry: OrderEntry, ledgers: Ledgers, accountId: string, orderId: string, body: AmendBody, turn: Turn, requireInstrument: (symbol: string) => void,
): Promise<{ readonly orderId: string; readonly amendId: string; readonly partition?: number; readonly position: string }> {
  const instrument = entry.catalog.require(await requireSymbol(entry, ledgers, accountId, orderId));
  requireInstrument(instrument.symbol);
  const priceTicks = body.price === undefined ? 0 : parsePrice(instrument, body.price);
  const quantityLots = body.quantity === undefined ? 0 : parseQuantity(instrument, body.quantity);
  if (baseUnits(instrument, quantityLots) === undefined || quoteUnits(instrument, priceTicks, quantityLots) === undefined) {
    throw new DomainError('out_of_range', 'price × quantity is too large', { field: 'quantity' });
  }
  // The core takes a later id for a later wish.
  const amendId = newOrderId();
  const partition = entry.partitions.partitionOf(instrument.symbol);
  const position = await appendInTurn(entry, turn, partition, () => (
    { type: 'amend_order', time: Date.now(), amendId, orderId, accountId, priceTicks, quantityLots }));
  return { orderId, amendId, ...named(entry.partitions, partition), position };
}
