import type { TradeParty, TradeRecord } from '../../adapters/trade-stream/trade-record';
import { formatPrice, formatQuantity, type Trade } from '../../domain';
import { timeOf } from '../orders';
import type { Instruments } from './instruments';
import { tradeId } from './trades';

/** A trade as the trade stream has it. */
export function tradeRecord(trade: Trade, instruments: Instruments): TradeRecord {
  const instrument = instruments.get(trade.symbol);
  const party = (side: TradeParty['side'], accountId: string, orderId: string, remainingLots: number): TradeParty => ({
    accountId,
    orderId,
    side,
    remaining: formatQuantity(instrument, remainingLots),
    ...(side === 'buy'
      ? { fee: instruments.amount(trade.baseAsset, trade.buyerFee), feeAsset: trade.baseAsset }
      : { fee: instruments.amount(trade.quoteAsset, trade.sellerFee), feeAsset: trade.quoteAsset }),
  });
  const makerSide = trade.takerSide === 'buy' ? 'sell' : 'buy';
  return {
    tradeId: tradeId(trade.partition, trade.seq),
    partition: trade.partition,
    seq: trade.seq,
    symbol: trade.symbol,
    time: timeOf(trade),
    price: formatPrice(instrument, trade.priceTicks),
    quantity: formatQuantity(instrument, trade.quantityLots),
    quoteAmount: instruments.amount(trade.quoteAsset, trade.quoteAmount),
    takerSide: trade.takerSide,
    maker: party(makerSide, trade.makerAccountId, trade.makerOrderId, trade.makerRemainingLots),
    taker: party(trade.takerSide, trade.takerAccountId, trade.takerOrderId, trade.takerRemainingLots),
  };
}
