import type { Engine } from '../engine/engine';
import type { IdSet } from '../engine/id-set';
import type { Pool } from '../engine/pool';
import type { PriceList } from '../engine/price-list';
import { specOf, type InstrumentSpec, type TradingState } from '../../../domain';

/** Queues of a sorted list of prices. */
export interface CapturedList {
  readonly prices: Float64Array;
  readonly heads: Int32Array;
}

export interface CapturedBook {
  readonly spec: InstrumentSpec;
  readonly state: TradingState;
  readonly mark: number;
  readonly last: number;
  readonly bid: number;
  readonly base: number;
  readonly levels: Int32Array;
  readonly outside: CapturedList;
  readonly falling: CapturedList;
  readonly rising: CapturedList;
}

/** The memory of an engine without what can be built again: hash tables, bitmaps, free lists. Can be posted to another thread. */
export interface Captured {
  readonly partition: number;
  readonly version: number;
  readonly seq: number;
  readonly time: number;
  readonly windowMs: number;
  readonly venue: TradingState;
  readonly assets: readonly { readonly code: string; readonly decimals: number }[];
  readonly supply: readonly number[];
  readonly books: readonly CapturedBook[];
  readonly orders: Int32Array;
  readonly liveOrders: number;
  readonly memory: Int32Array;
  /** Records of ended orders, the oldest end first. */
  readonly ended: Int32Array;
  readonly accounts: Int32Array;
  readonly seats: Int32Array;
  readonly balances: Int32Array;
  readonly deposits: Int32Array;
  readonly transfersOut: Int32Array;
  readonly transfersIn: Int32Array;
}

/**
 * The state of an engine between two commands.
 *
 * @param copies false: the arrays are the engine's own, to be read before the next command
 */
export function captureOf(e: Engine, copies: boolean): Captured {
  const part = <T extends Int32Array | Float64Array>(array: T, length: number): T => (
    (copies ? array.slice(0, length) : array.subarray(0, length)) as T);
  const pool = ({ i, top, words }: Pool): Int32Array => part(i, top * words);
  const list = ({ prices, heads, count }: PriceList): CapturedList => ({ prices: part(prices, count), heads: part(heads, count) });
  const ids = ({ words, count }: IdSet): Int32Array => part(words, count * 4);
  const { memory } = e;
  const wrapped = Math.max(0, memory.firstEnded + memory.endedCount - memory.ended.length);
  const ended = new Int32Array(memory.endedCount);
  ended.set(memory.ended.subarray(memory.firstEnded, memory.firstEnded + memory.endedCount - wrapped));
  ended.set(memory.ended.subarray(0, wrapped), memory.endedCount - wrapped);
  return {
    partition: e.partition,
    version: e.version,
    seq: e.events.seq,
    time: e.time,
    windowMs: memory.windowMs,
    venue: e.venue,
    assets: e.assets.slice(),
    supply: e.supply.slice(),
    books: e.books.map((book) => ({
      spec: specOf(book.instrument),
      state: book.state,
      mark: book.mark,
      last: book.last,
      bid: book.bid,
      base: book.base,
      levels: part(book.levels, book.levels.length),
      outside: list(book.outside),
      falling: list(book.falling),
      rising: list(book.rising),
    })),
    orders: pool(e.orders),
    liveOrders: e.orders.used,
    memory: pool(memory.pool),
    ended,
    accounts: pool(e.accounts.accounts),
    seats: pool(e.accounts.seats),
    balances: pool(e.accounts.balances),
    deposits: ids(e.deposits),
    transfersOut: ids(e.transfersOut),
    transfersIn: ids(e.transfersIn),
  };
}
