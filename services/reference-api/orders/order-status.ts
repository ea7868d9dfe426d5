/** What is known of one order. */
import { named } from './append';
import type { OrderEntry } from './entry';
import { isUuid } from '../../domain';
import { ApiError } from '../http/errors';
import type { Ledgers } from '../ledger/ledgers';
import { orderView } from '../ledger/views';

const unknown = (): ApiError => new ApiError(404, 'unknown_order', 'There is no such order.');

/**
 * An account's order as the ledger has it; one that was accepted a moment ago and is not settled yet is `pending`.
 *
 * @throws ApiError 404 for an order that is unknown or another user's: the two look the same; 503 while nobody can say
 */
export async function orderStatus(entry: OrderEntry, ledgers: Ledgers, accountId: string, orderId: string) {
  if (!isUuid(orderId)) throw unknown();
  const [{ order: noted }, found] = await Promise.all([entry.cache.orderOf(orderId), ledgers.order(accountId, orderId)]);
  if (found) return { ...orderView(entry.catalog, found), ...named(entry.partitions, found.partition) };
  if (noted?.accountId !== accountId) throw unknown();
  return { orderId, symbol: noted.symbol, status: 'pending' as const, ...named(entry.partitions, entry.partitions.partitionOf(noted.symbol)) };
}

/** An account's order by the client's id: the one that was placed under it last. @throws ApiError 404, 503 */
export async function orderStatusByClientId(entry: OrderEntry, ledgers: Ledgers, accountId: string, clientOrderId: string) {
  return orderStatus(entry, ledgers, accountId, await orderIdOf(entry, ledgers, accountId, clientOrderId));
}

/** The id of the order that was placed under a client order id last. @throws ApiError 404, 503 */
export async function orderIdOf(entry: OrderEntry, ledgers: Ledgers, accountId: string, clientOrderId: string): Promise<string> {
  const claimed = await entry.cache.claimed(accountId, clientOrderId);
  if (claimed) return claimed.orderId;
  // An order without a client order id is known by its own.
  const found = await ledgers.orderByClientId(accountId, clientOrderId)
    ?? (isUuid(clientOrderId) ? await ledgers.order(accountId, clientOrderId) : undefined);
  if (!found) throw unknown();
  return found.orderId;
}
