import { A_SEATS, ACCOUNT_WORDS, S_ACCOUNT_ID, S_INSTRUMENT, S_NEXT, S_ORDERS, SEAT_SHIFT } from './accounts';
import type { Book } from './book';
import * as code from './codes';
import type { Engine } from './engine';
import { EV_CANCEL_REJECTED } from './event-buffer';
import { cancel } from './matching';
import * as o from './orders';
import * as at from '../../../domain/codec/command-layout';

/** Whether orders cannot even be taken back. */
function halted(e: Engine, book: Book): number {
  if (e.venue === 'halted') return code.VENUE_NOT_OPEN;
  return book.state === 'halted' ? code.INSTRUMENT_NOT_OPEN : code.FINE;
}

/** Whether an order is of the account whose id stands at a word. */
export function ownedBy(e: Engine, order: number, w: Int32Array, from: number): boolean {
  const { i } = e.accounts.seats;
  const a = (e.orders.i[(order << o.ORDER_SHIFT) | o.SEAT] << SEAT_SHIFT) | S_ACCOUNT_ID;
  return i[a] === w[from] && i[a | 1] === w[from + 1] && i[a | 2] === w[from + 2] && i[a | 3] === w[from + 3];
}

/** A client takes an order back, by its id or by the client's. */
export function cancelOrder(e: Engine, w: Int32Array, from: number, clientIdBytes: number): void {
  let order: number;
  if (clientIdBytes === 0) {
    order = e.live.find(w, from + at.ORDER_ID_AT);
    if (order >= 0 && !ownedBy(e, order, w, from + at.ACCOUNT_ID_AT)) order = -1;
  } else {
    const account = e.accounts.find(w, from + at.ACCOUNT_ID_AT);
    const memory = account < 0 ? -1 : e.memory.claimant(account, w, from + at.ACCOUNT_ID_AT, from + at.CANCEL_TAIL_AT, clientIdBytes);
    order = memory < 0 ? -1 : e.orderOf(memory);
  }
  if (order < 0) {
    e.events.begin(EV_CANCEL_REJECTED, code.UNKNOWN_ORDER, -1, 0);
    return;
  }
  const book = e.books[e.accounts.seats.i[(e.orders.i[(order << o.ORDER_SHIFT) | o.SEAT] << SEAT_SHIFT) | S_INSTRUMENT]];
  const reason = halted(e, book);
  if (reason !== code.FINE) e.events.begin(EV_CANCEL_REJECTED, reason, e.orders.i[(order << o.ORDER_SHIFT) | o.MEMORY], 0);
  else cancel(e, book, order, code.BY_REQUEST);
}

/** Open orders of a seat. */
function ordersOf(e: Engine, seat: number, into: number[]): void {
  const { i } = e.orders;
  const first = e.accounts.seats.i[(seat << SEAT_SHIFT) | S_ORDERS];
  for (let order = first; order >= 0; order = i[(order << o.ORDER_SHIFT) | o.SEAT_NEXT]) into.push(order);
}

/** Open orders of an account (−1 for all of them), in an instrument (undefined for all), in the order of their arrival. */
function select(e: Engine, account: number, book: Book | undefined): number[] {
  const orders: number[] = [];
  const seats = e.accounts.seats.i;
  const wanted = (seat: number): boolean => book === undefined || seats[(seat << SEAT_SHIFT) | S_INSTRUMENT] === book.index;
  if (account >= 0) {
    for (let seat = e.accounts.accounts.i[account * ACCOUNT_WORDS + A_SEATS]; seat >= 0; seat = seats[(seat << SEAT_SHIFT) | S_NEXT]) {
      if (wanted(seat)) ordersOf(e, seat, orders);
    }
  } else {
    for (let seat = 0; seat < e.accounts.seats.top; seat++) if (wanted(seat)) ordersOf(e, seat, orders);
  }
  const { f } = e.orders;
  return orders.sort((a, b) => f[(a << o.ORDER_DOUBLE_SHIFT) | o.F_ARRIVAL] - f[(b << o.ORDER_DOUBLE_SHIFT) | o.F_ARRIVAL]);
}

function cancelEach(e: Engine, orders: readonly number[], reason: number, byOperator: boolean): void {
  const { i, f } = e.orders;
  const arrivals = orders.map((order) => f[(order << o.ORDER_DOUBLE_SHIFT) | o.F_ARRIVAL]);
  let refused = code.FINE;
  orders.forEach((order, n) => {
    // One of a list goes with the other.
    if (i[(order << o.ORDER_SHIFT) | o.MEMORY] < 0 || f[(order << o.ORDER_DOUBLE_SHIFT) | o.F_ARRIVAL] !== arrivals[n]) return;
    const book = e.books[e.accounts.seats.i[(i[(order << o.ORDER_SHIFT) | o.SEAT] << SEAT_SHIFT) | S_INSTRUMENT]];
    const shut = byOperator ? code.FINE : halted(e, book);
    if (shut === code.FINE) cancel(e, book, order, reason);
    else if (refused === code.FINE) refused = shut;
  });
  if (refused !== code.FINE) e.events.begin(EV_CANCEL_REJECTED, refused, -1, 0);
}

/** Takes back all orders of an account, of an instrument, or both; an account of −1 is every account, which only operators ask for. */
export function cancelAll(e: Engine, account: number, book: Book | undefined): void {
  cancelEach(e, select(e, account, book), code.BY_REQUEST, account < 0);
}

/** Takes back all orders of an account that may not trade any more, in halted instruments too. */
export function cancelKilled(e: Engine, account: number): void {
  cancelEach(e, select(e, account, undefined), code.BY_KILL, true);
}

/** Why a client cannot take back all orders of an account now; `FINE` when they can. */
export function heldFast(e: Engine, account: number): number {
  for (const order of select(e, account, undefined)) {
    const shut = halted(e, e.books[e.accounts.seats.i[(e.orders.i[(order << o.ORDER_SHIFT) | o.SEAT] << SEAT_SHIFT) | S_INSTRUMENT]]);
    if (shut !== code.FINE) return shut;
  }
  return code.FINE;
}

/** Takes back all orders of an account that begins again; none of them may be held fast. */
export function cancelReset(e: Engine, account: number): void {
  cancelEach(e, select(e, account, undefined), code.BY_RESET, true);
}
