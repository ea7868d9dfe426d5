import { Accounts, S_OPEN, S_ORDERS, SEAT_SHIFT } from './accounts';
import { Book } from './book';
import { EventBuffer } from './event-buffer';
import { IdSet } from './id-set';
import { LiveOrders } from './live-orders';
import { M_ORDER, MEMORY_WORDS, OrderMemory } from './order-memory';
import * as o from './orders';
import type { Pool } from './pool';
import { wordsOf } from './words';
import { FEE_ACCOUNT, type Instrument, type ResetBalance, type TradingState } from '../../../domain';

export interface EngineOptions {
  readonly partition: number;
  readonly idempotencyWindowMs: number;
  /** Behaviour at the start. */
  readonly version: number;
  /** Open orders, remembered orders (open and ended within the window) and accounts that memory is laid out for at the start; it grows. */
  readonly expectedOrders: number;
  readonly expectedRemembered: number;
  readonly expectedAccounts: number;
  /** Prices in the ladder of each book, a power of two. */
  readonly ladderTicks: number;
}

/**
 * First behaviour of this engine; the newest is `CORE_VERSION` of the domain. 2: a market order stops at the price band instead of walking
 * through it. 3: accounts can be opened and reset.
 */
export { ACCOUNTS_BEGIN_VERSION, CORE_VERSION } from '../../../domain';
export const FIRST_VERSION = 1;
export const MARKET_ORDERS_KEEP_TO_THE_BAND = 2;

/** Everything that the core knows between two commands, and the small steps that all commands are made of. */
export class Engine {
  readonly partition: number;
  readonly live: LiveOrders;
  /** The records of `live`. */
  readonly orders: Pool;
  readonly memory: OrderMemory;
  readonly accounts: Accounts;
  readonly events = new EventBuffer();
  readonly books: Book[] = [];
  readonly bookOf = new Map<string, Book>();
  /** Codes and decimals of the assets, by number. */
  readonly assets: { readonly code: string; readonly decimals: number }[] = [];
  readonly assetOf = new Map<string, number>();
  /** What has been paid in of each asset and not been taken out. */
  readonly supply: number[] = [];
  readonly deposits = new IdSet();
  readonly transfersOut = new IdSet();
  readonly transfersIn = new IdSet();
  readonly resets = new IdSet();
  /** What the reset in hand moved, for its event; not part of the state. */
  resetBalances: readonly ResetBalance[] = [];
  readonly ladderTicks: number;
  /** Highest time of any command so far. */
  time = 0;
  version: number;
  venue: TradingState = 'open';

  private readonly feeAccount: number;

  constructor(options: EngineOptions) {
    this.partition = options.partition;
    this.version = options.version;
    this.ladderTicks = options.ladderTicks;
    this.live = new LiveOrders(options.expectedOrders);
    this.orders = this.live.pool;
    this.memory = new OrderMemory(options.idempotencyWindowMs, options.expectedRemembered);
    this.accounts = new Accounts(options.expectedAccounts);
    this.feeAccount = this.accounts.ensure(wordsOf(FEE_ACCOUNT), 0);
  }

  /** Back to a core that has seen nothing. The memory stays, so a process that starts over keeps what V8 knows of it. */
  clear(): void {
    this.live.pool.clear();
    this.live.index.clear();
    this.memory.clear();
    this.accounts.clear();
    this.books.length = 0;
    this.bookOf.clear();
    this.assets.length = 0;
    this.assetOf.clear();
    this.supply.length = 0;
    for (const ids of [this.deposits, this.transfersOut, this.transfersIn, this.resets]) ids.clear();
    this.events.seq = 0;
    this.events.count = 0;
    this.time = 0;
    this.venue = 'open';
    this.accounts.ensure(wordsOf(FEE_ACCOUNT), 0);
  }

