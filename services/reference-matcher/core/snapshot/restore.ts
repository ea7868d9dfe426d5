import { createHash } from 'node:crypto';
import * as form from './format';
import { CorruptDataError, defineInstrument } from '../../../domain';
import { BALANCE_DOUBLES, FREE, HELD, INCOMING, S_ACCOUNT, S_BASE, S_QUOTE, SEAT_WORDS } from '../engine/accounts';
import type { Book } from '../engine/book';
import { Engine } from '../engine/engine';
import { ownHold } from '../engine/holds';
import type { IdSet } from '../engine/id-set';
import * as o from '../engine/orders';

export interface RestoreOptions {
  readonly partition: number;
  /** Newest behaviour that this build has. */
  readonly supported: number;
  readonly expectedOrders: number;
  readonly expectedRemembered: number;
  readonly expectedAccounts: number;
  readonly ladderTicks: number;
}

const fail = (why: string): never => {
  throw new CorruptDataError(`the snapshot of the core cannot be used: ${why}`);
};

/** Checks frame and hash. @returns the words behind the head, and the head */
function open(snapshot: Uint8Array): { words: Int32Array; bodyAt: number; head: form.SnapshotHead } {
  // A copy of its own, so that it begins at a word.
  const bytes = new Uint8Array(snapshot);
  if (bytes.length < 12 + form.HASH_BYTES || bytes.length % 4 !== 0) fail(`${bytes.length} bytes are no snapshot`);
  const words = new Int32Array(bytes.buffer);
  if (words[0] !== form.MAGIC) fail('it does not begin like one');
  if (words[1] !== form.FORMAT) fail(`its format is ${words[1]}, this build knows ${form.FORMAT}`);
  const end = bytes.length - form.HASH_BYTES;
  const hash = createHash('sha256').update(bytes.subarray(0, end)).digest();
  if (!hash.equals(bytes.subarray(end))) fail('its content does not match its hash');
  const length = words[2];
  if (length < 0 || 12 + length > end) fail('its head is longer than it is');
  let head: form.SnapshotHead;
  try {
    head = JSON.parse(Buffer.from(bytes.buffer, 12, length).toString('utf8')) as form.SnapshotHead;
  } catch {
    return fail('its head is not JSON');
  }
  return { words: words.subarray(0, end >> 2), bodyAt: 3 + ((length + 3) >> 2), head };
}

class Restorer {
  private readonly e: Engine;
  private n: number;
  private readonly pair = new Int32Array(2);
  private readonly double = new Float64Array(this.pair.buffer);
  /** Where each account's id stands. */
  private readonly accountAt: number[] = [];

  constructor(private readonly w: Int32Array, bodyAt: number, private readonly head: form.SnapshotHead, options: RestoreOptions) {
    this.n = bodyAt;
    const live = head.books.reduce((sum, { orders }) => sum + orders[0] + orders[1] + orders[2] + orders[3], 0);
    this.e = new Engine({
      partition: head.partition,
      idempotencyWindowMs: head.idempotencyWindowMs,
      version: head.version,
      // No more than the words could hold, whatever the head says.
      expectedOrders: Math.max(options.expectedOrders, Math.min(w.length, live)),
      expectedRemembered: Math.max(options.expectedRemembered, Math.min(w.length, live + head.ended)),
      expectedAccounts: Math.max(options.expectedAccounts, Math.min(w.length, head.accounts)),
      ladderTicks: options.ladderTicks,
    });
  }

  restore(): Engine {
    const { e, head } = this;
    e.events.seq = head.seq;
    e.events.silent = true;
    e.time = head.time;
    e.venue = head.venue;
    const books = head.books.map(({ instrument, state, mark, last }) => {
      const book = e.define(defineInstrument(instrument));
      Object.assign(book, { state, mark, last });
      book.setBand();
      return book;
    });
    this.accounts();
    this.balances();
    head.books.forEach(({ orders }, b) => orders.forEach((count, queue) => { for (let k = 0; k < count; k++) this.order(books[b], queue); }));
    for (let k = 0; k < head.ended; k++) this.ended();
    this.ids(e.deposits, head.deposits);
    this.ids(e.transfersOut, head.transfersOut);
    this.ids(e.transfersIn, head.transfersIn);
    this.ids(e.resets, head.resets ?? 0);
    if (this.n !== this.w.length) fail(`${this.w.length - this.n} words are left over`);
    this.check(books);
    e.events.silent = false;
    return e;
  }

