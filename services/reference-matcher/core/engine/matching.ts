import { BALANCE_SHIFT, FREE, HELD, HOUSE, INCOMING, S_BASE, S_FLAGS, S_QUOTE, SEAT_SHIFT } from './accounts';
import type { Book } from './book';
import { BEYOND_BAND, BUDGET_SPENT, BY_LIST, FINE, LIMIT_REACHED, OUT_OF_FUNDS, SELF_TRADE, UNFILLED } from './codes';
import { MARKET_ORDERS_KEEP_TO_THE_BAND, type Engine } from './engine';
import { EF_VALUES, EV_CANCELLED, EV_TRADE } from './event-buffer';
import { holdOf } from './holds';
import * as o from './orders';

const MILLION = 1_000_000;

/** Millionths of an amount, rounded up to its unit. Exact for every amount of 53 bits and every rate up to a million. */
export function feeOf(amount: number, ppm: number): number {
  if (ppm === 0) return 0;
  let millions = Math.floor(amount / MILLION);
  let rest = amount - millions * MILLION;
  if (rest < 0) {
    // The quotient was so close below an integer that the division rounded to it.
    millions--;
    rest += MILLION;
  }
  return millions * ppm + Math.ceil((rest * ppm) / MILLION);
}

/** Lots of `unit` each that an amount pays for. */
function lotsFor(amount: number, unit: number): number {
  return (amount - (amount % unit)) / unit;
}

/** Gives back what the remainder of an order holds and says that it is gone. */
function giveBack(e: Engine, book: Book, order: number, reason: number, keptPerLot: number, expects: boolean): void {
  const { i, f } = e.orders;
  const w = order << o.ORDER_SHIFT;
  const d = order << o.ORDER_DOUBLE_SHIFT;
  const flags = i[w | o.FLAGS];
  const sell = flags & o.SELL;
  const remaining = (flags & o.BUDGET) !== 0 ? 0 : f[d | o.F_REMAINING];
  const released = (holdOf(e, book, order) - keptPerLot) * remaining;
  const balances = e.accounts.balances.f;
  const s = i[w | o.SEAT] << SEAT_SHIFT;
  const payer = e.accounts.seats.i[s | (sell === 0 ? S_QUOTE : S_BASE)] << BALANCE_SHIFT;
  balances[payer | HELD] -= released;
  balances[payer | FREE] += released;
  if (sell === 0 && expects) balances[(e.accounts.seats.i[s | S_BASE] << BALANCE_SHIFT) | INCOMING] -= remaining * book.lotUnits;
  const { events } = e;
  const v = events.begin(EV_CANCELLED, reason, i[w | o.MEMORY], book.index * 2 + sell);
  if (v >= 0) {
    events.f[v + EF_VALUES] = remaining;
    events.f[v + EF_VALUES + 1] = released;
  }
}

/** Takes an order out of its book, or from among the waiting ones. */
export function detach(e: Engine, book: Book, order: number): void {
  const { i } = e.orders;
  const w = order << o.ORDER_SHIFT;
  const flags = i[w | o.FLAGS];
  if ((flags & o.WAITING) === 0) {
    book.unlink(order);
  } else {
    const trigger = e.orders.f[(order << o.ORDER_DOUBLE_SHIFT) | o.F_TRIGGER];
    (o.waitsForFall(flags) ? book.falling : book.rising).unlink(trigger, order, 0);
  }
}

/** Ends an open order and leaves the other one of its list. */
function cancelOne(e: Engine, book: Book, order: number, reason: number): void {
  giveBack(e, book, order, reason, 0, (e.orders.i[(order << o.ORDER_SHIFT) | o.FLAGS] & o.SHARED) === 0);
  detach(e, book, order);
  e.close(order);
  e.finish(order);
}

/** Ends an open order, and the other one of its list. */
export function cancel(e: Engine, book: Book, order: number, reason: number): void {
  const twin = e.orders.i[(order << o.ORDER_SHIFT) | o.TWIN];
  cancelOne(e, book, order, reason);
  if (twin >= 0) cancelOne(e, book, twin, BY_LIST);
}

