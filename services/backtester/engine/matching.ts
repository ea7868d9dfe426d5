import type { Account } from './account';
import type { Assumptions } from './assumptions';
import { hasReachedStop, isMarketable, OrderKind, type WorkingOrder } from './orders';
import { lowComesFirst } from './series';
import { slipped } from './slippage';

/** Told about each fill, after it was booked. */
export type FillListener = (order: WorkingOrder, price: number, lots: number, fee: number, isMaker: boolean) => void;

/** What happened to an order besides fills. */
export type EndReason = 'cut' | 'post_only' | 'immediate' | 'group';

const NONE = 0;

/** Where in a bar the matching is. Orders that are placed meanwhile join accordingly. */
export const enum Moment { OUTSIDE, OPENING, INSIDE }

/**
 * The open orders of one instrument against its bars: decides what is filled, when and at which price. Between the opening and the close of
 * a bar nothing is known but its extremes, so each rule takes what is worse for the strategy where the bar does not say.
 */
export class Matching {
  readonly orders: WorkingOrder[] = [];
  moment = Moment.OUTSIDE;
  /** Orders that were ended without their strategy asking for it. */
  cut = 0;
  /** Orders that ended here, however. */
  endings = 0;
  private available = 0;
  private volume = 0;
  private opening = 0;

  constructor(
    private readonly instrument: number,
    private readonly account: Account,
    private readonly assumptions: Assumptions,
    private readonly onFill: FillListener,
    /** Ends the others of a group, of all instruments. */
    private readonly endGroup: (group: number, but: WorkingOrder) => void,
  ) {}

  /** An order arrives. One that answers a fill at the opening waits inside the same bar already, unless it would trade at once. */
  add(order: WorkingOrder): void {
    if (this.moment === Moment.OPENING) {
      order.isResting = order.kind === OrderKind.LIMIT ? !isMarketable(order,
        this.opening) : order.kind === OrderKind.STOP && !hasReachedStop(order, this.opening);
    }
    this.orders.push(order);
  }

  /** One bar. Without trades in it nothing is filled: its prices are nobody's. */
  bar(open: number, high: number, low: number, close: number, volume: number): void {
    if (volume === 0) return;
    const { participationBps, intrabar } = this.assumptions;
    this.volume = volume;
    this.opening = open;
    this.available = participationBps === 0 ? Infinity : Math.floor(volume * participationBps / 10_000);
    this.moment = Moment.OPENING;
    this.atOpening(open);
    this.moment = Moment.INSIDE;
    if (this.orders.length > 0 && high !== low) {
      if (intrabar === 'pessimistic') this.pessimistic(open, high, low);
      else this.path(open, high, low, close);
    } else if (this.orders.length > 0) {
      this.limitsBetween(open, high, low);
    }
    this.moment = Moment.OUTSIDE;
    this.sweep();
  }

  end(order: WorkingOrder, reason: EndReason): void {
    order.hasEnded = true;
    this.endings++;
    if (reason === 'cut' || reason === 'post_only') this.cut++;
  }

  /** Forgets the orders that have ended. */
  sweep(): void {
    const { orders } = this;
    let kept = 0;
    for (let i = 0; i < orders.length; i++) if (!orders[i].hasEnded) orders[kept++] = orders[i];
    orders.length = kept;
  }

  private atOpening(open: number): void {
    const { orders } = this;
    // What is placed in answer to these fills comes behind `count`.
    const count = orders.length;
    for (let i = 0; i < count; i++) {
      const order = orders[i];
      if (order.hasEnded) continue;
      if (order.kind === OrderKind.LIMIT) this.limitAtOpening(order, open);
      else if (order.kind === OrderKind.MARKET || order.isTriggered) this.take(order, open, NONE);
      else if (hasReachedStop(order, open)) this.trigger(order, open);
      if (order.isImmediate && !order.hasEnded && order.kind !== OrderKind.STOP) this.end(order, 'immediate');
      order.isResting = true;
    }
  }

  private limitAtOpening(order: WorkingOrder, open: number): void {
    if (!isMarketable(order, open)) return;
    if (!order.isResting) {
      if (order.isPostOnly) this.end(order, 'post_only');
      else this.take(order, open, order.limit);
      // It was there first: whoever opened beyond it had to trade with it, at its price.
    } else if (open !== order.limit) {
      this.rest(order);
    }
  }