  private take(words: number): number {
    const at = this.n;
    if (words < 0 || at + words > this.w.length) fail('it ends early');
    this.n = at + words;
    return at;
  }

  private f64(at: number): number {
    this.pair[0] = this.w[at];
    this.pair[1] = this.w[at + 1];
    const value = this.double[0];
    if (!Number.isSafeInteger(value) || value < 0) fail(`${value} is no amount`);
    return value;
  }

  private account(number: number): number {
    if (number < 0 || number >= this.accountAt.length) fail(`there is no account ${number}`);
    return this.accountAt[number];
  }

  private accounts(): void {
    const { accounts } = this.e;
    for (let k = 0; k < this.head.accounts; k++) {
      const at = this.take(5);
      this.accountAt.push(at);
      if (this.w[at + 4] !== 0) accounts.setFlags(accounts.ensure(this.w, at), this.w[at + 4]);
    }
  }

  private balances(): void {
    const { e, w } = this;
    const assets = e.assets.map(({ code }) => code).sort();
    for (let k = 0; k < this.head.balances; k++) {
      const at = this.take(6);
      const asset = e.assetOf.get(assets[w[at + 1]]) ?? fail(`there is no asset ${w[at + 1]}`);
      const balance = e.accounts.balance(e.accounts.ensure(w, this.account(w[at])), asset);
      const [free, held] = [this.f64(at + 2), this.f64(at + 4)];
      e.accounts.balances.f[balance * BALANCE_DOUBLES + FREE] = free;
      e.accounts.balances.f[balance * BALANCE_DOUBLES + HELD] = held;
      e.supply[asset] += free + held;
    }
  }

  private order(book: Book, queue: number): void {
    const { e, w } = this;
    const at = this.take(form.ROW_WORDS);
    const bits = w[at + form.ROW_BITS];
    const flags = bits & (form.BIT_AMENDED - 1);
    const waits = queue >= 2;
    const side = (flags & o.SELL) !== 0 ? 1 : 0;
    if ((!waits && side !== queue) || ((flags & o.WAITING) !== 0) !== waits || (waits && o.waitsForFall(flags) !== (queue === 2))) {
      fail(`an order of ${book.instrument.symbol} stands in the wrong queue`);
    }
    const clientBytes = bits >>> form.CLIENT_SHIFT;
    const trigger = waits ? this.f64(this.take(2)) : 0;
    const amendAt = (bits & form.BIT_AMENDED) !== 0 ? this.take(4) : -1;
    const twinAt = (flags & o.SHARED) !== 0 ? this.take(4) : -1;
    const clientAt = this.take((clientBytes + 3) >> 2);
    const accountAt = this.account(w[at + form.ROW_ACCOUNT]);
    const seat = e.accounts.ensureSeat(w, accountAt, book.index, book.baseAsset, book.quoteAsset);
    const account = e.accounts.seats.i[seat * SEAT_WORDS + S_ACCOUNT];
    if (e.live.find(w, at) >= 0 || e.memory.claimant(account, w, accountAt, clientAt, clientBytes) >= 0) fail('two orders have the same id');
    const memory = e.memory.claim(w, at, account, clientAt, clientBytes, at + form.ROW_DIGEST);
    const price = this.f64(at + form.ROW_PRICE);
    const remaining = this.f64(at + form.ROW_REMAINING);
    const order = e.newOrder(w, at, memory, seat, flags);
    e.setTerms(order, price, trigger, this.f64(at + form.ROW_QUANTITY), remaining, (flags & o.SHARED) !== 0 ? 0 : ownHold(flags, price, book));
    for (let k = 0; k < 4 && amendAt >= 0; k++) e.orders.i[order * o.ORDER_WORDS + o.AMEND_ID + k] = w[amendAt + k];
    e.orders.f[order * o.ORDER_DOUBLES + o.F_ARRIVAL] = this.f64(at + form.ROW_ARRIVAL);
    if (twinAt >= 0) this.join(book, order, twinAt);
    if (side === 0 && (flags & o.SHARED) === 0) {
      e.accounts.balances.f[e.accounts.seats.i[seat * SEAT_WORDS + S_BASE] * BALANCE_DOUBLES + INCOMING] += remaining * book.lotUnits;
    }
    if (waits) (queue === 2 ? book.falling : book.rising).append(trigger, order, 0);
    else book.append(order, side === 1);
    e.open(order);
  }

