import { z } from 'zod';
import { appendAllInTurn, type Appended, appendInTurn, named } from './append';
import type { OrderEntry } from './entry';
import { requireOrder } from './find-order';
import { clientId } from './order-request';
import type { Turn } from './turns';
import { NIL_UUID } from '../../domain';
import type { Ledgers } from '../ledger/ledgers';

/**
 * Asks for an order to be cancelled. 202 says that the journal has the request; whether there was something left to cancel is the
 * core's to say, on the `orders` channel.
 *
 * @throws ApiError 404 for an order that is unknown or another user's: the two look the same
 */
export async function cancelOrder(
  entry: OrderEntry, ledgers: Ledgers, accountId: string, orderId: string, turn: Turn,
): Promise<{ readonly orderId: string; readonly partition?: number; readonly position: string }> {
  const { partition } = await requireOrder(entry, ledgers, accountId, orderId);
  const position = await appendInTurn(entry, turn, partition, () => ({ type: 'cancel_order', time: Date.now(), orderId, accountId, clientOrderId: '' }));
  return { orderId, ...named(entry.partitions, partition), position };
}

/** Path of `DELETE /v1/orders/by-client-id/{clientOrderId}`. */
export const clientOrderPath = z.strictObject({ clientOrderId: clientId() });

/** Query of `DELETE /v1/orders/by-client-id/{clientOrderId}`: with a symbol nobody need be asked where the order is. */
export const clientOrderQuery = z.strictObject({ symbol: z.string().max(32).optional() });

/**
 * Asks for the order under a client order id to be cancelled. Whose it is follows from the account. Where it is, of several
 * partitions, the symbol says, else what the cache remembers of the order placed under it last; else all of them are asked, and
 * those without such an order reject.
 */
export async function cancelByClientId(
  entry: OrderEntry, accountId: string, clientOrderId: string, { symbol }: z.output<typeof clientOrderQuery>, turn: Turn,
): Promise<{ readonly clientOrderId: string } & Appended> {
  const targets = symbol === undefined
    ? await partitionsOfClientId(entry, accountId, clientOrderId) : [entry.partitions.partitionOf(entry.catalog.require(symbol).symbol)];
  const appended = await appendAllInTurn(entry, turn, targets, () => ({ type: 'cancel_order', time: Date.now(), orderId: NIL_UUID, accountId, clientOrderId }));
  return { clientOrderId, ...appended };
}

async function partitionsOfClientId({ partitions, cache }: OrderEntry, accountId: string, clientOrderId: string): Promise<readonly number[]> {
  const claimed = partitions.several ? await cache.claimed(accountId, clientOrderId) : undefined;
  return claimed ? [partitions.partitionOfId(claimed.orderId)] : partitions.partitions;
}

/** Query of `DELETE /v1/orders`. */
export const cancelAllSchema = z.strictObject({ symbol: z.string().max(32).optional() });

/** Asks for all orders of an account, or those in one instrument, to be cancelled. */
export async function cancelAll(
  entry: OrderEntry, accountId: string, { symbol }: z.output<typeof cancelAllSchema>, turn: Turn,
): Promise<{ readonly symbol?: string } & Appended> {
  const of = symbol === undefined ? '' : entry.catalog.require(symbol).symbol;
  const targets = symbol === undefined ? entry.partitions.partitions : [entry.partitions.partitionOf(of)];
  const appended = await appendAllInTurn(entry, turn, targets, () => ({ type: 'cancel_all', time: Date.now(), accountId, symbol: of }));
  return { ...(symbol === undefined ? {} : { symbol }), ...appended };
}
