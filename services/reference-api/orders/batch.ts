import { z } from 'zod';
import type { OrderEntry } from './entry';
import { orderSchema } from './order-request';
import { type AcceptedOrder, placeOrder } from './place-order';
import { type Turn, Turns } from './turns';
import type { Logger } from '../../runtime';
import { errorReply } from '../http/reply';

/** Most orders of one request; more of them than this do not fit a body. */
export const MAX_BATCH = 50;

/** Body of `POST /v1/orders/batch`. */
export const batchSchema = z.strictObject({ orders: z.array(orderSchema).min(1).max(MAX_BATCH) })
  .meta({ examples: [{ orders: [1, 2].map((i) => ({ symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: `2999${i}`, quantity: '0.01' })) }] });
export type BatchBody = z.output<typeof batchSchema>;

/** What became of one order of a batch: as if it had come alone. */
export type BatchResult = { readonly status: 202; readonly order: AcceptedOrder } | { readonly status: number; readonly problem: unknown };

/**
 * Accepts orders in the order in which they stand, each by itself: one that is refused does not keep the others out. They reach the journal in as few
 * frames as anything that comes at once.
 */
export async function placeBatch(
  entry: OrderEntry, accountId: string, { orders }: BatchBody, turn: Turn, logger: Logger,
): Promise<readonly BatchResult[]> {
  if (turn.ready) await turn.ready;
  const queue = new Turns();
  const connection = {};
  return Promise.all(orders.map(async (order): Promise<BatchResult> => {
    const mine = queue.take(connection);
    try {
      return { status: 202, order: (await placeOrder(entry, accountId, order, mine)).accepted };
    } catch (error) {
      const { status, body } = errorReply(error, logger);
      return { status, problem: body };
    } finally {
      mine.done();
    }
  }));
}
