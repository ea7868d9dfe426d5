import type { Side } from './command';
import type { Level } from './core';
import type { Event, OrderAccepted } from './event';
import { NIL_UUID } from './ids';

/** A level of a book has a new total; 0: nobody is left at that price. */
export interface LevelChange {
  readonly symbol: string;
  readonly side: Side;
  readonly priceTicks: number;
  readonly quantityLots: number;
}

interface Tracked {
  readonly symbol: string;
  readonly side: Side;
  /** 0 for an order without a limit. */
  priceTicks: number;
  quantityLots: number;
  remainingLots: number;
  /** Whether what is left may stay in the book. */
  readonly mayRest: boolean;
  state: 'waiting' | 'arriving' | 'resting';
  /** The other order of its list. */
  twin?: string;
}

/** One side of a book. */
class Ladder {
  readonly levels = new Map<number, number>();
  /** Best price; −Infinity (buy) or Infinity (sell) without one. */
  best: number;

  constructor(private readonly sign: 1 | -1) {
    this.best = sign * Infinity;
  }

  /** Adds lots at a price. @returns the new total */
  add(price: number, lots: number): number {
    const total = (this.levels.get(price) ?? 0) + lots;
    if (total > 0) {
      this.levels.set(price, total);
      if (this.sign * price < this.sign * this.best) this.best = price;
      return total;
    }
    this.levels.delete(price);
    if (price === this.best) {
      this.best = this.sign * Infinity;
      for (const other of this.levels.keys()) if (this.sign * other < this.sign * this.best) this.best = other;
    }
    return total;
  }

  /** Whether an order of the other side at this price would trade. */
  meets(price: number): boolean {
    return this.sign * price >= this.sign * this.best;
  }
}

interface Sides {
  readonly buy: Ladder;
  readonly sell: Ladder;
}

/**
 * Level 2 books from the events alone, with the changes that each event makes. A book is never crossed, not even between two events
 * of one command: an order that has just come counts as soon as nothing that it crosses is left.
 */
export class BookBuilder {
  private readonly orders = new Map<string, Tracked>();
  private readonly books = new Map<string, Sides>();
  private arriving: Tracked | undefined;
  /** The first order of a list, until the second one comes. */
  private first: { readonly listId: string; readonly orderId: string } | undefined;
  private changes: LevelChange[] = [];

  /** Takes the next event. @returns what changed, in order */
  apply(event: Event): readonly LevelChange[] {
    this.changes = [];
    switch (event.type) {
      case 'order_accepted': this.accepted(event); break;
      case 'order_triggered': this.arrive(this.orders.get(event.orderId)); break;
      case 'order_amended': {
        const order = this.orders.get(event.orderId);
        if (!order) break;
        if (order.state === 'resting') this.add(order, -order.remainingLots);
        order.priceTicks = event.priceTicks;
        order.quantityLots = event.quantityLots;
        order.remainingLots = event.remainingLots;
        if (order.state === 'resting') {
          order.state = 'arriving';
          this.arrive(order);
        }
        break;
      }
      case 'trade':
        this.fill(event.makerOrderId, event.quantityLots);
        this.fill(event.takerOrderId, event.quantityLots);
        break;
      case 'order_cancelled': this.drop(event.orderId); break;
      default:
    }
    this.rest();
    return this.changes;
  }

  /** Best levels of a symbol, best first. */
  levels(symbol: string, depth: number): { readonly bids: readonly Level[]; readonly asks: readonly Level[] } {
    const sides = this.books.get(symbol);
    const top = (side: Ladder | undefined, sign: 1 | -1): Level[] => [...side?.levels ?? []]
      .sort(([a], [b]) => sign * (a - b)).slice(0, depth).map(([priceTicks, quantityLots]) => ({ priceTicks, quantityLots }));
    return { bids: top(sides?.buy, -1), asks: top(sides?.sell, 1) };
  }

  private accepted(event: OrderAccepted): void {
    const waits = event.triggerTicks !== 0;
    const order: Tracked = {
      symbol: event.symbol,
      side: event.side,
      priceTicks: event.priceTicks,
      quantityLots: event.quantityLots,
      // An order by budget has no quantity; it never rests either.
      remainingLots: event.quoteBudget === 0 ? event.quantityLots : Infinity,
      mayRest: event.timeInForce === 'gtc' && event.priceTicks !== 0,
      state: waits ? 'waiting' : 'arriving',
    };
    this.orders.set(event.orderId, order);
    if (this.first?.listId === event.listId) {
      order.twin = this.first.orderId;
      const twin = this.orders.get(this.first.orderId);
      if (twin) twin.twin = event.orderId;
      this.first = undefined;
    } else {
      this.first = event.listId === NIL_UUID ? undefined : { listId: event.listId, orderId: event.orderId };
    }
    if (!waits) this.arrive(order);
  }

  private arrive(order: Tracked | undefined): void {
    if (!order) return;
    order.state = 'arriving';
    this.arriving = order;
  }

  private fill(orderId: string, lots: number): void {
    const order = this.orders.get(orderId);
    if (!order) return;
    order.remainingLots -= lots;
    if (order.state === 'resting') this.add(order, -lots);
    const twin = order.twin === undefined ? undefined : this.orders.get(order.twin);
    if (twin) twin.remainingLots = order.remainingLots;
    if (order.remainingLots === 0) this.drop(orderId);
  }

  private drop(orderId: string): void {
    const order = this.orders.get(orderId);
    if (!order) return;
    if (order.state === 'resting' && order.remainingLots > 0) this.add(order, -order.remainingLots);
    if (order === this.arriving) this.arriving = undefined;
    this.orders.delete(orderId);
  }

  /** Puts the order that came last into the book once it crosses nothing any more. */
  private rest(): void {
    const order = this.arriving;
    if (!order?.mayRest) return;
    const { buy, sell } = this.sides(order.symbol);
    if ((order.side === 'buy' ? sell : buy).meets(order.priceTicks)) return;
    this.arriving = undefined;
    order.state = 'resting';
    this.add(order, order.remainingLots);
  }

  private add(order: Tracked, lots: number): void {
    const quantityLots = this.sides(order.symbol)[order.side].add(order.priceTicks, lots);
    this.changes.push({ symbol: order.symbol, side: order.side, priceTicks: order.priceTicks, quantityLots });
  }

  private sides(symbol: string): Sides {
    let sides = this.books.get(symbol);
    if (!sides) this.books.set(symbol, sides = { buy: new Ladder(-1), sell: new Ladder(1) });
    return sides;
  }
}


