import type { Quote } from './ladder';
import { type Command, type Instrument, newOrderId, type OrderUpdate, parseQuantity, type PlaceOrder } from '../../domain';

/** An order of the house, as far as we know. */
interface Standing {
  readonly orderId: string;
  readonly slot: string;
  priceTicks: number;
  totalLots: number;
  remainingLots: number;
}

/** A level is filled up again when less than this share of it is left. */
const REFILL = 0.5;

/**
 * The orders of the house in one instrument: which stand, and which commands make them what they should be. What it knows comes from the
 * cache and may be wrong; the core's answers put it right, so a wrong guess costs a refused command and nothing else.
 */
export class HouseQuotes {
  private readonly bySlot = new Map<string, Standing>();
  private readonly byOrder = new Map<string, Standing>();
  private readonly unwanted: string[] = [];
  private lastMiddle = 0;
  private shortOfFunds = false;

  constructor(private readonly accountId: string, private instrument: Instrument, private readonly partition?: number) {}

  get size(): number {
    return this.bySlot.size;
  }

  /** Whether an order was refused for want of funds since this was last asked. */
  takeShortOfFunds(): boolean {
    const short = this.shortOfFunds;
    this.shortOfFunds = false;
    return short;
  }

  /** Takes all orders back, known or not: nothing of the house is left in the instrument. */
  clear(time: number, instrument = this.instrument): Command[] {
    this.instrument = instrument;
    this.bySlot.clear();
    this.byOrder.clear();
    this.unwanted.length = 0;
    return [{ type: 'cancel_all', time, accountId: this.accountId, symbol: instrument.symbol }];
  }

  /** Takes back those orders that are known, and none that somebody else may have placed for the house meanwhile. */
  withdraw(time: number): Command[] {
    return [...this.unwanted, ...this.byOrder.keys()].map((orderId) => this.cancel(orderId, time));
  }

  /**
   * The commands that bring the orders to these quotes. They are to be applied together. The side that the price moves away from comes
   * first and the outermost level of it before the others, so that no order of the house meets another one.
   */
  moveTo(quotes: readonly Quote[], time: number): Command[] {
    const wanted = new Map(quotes.map((quote) => [`${quote.side} ${quote.level}`, quote]));
    const commands: Command[] = this.unwanted.splice(0).map((orderId) => this.cancel(orderId, time));
    for (const [slot, standing] of this.bySlot) {
      if (wanted.has(slot)) continue;
      commands.push(this.cancel(standing.orderId, time));
      this.forget(standing);
    }
    const middle = quotes.reduce((sum, { priceTicks }) => sum + priceTicks, 0) / Math.max(1, quotes.length);
    const first = middle >= this.lastMiddle ? 'sell' : 'buy';
    this.lastMiddle = middle;
    const leading = quotes.filter(({ side }) => side === first).sort((a, b) => b.level - a.level);
    const following = quotes.filter(({ side }) => side !== first).sort((a, b) => a.level - b.level);
    for (const quote of [...leading, ...following]) {
      const command = this.adjust(`${quote.side} ${quote.level}`, quote, time);
      if (command !== undefined) commands.push(command);
    }
    return commands;
  }

  /** Learns what became of an order. */
  learn(update: OrderUpdate): void {
    const standing = this.byOrder.get(update.orderId);
    if (standing === undefined) return;
    if (update.reason === 'insufficient_funds') this.shortOfFunds = true;
    if (update.event === 'amend_rejected' && update.reason !== 'unknown_order') {
      // It stands at its old price, where it should not be.
      this.unwanted.push(standing.orderId);
      this.forget(standing);
    } else if (update.event === 'amend_rejected' || update.status === 'filled' || update.status === 'cancelled' || update.status === 'rejected') {
      this.forget(standing);
    } else if (update.event === 'amended' && update.quantity !== undefined && update.remaining !== undefined) {
      standing.totalLots = parseQuantity(this.instrument, update.quantity);
      standing.remainingLots = parseQuantity(this.instrument, update.remaining);
    } else if (update.event === 'fill' && update.remaining !== undefined) {
      standing.remainingLots = Math.min(standing.remainingLots, parseQuantity(this.instrument, update.remaining));
    }
  }

  private adjust(slot: string, quote: Quote, time: number): Command | undefined {
    const standing = this.bySlot.get(slot);
    if (standing === undefined) return this.place(slot, quote, time);
    if (standing.priceTicks === quote.priceTicks && standing.remainingLots >= quote.lots * REFILL) return undefined;
    const totalLots = standing.totalLots - standing.remainingLots + quote.lots;
    Object.assign(standing, { priceTicks: quote.priceTicks, totalLots, remainingLots: quote.lots });
    return {
      type: 'amend_order', time, amendId: this.newId(), orderId: standing.orderId, accountId: this.accountId, priceTicks: quote.priceTicks, quantityLots: totalLots,
    };
  }

  private place(slot: string, { side, priceTicks, lots }: Quote, time: number): PlaceOrder {
    const orderId = this.newId();
    const standing: Standing = { orderId, slot, priceTicks, totalLots: lots, remainingLots: lots };
    this.bySlot.set(slot, standing);
    this.byOrder.set(orderId, standing);
    return {
      type: 'place_order', time, orderId, accountId: this.accountId, clientOrderId: orderId, digest: orderId.replaceAll('-', ''),
      symbol: this.instrument.symbol, side, orderType: 'limit', timeInForce: 'gtc', postOnly: false,
      // Should two of them meet all the same, the older one goes: the house does not trade with itself.
      selfTradePrevention: 'expire_maker', priceTicks, triggerTicks: 0, quantityLots: lots, quoteBudget: 0,
    };
  }

  private cancel(orderId: string, time: number): Command {
    return { type: 'cancel_order', time, orderId, accountId: this.accountId, clientOrderId: '' };
  }

  private newId(): string {
    return newOrderId(undefined, this.partition);
  }

  private forget({ slot, orderId }: Standing): void {
    this.bySlot.delete(slot);
    this.byOrder.delete(orderId);
  }
}