  /** Puts the second order of a list, which waits, beside the first. */
  private join(book: Book, order: number, twinAt: number): void {
    const { e, w } = this;
    const twin = e.live.find(w, twinAt);
    if (twin < 0) fail('an order of a list stands alone');
    e.orders.i[order * o.ORDER_WORDS + o.TWIN] = twin;
    e.orders.i[twin * o.ORDER_WORDS + o.TWIN] = order;
    const { f } = e.orders;
    const shared = ownHold(e.orders.i[order * o.ORDER_WORDS + o.FLAGS], f[order * o.ORDER_DOUBLES + o.F_PRICE], book);
    f[twin * o.ORDER_DOUBLES + o.F_HOLD] = Math.max(f[twin * o.ORDER_DOUBLES + o.F_HOLD], shared);
  }

  private ended(): void {
    const { e, w } = this;
    const at = this.take(form.ENDED_BARE_WORDS);
    const claims = w[at + form.ENDED_ACCOUNT] >= 0;
    if (!claims) {
      if (e.memory.findStray(w, at) >= 0) fail('an order occurs twice');
      e.memory.end(e.memory.stray(w, at, -1), this.f64(at + form.ENDED_TIME));
      return;
    }
    const accountAt = this.account(w[at + form.ENDED_ACCOUNT]);
    const account = e.accounts.ensure(w, accountAt);
    this.take(form.ENDED_WORDS - form.ENDED_BARE_WORDS);
    const bytes = w[at + form.ENDED_CLIENT_BYTES];
    const clientAt = this.take((bytes + 3) >> 2);
    if (e.memory.claimant(account, w, accountAt, clientAt, bytes) >= 0) fail('two orders have the same client id');
    const memory = e.memory.claim(w, at, account, clientAt, bytes, at + form.ENDED_DIGEST);
    e.memory.end(memory, this.f64(at + form.ENDED_TIME));
  }

  private ids(set: IdSet, count: number): void {
    for (let k = 0; k < count; k++) {
      const at = this.take(4);
      if (set.has(this.w, at)) fail('a deposit or a transfer occurs twice');
      set.add(this.w, at);
    }
  }

  /** Held funds must be exactly what the open orders hold, and no book may be crossed. */
  private check(books: readonly Book[]): void {
    const { e } = this;
    const { i, f } = e.orders;
    const holds = new Float64Array(e.accounts.balances.top);
    for (let order = 0; order < e.orders.top; order++) {
      const w = order * o.ORDER_WORDS;
      const payer = e.accounts.seats.i[i[w + o.SEAT] * SEAT_WORDS + ((i[w + o.FLAGS] & o.SELL) === 0 ? S_QUOTE : S_BASE)];
      holds[payer] += f[order * o.ORDER_DOUBLES + o.F_HOLD] * f[order * o.ORDER_DOUBLES + o.F_REMAINING];
    }
    holds.forEach((amount, balance) => {
      const held = e.accounts.balances.f[balance * BALANCE_DOUBLES + HELD];
      if (held !== amount) fail(`an account holds ${held} of an asset, its open orders need ${amount}`);
    });
    for (const book of books) if (book.bid >= book.ask) fail(`the book of ${book.instrument.symbol} is crossed`);
  }
}

/** @throws CorruptDataError when it is not a snapshot of this partition that this build can read */
export function restoreEngine(snapshot: Uint8Array, options: RestoreOptions): Engine {
  const { words, bodyAt, head } = open(snapshot);
  if (head.partition !== options.partition) fail(`it is of partition ${head.partition}, not ${options.partition}`);
  if (!(head.version <= options.supported)) fail(`it is of version ${head.version} of the core, this build knows ${options.supported} at most`);
  try {
    return new Restorer(words, bodyAt, head, options).restore();
  } catch (error) {
    if (error instanceof CorruptDataError) throw error;
    return fail(`it is malformed, ${String(error)}`);
  }
}
