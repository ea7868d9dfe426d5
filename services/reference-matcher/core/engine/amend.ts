import { BALANCE_SHIFT, FREE, HELD, INCOMING, KILLED, S_BASE, S_FLAGS, S_INSTRUMENT, S_QUOTE, SEAT_SHIFT } from './accounts';
import type { Book } from './book';
import { ownedBy } from './cancel';
import * as code from './codes';
import type { Engine } from './engine';
import { EF_VALUES, EV_AMEND_REJECTED, EV_AMENDED } from './event-buffer';
import { ownHold } from './holds';
import { detach, expire, takeLimit } from './matching';
import * as o from './orders';
import { closed, positionFits } from './place';
import { u53 } from './request';
import * as at from '../../../domain/codec/command-layout';

const MAX = Number.MAX_SAFE_INTEGER;

function swapped(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

/** Compares an id with that of the last amendment: below zero when it is older, zero when it is the same. */
function ageOf(w: Int32Array, from: number, i: Int32Array, last: number): number {
  if (w[from] !== i[last]) return swapped(w[from]) - swapped(i[last]);
  if (w[from + 1] !== i[last + 1]) return swapped(w[from + 1]) - swapped(i[last + 1]);
  if (w[from + 2] !== i[last + 2]) return swapped(w[from + 2]) - swapped(i[last + 2]);
  return swapped(w[from + 3]) - swapped(i[last + 3]);
}

/** Why an order cannot have new terms; looks only. */
function refusal(e: Engine, book: Book, order: number, price: number, total: number, remaining: number, heldDelta: number): number {
  const { i, f } = e.orders;
  const w = order << o.ORDER_SHIFT;
  const d = order << o.ORDER_DOUBLE_SHIFT;
  const flags = i[w | o.FLAGS];
  const s = i[w | o.SEAT] << SEAT_SHIFT;
  const seats = e.accounts.seats.i;
  if ((seats[s | S_FLAGS] & KILLED) !== 0) return code.ACCOUNT_KILLED;
  if (i[w | o.TWIN] >= 0) return code.INVALID_ORDER;
  const limited = o.hasLimit((flags >> o.TYPE_SHIFT) & o.TYPE_MASK);
  if (!limited && price !== 0) return code.INVALID_PRICE;
  if (remaining < 1) return code.INVALID_QUANTITY;
  const tickLots = price * total;
  const quote = tickLots * book.tickLotUnits;
  if (total * book.lotUnits > MAX || tickLots > MAX || quote > MAX) return code.OUT_OF_RANGE;
  const waiting = (flags & o.WAITING) !== 0;
  const worth = limited ? quote : f[d | o.F_TRIGGER] * total * book.tickLotUnits;
  if (worth < book.minNotional) return code.BELOW_MINIMUM;
  if (!waiting && price !== f[d | o.F_PRICE] && (price < book.bandLow || price > book.bandHigh)) return code.OUTSIDE_BAND;
  const more = remaining - f[d | o.F_REMAINING];
  if ((flags & o.SELL) === 0 && more > 0) {
    const fits = positionFits(e, book, s, more * book.lotUnits);
    if (fits !== code.FINE) return fits;
  }
  if (e.accounts.balances.f[(seats[s | ((flags & o.SELL) === 0 ? S_QUOTE : S_BASE)] << BALANCE_SHIFT) | FREE] < heldDelta) return code.NO_FUNDS;
  if (!waiting && (flags & o.POST_ONLY) !== 0 && ((flags & o.SELL) === 0 ? price >= book.ask : price <= book.bid)) return code.WOULD_TAKE;
  return code.FINE;
}

/** Puts an order with its new terms at the end of its queue; one in the book may trade before. */
function requeue(e: Engine, book: Book, order: number): void {
  const { i, f } = e.orders;
  const flags = i[(order << o.ORDER_SHIFT) | o.FLAGS];
  const d = order << o.ORDER_DOUBLE_SHIFT;
  if ((flags & o.WAITING) !== 0) {
    (o.waitsForFall(flags) ? book.falling : book.rising).append(f[d | o.F_TRIGGER], order, 0);
    return;
  }
  const price = f[d | o.F_PRICE];
  if ((flags & o.SELL) === 0 ? price >= book.ask : price <= book.bid) {
    const reason = takeLimit(e, book, order);
    if (f[d | o.F_REMAINING] === 0) {
      e.close(order);
      e.finish(order);
      return;
    }
    if (reason !== code.UNFILLED) {
      e.close(order);
      expire(e, book, order, reason);
      return;
    }
  }
  book.append(order, (flags & o.SELL) !== 0);
}

/**
 * A client changes an order. An amendment counts once, and only if its id is above that of the one before: so a repeated append has
 * no second effect, however late it comes, and nothing need be remembered but one id per order.
 */
export function amend(e: Engine, w: Int32Array, from: number): Book | undefined {
  const order = e.live.find(w, from + at.ORDER_ID_AT);
  if (order < 0 || !ownedBy(e, order, w, from + at.ACCOUNT_ID_AT)) {
    e.events.begin(EV_AMEND_REJECTED, code.UNKNOWN_ORDER, -1, 0);
    return undefined;
  }
  const { i, f } = e.orders;
  const ow = order << o.ORDER_SHIFT;
  const d = order << o.ORDER_DOUBLE_SHIFT;
  const memory = i[ow | o.MEMORY];
  const s = i[ow | o.SEAT] << SEAT_SHIFT;
  const book = e.books[e.accounts.seats.i[s | S_INSTRUMENT]];
  const age = ageOf(w, from + at.AMEND_ID_AT, i, ow | o.AMEND_ID);
  if (age <= 0) {
    if (age < 0) e.events.begin(EV_AMEND_REJECTED, code.SUPERSEDED, memory, 0);
    return undefined;
  }
  // Also of one that is refused: its repetition must not succeed later.
  i[ow | o.AMEND_ID] = w[from + at.AMEND_ID_AT];
  i[ow | o.AMEND_ID + 1] = w[from + at.AMEND_ID_AT + 1];
  i[ow | o.AMEND_ID + 2] = w[from + at.AMEND_ID_AT + 2];
  i[ow | o.AMEND_ID + 3] = w[from + at.AMEND_ID_AT + 3];
  const named = u53(w, from + at.PRICE_AT);
  const wanted = u53(w, from + at.QUANTITY_AT);
  const quantity = f[d | o.F_QUANTITY];
  const before = f[d | o.F_REMAINING];
  const price = named === 0 ? f[d | o.F_PRICE] : named;
  const total = wanted === 0 ? quantity : wanted;
  const remaining = total - (quantity - before);
  const flags = i[ow | o.FLAGS];
  const perLot = ownHold(flags, price, book);
  const heldDelta = perLot * remaining - f[d | o.F_HOLD] * before;
  let reason = closed(e, book);
  if (reason === code.FINE) {
    reason = named === 0 && total === quantity ? code.NOTHING_CHANGED : refusal(e, book, order, price, total, remaining, heldDelta);
  }
  if (reason !== code.FINE) {
    e.events.begin(EV_AMEND_REJECTED, reason, memory, 0);
    return undefined;
  }
  const keeps = price === f[d | o.F_PRICE] && total < quantity;
  if (!keeps) detach(e, book, order);
  else if ((flags & o.WAITING) === 0) book.reduce(price, before - remaining);
  f[d | o.F_QUANTITY] = total;
  f[d | o.F_REMAINING] = remaining;
  f[d | o.F_PRICE] = price;
  f[d | o.F_HOLD] = perLot;
  const seats = e.accounts.seats.i;
  const balances = e.accounts.balances.f;
  const sell = flags & o.SELL;
  const payer = seats[s | (sell === 0 ? S_QUOTE : S_BASE)] << BALANCE_SHIFT;
  balances[payer | FREE] -= heldDelta;
  balances[payer | HELD] += heldDelta;
  if (sell === 0 && remaining !== before) balances[(seats[s | S_BASE] << BALANCE_SHIFT) | INCOMING] += (remaining - before) * book.lotUnits;
  const { events } = e;
  const v = events.begin(EV_AMENDED, keeps ? 1 : 0, memory, book.index * 2 + sell);
  if (v >= 0) {
    events.f[v + EF_VALUES] = price;
    events.f[v + EF_VALUES + 1] = total;
    events.f[v + EF_VALUES + 2] = remaining;
    events.f[v + EF_VALUES + 3] = heldDelta;
  }
  if (!keeps) requeue(e, book, order);
  return book;
}
