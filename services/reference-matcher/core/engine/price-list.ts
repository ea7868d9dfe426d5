import { NEXT, ORDER_WORDS, PREVIOUS } from './orders';
import type { Pool } from './pool';

/**
 * Queues of orders by price, for prices that are few or far apart: a sorted array of prices beside their queues. What a new price costs
 * is one move of memory; finding one is a binary search. Holds the levels outside a book's ladder, and the orders that wait.
 */
export class PriceList {
  /** Ascending. */
  prices = new Float64Array(16);
  heads = new Int32Array(16);
  tails = new Int32Array(16);
  /** Lots at each price; not kept for waiting orders. */
  totals = new Float64Array(16);
  count = 0;

  constructor(private readonly orders: Pool) {}

  /** Index of the first price that is not below `price`. */
  rank(price: number): number {
    const { prices } = this;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (prices[middle] < price) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index of a price that is there. */
  at(price: number): number {
    const rank = this.rank(price);
    if (rank >= this.count || this.prices[rank] !== price) throw new Error(`the core has lost the price ${price}`);
    return rank;
  }

  /** Highest price below, or −1. */
  below(price: number): number {
    const rank = this.rank(price);
    return rank === 0 ? -1 : this.prices[rank - 1];
  }

  /** Lowest price above, or Infinity. */
  above(price: number): number {
    let rank = this.rank(price);
    if (rank < this.count && this.prices[rank] === price) rank++;
    return rank === this.count ? Infinity : this.prices[rank];
  }

  /** Puts an order at the end of its price's queue. */
  append(price: number, order: number, lots: number): void {
    const rank = this.rank(price);
    if (rank === this.count || this.prices[rank] !== price) this.insert(rank, price, -1, -1, 0);
    const { i } = this.orders;
    const tail = this.tails[rank];
    i[order * ORDER_WORDS + PREVIOUS] = tail;
    i[order * ORDER_WORDS + NEXT] = -1;
    if (tail >= 0) i[tail * ORDER_WORDS + NEXT] = order;
    else this.heads[rank] = order;
    this.tails[rank] = order;
    this.totals[rank] += lots;
  }

  /** Takes an order out. @returns whether its price is gone with it */
  unlink(price: number, order: number, lots: number): boolean {
    const rank = this.at(price);
    const { i } = this.orders;
    const previous = i[order * ORDER_WORDS + PREVIOUS];
    const next = i[order * ORDER_WORDS + NEXT];
    if (previous >= 0) i[previous * ORDER_WORDS + NEXT] = next;
    else this.heads[rank] = next;
    if (next >= 0) i[next * ORDER_WORDS + PREVIOUS] = previous;
    else this.tails[rank] = previous;
    this.totals[rank] -= lots;
    if (this.heads[rank] >= 0) return false;
    this.remove(rank);
    return true;
  }

  /** Adds a whole queue above all others. */
  push(price: number, head: number, tail: number, total: number): void {
    this.insert(this.count, price, head, tail, total);
  }

  private insert(rank: number, price: number, head: number, tail: number, total: number): void {
    if (this.count === this.prices.length) this.grow();
    const { prices, heads, tails, totals, count } = this;
    if (rank < count) {
      prices.copyWithin(rank + 1, rank, count);
      heads.copyWithin(rank + 1, rank, count);
      tails.copyWithin(rank + 1, rank, count);
      totals.copyWithin(rank + 1, rank, count);
    }
    prices[rank] = price;
    heads[rank] = head;
    tails[rank] = tail;
    totals[rank] = total;
    this.count++;
  }

  private remove(rank: number): void {
    const { prices, heads, tails, totals, count } = this;
    prices.copyWithin(rank, rank + 1, count);
    heads.copyWithin(rank, rank + 1, count);
    tails.copyWithin(rank, rank + 1, count);
    totals.copyWithin(rank, rank + 1, count);
    this.count--;
  }

  private grow(): void {
    const size = this.prices.length * 2;
    const double = <T extends Float64Array | Int32Array>(old: T, grown: T): T => {
      grown.set(old);
      return grown;
    };
    this.prices = double(this.prices, new Float64Array(size));
    this.heads = double(this.heads, new Int32Array(size));
    this.tails = double(this.tails, new Int32Array(size));
    this.totals = double(this.totals, new Float64Array(size));
  }
}
