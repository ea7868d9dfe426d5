import { hashId, HashIndex } from './hash-index';
import { MarkedIndex, markOf } from './marked-index';
import { Pool } from './pool';

/** Layout of what is known of an order from its first mention until the idempotency window after its end has passed. */
export const MEMORY_WORDS = 24;
export const M_ORDER_ID = 0;
/** Number of the order while it lives, and still after its end: whether it lives, the order says. */
export const M_ORDER = 4;
export const M_ACCOUNT = 5;
export const M_DIGEST = 8;
export const M_CLIENT_ID = 12;
/** Length of the client id in bytes; −1 when the order claims none, because another one had it. */
export const M_CLIENT_BYTES = 21;
/** Hash under which it is found: of its claim, or of its id when it claims nothing. */
export const M_TAG = 22;

/** Odd numbers that spread the words of a client id. */
const SPREAD = Int32Array.of(0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1, 0x2545f491, 0x5851f42d, 0x14057b7f, 0x369dea0f);

/** Hash of a client id within an account. */
export function hashClaim(w: Int32Array, accountIdAt: number, clientIdAt: number, bytes: number): number {
  let h = hashId(w[accountIdAt], w[accountIdAt + 1], w[accountIdAt + 2], w[accountIdAt + 3]) + bytes;
  for (let n = 0; n << 2 < bytes; n++) h = (h + Math.imul(w[clientIdAt + n], SPREAD[n])) | 0;
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return h ^ (h >>> 13);
}

/**
 * Recognises what was asked before, by the client's id within an account: an append that was repeated (the same order id) and a
 * request that was repeated (another one). An order is remembered while it lives and for a window after it ended; the oldest end is
 * forgotten first. Refused orders count as ended at once, so that a repetition cannot succeed where the first did not. What
 * was refused or answered because its client id is taken has no client id of its own and is recognised by its order id.
 */
export class OrderMemory {
  readonly pool: Pool;
  /** By order id, for records without a claim. */
  readonly strays: HashIndex;
  readonly claims: MarkedIndex;
  /** Ended orders, the oldest end first, and the core times of their ends: rings whose size is a power of two. */
  ended: Int32Array;
  endedAt: Float64Array;
  firstEnded = 0;
  endedCount = 0;
  /** Core time after which the oldest end is forgotten. */
  evictAfter = Infinity;
  /** Hash of what was looked up last. */
  private tag = 0;

