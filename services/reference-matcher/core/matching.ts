import type { Book, Order } from './book';
import { holdOf, type CoreState } from './state';
import type { CancelReason, Trade } from '../../domain';

/** What a trade event says beyond its place in the sequence. */
export type Fill = Omit<Trade, 'type' | 'partition' | 'seq' | 'time'>;

/** Lots that an account can pay for from its free balance at one price. */
function affordableLots(state: CoreState, book: Book, taker: Order, priceTicks: number): number {
  const { instrument } = book;
  const asset = taker.side === 'buy' ? instrument.quote.code : instrument.base.code;
  const unit = taker.side === 'buy' ? priceTicks * instrument.quoteUnitsPerTickLot : instrument.baseUnitsPerLot;
  const free = state.accounts.free(taker.accountId, asset);
  return (free - (free % unit)) / unit;
}

function fill(state: CoreState, book: Book, taker: Order, maker: Order, lots: number): Fill {
  const { instrument } = book;
  const { priceTicks } = maker;
  const base = instrument.base.code;
  const quote = instrument.quote.code;
  // In range: less than what the maker's whole order was checked for when it was accepted.
  const baseAmount = lots * instrument.baseUnitsPerLot;
  const quoteAmount = priceTicks * lots * instrument.quoteUnitsPerTickLot;
  const [buyer, seller] = taker.side === 'buy' ? [taker, maker] : [maker, taker];
  const buyerHeld = holdOf(buyer, lots, instrument).amount;
  const sellerHeld = holdOf(seller, lots, instrument).amount;
  state.accounts.pay(buyer.accountId, seller.accountId, quote, quoteAmount, buyerHeld);
  state.accounts.pay(seller.accountId, buyer.accountId, base, baseAmount, sellerHeld);
  taker.remainingLots -= lots;
  book.opposite(taker.side).fillBest(maker, lots);
  if (maker.remainingLots === 0) {
    state.open.delete(maker.orderId);
    state.memory.end(maker.remembered, state.time);
  }
  return {
    symbol: instrument.symbol,
    priceTicks,
    quantityLots: lots,
    takerSide: taker.side,
    makerOrderId: maker.orderId,
    makerAccountId: maker.accountId,
    makerRemainingLots: maker.remainingLots,
    takerOrderId: taker.orderId,
    takerAccountId: taker.accountId,
    takerRemainingLots: taker.remainingLots,
    baseAsset: base,
    baseAmount,
    quoteAsset: quote,
    quoteAmount,
    buyerHeld,
    sellerHeld,
  };
}

/**
 * Matches an order against the other side of its book, best price first and first come first served, at the makers' prices,
 * until nothing is left of it, nothing crosses, or a market order's account can pay no more.
 *
 * @param onFill called for each fill, in order
 * @returns why the remainder, if any, would have to end unless it may rest
 */
export function match(state: CoreState, book: Book, taker: Order, onFill: (fill: Fill) => void): CancelReason {
  const makers = book.opposite(taker.side);
  while (taker.remainingLots > 0) {
    const level = makers.best;
    if (!level?.head) return 'unfilled';
    if (taker.limited && (taker.side === 'buy' ? level.priceTicks > taker.priceTicks : level.priceTicks < taker.priceTicks)) return 'unfilled';
    const wanted = Math.min(taker.remainingLots, level.head.remainingLots);
    const lots = taker.limited ? wanted : Math.min(wanted, affordableLots(state, book, taker, level.priceTicks));
    if (lots > 0) onFill(fill(state, book, taker, level.head, lots));
    if (lots < wanted) return 'insufficient_funds';
  }
  return 'unfilled';
}
