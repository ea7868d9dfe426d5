import type { Engine } from './engine';
import { hashId } from './hash-index';
import { hashClaim, M_ORDER, MEMORY_WORDS } from './order-memory';
import * as o from './orders';
import * as at from '../../../domain/codec/command-layout';

/** Commands that are looked at together. */
const GROUP = 32;
/** The same where only the claims of new orders are worth it. */
const CLAIMS_GROUP = 256;
/** Up to so many orders, what they need is in the caches anyway. */
const SMALL_BOOK = 16_384;

/**
 * Touches the memory of commands that are about to come. In a large book every command needs several places that are in no cache, one
 * after the other because each says where the next one is. Looked at in groups, the accesses of many commands overlap: first
 * the hash tables of all of them, then the records that those name, then what stands beside those. Nothing is decided here; what
 * was read may be out of date when its command comes, and is read again.
 */
export class Lookahead {
  /** What was read, so that reading it is not optimised away. */
  sink = 0;
  private readonly tags = new Int32Array(GROUP);
  private readonly orders = new Int32Array(GROUP);

  constructor(private readonly engine: Engine) {}

  /** @returns first word behind the group, which begins at a word and ends before `end` */
  group(w: Int32Array, from: number, end: number): number {
    return this.engine.orders.used <= SMALL_BOOK ? this.claims(w, from, end) : this.everything(w, from, end);
  }

  /** The claims are those of all orders within the idempotency window, so their table is large however small the book is. */
  private claims(w: Int32Array, from: number, end: number): number {
    const { claims } = this.engine.memory;
    const { entries, mask } = claims;
    let sink = 0;
    let p = from;
    for (let count = 0; count < CLAIMS_GROUP && p + at.ORDER_TAIL_AT < end; count++) {
      const first = w[p];
      const code = first & 255;
      if (code === at.AMEND_ORDER) {
        p += at.AMEND_WORDS;
      } else if (code === at.PLACE_ORDER) {
        const second = w[p + 1];
        const bytes = (second >> 16) & 255;
        const clientIdAt = p + at.ORDER_TAIL_AT + (second & 2) + ((second & 4) >> 1) + (((second >>> 24) + 3) >> 2);
        const next = clientIdAt + ((bytes + 3) >> 2);
        if (next > end) break;
        sink ^= entries[(hashClaim(w, p + at.ACCOUNT_ID_AT, clientIdAt, bytes) & mask) << 1];
        p = next;
      } else if (code === at.CANCEL_ORDER) {
        p += at.CANCEL_TAIL_AT + ((((first >> 8) & 255) + 3) >> 2);
      } else {
        p = end;
      }
    }
    this.sink ^= sink;
    return p;
  }

  private everything(w: Int32Array, from: number, end: number): number {
    const { engine, tags, orders } = this;
    const { index } = engine.live;
    const { entries, mask } = index;
    const { claims } = engine.memory;
    const claimEntries = claims.entries;
    const claimMask = claims.mask;
    let sink = 0;
    let count = 0;
    let p = from;
    while (count < GROUP && p + at.ORDER_TAIL_AT < end) {
      const code = w[p] & 255;
      const tag = hashId(w[p + 4], w[p + 5], w[p + 6], w[p + 7]);
      tags[count++] = tag;
      sink ^= entries[(tag & mask) << 1];
      if (code === at.PLACE_ORDER) {
        const flags = w[p + 1];
        const bytes = (flags >> 16) & 255;
        const clientIdAt = p + at.ORDER_TAIL_AT + (flags & 2) + ((flags & 4) >> 1) + (((flags >>> 24) + 3) >> 2);
        const next = clientIdAt + ((bytes + 3) >> 2);
        if (next > end) break;
        sink ^= claimEntries[(hashClaim(w, p + at.ACCOUNT_ID_AT, clientIdAt, bytes) & claimMask) << 1];
        p = next;
      } else if (code === at.AMEND_ORDER) {
        p += at.AMEND_WORDS;
      } else if (code === at.CANCEL_ORDER) {
        p += at.CANCEL_TAIL_AT + ((((w[p] >> 8) & 255) + 3) >> 2);
      } else {
        p = end;
      }
    }
    const { i } = engine.orders;
    for (let n = 0; n < count; n++) {
      const tag = tags[n];
      let e = tag & mask;
      if (entries[e << 1] !== tag) e = (e + 1) & mask;
      const order = entries[e << 1] === tag ? entries[(e << 1) | 1] - 1 : -1;
      orders[n] = order;
      if (order >= 0) sink ^= i[order * o.ORDER_WORDS] ^ i[(order << o.ORDER_SHIFT) | o.SEAT];
    }
    const memory = engine.memory.pool.i;
    for (let n = 0; n < count; n++) {
      const order = orders[n];
      if (order < 0) continue;
      const r = order << o.ORDER_SHIFT;
      const previous = i[r | o.PREVIOUS];
      const next = i[r | o.NEXT];
      const before = i[r | o.SEAT_PREVIOUS];
      const behind = i[r | o.SEAT_NEXT];
      const record = i[r | o.MEMORY];
      if (record >= 0) sink ^= memory[record * MEMORY_WORDS + M_ORDER];
      if (previous >= 0) sink ^= i[(previous << o.ORDER_SHIFT) | o.NEXT];
      if (next >= 0) sink ^= i[(next << o.ORDER_SHIFT) | o.PREVIOUS];
      if (before >= 0) sink ^= i[(before << o.ORDER_SHIFT) | o.SEAT_NEXT];
      if (behind >= 0) sink ^= i[(behind << o.ORDER_SHIFT) | o.SEAT_PREVIOUS];
    }
    this.sink ^= sink;
    return p;
  }
}
