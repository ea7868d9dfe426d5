import { z } from 'zod';
import type { LedgerOrder } from './ledger-reader';
import type { Ledgers } from './ledgers';
import { cursorText, type PageCursor, parseCursor, readOrders } from './order-pages';
import { formatDecimal, formatPrice, formatQuantity } from '../../domain';
import { unavailable } from '../http/errors';
import { coded } from '../http/validate';
import type { InstrumentCatalog } from '../market/instrument-catalog';
import { named, requirePartition } from '../orders/append';

/** Most orders on one page. */
export const MAX_PAGE = 200;

const wholeNumber = /^[1-9]\d{0,2}$/;

/** One partition alone, so that it can be read while the ledger of another is away. */
const partition = () => z.string().regex(/^\d{1,5}$/, {
  error: coded('invalid_partition', 'A partition is a whole number from 0 to 65535.'),
}).transform(Number).optional();

/** Query of `GET /v1/orders`. */
export const orderListSchema = z.strictObject({
  limit: z.string().refine((text) => wholeNumber.test(text) && Number(text) <= MAX_PAGE, {
    error: coded('invalid_limit', `limit is a whole number from 1 to ${MAX_PAGE}.`),
  }).transform(Number).default(50),
  status: z.enum(['open', 'filled', 'cancelled', 'rejected']).optional(),
  partition: partition(),
  cursor: z.string().max(8_000).transform((text, context): PageCursor => {
    const cursor = parseCursor(text);
    if (cursor) return cursor;
    context.addIssue({ code: 'custom', message: coded('invalid_cursor', 'The cursor is not one that this list gave out.') });
    return z.NEVER;
  }).optional(),
});
export type OrderList = z.output<typeof orderListSchema>;

/** Query of `GET /v1/portfolio`. */
export const portfolioSchema = z.strictObject({ partition: partition() });

function selected({ partitions }: Ledgers, one: number | undefined): readonly number[] {
  return one === undefined ? partitions.partitions : [requirePartition(partitions, one)];
}

/** How recent an answer is: one sequence, or with several partitions one for each. */
function recency({ partitions: { several } }: Ledgers, asOf: readonly { readonly partition: number; readonly asOf: number }[]) {
  return several ? { partitions: asOf } : { asOf: asOf[0].asOf };
}

/** A page of an account's orders, newest first; `nextCursor` when there are more. Of several partitions the orders name theirs. */
export async function listOrders(
  ledgers: Ledgers, catalog: InstrumentCatalog, accountId: string, { limit, status, cursor, partition: one }: OrderList,
) {
  const { orders, asOf, next } = await readOrders(ledgers, selected(ledgers, one), accountId, { limit, status }, cursor);
  return {
    ...recency(ledgers, asOf),
    orders: orders.map((order) => ({ ...orderView(catalog, order), ...named(ledgers.partitions, order.partition) })),
    ...(next ? { nextCursor: cursorText(next, !ledgers.partitions.several) } : {}),
  };
}

function orderView(catalog: InstrumentCatalog, order: LedgerOrder) {
  const instrument = catalog.get(order.symbol);
  // A rejected order may name a symbol that never was: it has no ticks and lots to be counted in.
  const numbers = instrument ? {
    ...(order.priceTicks > 0 ? { price: formatPrice(instrument, order.priceTicks) } : {}),
    ...(order.triggerTicks > 0 ? { stopPrice: formatPrice(instrument, order.triggerTicks), triggered: order.triggered } : {}),
    ...(order.quoteBudget > 0 ? { quoteQuantity: formatDecimal(order.quoteBudget, instrument.quote.decimals) } : {
      quantity: formatQuantity(instrument, order.quantityLots),
      remaining: formatQuantity(instrument, order.remainingLots),
    }),
    filled: formatQuantity(instrument, order.filledLots),
    filledQuote: formatDecimal(order.filledQuote, instrument.quote.decimals),
  } : {};
  return {
    orderId: order.orderId,
    clientOrderId: order.clientOrderId,
    symbol: order.symbol,
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce,
    ...(order.postOnly ? { postOnly: true } : {}),
    selfTradePrevention: order.selfTradePrevention,
    ...(order.listId === null ? {} : { listId: order.listId }),
    ...numbers,
    status: order.status,
    ...(order.reason === null ? {} : { reason: order.reason }),
    createdAt: order.createdAt.getTime(),
    updatedAt: order.updatedAt.getTime(),
  };
}

/**
 * What an account has: free to use, and held for its open orders. Of several partitions each balance names its own: funds of one pay for
 * nothing in another.
 */
export async function portfolio(
  ledgers: Ledgers, catalog: InstrumentCatalog, accountId: string, { partition: one }: z.output<typeof portfolioSchema> = {},
) {
  if (catalog.size === 0) throw unavailable('instruments_unavailable', 'The decimals of the assets are not known yet.');
  const wallets = await Promise.all(selected(ledgers, one).map(async (number) => (
    { partition: number, ...await ledgers.of(number).balances(accountId) })));
  return {
    ...recency(ledgers, wallets.map(({ partition: number, seq }) => ({ partition: number, asOf: seq }))),
    balances: wallets.flatMap(({ partition: number, rows }) => rows.map(({ asset, free, held }) => {
      const { decimals } = catalog.requireAsset(asset);
      return {
        asset, free: formatDecimal(free, decimals), held: formatDecimal(held, decimals), total: formatDecimal(free + held, decimals),
        ...named(ledgers.partitions, number),
      };
    })),
  };
}
