import { createHash } from 'node:crypto';
import type { Book, Order } from './book';
import { match } from './matching';
import { writeSnapshot } from './snapshot';
import { holdOf, type CoreState } from './state';
import {
  baseUnits, defineInstrument, EXTERNAL_ACCOUNT, quoteUnits,
  type CancelOrder, type Command, type ConfigureInstrument, type Core, type Deposit, type Event, type Instrument, type OrderTerms,
  type PlaceOrder, type Rejection,
} from '../../domain';

function sameUnits(a: Instrument, b: Instrument): boolean {
  return a.base.code === b.base.code && a.quote.code === b.quote.code
    && a.baseUnitsPerLot === b.baseUnitsPerLot && a.quoteUnitsPerTickLot === b.quoteUnitsPerTickLot;
}

/** Price-time priority in memory, with risk: clarity first, a book that is built for speed can take its place. */
export class ReferenceCore implements Core {
  private events: Event[] = [];

  constructor(private readonly state: CoreState) {}

  get partition(): number {
    return this.state.partition;
  }

  get lastSeq(): number {
    return this.state.seq;
  }

  apply(command: Command): readonly Event[] {
    const { state } = this;
    this.events = [];
    state.time = Math.max(state.time, command.time);
    state.memory.evict(state.time);
    switch (command.type) {
      case 'place_order': this.place(command); break;
      case 'cancel_order': this.cancel(command); break;
      case 'deposit': this.deposit(command); break;
      case 'configure_instrument': this.configure(command); break;
    }
    return this.events;
  }

  levels(symbol: string, depth: number): ReturnType<Core['levels']> {
    const book = this.state.books.get(symbol);
    return { bids: book?.bids.top(depth) ?? [], asks: book?.asks.top(depth) ?? [] };
  }

  instruments(): readonly Instrument[] {
    return [...this.state.books.keys()].sort().map((symbol) => this.state.books.get(symbol)!.instrument);
  }

  snapshot(): string {
    return writeSnapshot(this.state);
  }

  stateHash(): string {
    return createHash('sha256').update(this.snapshot()).digest('hex');
  }

  private place(command: PlaceOrder): void {
    const { state } = this;
    const { orderId, accountId, clientOrderId, digest } = command;
    if (state.memory.knows(orderId)) return;
    const original = state.memory.claimant(accountId, clientOrderId);
    if (original) {
      state.memory.remember({ orderId, endedAt: state.time });
      if (original.claim?.digest === digest) {
        this.events.push({ type: 'order_duplicate', ...this.head(), orderId, originalOrderId: original.orderId, accountId, clientOrderId });
      } else {
        this.events.push({ type: 'order_rejected', ...this.head(), ...termsOf(command), reason: 'duplicate_client_order_id' });
      }
      return;
    }
    const remembered = state.memory.remember({ orderId, claim: { accountId, clientOrderId, digest } });
    const order: Order = {
      orderId,
      accountId,
      side: command.side,
      limited: command.orderType === 'limit',
      priceTicks: command.priceTicks,
      quantityLots: command.quantityLots,
      remainingLots: command.quantityLots,
      remembered,
    };
    const book = state.books.get(command.symbol);
    const reason = this.refusal(order, book);
    if (!book || reason) {
      state.memory.end(remembered, state.time);
      this.events.push({ type: 'order_rejected', ...this.head(), ...termsOf(command), reason: reason ?? 'unknown_symbol' });
      return;
    }
    this.accept(order, book, termsOf(command));
  }

  /** Why an order cannot be taken; looks only. */
  private refusal(order: Order, book: Book | undefined): Rejection | undefined {
    if (!book) return 'unknown_symbol';
    if (order.limited ? order.priceTicks < 1 : order.priceTicks !== 0) return 'invalid_price';
    if (order.quantityLots < 1) return 'invalid_quantity';
    const base = baseUnits(book.instrument, order.quantityLots);
    const quote = quoteUnits(book.instrument, order.priceTicks, order.quantityLots);
    if (base === undefined || quote === undefined) return 'out_of_range';
    const { asset, amount } = holdOf(order, order.quantityLots, book.instrument);
    return this.state.accounts.free(order.accountId, asset) < amount ? 'insufficient_funds' : undefined;
  }

