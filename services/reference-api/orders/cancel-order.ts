import { type OrderEntry, PARTITION } from './place-order';
import type { Turn } from './turns';
import { isUuid } from '../../domain';
import { ApiError } from '../http/errors';
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
  if (!isUuid(orderId) || !await mayCancel(entry, ledger, accountId, orderId)) {
    throw new ApiError(404, 'unknown_order', 'There is no such order.');
  }
  if (turn.ready) await turn.ready;
  const appended = entry.appender.append(PARTITION, { type: 'cancel_order', time: Date.now(), orderId, accountId });
  turn.done();
  return { orderId, position: await appended };
}

async function mayCancel(entry: OrderEntry, ledger: LedgerReader, accountId: string, orderId: string): Promise<boolean> {
  const { accountId: owner, unreachable } = await entry.cache.ownerOf(orderId);
  if (owner !== undefined) return owner === accountId;
  const recorded = await ledger.ownerOf(orderId).catch((error: unknown) => {
    // Neither can be asked. The core cancels for the owner only, so its word serves.
    if (unreachable) return accountId;
    throw error;
  });
  // A new order may be known to the cache alone, and the cache is away: again the core's word serves.
  return recorded === undefined ? unreachable === true : recorded === accountId;
}
