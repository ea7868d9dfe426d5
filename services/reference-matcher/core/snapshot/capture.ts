import { specOf, type InstrumentSpec, type TradingState } from '../../../domain';
import type { Engine } from '../engine/engine';
import type { IdSet } from '../engine/id-set';
import type { Pool } from '../engine/pool';
import type { PriceList } from '../engine/price-list';

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
  /** Records of ended orders, the oldest end first, and the times of their ends. */
  readonly ended: Int32Array;
  readonly endedAt: Float64Array;
  readonly accounts: Int32Array;
  readonly seats: Int32Array;
  readonly balances: Int32Array;
  readonly deposits: Int32Array;
  readonly transfersOut: Int32Array;
  readonly transfersIn: Int32Array;
  readonly resets: Int32Array;
}

type Words = Int32Array | Float64Array;

/** A copy on shared memory, in the place of an earlier one when that is large enough: fresh memory costs more than copying. */
function copyOf<T extends Words>(source: T, length: number, earlier: T | undefined): T {
  const bytes = length * source.BYTES_PER_ELEMENT;
  const fits = earlier !== undefined && earlier.buffer.byteLength >= bytes;
  const buffer = fits ? earlier.buffer : new SharedArrayBuffer(Math.ceil((bytes * 1.25) / 64) * 64);
  const copy = new (source.constructor as new (memory: ArrayBufferLike, at: number, size: number) => T)(buffer, 0, length);
  copy.set(source.subarray(0, length));
  return copy;
}

/**
 * The state of an engine between two commands.
 *
 * @param copies false: the arrays are the engine's own, to be read before the next command
 * @param earlier a capture that nobody needs any more, whose memory is used again
 */
export function captureOf(e: Engine, copies: boolean, earlier?: Captured): Captured {
  const part = <T extends Words>(array: T, length: number, before: T | undefined): T => (
    copies ? copyOf(array, length, before) : array.subarray(0, length) as T);
  const pool = ({ i, top, words }: Pool, before: Int32Array | undefined): Int32Array => part(i, top * words, before);
  const list = ({ prices, heads, count }: PriceList, before: CapturedList | undefined): CapturedList => (
    { prices: part(prices, count, before?.prices), heads: part(heads, count, before?.heads) });
  const ids = ({ words, count }: IdSet, before: Int32Array | undefined): Int32Array => part(words, count * 4, before);
  const { memory } = e;
  const wrapped = Math.max(0, memory.firstEnded + memory.endedCount - memory.ended.length);
  const ring = <T extends Words>(array: T, before: T | undefined): T => {
    const copy = copies ? copyOf(array, memory.endedCount, before) : array.slice(0, memory.endedCount) as T;
    copy.set(array.subarray(memory.firstEnded, memory.firstEnded + memory.endedCount - wrapped));
    copy.set(array.subarray(0, wrapped), memory.endedCount - wrapped);
    return copy;
  };
  return {
    partition: e.partition,
    version: e.version,
    seq: e.events.seq,
    time: e.time,
    windowMs: memory.windowMs,
    venue: e.venue,
    assets: e.assets.slice(),
    supply: e.supply.slice(),
    books: e.books.map((book, n) => {
      const before = earlier?.books[n];
      return {
        spec: specOf(book.instrument),
        state: book.state,
        mark: book.mark,
        last: book.last,
        bid: book.bid,
        base: book.base,
        levels: part(book.levels, book.levels.length, before?.levels),
        outside: list(book.outside, before?.outside),
        falling: list(book.falling, before?.falling),
        rising: list(book.rising, before?.rising),
      };
    }),
    orders: pool(e.orders, earlier?.orders),
    liveOrders: e.orders.used,
    memory: pool(memory.pool, earlier?.memory),
    ended: ring(memory.ended, earlier?.ended),
    endedAt: ring(memory.endedAt, earlier?.endedAt),
    accounts: pool(e.accounts.accounts, earlier?.accounts),
    seats: pool(e.accounts.seats, earlier?.seats),
    balances: pool(e.accounts.balances, earlier?.balances),
    deposits: ids(e.deposits, earlier?.deposits),
    transfersOut: ids(e.transfersOut, earlier?.transfersOut),
    transfersIn: ids(e.transfersIn, earlier?.transfersIn),
    resets: ids(e.resets, earlier?.resets),
  };
}
