import { z } from 'zod';
import { appendInTurn } from './attempt';
import type { OrderEntry } from './entry';
import { requireOrder } from './find-order';
import { clientId } from './order-request';
import type { Turn } from './turns';
import { NIL_UUID } from '../../domain';
import type { LedgerReader } from '../ledger/ledger-reader';

/**
 * Asks for an order to be cancelled. 202 says that the journal has the request; whether there was something left to cancel is the
 * core's to say, on the `orders` channel.
 *
 * @throws ApiError 404 for an order that is unknown or another user's: the two look the same
 */
export async function cancelOrder(
  entry: OrderEntry, ledger: LedgerReader, accountId: string, orderId: string, turn: Turn,
): Promise<{ readonly orderId: string; readonly position: string }> {
  await requireOrder(entry, ledger, accountId, orderId);
  return { orderId, position: await appendInTurn(entry, turn, () => ({ type: 'cancel_order', time: Date.now(), orderId, accountId, clientOrderId: '' })) };
}

/** Path of `DELETE /v1/orders/by-client-id/{clientOrderId}`. */
export const clientOrderPath = z.strictObject({ clientOrderId: clientId() });

/** Asks for the order under a client order id to be cancelled. Whose it is follows from the account, so nobody need be asked. */
export async function cancelByClientId(
  entry: OrderEntry, accountId: string, clientOrderId: string, turn: Turn,
): Promise<{ readonly clientOrderId: string; readonly position: string }> {
  const position = await appendInTurn(entry, turn, () => ({ type: 'cancel_order', time: Date.now(), orderId: NIL_UUID, accountId, clientOrderId }));
  return { clientOrderId, position };
}

/** Query of `DELETE /v1/orders`. */
export const cancelAllSchema = z.strictObject({ symbol: z.string().max(32).optional() });

/** Asks for all orders of an account, or those in one instrument, to be cancelled. */
export async function cancelAll(
  entry: OrderEntry, accountId: string, { symbol }: z.output<typeof cancelAllSchema>, turn: Turn,
): Promise<{ readonly symbol?: string; readonly position: string }> {
  const of = symbol === undefined ? '' : entry.catalog.require(symbol).symbol;
  const position = await appendInTurn(entry, turn, () => ({ type: 'cancel_all', time: Date.now(), accountId, symbol: of }));
  return { ...(symbol === undefined ? {} : { symbol }), position };
}
