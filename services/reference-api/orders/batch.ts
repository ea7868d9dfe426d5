import { z } from 'zod';
import type { OrderEntry } from './entry';
import { orderSchema } from './order-request';
import { outcomeOf, settlesOrder } from './outcome';
import { type AcceptedOrder, placeOrder } from './place-order';
import { type Turn, Turns } from './turns';
import type { OrderUpdate } from '../../domain';
import type { Logger } from '../../runtime';
import { errorReply } from '../http/reply';

/** Most orders of one request; more of them than this do not fit a body. */
export const MAX_BATCH = 50;

/** Body of `POST /v1/orders/batch`. */
export const batchSchema = z.strictObject({ orders: z.array(orderSchema).min(1).max(MAX_BATCH) })
  .meta({ examples: [{ orders: [1, 2].map((i) => ({ symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: `2999${i}`, quantity: '0.01' })) }] });
export type BatchBody = z.output<typeof batchSchema>;

/** What became of one order of a batch: as if it had come alone. */
export type BatchResult = { readonly status: 200 | 202; readonly order: AcceptedOrder } | { readonly status: number; readonly problem: unknown };

/** A result before anybody waited for the core. */
export interface PlacedResult {
  readonly result: BatchResult;
  /** Whether the core is done with it; undefined when it will say nothing about it. */
  readonly isLast?: (update: OrderUpdate) => boolean;
}

/** What to listen for, by the ids of orders. */
export function awaitedOf(placed: readonly PlacedResult[]): ReadonlyMap<string, (update: OrderUpdate) => boolean> {
  return new Map(placed.flatMap(({ result, isLast }) => (isLast && 'order' in result ? [[result.order.orderId, isLast] as const] : [])));
}

/** The results with what was heard of each order in time: as if each had come alone and waited. */
export function decidedBatch(placed: readonly PlacedResult[], heard: ReadonlyMap<string, readonly OrderUpdate[]>): readonly BatchResult[] {
  return placed.map(({ result }) => {
    const updates = 'order' in result ? heard.get(result.order.orderId) : undefined;
    return updates && 'order' in result ? { status: 200, order: { ...result.order, ...outcomeOf(updates) } } : result;
  });
}

/**
 * Accepts orders in the order in which they stand, each by itself: one that is refused does not keep the others out. They reach the journal in as few
 * frames as anything that comes at once.
 */
export async function placeBatch(
  entry: OrderEntry, accountId: string, { orders }: BatchBody, turn: Turn, logger: Logger, requireInstrument: (symbol: string) => void,
): Promise<readonly PlacedResult[]> {
  if (turn.ready) await turn.ready;
  const queue = new Turns();
  const connection = {};
  return Promise.all(orders.map(async (order): Promise<PlacedResult> => {
    const mine = queue.take(connection);
    try {
      requireInstrument(order.symbol);
      const { accepted, repeated } = await placeOrder(entry, accountId, order, mine);
      return { result: { status: 202, order: accepted }, isLast: repeated ? undefined : settlesOrder(order) };
    } catch (error) {
      const { status, body } = errorReply(error, logger);
      return { result: { status, problem: body } };
    } finally {
      mine.done();
    }
  }));
}
