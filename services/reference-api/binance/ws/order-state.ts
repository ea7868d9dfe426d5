import type { OrderUpdate } from '../../../domain';
import { compare, minus, plus, times } from '../amounts';
import type { KnownOrder } from '../order-view';
import { defined } from '../terms';

/**
 * An order after an event; undefined when the event says nothing of an order that is known.
 *
 * @param before as it was last seen, which may be after the event
 */
export function advanced(before: KnownOrder | undefined, update: OrderUpdate): KnownOrder | undefined {
  const { event, orderId, clientOrderId, symbol, side, type, status, reason, time } = update;
  if (event === 'accepted' || event === 'rejected') {
    if (!symbol || !side || !type) return undefined;
    const { timeInForce, postOnly, selfTradePrevention, price, stopPrice, quantity, quoteQuantity, listId } = update;
    return {
      orderId, clientOrderId: clientOrderId ?? orderId, symbol, side, type, filled: '0', filledQuote: '0', createdAt: time, updatedAt: time,
      status: event === 'rejected' ? 'rejected' : 'open', working: stopPrice === undefined,
      ...defined({ timeInForce, postOnly, selfTradePrevention, price, stopPrice, quantity, quoteQuantity, listId, reason }),
    };
  }
  if (!before) return undefined;
  const at = { ...before, updatedAt: time };
  if (event === 'triggered') return { ...at, working: true };
  if (event === 'amended') return { ...at, ...defined({ price: update.price, quantity: update.quantity }) };
  if (event === 'cancelled') return { ...at, status: status ?? 'cancelled', ...defined({ reason }) };
  if (event !== 'fill' || !update.fill) return undefined;
  const { price, quantity } = update.fill;
  const filled = before.quantity !== undefined && update.remaining !== undefined
    ? minus(before.quantity, update.remaining) : plus(before.filled, quantity);
  // What was read from the ledger may have this fill, and later ones, already.
  const isNew = compare(filled, before.filled) > 0;
  return { ...at, filled, filledQuote: isNew ? plus(before.filledQuote, times(price, quantity)) : before.filledQuote, status: status ?? 'open', working: true };
}
