import { BALANCE_SHIFT, FREE, HELD, HOUSE, INCOMING, KILLED, S_BASE, S_FLAGS, S_OPEN, S_QUOTE, SEAT_SHIFT } from './accounts';
import type { Book } from './book';
import * as code from './codes';
import type { Engine } from './engine';
import { EF_VALUES, EV_ACCEPTED, EV_DUPLICATE, EV_REJECTED } from './event-buffer';
import { ownHold } from './holds';
import { expire, fillable, takeLimit, takeMarket } from './matching';
import * as o from './orders';
import type { Request } from './request';

const MAX = Number.MAX_SAFE_INTEGER;

/** Whether an order's kind, limit, trigger, quantity and budget make sense together. */
function malformed(r: Request): number {
  const limited = o.hasLimit(r.type);
  const waits = r.type >= o.STOP_LOSS;
  if (waits !== (r.trigger > 0)) return code.INVALID_ORDER;
  if (r.postOnly !== 0 && (!limited || r.tif !== o.GTC)) return code.INVALID_ORDER;
  if (limited ? r.price < 1 : r.price !== 0) return code.INVALID_PRICE;
  if (r.budget > 0) {
    if (r.type !== o.MARKET || r.tif === o.FOK) return code.INVALID_ORDER;
    return r.lots === 0 ? code.FINE : code.INVALID_QUANTITY;
  }
  return r.lots < 1 ? code.INVALID_QUANTITY : code.FINE;
}

/** Whether an instrument trades now. */
export function closed(e: Engine, book: Book): number {
  if (e.venue !== 'open') return code.VENUE_NOT_OPEN;
  return book.state === 'open' ? code.FINE : code.INSTRUMENT_NOT_OPEN;
}

/** What the filters say of the worth of an order, of its price, and of how many there are. */
function filtered(r: Request, book: Book, seats: Int32Array, s: number, quote: number): number {
  if (r.type >= o.STOP_LOSS || r.type === o.LIMIT) {
    if ((seats[s | S_FLAGS] & HOUSE) === 0 && (r.type !== o.LIMIT || r.tif === o.GTC) && seats[s | S_OPEN] + r.siblings >= book.maxOpenOrders) {
      return code.TOO_MANY_ORDERS;
    }
  }
  if (r.type === o.LIMIT) {
    if (quote < book.minNotional) return code.BELOW_MINIMUM;
    return r.price < book.bandLow || r.price > book.bandHigh ? code.OUTSIDE_BAND : code.FINE;
  }
  if (book.minNotional === 0) return code.FINE;
  if (r.budget > 0) return r.budget < book.minNotional ? code.BELOW_MINIMUM : code.FINE;
  // Without a limit: what it is worth at its trigger, or at the price outside, or at the last one.
  const price = r.price > 0 ? r.price : r.trigger > 0 ? r.trigger : book.mark > 0 ? book.mark : book.last;
  return price > 0 && price * r.lots * book.tickLotUnits < book.minNotional ? code.BELOW_MINIMUM : code.FINE;
}

/** Whether an order to buy keeps the account within what it may own, and the sums within 53 bits. */
export function positionFits(e: Engine, book: Book, s: number, base: number): number {
  const { f } = e.accounts.balances;
  const b = e.accounts.seats.i[s | S_BASE] << BALANCE_SHIFT;
  if (f[b | INCOMING] + base > MAX) return code.OUT_OF_RANGE;
  if ((e.accounts.seats.i[s | S_FLAGS] & HOUSE) !== 0) return code.FINE;
  return f[b | FREE] + f[b | HELD] + f[b | INCOMING] + base > book.maxPosition ? code.POSITION_LIMIT : code.FINE;
}

/** Whether a price that is known already meets the trigger of an order. */
function isMet(r: Request, price: number): boolean {
  return price > 0 && o.meets(r.flags, r.trigger, price);
}

/**
 * Why an order cannot be taken; looks only. The order of the questions is part of the behaviour: the first answer counts.
 * A list's second order shares hold and position of the first, so they are not asked for again.
 */
export function refusal(e: Engine, r: Request, book: Book, seat: number): number {
  const wrong = malformed(r);
  if (wrong !== code.FINE) return wrong;
  const shut = closed(e, book);
  if (shut !== code.FINE) return shut;
  const seats = e.accounts.seats.i;
  const s = seat << SEAT_SHIFT;
  if ((seats[s | S_FLAGS] & KILLED) !== 0) return code.ACCOUNT_KILLED;
  const base = r.lots * book.lotUnits;
  const tickLots = r.price * r.lots;
  const quote = tickLots * book.tickLotUnits;
  if (base > MAX || tickLots > MAX || quote > MAX) return code.OUT_OF_RANGE;
  const filter = filtered(r, book, seats, s, quote);
  if (filter !== code.FINE) return filter;
  if (r.side === 0 && r.budget === 0 && r.shared === 0) {
    const fits = positionFits(e, book, s, base);
    if (fits !== code.FINE) return fits;
  }
  if (r.type >= o.STOP_LOSS && (isMet(r, book.mark) || isMet(r, book.last))) {
    return code.WOULD_TRIGGER;
  }
  if (r.shared === 0) {
    const hold = holdPerLot(r, book) * r.lots;
    const balances = e.accounts.balances.f;
    if (balances[(seats[s | (r.side === 0 ? S_QUOTE : S_BASE)] << BALANCE_SHIFT) | FREE] < hold) return code.NO_FUNDS;
  }
  if (r.postOnly !== 0 && r.type === o.LIMIT && (r.side === 0 ? r.price >= book.ask : r.price <= book.bid)) return code.WOULD_TAKE;
  if (r.tif === o.FOK && r.type < o.STOP_LOSS && !fillable(e, book, seat, r.flags, r.price, r.lots)) return code.WOULD_NOT_FILL;
  return code.FINE;
}