  private pessimistic(open: number, high: number, low: number): void {
    for (;;) {
      let next: WorkingOrder | undefined;
      for (const order of this.orders) {
        if (!isWaitingStop(order) || !hasReachedStop(order, order.isBuy ? high : low)) continue;
        if (next === undefined || Math.abs(order.stop - open) < Math.abs(next.stop - open)) next = order;
      }
      if (next === undefined) break;
      this.trigger(next, next.stop);
    }
    this.limitsBetween(open, high, low);
  }

  private limitsBetween(open: number, high: number, low: number): void {
    while (this.available > 0) {
      let next: WorkingOrder | undefined;
      for (const order of this.orders) {
        if (!this.isMet(order, order.isBuy ? low : high)) continue;
        if (next === undefined || Math.abs(order.limit - open) < Math.abs(next.limit - open)) next = order;
      }
      if (next === undefined) return;
      this.rest(next);
    }
  }

  private path(open: number, high: number, low: number, close: number): void {
    const isLowFirst = lowComesFirst(open, high, low);
    this.leg(open, isLowFirst ? low : high);
    this.leg(isLowFirst ? low : high, isLowFirst ? high : low);
    this.leg(isLowFirst ? high : low, close);
  }

  /** The price goes from one point to another and meets orders one after the other. */
  private leg(from: number, to: number): void {
    const isUp = to > from;
    if (to === from) return;
    for (;;) {
      let next: WorkingOrder | undefined;
      let nearest = Infinity;
      for (const order of this.orders) {
        // Upwards the price meets stops that buy and limits that sell.
        const isMet = order.isBuy === isUp ? isWaitingStop(order) && hasReachedStop(order, to) : this.available > 0 && this.isMet(order, to);
        if (!isMet) continue;
        const distance = Math.abs((order.kind === OrderKind.STOP ? order.stop : order.limit) - from);
        if (distance < nearest) [next, nearest] = [order, distance];
      }
      if (next === undefined) return;
      if (next.kind === OrderKind.STOP) this.trigger(next, next.stop);
      else this.rest(next);
    }
  }

  private isMet(order: WorkingOrder, extreme: number): boolean {
    if (order.kind !== OrderKind.LIMIT || order.hasEnded || !order.isResting) return false;
    if (this.assumptions.limitFill === 'touch') return isMarketable(order, extreme);
    return order.isBuy ? extreme < order.limit : extreme > order.limit;
  }

  private trigger(order: WorkingOrder, price: number): void {
    order.isTriggered = true;
    if (order.group !== NONE) this.endGroup(order.group, order);
    this.take(order, price, NONE);
    if (order.isImmediate && !order.hasEnded) this.end(order, 'immediate');
  }

  /** Takes liquidity at a price, with slippage but never beyond the limit. */
  private take(order: WorkingOrder, price: number, limit: number): void {
    const lots = Math.min(order.remaining, this.available);
    if (lots === 0) return;
    const worse = slipped(price, order.isBuy, lots, this.volume, this.assumptions);
    this.fill(order, limit === NONE ? worse : order.isBuy ? Math.min(worse, limit) : Math.max(worse, limit), lots, false);
  }

  private rest(order: WorkingOrder): void {
    const lots = Math.min(order.remaining, this.available);
    if (lots > 0) this.fill(order, order.limit, lots, true);
  }

  private fill(order: WorkingOrder, price: number, wanted: number, isMaker: boolean): void {
    const { account, instrument } = this;
    const feePpm = isMaker ? this.assumptions.makerFeePpm : this.assumptions.takerFeePpm;
    let left = wanted;
    while (left > 0 && !order.hasEnded) {
      const lots = account.permitted(instrument, order.isBuy, left, price, feePpm);
      if (lots === 0) return this.end(order, 'cut');
      const isTurn = lots < left && account.lots[instrument] + (order.isBuy ? lots : -lots) === 0;
      const fee = account.book(instrument, order.isBuy, lots, price, feePpm);
      order.remaining -= lots;
      this.available -= lots;
      left -= lots;
      if (order.remaining === 0) {
        order.hasEnded = true;
        this.endings++;
      }
      if (order.group !== NONE) this.endGroup(order.group, order);
      this.onFill(order, price, lots, fee, isMaker);
      if (left > 0 && !isTurn) return order.hasEnded ? undefined : this.end(order, 'cut');
    }
  }
}

function isWaitingStop(order: WorkingOrder): boolean {
  return order.kind === OrderKind.STOP && !order.isTriggered && !order.hasEnded && order.isResting;
}
