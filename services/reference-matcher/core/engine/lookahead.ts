import { BALANCE_SHIFT, S_BASE, S_ORDERS, S_QUOTE, SEAT_SHIFT } from './accounts';
import { type Book, LEVEL_SHIFT, TAIL } from './book';
import type { Engine } from './engine';
import { hashId, hashMore } from './hash-index';
import { hashClaim } from './order-memory';
import * as o from './orders';
import * as at from '../../../domain/codec/command-layout';

/** Commands that are looked at together. */
const GROUP = 48;
/** Up to so many orders, what they need is in a cache that is near enough. */
const SMALL_BOOK = 16_384;
/** Words of a batch after which a book that was small is looked at again. */
const AGAIN = 8_192;

/**
 * Touches the memory of commands that are about to come. In a large book every command needs several places that are in no cache, one
 * after the other because each says where the next one is. Looked at in groups, the accesses of many commands overlap: first
 * the hash tables of all of them, then the records that those name, then what stands beside those. Reading the commands is a pass of its
 * own, so that the passes that wait for memory have no branches that depend on what is waited for. Nothing is decided here; what was
 * read may be out of date when its command comes, and is read again.
 */
export class Lookahead {
  /** What was read, so that reading it is not optimised away. */
  private sink = 0;
  /** Of orders that should be there: hashes of their ids, then their numbers. */
  private readonly known = new Int32Array(GROUP);
  private knownCount = 0;
  /** Of new orders: hashes of their ids, claims and seats, and prices within the ladder; then the numbers of their seats. */
  private readonly fresh = new Int32Array(GROUP);
  private readonly claims = new Int32Array(GROUP);
  private readonly seats = new Int32Array(GROUP);
  private readonly offsets = new Int32Array(GROUP);
  private freshCount = 0;

  /** @param smallBook orders up to which a book is not looked at */
  constructor(private readonly engine: Engine, private readonly smallBook = SMALL_BOOK) {}

  /**
   * @param book instrument that new orders are most likely for
   * @returns word up to which commands can be applied before this is asked again; it may lie within a command
   */
  group(w: Int32Array, from: number, end: number, book: Book | undefined): number {
    if (this.engine.orders.used <= this.smallBook || book === undefined) return Math.min(end, from + AGAIN);
    const next = this.read(w, from, end, book);
    this.touchTables(book);
    this.touchRecords(book);
    this.touchNeighbours(book);
    return next;
  }

  /** Takes from the commands where they will look. @returns first word behind those that were taken */
  private read(w: Int32Array, from: number, end: number, { index, base, window }: Book): number {
    const { known, fresh, claims, seats, offsets } = this;
    let k = 0;
    let n = 0;
    let p = from;
    while (k + n < GROUP && p + at.ORDER_TAIL_AT < end) {
      const code = w[p] & 255;
      const tag = hashId(w[p + 4], w[p + 5], w[p + 6], w[p + 7]);
      if (code === at.PLACE_ORDER) {
        const flags = w[p + 1];
        const bytes = (flags >> 16) & 255;
        const clientIdAt = p + at.ORDER_TAIL_AT + (flags & 2) + ((flags & 4) >> 1) + (((flags >>> 24) + 3) >> 2);
        const next = clientIdAt + ((bytes + 3) >> 2);
        if (next > end || bytes > at.MAX_CLIENT_ID_BYTES) break;
        fresh[n] = tag;
        claims[n] = hashClaim(w, p + at.ACCOUNT_ID_AT, clientIdAt, bytes);
        seats[n] = hashMore(hashId(w[p + 8], w[p + 9], w[p + 10], w[p + 11]), index);
        const offset = w[p + at.PRICE_AT] - base;
        offsets[n++] = offset >= 0 && offset < window ? offset : 0;
        p = next;
      } else if (code === at.AMEND_ORDER) {
        known[k++] = tag;
        p += at.AMEND_WORDS;
      } else if (code === at.CANCEL_ORDER) {
        known[k++] = tag;
        p += at.CANCEL_TAIL_AT + ((((w[p] >> 8) & 255) + 3) >> 2);
      } else {
        p = end;
      }
    }
    this.knownCount = k;
    this.freshCount = n;
    return p;
  }

