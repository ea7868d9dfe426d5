import { z } from 'zod';
import type { LedgerOrder, LedgerReader, OrderCursor } from './ledger-reader';
import { formatDecimal, formatPrice, formatQuantity, isUuid } from '../../domain';
import { unavailable } from '../http/errors';
import { coded } from '../http/validate';
import type { InstrumentCatalog } from '../market/instrument-catalog';

/** Most orders on one page. */
export const MAX_PAGE = 200;

const wholeNumber = /^[1-9]\d{0,2}$/;

/** Query of `GET /v1/orders`. */
export const orderListSchema = z.strictObject({
  limit: z.string().refine((text) => wholeNumber.test(text) && Number(text) <= MAX_PAGE, {
    error: coded('invalid_limit', `limit is a whole number from 1 to ${MAX_PAGE}.`),
  }).transform(Number).default(50),
  status: z.enum(['open', 'filled', 'cancelled', 'rejected']).optional(),
  cursor: z.string().max(200).transform((text, context): OrderCursor => {
    const [seq, orderId, rest] = Buffer.from(text, 'base64url').toString('latin1').split(':');
    if (/^\d{1,16}$/.test(seq) && Number.isSafeInteger(Number(seq)) && isUuid(orderId ?? '') && rest === undefined) return { createdSeq: Number(seq), orderId };
    context.addIssue({ code: 'custom', message: coded('invalid_cursor', 'The cursor is not one that this list gave out.') });
    return z.NEVER;
  }).optional(),
});
export type OrderList = z.output<typeof orderListSchema>;

/** A page of an account's orders, newest first; `nextCursor` when there are more. */
export async function listOrders(ledger: LedgerReader, catalog: InstrumentCatalog, accountId: string, { limit, status, cursor }: OrderList) {
  const { seq, rows } = await ledger.orders(accountId, { limit: limit + 1, status, after: cursor });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    asOf: seq,
    orders: page.map((order) => orderView(catalog, order)),
    ...(more ? { nextCursor: Buffer.from(`${last.createdSeq}:${last.orderId}`).toString('base64url') } : {}),
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

/** What an account has: free to use, and held for its open orders. */
export async function portfolio(ledger: LedgerReader, catalog: InstrumentCatalog, accountId: string) {
  if (catalog.size === 0) throw unavailable('instruments_unavailable', 'The decimals of the assets are not known yet.');
  const { seq, rows } = await ledger.balances(accountId);
  return {
    asOf: seq,
    balances: rows.map(({ asset, free, held }) => {
      const { decimals } = catalog.requireAsset(asset);
      return { asset, free: formatDecimal(free, decimals), held: formatDecimal(held, decimals), total: formatDecimal(free + held, decimals) };
    }),
  };
}