  private accept(order: Order, book: Book, terms: OrderTerms): void {
    const { state } = this;
    const { asset, amount } = holdOf(order, order.quantityLots, book.instrument);
    if (amount > 0) state.accounts.hold(order.accountId, asset, amount);
    this.events.push({ type: 'order_accepted', ...this.head(), ...terms, heldAsset: asset, heldAmount: amount });
    const reason = match(state, book, order, (fill) => this.events.push({ type: 'trade', ...this.head(), ...fill }));
    if (order.remainingLots === 0) state.memory.end(order.remembered, state.time);
    else if (terms.timeInForce === 'gtc') state.rest(order, book);
    else this.end(order, book, reason);
  }

  private cancel({ orderId, accountId }: CancelOrder): void {
    const found = this.state.open.get(orderId);
    if (found?.order.accountId !== accountId) {
      this.events.push({ type: 'cancel_rejected', ...this.head(), orderId, accountId, reason: 'unknown_order' });
      return;
    }
    found.book.own(found.order.side).remove(found.order);
    this.state.open.delete(orderId);
    this.end(found.order, found.book, 'requested');
  }

  /** Gives back what the remainder of an order holds. */
  private end(order: Order, { instrument }: Book, reason: 'requested' | 'unfilled' | 'insufficient_funds'): void {
    const { orderId, accountId, remainingLots } = order;
    const { asset, amount } = holdOf(order, remainingLots, instrument);
    if (amount > 0) this.state.accounts.release(accountId, asset, amount);
    this.state.memory.end(order.remembered, this.state.time);
    this.events.push({
      type: 'order_cancelled', ...this.head(), orderId, accountId, symbol: instrument.symbol, reason, remainingLots,
      releasedAsset: asset, releasedAmount: amount,
    });
  }

  private deposit({ depositId, accountId, asset, amount }: Deposit): void {
    const { state } = this;
    if (state.deposits.has(depositId)) return;
    const deposit = { depositId, accountId, asset, amount };
    const reason = this.depositRefusal(deposit);
    if (reason) {
      this.events.push({ type: 'deposit_rejected', ...this.head(), ...deposit, reason });
      return;
    }
    state.deposits.add(depositId);
    state.accounts.deposit(accountId, asset, amount);
    this.events.push({ type: 'deposited', ...this.head(), ...deposit });
  }

  private depositRefusal({ accountId, asset, amount }: Omit<Deposit, 'type' | 'time' | 'depositId'>): Rejection | undefined {
    if (!this.state.assets.has(asset)) return 'unknown_asset';
    if (amount < 1) return 'invalid_quantity';
    // The total, not only this balance: then no fill can ever lift a balance out of range, nor the outside account's.
    if (accountId === EXTERNAL_ACCOUNT || this.state.accounts.supply(asset) + amount > Number.MAX_SAFE_INTEGER) return 'out_of_range';
    return undefined;
  }

  /**
   * A version that is known has no effect, nor has one that changes what a tick, a lot or an amount is worth: resting orders,
   * balances, and above all orders that are on their way count in the old units.
   */
  private configure({ instrument: spec }: ConfigureInstrument): void {
    let instrument: Instrument;
    try {
      instrument = defineInstrument(spec);
    } catch {
      return;
    }
    const { symbol, base, quote, tickSize, lotSize, version } = instrument;
    const known = this.state.books.get(symbol)?.instrument;
    if (known && (version <= known.version || !sameUnits(known, instrument))) return;
    if ([base, quote].some(({ code, decimals }) => (this.state.assets.get(code) ?? decimals) !== decimals)) return;
    this.state.define(instrument);
    this.events.push({ type: 'instrument_configured', ...this.head(), instrument: { symbol, base, quote, tickSize, lotSize, version } });
  }

  private head(): { partition: number; seq: number; time: number } {
    return { partition: this.state.partition, seq: ++this.state.seq, time: this.state.time };
  }
}

function termsOf(command: PlaceOrder): OrderTerms {
  const { orderId, accountId, clientOrderId, symbol, side, orderType, priceTicks, quantityLots } = command;
  const timeInForce = orderType === 'market' ? 'ioc' : command.timeInForce;
  return { orderId, accountId, clientOrderId, symbol, side, orderType, timeInForce, priceTicks, quantityLots };
}
