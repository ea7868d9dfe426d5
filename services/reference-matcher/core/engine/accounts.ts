import { hashId, HashIndex, hashMore } from './hash-index';
import { Pool } from './pool';

export const ACCOUNT_WORDS = 8;
/** Words 0 to 3 are the id. */
export const A_FLAGS = 4;
/** First of its seats, and of its balances; −1 for none. */
export const A_SEATS = 5;
export const A_BALANCES = 6;

export const HOUSE = 1;
export const KILLED = 2;
/** It was given what everybody begins with, by an opening or by a reset. */
export const OPENED = 4;

/** What an account has of an asset: three doubles, then the asset and the account's next balance as words. */
export const BALANCE_DOUBLES = 4;
export const BALANCE_WORDS = 8;
export const BALANCE_SHIFT = 2;
export const FREE = 0;
/** Reserved for open orders. */
export const HELD = 1;
/** What open orders to buy could bring in. */
export const INCOMING = 2;
export const B_ASSET = 6;
export const B_NEXT = 7;

/** An account in an instrument, with the way to everything that an order needs. */
export const SEAT_WORDS = 16;
export const SEAT_SHIFT = 4;
export const S_ACCOUNT = 0;
export const S_INSTRUMENT = 1;
/** Numbers of the balances. */
export const S_BASE = 2;
export const S_QUOTE = 3;
/** Orders in the book and waiting. */
export const S_OPEN = 4;
/** First of them; −1 for none. */
export const S_ORDERS = 5;
/** Next seat of the account; −1 for none. */
export const S_NEXT = 6;
/** The account's flags. */
export const S_FLAGS = 7;
/** The account's id once more, so that whose an order is can be told from its seat. */
export const S_ACCOUNT_ID = 8;

/** Who trades what, and who has what. An account is as many records as it has assets and instruments; none is ever given back. */
export class Accounts {
  readonly accounts: Pool;
  readonly seats: Pool;
  readonly balances: Pool;
  private readonly byId: HashIndex;
  readonly bySeat: HashIndex;

  constructor(expected: number) {
    this.accounts = new Pool(ACCOUNT_WORDS, expected);
    this.seats = new Pool(SEAT_WORDS, expected);
    this.balances = new Pool(BALANCE_WORDS, expected * 2);
    this.byId = new HashIndex(expected);
    this.bySeat = new HashIndex(expected);
  }

  clear(): void {
    for (const part of [this.accounts, this.seats, this.balances, this.byId, this.bySeat]) part.clear();
  }

  /** The account of an id, or −1. */
  find(w: Int32Array, at: number): number {
    const tag = hashId(w[at], w[at + 1], w[at + 2], w[at + 3]);
    const { entries, mask } = this.byId;
    let value: number;
    for (let e = tag & mask; (value = entries[(e << 1) | 1]) !== 0; e = (e + 1) & mask) {
      if (entries[e << 1] === tag && this.is(value - 1, w, at)) return value - 1;
    }
    return -1;
  }

  is(account: number, w: Int32Array, at: number): boolean {
    const { i } = this.accounts;
    const a = account * ACCOUNT_WORDS;
    return i[a] === w[at] && i[a + 1] === w[at + 1] && i[a + 2] === w[at + 2] && i[a + 3] === w[at + 3];
  }

  ensure(w: Int32Array, at: number): number {
    const found = this.find(w, at);
    if (found >= 0) return found;
    const account = this.accounts.allocate();
    const { i } = this.accounts;
    const a = account * ACCOUNT_WORDS;
    for (let n = 0; n < 4; n++) i[a + n] = w[at + n];
    i[a + A_FLAGS] = 0;
    i[a + A_SEATS] = -1;
    i[a + A_BALANCES] = -1;
    this.byId.insert(hashId(w[at], w[at + 1], w[at + 2], w[at + 3]), account);
    return account;
  }

  /** The seat of an account in an instrument, or −1. */
  findSeat(w: Int32Array, at: number, instrument: number): number {
    const tag = hashMore(hashId(w[at], w[at + 1], w[at + 2], w[at + 3]), instrument);
    const { entries, mask } = this.bySeat;
    const { i } = this.seats;
    let value: number;
    for (let e = tag & mask; (value = entries[(e << 1) | 1]) !== 0; e = (e + 1) & mask) {
      if (entries[e << 1] !== tag) continue;
      const s = (value - 1) << SEAT_SHIFT;
      const a = s | S_ACCOUNT_ID;
      if (i[s | S_INSTRUMENT] === instrument && i[a] === w[at] && i[a | 1] === w[at + 1] && i[a | 2] === w[at + 2] && i[a | 3] === w[at + 3]) {
        return value - 1;
      }
    }
    return -1;
  }

  ensureSeat(w: Int32Array, at: number, instrument: number, base: number, quote: number): number {
    const found = this.findSeat(w, at, instrument);
    return found >= 0 ? found : this.addSeat(w, at, instrument, base, quote);
  }

  /** An account's balance of an asset, which it has from then on. */
  balance(account: number, asset: number): number {
    const found = this.findBalance(account, asset);
    if (found >= 0) return found;
    const balance = this.balances.allocate();
    const { i, f } = this.balances;
    f[(balance << BALANCE_SHIFT) | FREE] = 0;
    f[(balance << BALANCE_SHIFT) | HELD] = 0;
    f[(balance << BALANCE_SHIFT) | INCOMING] = 0;
    i[balance * BALANCE_WORDS + B_ASSET] = asset;
    const a = account * ACCOUNT_WORDS + A_BALANCES;
    i[balance * BALANCE_WORDS + B_NEXT] = this.accounts.i[a];
    this.accounts.i[a] = balance;
    return balance;
  }

  findBalance(account: number, asset: number): number {
    const { i } = this.balances;
    let balance = this.accounts.i[account * ACCOUNT_WORDS + A_BALANCES];
    while (balance >= 0 && i[balance * BALANCE_WORDS + B_ASSET] !== asset) balance = i[balance * BALANCE_WORDS + B_NEXT];
    return balance;
  }

  setFlags(account: number, flags: number): void {
    this.accounts.i[account * ACCOUNT_WORDS + A_FLAGS] = flags;
    const { i } = this.seats;
    for (let seat = this.accounts.i[account * ACCOUNT_WORDS + A_SEATS]; seat >= 0; seat = i[(seat << SEAT_SHIFT) | S_NEXT]) {
      i[(seat << SEAT_SHIFT) | S_FLAGS] = flags;
    }
  }

  private addSeat(w: Int32Array, at: number, instrument: number, base: number, quote: number): number {
    const account = this.ensure(w, at);
    const baseBalance = this.balance(account, base);
    const quoteBalance = this.balance(account, quote);
    const seat = this.seats.allocate();
    const { i } = this.seats;
    const s = seat << SEAT_SHIFT;
    const a = account * ACCOUNT_WORDS;
    i[s | S_ACCOUNT] = account;
    i[s | S_INSTRUMENT] = instrument;
    i[s | S_BASE] = baseBalance;
    i[s | S_QUOTE] = quoteBalance;
    i[s | S_OPEN] = 0;
    i[s | S_ORDERS] = -1;
    i[s | S_NEXT] = this.accounts.i[a + A_SEATS];
    i[s | S_FLAGS] = this.accounts.i[a + A_FLAGS];
    for (let n = 0; n < 4; n++) i[s | (S_ACCOUNT_ID + n)] = w[at + n];
    this.accounts.i[a + A_SEATS] = seat;
    this.bySeat.insert(hashMore(hashId(w[at], w[at + 1], w[at + 2], w[at + 3]), instrument), seat);
    return seat;
  }
}