  private touchTables({ levels }: Book): void {
    const { engine, known, knownCount, fresh, claims, seats, offsets, freshCount } = this;
    const { entries, mask } = engine.live.index;
    const { marks, entries: claimed, mask: claimMask } = engine.memory.claims;
    const { entries: seated, mask: seatMask } = engine.accounts.bySeat;
    let sink = 0;
    for (let n = 0; n < knownCount; n++) sink ^= entries[(known[n] & mask) << 1];
    for (let n = 0; n < freshCount; n++) {
      const claim = claims[n] & claimMask;
      sink ^= entries[(fresh[n] & mask) << 1] ^ marks[claim] ^ claimed[claim << 1];
      sink ^= seated[(seats[n] & seatMask) << 1] ^ levels[offsets[n] << LEVEL_SHIFT];
    }
    this.sink ^= sink;
  }

  private touchRecords({ levels }: Book): void {
    const { engine, known, knownCount, seats, offsets, freshCount } = this;
    const { entries, mask } = engine.live.index;
    const { entries: seated, mask: seatMask } = engine.accounts.bySeat;
    const { i } = engine.orders;
    let sink = 0;
    for (let n = 0; n < knownCount; n++) {
      const tag = known[n];
      let e = tag & mask;
      if (entries[e << 1] !== tag) e = (e + 1) & mask;
      const order = entries[e << 1] === tag ? entries[(e << 1) | 1] - 1 : -1;
      known[n] = order;
      if (order >= 0) sink ^= i[order << o.ORDER_SHIFT];
    }
    for (let n = 0; n < freshCount; n++) {
      const tail = levels[(offsets[n] << LEVEL_SHIFT) | TAIL] - 1;
      if (tail >= 0) sink ^= i[tail << o.ORDER_SHIFT];
      const e = seats[n] & seatMask;
      const seat = seated[e << 1] === seats[n] ? seated[(e << 1) | 1] - 1 : -1;
      seats[n] = seat;
      if (seat >= 0) sink ^= engine.accounts.seats.i[seat << SEAT_SHIFT];
    }
    this.sink ^= sink;
  }

  /** Neighbours in both queues, levels, balances. */
  private touchNeighbours({ base, window, levels }: Book): void {
    const { engine, known, knownCount, freshCount } = this;
    const { i, f } = engine.orders;
    const seats = engine.accounts.seats.i;
    const balances = engine.accounts.balances.f;
    let sink = 0;
    for (let n = 0; n < knownCount; n++) {
      const order = known[n];
      if (order < 0) continue;
      const r = order << o.ORDER_SHIFT;
      const previous = i[r | o.PREVIOUS];
      const next = i[r | o.NEXT];
      const before = i[r | o.SEAT_PREVIOUS];
      const behind = i[r | o.SEAT_NEXT];
      if (previous >= 0) sink ^= i[previous << o.ORDER_SHIFT];
      if (next >= 0) sink ^= i[next << o.ORDER_SHIFT];
      if (before >= 0) sink ^= i[before << o.ORDER_SHIFT];
      if (behind >= 0) sink ^= i[behind << o.ORDER_SHIFT];
      const offset = f[(order << o.ORDER_DOUBLE_SHIFT) | o.F_PRICE] - base;
      if (offset >= 0 && offset < window) sink ^= levels[(offset | 0) << LEVEL_SHIFT];
    }
    let sum = 0;
    for (let n = 0; n < freshCount; n++) {
      const seat = this.seats[n];
      if (seat < 0) continue;
      const s = seat << SEAT_SHIFT;
      const first = seats[s | S_ORDERS];
      if (first >= 0) sink ^= i[first << o.ORDER_SHIFT];
      sum += balances[seats[s | S_BASE] << BALANCE_SHIFT] + balances[seats[s | S_QUOTE] << BALANCE_SHIFT];
    }
    this.sink ^= sink ^ (sum | 0);
  }
}
