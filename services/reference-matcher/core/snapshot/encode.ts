import { createHash } from 'node:crypto';
import type { Captured, CapturedBook, CapturedList } from './capture';
import * as form from './format';
import { A_BALANCES, A_FLAGS, ACCOUNT_WORDS, B_ASSET, B_NEXT, BALANCE_DOUBLES, BALANCE_WORDS, FREE, HELD, S_ACCOUNT, S_OPEN, SEAT_WORDS } from '../engine/accounts';
import { LEVEL_WORDS } from '../engine/book';
import * as mem from '../engine/order-memory';
import * as o from '../engine/orders';

function swapped(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

/** Record numbers in the order of the ids that stand at their beginning, byte by byte. */
function sortedById(words: Int32Array, stride: number, records: Int32Array): Int32Array {
  return records.sort((a, b) => {
    for (let n = 0; n < 4; n++) {
      const [x, y] = [words[a * stride + n], words[b * stride + n]];
      if (x !== y) return swapped(x) - swapped(y);
    }
    return 0;
  });
}

class Encoder {
  /** As large as the state can become; what is not written is never touched, so it costs no memory. */
  private readonly out: Int32Array;
  private readonly bytes: Buffer;
  private n = 0;
  private sink = 0;
  private readonly balanceDoubles: Float64Array;
  /** Number of an account in the snapshot; −1 for one that does not occur. */
  private readonly numberOf: Int32Array;

  constructor(private readonly c: Captured) {
    const ids = c.deposits.length + c.transfersOut.length + c.transfersIn.length + c.resets.length;
    const most = c.liveOrders * form.ROW_MOST_WORDS + c.ended.length * form.ENDED_MOST_WORDS + c.accounts.length + c.balances.length + ids
      + c.books.length * 1_024 + 4_096;
    this.out = new Int32Array(most);
    this.bytes = Buffer.from(this.out.buffer);
    this.balanceDoubles = new Float64Array(c.balances.buffer, c.balances.byteOffset, c.balances.length >> 1);
    this.numberOf = new Int32Array(c.accounts.length / ACCOUNT_WORDS).fill(-1);
  }

  encode(): Buffer {
    const { c } = this;
    const books = c.books.slice().sort((a, b) => (a.spec.symbol < b.spec.symbol ? -1 : 1));
    const queues = books.map((book) => this.queuesOf(book));
    const accounts = this.accounts();
    accounts.forEach((account, number) => { this.numberOf[account] = number; });
    const balances = this.balances(accounts);
    const head: form.SnapshotHead = {
      partition: c.partition,
      version: c.version,
      seq: c.seq,
      time: c.time,
      idempotencyWindowMs: c.windowMs,
      venue: c.venue,
      books: books.map(({ spec, state, mark, last }, b) => {
        const [bids, asks, falling, rising] = queues[b].map(({ length }) => length);
        return { instrument: spec, state, mark, last, orders: [bids, asks, falling, rising] };
      }),
      accounts: accounts.length,
      balances: balances.length / 2,
      ended: c.ended.length,
      deposits: c.deposits.length / 4,
      transfersOut: c.transfersOut.length / 4,
      transfersIn: c.transfersIn.length / 4,
      // Left out without any, so that a state of before they were known is still the same bytes.
      ...(c.resets.length > 0 ? { resets: c.resets.length / 4 } : {}),
    };
    this.head(head);
    for (const account of accounts) {
      this.copy(c.accounts, account * ACCOUNT_WORDS, 4);
      this.out[this.n++] = c.accounts[account * ACCOUNT_WORDS + A_FLAGS];
    }
    for (let at = 0; at < balances.length; at += 2) {
      this.out[this.n++] = balances[at];
      const balance = balances[at + 1];
      this.out[this.n++] = this.assetNumbers[c.balances[balance * BALANCE_WORDS + B_ASSET]];
      this.copy(c.balances, balance * BALANCE_WORDS + FREE * 2, 4);
    }
    for (const four of queues) for (const queue of four) this.queue(queue);
    const endedAt = new Int32Array(c.endedAt.buffer, c.endedAt.byteOffset, c.endedAt.length * 2);
    c.ended.forEach((record, n) => this.ended(record, endedAt, n * 2));
    for (const ids of [c.deposits, c.transfersOut, c.transfersIn, c.resets]) {
      for (const id of sortedById(ids, 4, Int32Array.from({ length: ids.length / 4 }, (_, i) => i))) this.copy(ids, id * 4, 4);
    }
    const body = this.bytes.subarray(0, this.n * 4);
    createHash('sha256').update(body).digest().copy(this.bytes, this.n * 4);
    return this.bytes.subarray(0, this.n * 4 + form.HASH_BYTES);
  }

  /** Numbers of the assets when they are sorted by code. */
  private readonly assetNumbers: number[] = [];

  private head(head: form.SnapshotHead): void {
    const text = Buffer.from(JSON.stringify(head));
    this.out[0] = form.MAGIC;
    this.out[1] = form.FORMAT;
    this.out[2] = text.length;
    text.copy(this.bytes, 12);
    this.n = 3 + ((text.length + 3) >> 2);
  }

  private copy(from: Int32Array, at: number, words: number): void {
    const { out, n } = this;
    for (let k = 0; k < words; k++) out[n + k] = from[at + k];
    this.n = n + words;
  }

  /** Orders of a book: bids and asks by priority, then those that wait for a fall, highest trigger first, and for a rise. */
  private queuesOf(book: CapturedBook): readonly Int32Array[] {
    const { orders } = this.c;
    const ticks = book.levels.length / LEVEL_WORDS;
    const heads: number[] = [];
    let bidLevels = 0;
    const add = (price: number, head: number): void => {
      heads.push(head);
      if (price <= book.bid) bidLevels = heads.length;
    };
    const { prices } = book.outside;
    let rank = 0;
    for (; rank < prices.length && prices[rank] < book.base; rank++) add(prices[rank], book.outside.heads[rank]);
    for (let at = 0; at < ticks; at++) if (book.levels[at * LEVEL_WORDS] !== 0) add(book.base + at, book.levels[at * LEVEL_WORDS] - 1);
    for (; rank < prices.length; rank++) add(prices[rank], book.outside.heads[rank]);
    const walk = (list: Iterable<number>): Int32Array => {
      let found = new Int32Array(1_024);
      let count = 0;
      for (const head of list) {
        for (let order = head; order >= 0; order = orders[order * o.ORDER_WORDS + o.NEXT]) {
          if (count === found.length) {
            const grown = new Int32Array(count * 2);
            grown.set(found);
            found = grown;
          }
          found[count++] = order;
        }
      }
      return found.subarray(0, count);
    };
    const up = (list: CapturedList): Int32Array => walk(list.heads);
    const down = (list: CapturedList): Int32Array => walk(list.heads.slice().reverse());
    return [walk(heads.slice(0, bidLevels).reverse()), walk(heads.slice(bidLevels)), down(book.falling), up(book.rising)];
  }

  /** Accounts that a state depends on, by id. */
  private accounts(): Int32Array {
    const { c, balanceDoubles } = this;
    const occurs = new Uint8Array(c.accounts.length / ACCOUNT_WORDS);
    for (let account = 0; account < occurs.length; account++) {
      if (c.accounts[account * ACCOUNT_WORDS + A_FLAGS] !== 0) occurs[account] = 1;
      for (let b = c.accounts[account * ACCOUNT_WORDS + A_BALANCES]; b >= 0; b = c.balances[b * BALANCE_WORDS + B_NEXT]) {
        if (balanceDoubles[b * BALANCE_DOUBLES + FREE] !== 0 || balanceDoubles[b * BALANCE_DOUBLES + HELD] !== 0) occurs[account] = 1;
      }
    }
    for (let s = 0; s < c.seats.length; s += SEAT_WORDS) if (c.seats[s + S_OPEN] > 0) occurs[c.seats[s + S_ACCOUNT]] = 1;
    for (const record of c.ended) {
      if (c.memory[record * mem.MEMORY_WORDS + mem.M_CLIENT_BYTES] >= 0) occurs[c.memory[record * mem.MEMORY_WORDS + mem.M_ACCOUNT]] = 1;
    }
    const records = new Int32Array(occurs.length);
    let count = 0;
    for (let account = 0; account < occurs.length; account++) if (occurs[account] === 1) records[count++] = account;
    return sortedById(c.accounts, ACCOUNT_WORDS, records.subarray(0, count));
  }

  /** Pairs of an account's number and one of its balances. */
  private balances(accounts: Int32Array): number[] {
    const { c, balanceDoubles } = this;
    c.assets.map(({ code }, asset) => ({ code, asset })).sort((a, b) => (a.code < b.code ? -1 : 1))
      .forEach(({ asset }, number) => { this.assetNumbers[asset] = number; });
    const pairs: number[] = [];
    accounts.forEach((account, number) => {
      const own: number[] = [];
      for (let b = c.accounts[account * ACCOUNT_WORDS + A_BALANCES]; b >= 0; b = c.balances[b * BALANCE_WORDS + B_NEXT]) {
        if (balanceDoubles[b * BALANCE_DOUBLES + FREE] !== 0 || balanceDoubles[b * BALANCE_DOUBLES + HELD] !== 0) own.push(b);
      }
      const assetOf = (b: number): number => this.assetNumbers[c.balances[b * BALANCE_WORDS + B_ASSET]];
      for (const b of own.sort((x, y) => assetOf(x) - assetOf(y))) pairs.push(number, b);
    });
    return pairs;
  }

  /** Reads the records of orders that come later beforehand, so that waiting for memory overlaps. */
  private queue(queue: Int32Array): void {
    const { orders, memory } = this.c;
    let sink = 0;
    for (let n = 0; n < queue.length; n++) {
      if (n + 32 < queue.length) sink ^= orders[queue[n + 32] * o.ORDER_WORDS + o.MEMORY] ^ orders[queue[n + 32] * o.ORDER_WORDS + o.SEAT];
      if (n + 16 < queue.length) {
        const m = orders[queue[n + 16] * o.ORDER_WORDS + o.MEMORY] * mem.MEMORY_WORDS;
        sink ^= memory[m] ^ memory[m + mem.MEMORY_WORDS - 1];
      }
      this.order(queue[n]);
    }
    this.sink ^= sink;
  }

  private order(order: number): void {
    const { c, out, n } = this;
    const { orders, memory } = c;
    const w = order * o.ORDER_WORDS;
    const m = orders[w + o.MEMORY] * mem.MEMORY_WORDS;
    const flags = orders[w + o.FLAGS];
    const clientBytes = memory[m + mem.M_CLIENT_BYTES];
    const amended = (orders[w + o.AMEND_ID] | orders[w + o.AMEND_ID + 1] | orders[w + o.AMEND_ID + 2] | orders[w + o.AMEND_ID + 3]) !== 0;
    for (let k = 0; k < 4; k++) {
      out[n + k] = memory[m + mem.M_ORDER_ID + k];
      out[n + form.ROW_DIGEST + k] = memory[m + mem.M_DIGEST + k];
    }
    out[n + form.ROW_ACCOUNT] = this.numberOf[c.seats[orders[w + o.SEAT] * SEAT_WORDS + S_ACCOUNT]];
    out[n + form.ROW_BITS] = flags | (amended ? form.BIT_AMENDED : 0) | (clientBytes << form.CLIENT_SHIFT);
    for (let k = 0; k < 2; k++) {
      out[n + form.ROW_PRICE + k] = orders[w + o.F_PRICE * 2 + k];
      out[n + form.ROW_QUANTITY + k] = orders[w + o.F_QUANTITY * 2 + k];
      out[n + form.ROW_REMAINING + k] = orders[w + o.F_REMAINING * 2 + k];
      out[n + form.ROW_ARRIVAL + k] = orders[w + o.F_ARRIVAL * 2 + k];
    }
    this.n = n + form.ROW_WORDS;
    if ((flags & o.WAITING) !== 0) this.copy(orders, w + o.F_TRIGGER * 2, 2);
    if (amended) this.copy(orders, w + o.AMEND_ID, 4);
    if ((flags & o.SHARED) !== 0) this.copy(orders, orders[w + o.TWIN] * o.ORDER_WORDS + o.ORDER_ID, 4);
    this.copy(memory, m + mem.M_CLIENT_ID, (clientBytes + 3) >> 2);
  }

  private ended(record: number, times: Int32Array, timeAt: number): void {
    const { out } = this;
    const { memory } = this.c;
    const m = record * mem.MEMORY_WORDS;
    this.copy(memory, m + mem.M_ORDER_ID, 4);
    this.copy(times, timeAt, 2);
    const clientBytes = memory[m + mem.M_CLIENT_BYTES];
    if (clientBytes < 0) {
      out[this.n++] = -1;
      return;
    }
    out[this.n++] = this.numberOf[memory[m + mem.M_ACCOUNT]];
    out[this.n++] = clientBytes;
    this.copy(memory, m + mem.M_DIGEST, 4);
    this.copy(memory, m + mem.M_CLIENT_ID, (clientBytes + 3) >> 2);
  }
}

/** The snapshot of a captured state: equal states give equal bytes. Runs in any thread. */
export function encodeCaptured(captured: Captured): Buffer {
  return new Encoder(captured).encode();
}
