import { Bitmap } from './bitmap';
import { F_PRICE, F_REMAINING, NEXT, ORDER_DOUBLES, ORDER_WORDS, PREVIOUS } from './orders';
import type { Pool } from './pool';
import { PriceList } from './price-list';
import { MAX_BAND_BPS, type Instrument, type TradingState } from '../../../domain';

/** A level of the ladder: head and tail of its queue, then the lots there as a double. */
export const LEVEL_WORDS = 4;
export const LEVEL_SHIFT = 2;
const LEVEL_DOUBLE_SHIFT = 1;
export const TAIL = 1;
const F_TOTAL = 1;

/**
 * The orders of one instrument. Both sides share one ladder of levels, one per tick, because a book that is not crossed never holds both
 * at a price: what is occupied below the best ask is a bid. The ladder is a window of prices; levels outside are in a sorted list,
 * and when the market has left the window, the window follows.
 */
export class Book {
  /** Best prices; −1 and Infinity when there is none. */
  bid = -1;
  ask = Infinity;
  /** Price of the last trade and the one outside; 0 when there is none. */
  last = 0;
  mark = 0;
  /** What a limit may be now. */
  bandLow = 0;
  bandHigh = Infinity;
  state: TradingState = 'open';
  /** Prices that this step has seen, for the triggers: lowest and highest. */
  low = Infinity;
  high = -1;
  readonly falling: PriceList;
  readonly rising: PriceList;
  /** The symbol as it stands in a command, padded with zeros. */
  readonly symbolWords = new Int32Array(4);
  readonly symbolBytes: number;
  baseAsset = 0;
  quoteAsset = 0;
  /** Balances of the venue's fee account. */
  baseFees = 0;
  quoteFees = 0;
  /** What the instrument says, beside what is used with it. */
  lotUnits = 1;
  tickLotUnits = 1;
  makerFeePpm = 0;
  takerFeePpm = 0;
  minNotional = 0;
  maxOpenOrders = Infinity;
  maxPosition = Infinity;

  /** First tick of the ladder. */
  base = 0;
  readonly window: number;
  readonly levels: Int32Array;
  readonly totals: Float64Array;
  readonly occupied: Bitmap;
  readonly outside: PriceList;
  private used = 0;
  private sinceMove = 0;

  constructor(public instrument: Instrument, readonly index: number, readonly orders: Pool, ladderTicks: number) {
    this.symbolBytes = instrument.symbol.length;
    Buffer.from(this.symbolWords.buffer).write(instrument.symbol, 'latin1');
    const buffer = new ArrayBuffer(ladderTicks * LEVEL_WORDS * 4);
    this.levels = new Int32Array(buffer);
    this.totals = new Float64Array(buffer);
    this.occupied = new Bitmap(ladderTicks);
    this.window = ladderTicks;
    this.outside = new PriceList(orders);
    this.falling = new PriceList(orders);
    this.rising = new PriceList(orders);
  }

  /** Takes over what the instrument says. */
  configure(): void {
    const { instrument } = this;
    this.lotUnits = instrument.baseUnitsPerLot;
    this.tickLotUnits = instrument.quoteUnitsPerTickLot;
    this.makerFeePpm = instrument.makerFeePpm;
    this.takerFeePpm = instrument.takerFeePpm;
    this.minNotional = instrument.minNotionalUnits;
    this.maxOpenOrders = instrument.maxOpenOrders;
    this.maxPosition = instrument.maxPositionUnits;
    this.setBand();
  }

  /** Puts an order at the end of the queue at its price; `sell` says on which side. */
  append(order: number, sell: boolean): void {
    const { i, f } = this.orders;
    const price = f[order * ORDER_DOUBLES + F_PRICE];
    const lots = f[order * ORDER_DOUBLES + F_REMAINING];
    if (this.used === 0 && this.outside.count === 0) this.base = this.baseFor(price);
    const offset = price - this.base;
    if (offset >= 0 && offset < this.window) {
      const at = offset | 0;
      const level = at << LEVEL_SHIFT;
      const { levels } = this;
      // The links of an empty level count as absent, so that the ladder need not be filled with −1.
      const tail = levels[level | TAIL] - 1;
      i[order * ORDER_WORDS + PREVIOUS] = tail;
      i[order * ORDER_WORDS + NEXT] = -1;
      levels[level | TAIL] = order + 1;
      if (tail >= 0) {
        i[tail * ORDER_WORDS + NEXT] = order;
      } else {
        levels[level] = order + 1;
        this.occupied.add(at);
        this.used++;
      }
      this.totals[(at << LEVEL_DOUBLE_SHIFT) | F_TOTAL] += lots;
    } else {
      this.appendOutside(price, order, lots);
    }
    if (sell) {
      if (price < this.ask) this.ask = price;
    } else if (price > this.bid) {
      this.bid = price;
    }
  }

  /** Takes an order out of the queue at its price. */
  unlink(order: number): void {
    const { i, f } = this.orders;
    const price = f[order * ORDER_DOUBLES + F_PRICE];
    const lots = f[order * ORDER_DOUBLES + F_REMAINING];
    const offset = price - this.base;
    if (offset >= 0 && offset < this.window) {
      const at = offset | 0;
      const level = at << LEVEL_SHIFT;
      const { levels } = this;
      const previous = i[order * ORDER_WORDS + PREVIOUS];
      const next = i[order * ORDER_WORDS + NEXT];
      if (previous >= 0) i[previous * ORDER_WORDS + NEXT] = next;
      else levels[level] = next + 1;
      if (next >= 0) i[next * ORDER_WORDS + PREVIOUS] = previous;
      else levels[level | TAIL] = previous + 1;
      this.totals[(at << LEVEL_DOUBLE_SHIFT) | F_TOTAL] -= lots;
      if (previous >= 0 || next >= 0) return;
      this.occupied.remove(at);
      this.used--;
    } else if (!this.outside.unlink(price, order, lots)) {
      return;
    }
    this.vacated(price);
  }

