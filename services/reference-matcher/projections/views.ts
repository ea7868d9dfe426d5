/** What the cache says of events: pure functions from events to the shapes in the domain's channels. */
import {
  formatDecimal, formatPrice, formatQuantity, NIL_UUID,
  type BookView, type CancelReason, type Core, type DepthUpdate, type Event, type Instrument, type OrderTerms, type OrderUpdate,
  type Side, type Trade, type TradeView,
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
    ...(order.postOnly ? { postOnly: true } : {}),
    ...(order.selfTradePrevention === 'none' ? {} : { selfTradePrevention: order.selfTradePrevention }),
    ...(order.listId === NIL_UUID ? {} : { listId: order.listId }),
    // Without the instrument nobody knows what the counts are worth.
    ...(instrument ? counts(order, instrument) : {}),
  };
}

function counts({ quantityLots, quoteBudget, priceTicks, triggerTicks }: OrderTerms, instrument: Instrument): Partial<OrderUpdate> {
  return {
    ...(quoteBudget > 0
      ? { quoteQuantity: formatDecimal(quoteBudget, instrument.quote.decimals) } : { quantity: formatQuantity(instrument, quantityLots) }),
    ...(priceTicks > 0 ? { price: formatPrice(instrument, priceTicks) } : {}),
    ...(triggerTicks > 0 ? { stopPrice: formatPrice(instrument, triggerTicks) } : {}),
  };
}

/**
 * Orders by budget have no quantity that could remain: they are open until they are said to have ended. They live inside one command,
 * so few are known at a time.
 */
export class BudgetOrders {
  /** Whether they have been filled in part, by order id. */
  private readonly filled = new Map<string, boolean>();

  has(orderId: string): boolean {
    return this.filled.has(orderId);
  }

  follow(event: Event): void {
    if (event.type === 'order_accepted' && event.quoteBudget > 0) this.filled.set(event.orderId, false);
    if (event.type === 'trade' && this.filled.has(event.takerOrderId)) this.filled.set(event.takerOrderId, true);
  }

  /** @returns whether it ended because it did what it was asked for */
  end(orderId: string, reason: CancelReason): boolean {
    const filled = this.filled.get(orderId) === true;
    this.filled.delete(orderId);
    return filled && reason === 'budget_spent';
  }
}

function fills(trade: Trade, instrument: Instrument, budgets: BudgetOrders): Update[] {
  const price = formatPrice(instrument, trade.priceTicks);
  const quantity = formatQuantity(instrument, trade.quantityLots);
  const makerSide: Side = trade.takerSide === 'buy' ? 'sell' : 'buy';
  const update = (orderId: string, side: Side, remainingLots: number, liquidity: 'maker' | 'taker'): OrderUpdate => ({
    event: 'fill', seq: trade.seq, time: trade.time, orderId, symbol: trade.symbol, side,
    ...(budgets.has(orderId) ? { status: 'open' } : { status: remainingLots === 0 ? 'filled' : 'open', remaining: formatQuantity(instrument, remainingLots) }),
    fill: { price, quantity, liquidity, ...feeOf(trade, side, instrument) },
  });
  return [
    [trade.makerAccountId, update(trade.makerOrderId, makerSide, trade.makerRemainingLots, 'maker')],
    [trade.takerAccountId, update(trade.takerOrderId, trade.takerSide, trade.takerRemainingLots, 'taker')],
  ];
}

function feeOf({ buyerFee, sellerFee }: Trade, side: Side, { base, quote }: Instrument): { fee?: string; feeAsset?: string } {
  const [fee, asset] = side === 'buy' ? [buyerFee, base] : [sellerFee, quote];
  return fee === 0 ? {} : { fee: formatDecimal(fee, asset.decimals), feeAsset: asset.code };
}

/** Private messages about an event, each with the account that it is for. */
export function orderUpdates(event: Event, instrumentOf: InstrumentOf, budgets: BudgetOrders): Update[] {
  const updates = updatesOf(event, instrumentOf, budgets);
  // Those of several partitions share an account's channel.
  return event.partition === 0 ? updates : updates.map(([accountId, update]) => [accountId, { ...update, partition: event.partition }]);
}

