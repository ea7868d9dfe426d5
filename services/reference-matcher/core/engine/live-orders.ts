import { hashId, HashIndex } from './hash-index';
import { NEXT, ORDER_ID, ORDER_WORDS } from './orders';
import { Pool } from './pool';

/** Orders that live, found by their ids. The table is as large as what lives, not as what is remembered, so it stays in the cache. */
export class LiveOrders {
  readonly pool: Pool;
  readonly index: HashIndex;

  constructor(expected: number) {
    this.pool = new Pool(ORDER_WORDS, expected, NEXT);
    this.index = new HashIndex(expected);
  }

  /** The order of an id, or −1. */
  find(w: Int32Array, at: number): number {
    const a = w[at];
    const b = w[at + 1];
    const c = w[at + 2];
    const d = w[at + 3];
    const tag = hashId(a, b, c, d);
    const { entries, mask } = this.index;
    const { i } = this.pool;
    let value: number;
    for (let e = tag & mask; (value = entries[(e << 1) | 1]) !== 0; e = (e + 1) & mask) {
      if (entries[e << 1] !== tag) continue;
      const r = (value - 1) * ORDER_WORDS + ORDER_ID;
      if (i[r] === a && i[r + 1] === b && i[r + 2] === c && i[r + 3] === d) return value - 1;
    }
    return -1;
  }

  /** A new record under an id. */
  add(w: Int32Array, at: number): number {
    const order = this.pool.allocate();
    const { i } = this.pool;
    const r = order * ORDER_WORDS + ORDER_ID;
    i[r] = w[at];
    i[r + 1] = w[at + 1];
    i[r + 2] = w[at + 2];
    i[r + 3] = w[at + 3];
    this.index.insert(hashId(w[at], w[at + 1], w[at + 2], w[at + 3]), order);
    return order;
  }

  remove(order: number): void {
    const { i } = this.pool;
    const r = order * ORDER_WORDS + ORDER_ID;
    this.index.remove(hashId(i[r], i[r + 1], i[r + 2], i[r + 3]), order);
    this.pool.release(order);
  }
}
