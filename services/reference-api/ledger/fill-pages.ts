/** The fills of an account, page by page over its partitions. */
import type { LedgerFill } from './ledger-reader';
import type { Ledgers } from './ledgers';
import { fillCursorText, type FillList, type FillsCursor } from './queries';
import { recency, selected } from './views';
import { formatDecimal, formatPrice, formatQuantity, type Instrument } from '../../domain';
import type { InstrumentCatalog } from '../market/instrument-catalog';
import { named } from '../orders/append';

/** A page of fills, newest first. Complete or not at all: a ledger that is away fails it. */
export async function listFills(
  ledgers: Ledgers, catalog: InstrumentCatalog, accountId: string, { limit, symbol, orderId, cursor, partition }: FillList,
) {
  const lists = await Promise.all(selected(ledgers, partition).map(async (of) => {
    const after = cursor?.get(of);
    const { seq, time, rows } = await ledgers.of(of).fills(accountId, { limit: limit + 1, symbol, orderId, after });
    return { partition: of, asOf: seq, asOfTime: time?.getTime() ?? null, after, rows, taken: 0 };
  }));
  const page: { readonly fill: LedgerFill; readonly partition: number }[] = [];
  while (page.length < limit) {
    const heads = lists.filter(({ rows, taken }) => taken < rows.length);
    if (heads.length === 0) break;
    const list = heads.reduce((best, one) => (one.rows[one.taken].time > best.rows[best.taken].time ? one : best));
    page.push({ fill: list.rows[list.taken++], partition: list.partition });
  }
  const next: FillsCursor = new Map(lists.flatMap(({ partition: of, rows, taken, after }) => {
    const last = taken > 0 ? rows[taken - 1] : after;
    return last ? [[of, { seq: last.seq, liquidity: last.liquidity }]] : [];
  }));
  const more = lists.some(({ rows, taken }) => taken < rows.length);
  return {
    ...recency(ledgers, lists.map(({ partition: of, asOf, asOfTime }) => ({ partition: of, asOf, asOfTime }))),
    fills: page.map(({ fill, partition: of }) => ({ ...fillView(catalog.get(fill.symbol), fill), ...named(ledgers.partitions, of) })),
    ...(more ? { nextCursor: fillCursorText(next) } : {}),
  };
}

function fillView(instrument: Instrument | undefined, fill: LedgerFill) {
  const { seq, orderId, symbol, side, liquidity, feeAsset, time } = fill;
  const asset = side === 'buy' ? instrument?.base : instrument?.quote;
  return {
    seq, orderId, symbol, side, liquidity,
    ...(instrument && asset ? {
      price: formatPrice(instrument, fill.priceTicks),
      quantity: formatQuantity(instrument, fill.quantityLots),
      quoteQuantity: formatDecimal(fill.quoteAmount, instrument.quote.decimals),
      fee: formatDecimal(fill.fee, asset.decimals),
    } : {}),
    feeAsset,
    time: time.getTime(),
  };
}