function updatesOf(event: Event, instrumentOf: InstrumentOf, budgets: BudgetOrders): Update[] {
  const { seq, time } = event;
  budgets.follow(event);
  switch (event.type) {
    case 'order_accepted': {
      const instrument = instrumentOf(event.symbol);
      const remaining = instrument && event.quoteBudget === 0 ? { remaining: formatQuantity(instrument, event.quantityLots) } : {};
      return [[event.accountId, { event: 'accepted', seq, time, orderId: event.orderId, ...terms(event, instrument), status: 'open', ...remaining }]];
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
      return fills(event, instrumentOf(event.symbol)!, budgets);
    case 'order_triggered': {
      const price = formatPrice(instrumentOf(event.symbol)!, event.priceTicks);
      return [[event.accountId, { event: 'triggered', seq, time, orderId: event.orderId, symbol: event.symbol, status: 'open', stopPrice: price }]];
    }
    case 'order_amended': {
      const instrument = instrumentOf(event.symbol)!;
      return [[event.accountId, {
        event: 'amended', seq, time, orderId: event.orderId, amendId: event.amendId, symbol: event.symbol, status: 'open',
        ...(event.priceTicks > 0 ? { price: formatPrice(instrument, event.priceTicks) } : {}),
        quantity: formatQuantity(instrument, event.quantityLots), remaining: formatQuantity(instrument, event.remainingLots),
      }]];
    }
    case 'amend_rejected':
      return [[event.accountId, { event: 'amend_rejected', seq, time, orderId: event.orderId, amendId: event.amendId, reason: event.reason }]];
    case 'order_cancelled': {
      const spent = budgets.end(event.orderId, event.reason);
      if (spent) return [[event.accountId, { event: 'cancelled', seq, time, orderId: event.orderId, symbol: event.symbol, status: 'filled', reason: event.reason }]];
      const remaining = formatQuantity(instrumentOf(event.symbol)!, event.remainingLots);
      return [[event.accountId, {
        event: 'cancelled', seq, time, orderId: event.orderId, symbol: event.symbol, status: 'cancelled', remaining, reason: event.reason,
      }]];
    }
    case 'cancel_rejected':
      return [[event.accountId, { event: 'cancel_rejected', seq, time, orderId: event.orderId, reason: event.reason }]];
    case 'account_opened':
      return [[event.accountId, { event: 'account_opened', seq, time, orderId: NIL_UUID }]];
    case 'account_reset':
      return [[event.accountId, { event: 'account_reset', seq, time, orderId: NIL_UUID, resetId: event.resetId }]];
    case 'account_refused':
      return [[event.accountId, {
        event: 'account_refused', seq, time, orderId: NIL_UUID, ...(event.resetId === NIL_UUID ? {} : { resetId: event.resetId }), reason: event.reason,
      }]];
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

/** What leads from one picture of a book to the next. */
export function depthUpdate(before: BookView, after: BookView): DepthUpdate {
  const changes = (old: BookView['bids'], now: BookView['bids']): [string, string][] => {
    const quantities = new Map(old);
    const changed = now.filter(([price, quantity]) => quantities.get(price) !== quantity)
      .map(([price, quantity]): [string, string] => [price, quantity]);
    for (const [price] of now) quantities.delete(price);
    return [...changed, ...Array.from(quantities.keys(), (price): [string, string] => [price, '0'])];
  };
  const { symbol, seq, time } = after;
  return { symbol, previousSeq: before.seq, seq, time, bids: changes(before.bids, after.bids), asks: changes(before.asks, after.asks) };
}

/** The best levels of a book as the core has them now. */
export function bookView(core: Core, instrument: Instrument, depth: number, time: number): BookView {
  const { bids, asks } = core.levels(instrument.symbol, depth);
  const rows = (levels: typeof bids): [string, string][] => levels.map((level) => (
    [formatPrice(instrument, level.priceTicks), formatQuantity(instrument, level.quantityLots)]));
  return { symbol: instrument.symbol, seq: core.lastSeq, time, bids: rows(bids), asks: rows(asks) };
}