  /** Takes lots off the total at a price; the orders there change beside. */
  reduce(price: number, lots: number): void {
    const offset = price - this.base;
    if (offset >= 0 && offset < this.window) this.totals[((offset | 0) << LEVEL_DOUBLE_SHIFT) | F_TOTAL] -= lots;
    else this.outside.totals[this.outside.at(price)] -= lots;
  }

  /** First order in the queue at a price that is occupied. */
  head(price: number): number {
    const offset = price - this.base;
    return offset >= 0 && offset < this.window ? this.levels[(offset | 0) << LEVEL_SHIFT] - 1 : this.outside.heads[this.outside.at(price)];
  }

  /** Lots at a price that is occupied. */
  total(price: number): number {
    const offset = price - this.base;
    if (offset >= 0 && offset < this.window) return this.totals[((offset | 0) << LEVEL_DOUBLE_SHIFT) | F_TOTAL];
    return this.outside.totals[this.outside.at(price)];
  }

  /** Next occupied price below, or −1. */
  below(price: number): number {
    const end = this.base + this.window;
    if (price <= this.base) return this.outside.below(price);
    if (price > end) {
      const outside = this.outside.below(price);
      if (outside >= end) return outside;
    }
    const at = this.occupied.below(price > end ? this.window : price - this.base);
    return at >= 0 ? this.base + at : this.outside.below(this.base);
  }

  /** Next occupied price above, or Infinity. */
  above(price: number): number {
    const end = this.base + this.window;
    if (price >= end - 1) return this.outside.above(price);
    if (price < this.base) {
      const outside = this.outside.above(price);
      if (outside < this.base) return outside;
    }
    const at = this.occupied.above(price < this.base ? -1 : price - this.base);
    return at >= 0 ? this.base + at : this.outside.above(end - 1);
  }

  /** A price changed that the band goes by: the mark price, or without one the last trade. */
  setBand(): void {
    const reference = this.mark > 0 ? this.mark : this.last;
    const bps = this.instrument.priceBandBps;
    if (bps === 0 || reference === 0) {
      this.bandLow = 0;
      this.bandHigh = Infinity;
      return;
    }
    const rest = reference % 10_000;
    // Exact up to 53 bits, and beyond that only the fact that it is beyond matters.
    const reach = ((reference - rest) / 10_000) * Math.min(bps, MAX_BAND_BPS) + Math.floor((rest * bps) / 10_000);
    this.bandLow = Math.max(0, reference - reach);
    this.bandHigh = reference + reach;
  }

  /** A trade happened. */
  traded(price: number): void {
    this.last = price;
    if (this.mark === 0) this.setBand();
    if (this.falling.count + this.rising.count > 0) this.see(price);
  }

  see(price: number): void {
    if (price < this.low) this.low = price;
    if (price > this.high) this.high = price;
  }

  private vacated(price: number): void {
    if (price === this.bid) this.bid = this.below(price);
    else if (price === this.ask) this.ask = this.above(price);
  }

  private appendOutside(price: number, order: number, lots: number): void {
    this.outside.append(price, order, lots);
    const inside = (best: number): boolean => best >= this.base && best < this.base + this.window;
    // Not before as many orders have missed the window as levels would have to move: then moving costs each of them one step.
    if (++this.sinceMove > this.used + this.outside.count && !inside(this.bid) && !inside(this.ask)) this.moveWindow(price);
  }

  private baseFor(price: number): number {
    return Math.max(0, price - this.window / 2);
  }

  private moveWindow(price: number): void {
    const { outside, levels, totals, occupied } = this;
    const moved = new PriceList(this.orders);
    const keep = (rank: number): void => moved.push(outside.prices[rank], outside.heads[rank], outside.tails[rank], outside.totals[rank]);
    let rank = 0;
    for (; rank < outside.count && outside.prices[rank] < this.base; rank++) keep(rank);
    for (let at = occupied.above(-1); at >= 0; at = occupied.above(at)) {
      moved.push(this.base + at, levels[at << LEVEL_SHIFT] - 1, levels[(at << LEVEL_SHIFT) | TAIL] - 1, totals[(at << LEVEL_DOUBLE_SHIFT) | F_TOTAL]);
      levels[at << LEVEL_SHIFT] = 0;
      levels[(at << LEVEL_SHIFT) | TAIL] = 0;
      totals[(at << LEVEL_DOUBLE_SHIFT) | F_TOTAL] = 0;
      occupied.remove(at);
    }
    for (; rank < outside.count; rank++) keep(rank);
    this.base = this.baseFor(price);
    this.used = 0;
    this.sinceMove = 0;
    outside.count = 0;
    for (let n = 0; n < moved.count; n++) {
      const at = moved.prices[n] - this.base;
      if (at < 0 || at >= this.window) {
        outside.push(moved.prices[n], moved.heads[n], moved.tails[n], moved.totals[n]);
        continue;
      }
      levels[at << LEVEL_SHIFT] = moved.heads[n] + 1;
      levels[(at << LEVEL_SHIFT) | TAIL] = moved.tails[n] + 1;
      totals[(at << LEVEL_DOUBLE_SHIFT) | F_TOTAL] = moved.totals[n];
      occupied.add(at);
      this.used++;
    }
  }
}
