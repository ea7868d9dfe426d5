/** What the cache says of events: pure functions from events to the shapes in the domain's channels. */
import {
  formatPrice, formatQuantity,
  type BookView, type Core, type Event, type Instrument, type OrderTerms, type OrderUpdate, type Side, type Trade, type TradeView,
} from '../../domain';

/** An instrument by its symbol; undefined when it does not exist. */
export type InstrumentOf = (symbol: string) => Instrument | undefined;

type Update = readonly [accountId: string, update: OrderUpdate];

function terms(order: OrderTerms, instrument: Instrument | undefined): Partial<OrderUpdate> {
  return {
    clientOrderId: order.clientOrderId,
    symbol: order.symbol,
    side: order.side,
    type: order.orderType,
    timeInForce: order.timeInForce,
    // Without the instrument nobody knows what the counts are worth.
    ...(instrument ? { quantity: formatQuantity(instrument, order.quantityLots) } : {}),
    ...(instrument && order.orderType === 'limit' ? { price: formatPrice(instrument, order.priceTicks) } : {}),
  };
}

function fills(trade: Trade, instrument: Instrument): Update[] {
  const price = formatPrice(instrument, trade.priceTicks);
  const quantity = formatQuantity(instrument, trade.quantityLots);
  const makerSide: Side = trade.takerSide === 'buy' ? 'sell' : 'buy';
  const update = (orderId: string, side: Side, remainingLots: number, liquidity: 'maker' | 'taker'): OrderUpdate => ({
    event: 'fill', seq: trade.seq, time: trade.time, orderId, symbol: trade.symbol, side,
    status: remainingLots === 0 ? 'filled' : 'open', remaining: formatQuantity(instrument, remainingLots), fill: { price, quantity, liquidity },
  });
  return [
    [trade.makerAccountId, update(trade.makerOrderId, makerSide, trade.makerRemainingLots, 'maker')],
    [trade.takerAccountId, update(trade.takerOrderId, trade.takerSide, trade.takerRemainingLots, 'taker')],
  ];
}

/** Private messages about an event, each with the account that it is for. */
export function orderUpdates(event: Event, instrumentOf: InstrumentOf): Update[] {
  const { seq, time } = event;
  switch (event.type) {
    case 'order_accepted': {
      const instrument = instrumentOf(event.symbol);
      const remaining = instrument && formatQuantity(instrument, event.quantityLots);
      return [[event.accountId, { event: 'accepted', seq, time, orderId: event.orderId, ...terms(event, instrument), status: 'open', remaining }]];
    }
    case 'order_rejected':
      return [[event.accountId, {
        event: 'rejected', seq, time, orderId: event.orderId, ...terms(event, instrumentOf(event.symbol)), status: 'rejected', reason: event.reason,
      }]];
    case 'order_duplicate':
      return [[event.accountId, {
        event: 'duplicate', seq, time, orderId: event.orderId, clientOrderId: event.clientOrderId, originalOrderId: event.originalOrderId,
      }]];
    case 'trade':
      return fills(event, instrumentOf(event.symbol)!);
    case 'order_cancelled': {
      const remaining = formatQuantity(instrumentOf(event.symbol)!, event.remainingLots);
      return [[event.accountId, {
        event: 'cancelled', seq, time, orderId: event.orderId, symbol: event.symbol, status: 'cancelled', remaining, reason: event.reason,
      }]];
    }
    case 'cancel_rejected':
      return [[event.accountId, { event: 'cancel_rejected', seq, time, orderId: event.orderId, reason: event.reason }]];
    default:
      return [];
  }
}

export function tradeView(trade: Trade, instrument: Instrument): TradeView {
  return {
    symbol: trade.symbol,
    seq: trade.seq,
    time: trade.time,
    price: formatPrice(instrument, trade.priceTicks),
    quantity: formatQuantity(instrument, trade.quantityLots),
    takerSide: trade.takerSide,
  };
}

/** The best levels of a book as the core has them now. */
export function bookView(core: Core, instrument: Instrument, depth: number, time: number): BookView {
  const { bids, asks } = core.levels(instrument.symbol, depth);
  const rows = (levels: typeof bids): [string, string][] => levels.map((level) => (
    [formatPrice(instrument, level.priceTicks), formatQuantity(instrument, level.quantityLots)]));
  return { symbol: instrument.symbol, seq: core.lastSeq, time, bids: rows(bids), asks: rows(asks) };
}