function holdPerLot(r: Request, book: Book): number {
  if (r.shared !== 0) return 0;
  const own = ownHold(r.flags, r.price, book);
  // The first order of a list holds what the dearer of the two needs.
  return r.twinPrice > r.price && r.side === 0 ? ownHold(r.flags, r.twinPrice, book) : own;
}

/** Takes an order in: its hold, its place in what the account could come to own. @returns the order */
export function accept(e: Engine, r: Request, w: Int32Array, book: Book, seat: number, memory: number): number {
  const hold = holdPerLot(r, book);
  const amount = hold * r.lots;
  const order = e.newOrder(w, r.orderIdAt, memory, seat, r.flags);
  e.setTerms(order, r.price, r.trigger, r.lots, r.lots, hold);
  const s = seat << SEAT_SHIFT;
  const seats = e.accounts.seats.i;
  const balances = e.accounts.balances.f;
  const payer = seats[s | (r.side === 0 ? S_QUOTE : S_BASE)] << BALANCE_SHIFT;
  balances[payer | FREE] -= amount;
  balances[payer | HELD] += amount;
  if (r.side === 0 && r.budget === 0 && r.shared === 0) balances[(seats[s | S_BASE] << BALANCE_SHIFT) | INCOMING] += r.lots * book.lotUnits;
  const { events } = e;
  const v = events.begin(EV_ACCEPTED, book.index * 2 + r.side, memory, r.shared);
  if (v >= 0) events.f[v + EF_VALUES] = amount;
  e.orders.f[(order << o.ORDER_DOUBLE_SHIFT) | o.F_ARRIVAL] = events.seq;
  return order;
}

/** An order that is accepted, or triggered, meets the market. */
export function enterMarket(e: Engine, book: Book, order: number, budget: number): void {
  const { i, f } = e.orders;
  const w = order << o.ORDER_SHIFT;
  const flags = i[w | o.FLAGS];
  const limit = f[(order << o.ORDER_DOUBLE_SHIFT) | o.F_PRICE];
  let reason = code.UNFILLED;
  if (limit === 0) {
    reason = takeMarket(e, book, order, budget);
    if (reason === code.FINE) e.finish(order);
    else expire(e, book, order, reason);
    return;
  }
  if ((flags & o.SELL) === 0 ? limit >= book.ask : limit <= book.bid) {
    reason = takeLimit(e, book, order);
    if (f[(order << o.ORDER_DOUBLE_SHIFT) | o.F_REMAINING] === 0) {
      e.finish(order);
      return;
    }
  }
  if (reason === code.UNFILLED && ((flags >> o.TIF_SHIFT) & o.TIF_MASK) === o.GTC) {
    book.append(order, (flags & o.SELL) !== 0);
    e.open(order);
  } else {
    expire(e, book, order, reason);
  }
}

/** Puts an order among those that wait for a price. */
export function wait(e: Engine, book: Book, order: number): void {
  const { i } = e.orders;
  const w = order << o.ORDER_SHIFT;
  i[w | o.FLAGS] |= o.WAITING;
  const trigger = e.orders.f[(order << o.ORDER_DOUBLE_SHIFT) | o.F_TRIGGER];
  (o.waitsForFall(i[w | o.FLAGS]) ? book.falling : book.rising).append(trigger, order, 0);
  e.open(order);
}

/** Answers an order whose client id another one has: the same request again, or a different one. */
export function repeated(e: Engine, r: Request, account: number, original: number, w: Int32Array, leg: number): void {
  const memory = e.memory.stray(w, r.orderIdAt, account);
  e.memory.end(memory, e.time);
  if (e.memory.sameDigest(original, w, r.digestAt)) e.events.begin(EV_DUPLICATE, leg, memory, original);
  else e.events.begin(EV_REJECTED, code.DUPLICATE_CLIENT_ID, memory, leg);
}

/** A client asks for an order. */
export function place(e: Engine, r: Request, w: Int32Array): void {
  const { book } = r;
  const seat = book === undefined ? -1 : e.accounts.ensureSeat(w, r.accountIdAt, book.index, book.baseAsset, book.quoteAsset);
  const account = seat < 0 ? e.accounts.ensure(w, r.accountIdAt) : e.accounts.seats.i[seat << SEAT_SHIFT];
  const original = e.memory.claimant(account, w, r.accountIdAt, r.clientIdAt, r.clientIdBytes);
  if (original >= 0) {
    if (!e.memory.is(original, w, r.orderIdAt) && !e.knows(w, r.orderIdAt)) repeated(e, r, account, original, w, 0);
    return;
  }
  if (e.knows(w, r.orderIdAt)) return;
  const memory = e.memory.claim(w, r.orderIdAt, account, r.clientIdAt, r.clientIdBytes, r.digestAt);
  const reason = book === undefined ? code.UNKNOWN_SYMBOL : refusal(e, r, book, seat);
  if (book === undefined || reason !== code.FINE) {
    e.memory.end(memory, e.time);
    e.events.begin(EV_REJECTED, reason, memory, 0);
    return;
  }
  const order = accept(e, r, w, book, seat, memory);
  if (r.type >= o.STOP_LOSS) wait(e, book, order);
  else enterMarket(e, book, order, r.budget);
}