  /** Adds an instrument, or changes the rules of one that is there. */
  define(instrument: Instrument): Book {
    const known = this.bookOf.get(instrument.symbol);
    if (known) {
      known.instrument = instrument;
      known.configure();
      return known;
    }
    for (const asset of [instrument.base, instrument.quote]) {
      if (this.assetOf.has(asset.code)) continue;
      this.assetOf.set(asset.code, this.assets.length);
      this.assets.push(asset);
      this.supply.push(0);
    }
    const book = new Book(instrument, this.books.length, this.orders, this.ladderTicks);
    book.baseAsset = this.assetOf.get(instrument.base.code)!;
    book.quoteAsset = this.assetOf.get(instrument.quote.code)!;
    book.baseFees = this.accounts.balance(this.feeAccount, book.baseAsset);
    book.quoteFees = this.accounts.balance(this.feeAccount, book.quoteAsset);
    book.configure();
    this.books.push(book);
    this.bookOf.set(instrument.symbol, book);
    return book;
  }

  /** A new order that is neither in a book nor waiting yet. Its id stands at a word. */
  newOrder(w: Int32Array, orderIdAt: number, memory: number, seat: number, flags: number): number {
    const order = this.live.add(w, orderIdAt);
    const { i } = this.orders;
    const r = order << o.ORDER_SHIFT;
    i[r | o.AMEND_ID] = 0;
    i[r | o.AMEND_ID + 1] = 0;
    i[r | o.AMEND_ID + 2] = 0;
    i[r | o.AMEND_ID + 3] = 0;
    i[r | o.MEMORY] = memory;
    i[r | o.FLAGS] = flags;
    i[r | o.SEAT] = seat;
    i[r | o.TWIN] = -1;
    this.memory.pool.i[memory * MEMORY_WORDS + M_ORDER] = order;
    return order;
  }

  /** The order that a memory record is of, or −1 when that has ended. Its end does not touch the record, which nothing else needs then. */
  orderOf(memory: number): number {
    const order = this.memory.pool.i[memory * MEMORY_WORDS + M_ORDER];
    return order >= 0 && this.orders.i[(order << o.ORDER_SHIFT) | o.MEMORY] === memory ? order : -1;
  }

  /** Price, quantity and what it holds for each lot. */
  setTerms(order: number, price: number, trigger: number, quantity: number, remaining: number, hold: number): void {
    const { f } = this.orders;
    const d = order << o.ORDER_DOUBLE_SHIFT;
    f[d | o.F_PRICE] = price;
    f[d | o.F_TRIGGER] = trigger;
    f[d | o.F_QUANTITY] = quantity;
    f[d | o.F_REMAINING] = remaining;
    f[d | o.F_HOLD] = hold;
  }

  /** Whether an order id is taken by an order that lives, or by one whose client id was not its own. */
  knows(w: Int32Array, at: number): boolean {
    return this.live.find(w, at) >= 0 || (this.memory.strays.used > 0 && this.memory.findStray(w, at) >= 0);
  }

  /** Counts an order among the open ones of its seat. */
  open(order: number): void {
    const { i } = this.orders;
    const seats = this.accounts.seats.i;
    const w = order << o.ORDER_SHIFT;
    const s = i[w | o.SEAT] << SEAT_SHIFT;
    const first = seats[s | S_ORDERS];
    i[w | o.SEAT_PREVIOUS] = -1;
    i[w | o.SEAT_NEXT] = first;
    if (first >= 0) i[(first << o.ORDER_SHIFT) | o.SEAT_PREVIOUS] = order;
    seats[s | S_ORDERS] = order;
    seats[s | S_OPEN]++;
  }

  /** The reverse of `open`. */
  close(order: number): void {
    const { i } = this.orders;
    const seats = this.accounts.seats.i;
    const w = order << o.ORDER_SHIFT;
    const s = i[w | o.SEAT] << SEAT_SHIFT;
    const previous = i[w | o.SEAT_PREVIOUS];
    const next = i[w | o.SEAT_NEXT];
    if (previous >= 0) i[(previous << o.ORDER_SHIFT) | o.SEAT_NEXT] = next;
    else seats[s | S_ORDERS] = next;
    if (next >= 0) i[(next << o.ORDER_SHIFT) | o.SEAT_PREVIOUS] = previous;
    seats[s | S_OPEN]--;
  }

  /** The order has ended: its record is free, its ids stay taken for the window. It is in no queue any more. */
  finish(order: number): void {
    const { i } = this.orders;
    const w = order << o.ORDER_SHIFT;
    this.memory.end(i[w | o.MEMORY], this.time);
    i[w | o.MEMORY] = -1;
    this.live.remove(order);
  }
}
