import type { LedgerOrder } from './ledger-reader';
import type { Ledgers } from './ledgers';
import { cursorText, type PartitionAsOf, readOrders } from './order-pages';
import type { OrderList, PortfolioQuery } from './queries';
import { foreignCursor } from './read-models';
import { formatDecimal, formatPrice, formatQuantity } from '../../domain';
import { unavailable } from '../http/errors';
import type { InstrumentCatalog } from '../market/instrument-catalog';
import { named, requirePartition } from '../orders/append';

/** The partitions that a question is about. @throws DomainError `unknown_partition` */
export function selected({ partitions }: Ledgers, one: number | undefined): readonly number[] {
  return one === undefined ? partitions.partitions : [requirePartition(partitions, one)];
}

/** How recent an answer is: a sequence and the time at which the ledger had it, or with several partitions those of each. */
export function recency({ partitions: { several } }: Ledgers, asOf: readonly PartitionAsOf[]) {
  return several ? { partitions: asOf } : { asOf: asOf[0].asOf, asOfTime: asOf[0].asOfTime };
}

/** A page of an account's orders, newest first; `nextCursor` when there are more. Of several partitions the orders name theirs. */
export async function listOrders(
  ledgers: Ledgers, catalog: InstrumentCatalog, accountId: string, { limit, status, cursor, partition: one }: OrderList,
) {
  if (cursor?.place !== undefined) throw foreignCursor();
  const { orders, asOf, next } = await readOrders(ledgers, selected(ledgers, one), accountId, { limit, status }, cursor?.cursor);
  return {
    ...recency(ledgers, asOf),
    orders: orders.map((order) => ({ ...orderView(catalog, order), ...named(ledgers.partitions, order.partition) })),
    ...(next ? { nextCursor: cursorText(next, !ledgers.partitions.several) } : {}),
  };
}

/** An order as decimals. */
export function orderView(catalog: InstrumentCatalog, order: LedgerOrder) {
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
  ledgers: Ledgers, catalog: InstrumentCatalog, accountId: string, { partition: one }: PortfolioQuery = {},
) {
  if (catalog.size === 0) throw unavailable('instruments_unavailable', 'The decimals of the assets are not known yet.');
  const wallets = await Promise.all(selected(ledgers, one).map(async (number) => (
    { partition: number, ...await ledgers.of(number).balances(accountId) })));
  return {
    ...recency(ledgers, wallets.map(({ partition: number, seq, time }) => ({ partition: number, asOf: seq, asOfTime: time?.getTime() ?? null }))),
    balances: wallets.flatMap(({ partition: number, rows }) => rows.map(({ asset, free, held }) => {
      const { decimals } = catalog.requireAsset(asset);
      return {
        asset, free: formatDecimal(free, decimals), held: formatDecimal(held, decimals), total: formatDecimal(free + held, decimals),
        ...named(ledgers.partitions, number),
      };
    })),
  };
}
