import { formatPrice, formatQuantity } from '../../domain';
import type { FillRow } from '../rows';
import type { Instruments } from './instruments';
import { isPersonal } from './people';
import { forEachOf, type Item, n, type ReadModelTable, s } from './read-model-table';

/** Fills by account and time (`userId`, `timestampTradeId`), and by symbol through the table's index: one item for each side of a trade. */
export class Trades {
  constructor(private readonly table: ReadModelTable) {}

  write(partition: number, fills: readonly FillRow[], instruments: Instruments): Promise<void> {
    const personal = fills.filter(({ accountId }) => isPersonal(accountId));
    return forEachOf(personal, (fill) => this.table.put(tradeItem(partition, fill, instruments), fill.seq));
  }
}

/** What a trade is known by, to everybody who hears of it. */
export function tradeId(partition: number, seq: number): string {
  return `${partition}-${String(seq).padStart(12, '0')}`;
}

function tradeItem(partition: number, fill: FillRow, instruments: Instruments): Item {
  const instrument = instruments.get(fill.symbol);
  const id = tradeId(partition, fill.seq);
  return {
    userId: s(fill.accountId),
    // Somebody who trades with themselves has two sides of one trade.
    timestampTradeId: s(`${fill.time}#${id}-${fill.liquidity}`),
    timestamp: s(fill.time),
    tradeId: s(id),
    orderId: s(fill.orderId),
    partition: n(partition),
    symbol: s(fill.symbol),
    side: s(fill.side),
    liquidity: s(fill.liquidity),
    price: s(formatPrice(instrument, fill.priceTicks)),
    quantity: s(formatQuantity(instrument, fill.quantityLots)),
    quoteAmount: s(instruments.amount(instrument.quote.code, fill.quoteAmount)),
    fee: s(instruments.amount(fill.feeAsset, fill.fee)),
    feeAsset: s(fill.feeAsset),
  };
}
