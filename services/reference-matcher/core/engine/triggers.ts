import type { Book } from './book';
import * as code from './codes';
import type { Engine } from './engine';
import { EF_VALUES, EV_TRIGGERED } from './event-buffer';
import { ownHold } from './holds';
import { expire, fillable, yieldToTwin } from './matching';
import * as o from './orders';
import { enterMarket } from './place';

/** Moves the hold of a list from its first order, which ends, to the second, which enters the market. */
function takeOver(e: Engine, book: Book, order: number): void {
  const { i, f } = e.orders;
  const w = order << o.ORDER_SHIFT;
  const twin = i[w | o.TWIN];
  if (twin < 0) return;
  const need = ownHold(i[w | o.FLAGS], f[(order << o.ORDER_DOUBLE_SHIFT) | o.F_PRICE], book);
  i[w | o.TWIN] = -1;
  i[w | o.FLAGS] &= ~o.SHARED;
  f[(order << o.ORDER_DOUBLE_SHIFT) | o.F_HOLD] = need;
  yieldToTwin(e, book, twin, need);
}

/** A waiting order that was met leaves its queue and enters the market. */
function fire(e: Engine, book: Book, order: number, price: number): void {
  const { i, f } = e.orders;
  const w = order << o.ORDER_SHIFT;
  const d = order << o.ORDER_DOUBLE_SHIFT;
  const trigger = f[d | o.F_TRIGGER];
  (o.waitsForFall(i[w | o.FLAGS]) ? book.falling : book.rising).unlink(trigger, order, 0);
  e.close(order);
  i[w | o.FLAGS] &= ~o.WAITING;
  const v = e.events.begin(EV_TRIGGERED, book.index, i[w | o.MEMORY], 0);
  if (v >= 0) e.events.f[v + EF_VALUES] = price;
  takeOver(e, book, order);
  const flags = i[w | o.FLAGS];
  const limit = f[d | o.F_PRICE];
  if (limit > 0 && (limit < book.bandLow || limit > book.bandHigh)) {
    expire(e, book, order, code.BEYOND_BAND);
  } else if ((flags & o.POST_ONLY) !== 0 && ((flags & o.SELL) === 0 ? limit >= book.ask : limit <= book.bid)) {
    expire(e, book, order, code.CANCELLED_WOULD_TAKE);
  } else if (((flags >> o.TIF_SHIFT) & o.TIF_MASK) === o.FOK && !fillable(e, book, i[w | o.SEAT], flags, limit, f[d | o.F_REMAINING])) {
    expire(e, book, order, code.UNFILLED);
  } else {
    enterMarket(e, book, order, 0);
  }
}

/**
 * Lets enter what the prices of this step have met, one after the other: first what waits for a fall, the highest trigger first, then
 * what waits for a rise, the lowest first; at one trigger who came first. What one of them trades may meet more. Each order enters
 * once, so it ends.
 */
export function runTriggers(e: Engine, book: Book): void {
  const { falling, rising } = book;
  while (e.venue === 'open' && book.state === 'open') {
    if (falling.count > 0 && falling.prices[falling.count - 1] >= book.low) fire(e, book, falling.heads[falling.count - 1], book.low);
    else if (rising.count > 0 && rising.prices[0] <= book.high) fire(e, book, rising.heads[0], book.high);
    else break;
  }
  book.low = Infinity;
  book.high = -1;
}

