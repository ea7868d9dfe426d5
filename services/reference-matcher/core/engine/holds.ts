import type { Book } from './book';
import type { Engine } from './engine';
import * as o from './orders';

/** What each lot of an order has to hold on its own. */
export function ownHold(flags: number, price: number, book: Book): number {
  if (price === 0) return 0;
  return (flags & o.SELL) === 0 ? price * book.tickLotUnits : book.lotUnits;
}

/** What each lot of an order does hold. Only in a list can that be something else than its own need; the others' second line stays untouched. */
export function holdOf(e: Engine, book: Book, order: number): number {
  const { i, f } = e.orders;
  const w = order << o.ORDER_SHIFT;
  const d = order << o.ORDER_DOUBLE_SHIFT;
  return i[w | o.TWIN] >= 0 ? f[d | o.F_HOLD] : ownHold(i[w | o.FLAGS], f[d | o.F_PRICE], book);
}