/** Ends the first order of a list whose second one enters the market and needs `keptPerLot` of the hold itself. */
export function yieldToTwin(e: Engine, book: Book, order: number, keptPerLot: number): void {
  giveBack(e, book, order, BY_LIST, keptPerLot, false);
  detach(e, book, order);
  e.close(order);
  e.finish(order);
}

/** Ends an order that is in no queue. */
export function expire(e: Engine, book: Book, order: number, reason: number): void {
  giveBack(e, book, order, reason, 0, (e.orders.i[(order << o.ORDER_SHIFT) | o.FLAGS] & o.BUDGET) === 0);
  e.finish(order);
}

/** Two orders meet at the maker's price: money, units, fees, positions; the maker's end when nothing is left of it. */
function fill(e: Engine, book: Book, price: number, lots: number, maker: number, taker: number, takerRemaining: number): void {
  const { i, f } = e.orders;
  const mw = maker << o.ORDER_SHIFT;
  const md = maker << o.ORDER_DOUBLE_SHIFT;
  const tw = taker << o.ORDER_SHIFT;
  const seats = e.accounts.seats.i;
  const balances = e.accounts.balances.f;
  const takerFlags = i[tw | o.FLAGS];
  const sells = takerFlags & o.SELL;
  const baseAmount = lots * book.lotUnits;
  const quoteAmount = price * lots * book.tickLotUnits;
  const makerHeld = holdOf(e, book, maker) * lots;
  const takerHeld = holdOf(e, book, taker) * lots;
  const makerSeat = i[mw | o.SEAT] << SEAT_SHIFT;
  const takerSeat = i[tw | o.SEAT] << SEAT_SHIFT;
  const buyer = sells === 0 ? takerSeat : makerSeat;
  const seller = sells === 0 ? makerSeat : takerSeat;
  const buyerHeld = sells === 0 ? takerHeld : makerHeld;
  const sellerHeld = sells === 0 ? makerHeld : takerHeld;
  const buyerFee = (seats[buyer | S_FLAGS] & HOUSE) !== 0 ? 0 : feeOf(baseAmount, sells === 0 ? book.takerFeePpm : book.makerFeePpm);
  const sellerFee = (seats[seller | S_FLAGS] & HOUSE) !== 0 ? 0 : feeOf(quoteAmount, sells === 0 ? book.makerFeePpm : book.takerFeePpm);
  let balance = seats[buyer | S_QUOTE] << BALANCE_SHIFT;
  balances[balance | HELD] -= buyerHeld;
  balances[balance | FREE] += buyerHeld - quoteAmount;
  balance = seats[seller | S_QUOTE] << BALANCE_SHIFT;
  balances[balance | FREE] += quoteAmount - sellerFee;
  balance = seats[seller | S_BASE] << BALANCE_SHIFT;
  balances[balance | HELD] -= sellerHeld;
  balances[balance | FREE] += sellerHeld - baseAmount;
  balance = seats[buyer | S_BASE] << BALANCE_SHIFT;
  balances[balance | FREE] += baseAmount - buyerFee;
  if ((takerFlags & (o.BUDGET | o.SELL)) !== o.BUDGET) balances[balance | INCOMING] -= baseAmount;
  balances[(book.baseFees << BALANCE_SHIFT) | FREE] += buyerFee;
  balances[(book.quoteFees << BALANCE_SHIFT) | FREE] += sellerFee;

  const makerRemaining = f[md | o.F_REMAINING] - lots;
  const { events } = e;
  const v = events.begin(EV_TRADE, book.index * 2 + sells, i[tw | o.MEMORY], i[mw | o.MEMORY]);
  if (v >= 0) {
    const out = events.f;
    out[v + EF_VALUES] = price;
    out[v + EF_VALUES + 1] = lots;
    out[v + EF_VALUES + 2] = makerRemaining;
    out[v + EF_VALUES + 3] = takerRemaining;
    out[v + EF_VALUES + 4] = buyerHeld;
    out[v + EF_VALUES + 5] = sellerHeld;
    out[v + EF_VALUES + 6] = buyerFee;
    out[v + EF_VALUES + 7] = sellerFee;
  }
  const twin = i[mw | o.TWIN];
  if (twin >= 0) f[(twin << o.ORDER_DOUBLE_SHIFT) | o.F_REMAINING] = makerRemaining;
  if (makerRemaining > 0) {
    f[md | o.F_REMAINING] = makerRemaining;
    book.reduce(price, lots);
  } else {
    book.unlink(maker);
    e.close(maker);
    e.finish(maker);
    if (twin >= 0) cancelOne(e, book, twin, BY_LIST);
  }
  book.traded(price);
}

