import type { Instruments } from './instruments';
import type { OrderNow } from './ledger-rows';
import { forEachOf, type Item, itemOf, n, type ReadModelTable, s } from './read-model-table';
import { formatPrice, formatQuantity } from '../../domain';

/**
 * Orders by account and time: `userId`, and `createdAtOrderId`, the time in the order's own id and the id. The id is made when the order
 * enters, so its item keeps its place whatever becomes of the order, a first rejection of a repeated append included.
 */
export class OrderHistory {
  constructor(private readonly table: ReadModelTable) {}

  write(partition: number, orders: readonly OrderNow[], instruments: Instruments): Promise<void> {
    return forEachOf(orders, (order) => this.table.put(historyItem(partition, order, instruments), order.updatedSeq));
  }
}

/** Sort key of an order's item. */
export function historyKey(orderId: string): string {
  // The first 48 bits of a UUID of version 7.
  const time = parseInt(orderId.slice(0, 8) + orderId.slice(9, 13), 16);
  return `${new Date(time).toISOString()}#${orderId}`;
}

function historyItem(partition: number, order: OrderNow, instruments: Instruments): Item {
  const instrument = instruments.find(order.symbol);
  const numbers = instrument && {
    price: order.priceTicks > 0 ? s(formatPrice(instrument, order.priceTicks)) : undefined,
    stopPrice: order.triggerTicks > 0 ? s(formatPrice(instrument, order.triggerTicks)) : undefined,
    quantity: order.quantityLots > 0 ? s(formatQuantity(instrument, order.quantityLots)) : undefined,
    quoteQuantity: order.quoteBudget > 0 ? s(instruments.amount(instrument.quote.code, order.quoteBudget)) : undefined,
    remaining: s(formatQuantity(instrument, order.remainingLots)),
    filled: s(formatQuantity(instrument, order.filledLots)),
    filledQuote: s(instruments.amount(instrument.quote.code, order.filledQuote)),
  };
  return itemOf({
    userId: s(order.accountId),
    createdAtOrderId: s(historyKey(order.orderId)),
    orderId: s(order.orderId),
    clientOrderId: s(order.clientOrderId),
    partition: n(partition),
    symbol: s(order.symbol),
    side: s(order.side),
    type: s(order.type),
    timeInForce: s(order.timeInForce),
    listId: order.listId === null ? undefined : s(order.listId),
    ...numbers,
    status: s(order.status),
    reason: order.reason === null ? undefined : s(order.reason),
    createdAt: s(order.createdAt.toISOString()),
    updatedAt: s(order.updatedAt.toISOString()),
  });
}
