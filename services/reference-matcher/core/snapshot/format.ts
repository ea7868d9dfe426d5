/**
 * The canonical form of a core's state. Little-endian words, in this order:
 *
 *   "CORE", format, length of the head in bytes; the head as JSON, padded with zeros
 *   accounts, by id: 4 words of id, flags
 *   balances, by account and asset: account, asset, free, held (two words each)
 *   for each book, by symbol: bids and asks by priority, waiting orders by trigger
 *   ended orders, the oldest end first
 *   ids of deposits, of transfers out and in, of resets, sorted
 *   SHA-256 of all that
 *
 * Accounts and assets are numbered by their order here; records that no state depends on (table sizes, free places) do not occur.
 */
import type { InstrumentSpec, TradingState } from '../../../domain';

export const MAGIC = 0x45524f43;
export const FORMAT = 1;
export const HASH_BYTES = 32;

export interface SnapshotHead {
  readonly partition: number;
  /** Behaviour of the core. */
  readonly version: number;
  readonly seq: number;
  readonly time: number;
  readonly idempotencyWindowMs: number;
  readonly venue: TradingState;
  readonly books: readonly {
    readonly instrument: InstrumentSpec;
    readonly state: TradingState;
    readonly mark: number;
    readonly last: number;
    /** Numbers of orders: bids, asks, falling, rising. */
    readonly orders: readonly [bids: number, asks: number, falling: number, rising: number];
  }[];
  readonly accounts: number;
  readonly balances: number;
  readonly ended: number;
  readonly deposits: number;
  readonly transfersOut: number;
  readonly transfersIn: number;
  /** Absent when there was none. */
  readonly resets?: number;
}

/** An order: id, account, bits, then price, quantity, remainder and arrival as doubles, and the digest. */
export const ROW_ACCOUNT = 4;
/** Flags of the order, and whether parts follow; the length of the client id from bit 16 on. */
export const ROW_BITS = 5;
export const ROW_PRICE = 6;
export const ROW_QUANTITY = 8;
export const ROW_REMAINING = 10;
export const ROW_ARRIVAL = 12;
export const ROW_DIGEST = 14;
/** Then trigger (2) if it waits, id of the last amendment (4) and of the first order of its list (4) if there is one, client id. */
export const ROW_WORDS = 18;
export const ROW_MOST_WORDS = ROW_WORDS + 2 + 4 + 4 + 9;
export const BIT_AMENDED = 1 << 12;
export const CLIENT_SHIFT = 16;

/** An ended order: id, time of its end as a double, account (−1 and no more when it claims no client id), length of the client id, digest. */
export const ENDED_TIME = 4;
export const ENDED_ACCOUNT = 6;
export const ENDED_CLIENT_BYTES = 7;
export const ENDED_DIGEST = 8;
export const ENDED_WORDS = 12;
export const ENDED_BARE_WORDS = 7;
export const ENDED_MOST_WORDS = ENDED_WORDS + 9;