/** What self-trade prevention does when the next maker is of the same account. @returns whether the taker ends with it */
function preventSelfTrade(e: Engine, book: Book, maker: number, mode: number): boolean {
  if (mode !== o.STP_EXPIRE_TAKER) cancel(e, book, maker, SELF_TRADE);
  return mode !== o.STP_EXPIRE_MAKER;
}

/**
 * Matches a limit order that is in no queue against the other side, best price first and first come first served, at the makers'
 * prices.
 *
 * @returns why a remainder that may not rest would end
 */
export function takeLimit(e: Engine, book: Book, order: number): number {
  const { i, f } = e.orders;
  const w = order << o.ORDER_SHIFT;
  const d = order << o.ORDER_DOUBLE_SHIFT;
  const flags = i[w | o.FLAGS];
  const sell = flags & o.SELL;
  const limit = f[d | o.F_PRICE];
  const mode = (flags >> o.STP_SHIFT) & o.STP_MASK;
  const seat = i[w | o.SEAT];
  let remaining = f[d | o.F_REMAINING];
  let reason = UNFILLED;
  while (remaining > 0) {
    const price = sell === 0 ? book.ask : book.bid;
    if (sell === 0 ? price > limit : price < limit) break;
    const maker = book.head(price);
    if (mode !== o.STP_NONE && i[(maker << o.ORDER_SHIFT) | o.SEAT] === seat) {
      if (!preventSelfTrade(e, book, maker, mode)) continue;
      reason = SELF_TRADE;
      break;
    }
    const offered = f[(maker << o.ORDER_DOUBLE_SHIFT) | o.F_REMAINING];
    const lots = offered < remaining ? offered : remaining;
    remaining -= lots;
    fill(e, book, price, lots, maker, order, remaining);
  }
  f[d | o.F_REMAINING] = remaining;
  return reason;
}

/** Lots that an account may still come to own. */
function room(e: Engine, book: Book, seat: number): number {
  if ((e.accounts.seats.i[seat + S_FLAGS] & HOUSE) !== 0 || book.maxPosition === Infinity) return Infinity;
  const { f } = e.accounts.balances;
  const b = e.accounts.seats.i[seat + S_BASE] << BALANCE_SHIFT;
  return Math.max(0, lotsFor(Math.max(0, book.maxPosition - (f[b | FREE] + f[b | HELD] + f[b | INCOMING])), book.lotUnits));
}

/**
 * Matches an order without a limit: as long as its account can pay, or as its budget lasts, and no further than the price band.
 *
 * @param budget quote units; 0 for an order by quantity
 * @returns why it ends; FINE when its quantity is filled
 */
