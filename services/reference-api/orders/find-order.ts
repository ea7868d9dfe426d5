import type { OrderEntry } from './entry';
import { isUuid } from '../../domain';
import { ApiError, unavailable } from '../http/errors';
import type { Ledgers } from '../ledger/ledgers';

const unknown = (): ApiError => new ApiError(404, 'unknown_order', 'There is no such order.');

/** Where an order is. */
export interface FoundOrder {
  readonly partition: number;
  readonly symbol?: string;
}

/**
 * Finds an account's order.
 *
 * @returns its partition and symbol; by its id alone, without a symbol, when nobody who knows it can be asked: then the core's word
 *   serves, which acts for owners only
 * @throws ApiError 404 for an order that is unknown or another user's: the two look the same
 */
export async function requireOrder(entry: OrderEntry, ledgers: Ledgers, accountId: string, orderId: string): Promise<FoundOrder> {
  if (!isUuid(orderId)) throw unknown();
  const { order, unreachable } = await entry.cache.orderOf(orderId);
  const found = order ?? await ledgers.orderOf(orderId).catch((error: unknown) => {
    if (unreachable) return undefined;
    throw error;
  });
  // A new order may be known to the cache alone, and the cache is away.
  if (!found && unreachable) return { partition: entry.partitions.partitionOfId(orderId) };
  if (found?.accountId !== accountId) throw unknown();
  return { symbol: found.symbol, partition: entry.partitions.partitionOf(found.symbol) };
}

/** Like `requireOrder`, for what cannot be asked for without knowing the instrument. @throws ApiError 503 when nobody knows it */
export async function requireSymbol(entry: OrderEntry, ledgers: Ledgers, accountId: string, orderId: string): Promise<string> {
  const { symbol } = await requireOrder(entry, ledgers, accountId, orderId);
  if (symbol === undefined) throw unavailable('order_unavailable', 'The order cannot be looked up at the moment.');
  return symbol;
}
