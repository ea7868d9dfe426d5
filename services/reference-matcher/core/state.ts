import { Accounts } from './accounts';
import { Book, type Order } from './book';
import { OrderMemory } from './order-memory';
import type { Instrument } from '../../domain';

/** Everything that the core knows between two commands. */
export class CoreState {
  /** Sequence of the last event. */
  seq = 0;
  /** Highest time of any command so far. */
  time = 0;
  readonly accounts = new Accounts();
  readonly books = new Map<string, Book>();
  /** Decimals of every asset that an instrument names. */
  readonly assets = new Map<string, number>();
  /** Orders that rest in a book, with the book. */
  readonly open = new Map<string, { readonly order: Order; readonly book: Book }>();
  readonly memory: OrderMemory;
  /** Ids of all deposits that were booked. Never forgotten: an id that is booked twice would make money. */
  readonly deposits = new Set<string>();

  constructor(readonly partition: number, idempotencyWindowMs: number) {
    this.memory = new OrderMemory(idempotencyWindowMs);
  }

  define(instrument: Instrument): void {
    const book = this.books.get(instrument.symbol);
    if (book) book.instrument = instrument;
    else this.books.set(instrument.symbol, new Book(instrument));
    for (const asset of [instrument.base, instrument.quote]) this.assets.set(asset.code, asset.decimals);
  }

  rest(order: Order, book: Book): void {
    book.own(order.side).add(order);
    this.open.set(order.orderId, { order, book });
  }
}

/** The asset that an order pays with, and the amount of it that a number of its lots holds. */
export function holdOf(order: Pick<Order, 'side' | 'limited' | 'priceTicks'>, lots: number, instrument: Instrument): { asset: string; amount: number } {
  const asset = order.side === 'buy' ? instrument.quote.code : instrument.base.code;
  if (!order.limited) return { asset, amount: 0 };
  return {
    asset,
    // In range: checked for the whole order when it was accepted.
    amount: order.side === 'buy' ? order.priceTicks * lots * instrument.quoteUnitsPerTickLot : lots * instrument.baseUnitsPerLot,
  };
}