export function takeMarket(e: Engine, book: Book, order: number, budget: number): number {
  const { i, f } = e.orders;
  const w = order << o.ORDER_SHIFT;
  const d = order << o.ORDER_DOUBLE_SHIFT;
  const flags = i[w | o.FLAGS];
  const sell = flags & o.SELL;
  const mode = (flags >> o.STP_SHIFT) & o.STP_MASK;
  const seat = i[w | o.SEAT];
  const s = seat << SEAT_SHIFT;
  const payer = e.accounts.seats.i[s | (sell === 0 ? S_QUOTE : S_BASE)] << BALANCE_SHIFT;
  const banded = e.version >= MARKET_ORDERS_KEEP_TO_THE_BAND;
  // The reference price moves with every trade, the band of this order does not.
  const lowest = banded ? book.bandLow : 0;
  const highest = banded ? book.bandHigh : Infinity;
  for (;;) {
    const price = sell === 0 ? book.ask : book.bid;
    if (price < 0 || price === Infinity) return UNFILLED;
    if (price < lowest || price > highest) return BEYOND_BAND;
    const maker = book.head(price);
    if (mode !== o.STP_NONE && i[(maker << o.ORDER_SHIFT) | o.SEAT] === seat) {
      if (preventSelfTrade(e, book, maker, mode)) return SELF_TRADE;
      continue;
    }
    const worth = price * book.tickLotUnits;
    const offered = f[(maker << o.ORDER_DOUBLE_SHIFT) | o.F_REMAINING];
    const wanted = Math.min(offered, budget > 0 ? lotsFor(budget, worth) : f[d | o.F_REMAINING]);
    if (wanted === 0) return BUDGET_SPENT;
    const payable = lotsFor(e.accounts.balances.f[payer | FREE], sell === 0 ? worth : book.lotUnits);
    const ownable = budget > 0 && sell === 0 ? room(e, book, s) : Infinity;
    const lots = Math.min(wanted, payable, ownable);
    if (lots > 0) {
      if (budget > 0) budget -= lots * worth;
      else f[d | o.F_REMAINING] -= lots;
      fill(e, book, price, lots, maker, order, budget > 0 || (flags & o.BUDGET) !== 0 ? 0 : f[d | o.F_REMAINING]);
    }
    if (lots < wanted) return payable < wanted ? OUT_OF_FUNDS : LIMIT_REACHED;
    if ((flags & o.BUDGET) !== 0) {
      if (budget === 0) return BUDGET_SPENT;
    } else if (f[d | o.F_REMAINING] === 0) {
      return FINE;
    }
  }
}

/**
 * Whether an order could be filled as a whole at once; looks only. A market order has to be paid from what is free, and an order of the
 * same account stands in the way or does not count, as self-trade prevention says.
 */
export function fillable(e: Engine, book: Book, seat: number, flags: number, limit: number, lots: number): boolean {
  const { i, f } = e.orders;
  const sell = flags & o.SELL;
  const mode = (flags >> o.STP_SHIFT) & o.STP_MASK;
  const s = seat << SEAT_SHIFT;
  const market = limit === 0;
  const free = e.accounts.balances.f[(e.accounts.seats.i[s | (sell === 0 ? S_QUOTE : S_BASE)] << BALANCE_SHIFT) | FREE];
  if (market && sell !== 0 && lots * book.lotUnits > free) return false;
  const banded = market && e.version >= MARKET_ORDERS_KEEP_TO_THE_BAND;
  const lowest = market ? (banded ? book.bandLow : 0) : sell === 0 ? 0 : limit;
  const highest = market ? (banded ? book.bandHigh : Infinity) : sell === 0 ? limit : Infinity;
  let need = lots;
  let cost = 0;
  for (let price = sell === 0 ? book.ask : book.bid; price >= 0 && price !== Infinity; price = sell === 0 ? book.above(price) : book.below(price)) {
    if (price < lowest || price > highest) return false;
    let offered = 0;
    if (mode === o.STP_NONE) {
      offered = book.total(price);
    } else {
      for (let maker = book.head(price); maker >= 0 && offered < need; maker = i[(maker << o.ORDER_SHIFT) | o.NEXT]) {
        if (i[(maker << o.ORDER_SHIFT) | o.SEAT] !== seat) offered += f[(maker << o.ORDER_DOUBLE_SHIFT) | o.F_REMAINING];
        else if (mode !== o.STP_EXPIRE_MAKER) return false;
      }
    }
    const lotsHere = Math.min(need, offered);
    cost += lotsHere * price * book.tickLotUnits;
    if (market && sell === 0 && cost > free) return false;
    need -= lotsHere;
    if (need === 0) return true;
  }
  return false;
}
