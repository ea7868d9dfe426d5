import fc from 'fast-check';
import { Bitmap } from './bitmap';
import { Book } from './book';
import { HashIndex } from './hash-index';
import { IdSet } from './id-set';
import { MarkedIndex, markOf } from './marked-index';
import * as o from './orders';
import { Pool } from './pool';
import { defineInstrument } from '../../../domain';
import { BTC } from '../test-commands';

const RUNS = { numRuns: Number(process.env.PROPERTY_RUNS ?? (process.env.FULL === '1' ? 2_000 : 100)) };

test('the bitmap finds the next member in both directions, over all of its steps', () => {
  const size = fc.constantFrom(32, 64, 1_024, 4_096, 2 ** 17, 2 ** 20);
  fc.assert(fc.property(size, fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 40 }), (ticks, steps) => {
    const bitmap = new Bitmap(ticks);
    const set = new Set<number>();
    for (const [number, add] of steps) {
      const n = number % ticks;
      if (add) set.add(n);
      else set.delete(n);
      if (add) bitmap.add(n);
      else bitmap.remove(n);
      const sorted = [...set].sort((a, b) => a - b);
      for (const from of [-1, 0, n, n - 1, n + 1, ticks - 1]) expect(bitmap.above(from)).toBe(sorted.find((m) => m > from) ?? -1);
      for (const from of [0, n, n + 1, ticks - 1, ticks]) expect(bitmap.below(from)).toBe(sorted.filter((m) => m < from).pop() ?? -1);
    }
  }), RUNS);
});

test('the hash index finds what was put in and not removed, however the hashes collide', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(40), fc.nat(7)), { maxLength: 120 }), (steps) => {
    const index = new HashIndex(1);
    const held = new Map<number, number>();
    for (const [record, tag] of steps) {
      const before = held.get(record);
      if (before === undefined) {
        index.insert(tag, record);
        held.set(record, tag);
      } else {
        index.remove(before, record);
        held.delete(record);
      }
      for (const [wanted, itsTag] of held) {
        const found: number[] = [];
        for (let at = itsTag & index.mask; index.entries[2 * at + 1] !== 0; at = (at + 1) & index.mask) found.push(index.entries[2 * at + 1] - 1);
        expect(found).toContain(wanted);
      }
      expect(index.used).toBe(held.size);
    }
  }), RUNS);
});

test('the marked index finds what was put in and not removed, however hashes and marks collide', () => {
  const hash = fc.tuple(fc.nat(7), fc.constantFrom(0, 2 ** 30, -(2 ** 31))).map(([low, high]) => low | high);
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(40), hash), { maxLength: 120 }), (steps) => {
    const index = new MarkedIndex(1);
    const held = new Map<number, number>();
    for (const [record, tag] of steps) {
      const before = held.get(record);
      if (before === undefined) {
        index.insert(tag, record);
        held.set(record, tag);
      } else {
        index.remove(before, record);
        held.delete(record);
      }
      for (const [wanted, itsTag] of held) {
        const found: number[] = [];
        for (let at = itsTag & index.mask; index.marks[at] !== 0; at = (at + 1) & index.mask) {
          if (index.marks[at] === markOf(itsTag) && index.entries[2 * at] === itsTag) found.push(index.entries[2 * at + 1]);
        }
        expect(found).toContain(wanted);
      }
      expect([index.used, index.marks.filter((mark) => mark !== 0).length]).toEqual([held.size, held.size]);
    }
  }), RUNS);
});

test('the id set knows what was added and nothing else', () => {
  fc.assert(fc.property(fc.uniqueArray(fc.integer(), { maxLength: 300 }), (ids) => {
    const set = new IdSet();
    const half = ids.length >> 1;
    ids.forEach((id, n) => { if (n < half) set.add(Int32Array.of(id, 0, 7, -id), 0); });
    ids.forEach((id, n) => expect(set.has(Int32Array.of(id, 0, 7, -id), 0)).toBe(n < half));
  }), RUNS);
});

/** Prices near each other, and then somewhere else altogether. */
const price = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 10_000, max: 10_060 }), fc.integer({ min: 2 ** 40, max: 2 ** 40 + 5 }));

test('the levels of a book are the same wherever its window stands', () => {
  fc.assert(fc.property(fc.array(fc.record({ price, keep: fc.nat(3) }), { maxLength: 150 }), (steps) => {
    const pool = new Pool(o.ORDER_WORDS, 8, o.NEXT);
    const book = new Book(defineInstrument(BTC), 0, pool, 32);
    const bids: { order: number; price: number }[] = [];
    for (const step of steps) {
      if (step.keep === 0 && bids.length > 0) {
        const [{ order }] = bids.splice(step.price % bids.length, 1);
        book.unlink(order);
        pool.release(order);
      } else {
        const order = pool.allocate();
        pool.f[(order << o.ORDER_DOUBLE_SHIFT) | o.F_PRICE] = step.price;
        pool.f[(order << o.ORDER_DOUBLE_SHIFT) | o.F_REMAINING] = 2;
        book.append(order, false);
        bids.push({ order, price: step.price });
      }
      const found: [number, number, number[]][] = [];
      for (let p = book.bid; p >= 0; p = book.below(p)) {
        const queue: number[] = [];
        for (let order = book.head(p); order >= 0; order = pool.i[(order << o.ORDER_SHIFT) | o.NEXT]) queue.push(order);
        found.push([p, book.total(p), queue]);
      }
      const prices = [...new Set(bids.map((b) => b.price))].sort((a, b) => b - a);
      expect(found).toEqual(prices.map((p) => {
        const queue = bids.filter((b) => b.price === p).map((b) => b.order);
        return [p, queue.length * 2, queue];
      }));
      const upward: number[] = [];
      for (let p = book.above(0); p !== Infinity; p = book.above(p)) upward.push(p);
      expect(upward).toEqual([...prices].reverse());
    }
  }), RUNS);
});