  constructor(readonly windowMs: number, expected: number) {
    this.pool = new Pool(MEMORY_WORDS, expected, M_ORDER);
    this.strays = new HashIndex(16);
    this.claims = new MarkedIndex(expected);
    this.ended = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(16, expected))));
    this.endedAt = new Float64Array(this.ended.length);
  }

  clear(): void {
    this.pool.clear();
    this.strays.clear();
    this.claims.clear();
    this.firstEnded = 0;
    this.endedCount = 0;
    this.evictAfter = Infinity;
  }

  /** The record without a claim that has an order id, or −1. */
  findStray(w: Int32Array, at: number): number {
    const a = w[at];
    const b = w[at + 1];
    const c = w[at + 2];
    const d = w[at + 3];
    const tag = hashId(a, b, c, d);
    const { entries, mask } = this.strays;
    const { i } = this.pool;
    let value: number;
    for (let e = tag & mask; (value = entries[(e << 1) | 1]) !== 0; e = (e + 1) & mask) {
      const r = (value - 1) * MEMORY_WORDS;
      if (entries[e << 1] === tag && i[r] === a && i[r + 1] === b && i[r + 2] === c && i[r + 3] === d) return value - 1;
    }
    return -1;
  }

  /** The record that claims a client id within an account, or −1. */
  claimant(account: number, w: Int32Array, accountIdAt: number, at: number, bytes: number): number {
    const words = (bytes + 3) >> 2;
    const tag = hashClaim(w, accountIdAt, at, bytes);
    this.tag = tag;
    const { marks, entries, mask } = this.claims;
    const { i } = this.pool;
    const wanted = markOf(tag);
    let mark: number;
    for (let e = tag & mask; (mark = marks[e]) !== 0; e = (e + 1) & mask) {
      if (mark !== wanted || entries[e << 1] !== tag) continue;
      const record = entries[(e << 1) | 1];
      const r = record * MEMORY_WORDS;
      if (i[r + M_ACCOUNT] !== account || i[r + M_CLIENT_BYTES] !== bytes) continue;
      let n = 0;
      while (n < words && i[r + M_CLIENT_ID + n] === w[at + n]) n++;
      if (n === words) return record;
    }
    return -1;
  }

  /** Remembers an order id that claims no client id. */
  stray(w: Int32Array, at: number, account: number): number {
    const record = this.record(w, at, account);
    const tag = hashId(w[at], w[at + 1], w[at + 2], w[at + 3]);
    this.pool.i[record * MEMORY_WORDS + M_CLIENT_BYTES] = -1;
    this.pool.i[record * MEMORY_WORDS + M_TAG] = tag;
    this.strays.insert(tag, record);
    return record;
  }

  /** Remembers an order with the client id that was just looked for and not found, and the digest of what it asked for. */
  claim(w: Int32Array, orderIdAt: number, account: number, clientIdAt: number, bytes: number, digestAt: number): number {
    const record = this.record(w, orderIdAt, account);
    const { i } = this.pool;
    const r = record * MEMORY_WORDS;
    const words = (bytes + 3) >> 2;
    for (let n = 0; n < words; n++) i[r + M_CLIENT_ID + n] = w[clientIdAt + n];
    i[r + M_CLIENT_BYTES] = bytes;
    i[r + M_DIGEST] = w[digestAt];
    i[r + M_DIGEST + 1] = w[digestAt + 1];
    i[r + M_DIGEST + 2] = w[digestAt + 2];
    i[r + M_DIGEST + 3] = w[digestAt + 3];
    i[r + M_TAG] = this.tag;
    this.claims.insert(this.tag, record);
    return record;
  }

  /** Whether a record is of this order id. */
  is(record: number, w: Int32Array, at: number): boolean {
    const { i } = this.pool;
    const r = record * MEMORY_WORDS + M_ORDER_ID;
    return i[r] === w[at] && i[r + 1] === w[at + 1] && i[r + 2] === w[at + 2] && i[r + 3] === w[at + 3];
  }

  sameDigest(record: number, w: Int32Array, at: number): boolean {
    const { i } = this.pool;
    const r = record * MEMORY_WORDS + M_DIGEST;
    return i[r] === w[at] && i[r + 1] === w[at + 1] && i[r + 2] === w[at + 2] && i[r + 3] === w[at + 3];
  }

  end(record: number, time: number): void {
    if (this.endedCount === this.ended.length) this.growRing();
    const at = (this.firstEnded + this.endedCount) & (this.ended.length - 1);
    this.ended[at] = record;
    this.endedAt[at] = time;
    if (this.endedCount++ === 0) this.evictAfter = time + this.windowMs;
  }

  /** Forgets what ended longer ago than the window. To be called when `now` is past `evictAfter`. */
  evict(now: number): void {
    const { pool } = this;
    while (this.endedCount > 0) {
      const record = this.ended[this.firstEnded];
      const last = this.endedAt[this.firstEnded] + this.windowMs;
      if (now <= last) {
        this.evictAfter = last;
        return;
      }
      const r = record * MEMORY_WORDS;
      (pool.i[r + M_CLIENT_BYTES] >= 0 ? this.claims : this.strays).remove(pool.i[r + M_TAG], record);
      pool.release(record);
      this.firstEnded = (this.firstEnded + 1) & (this.ended.length - 1);
      this.endedCount--;
    }
    this.evictAfter = Infinity;
  }

  private record(w: Int32Array, at: number, account: number): number {
    const record = this.pool.allocate();
    const { i } = this.pool;
    const r = record * MEMORY_WORDS;
    i[r] = w[at];
    i[r + 1] = w[at + 1];
    i[r + 2] = w[at + 2];
    i[r + 3] = w[at + 3];
    i[r + M_ORDER] = -1;
    i[r + M_ACCOUNT] = account;
    return record;
  }

  private growRing(): void {
    const { ended, endedAt, firstEnded } = this;
    this.ended = new Int32Array(ended.length * 2);
    this.ended.set(ended.subarray(firstEnded));
    this.ended.set(ended.subarray(0, firstEnded), ended.length - firstEnded);
    this.endedAt = new Float64Array(ended.length * 2);
    this.endedAt.set(endedAt.subarray(firstEnded));
    this.endedAt.set(endedAt.subarray(0, firstEnded), ended.length - firstEnded);
    this.firstEnded = 0;
  }
}
