import type { RememberedOrder } from './order-memory';
import type { Instrument, Level, Side } from '../../domain';

/** An order that is being matched or rests in a book. */
export interface Order {
  readonly orderId: string;
  readonly accountId: string;
  readonly side: Side;
  /** False for a market order, which holds nothing and never rests. */
  readonly limited: boolean;
  /** Ticks; 0 for a market order. */
  readonly priceTicks: number;
  readonly quantityLots: number;
  remainingLots: number;
  readonly remembered: RememberedOrder;
  previous?: Order;
  next?: Order;
}

/** All orders of one side at one price: a linked list, the first to come is the first to be filled. */
export class PriceLevel implements Level {
  quantityLots = 0;
  head?: Order;
  tail?: Order;

  constructor(readonly priceTicks: number) {}

  append(order: Order): void {
    order.previous = this.tail;
    order.next = undefined;
    if (this.tail) this.tail.next = order;
    else this.head = order;
    this.tail = order;
    this.quantityLots += order.remainingLots;
  }

  unlink(order: Order): void {
    if (order.previous) order.previous.next = order.next;
    else this.head = order.next;
    if (order.next) order.next.previous = order.previous;
    else this.tail = order.previous;
    order.previous = undefined;
    order.next = undefined;
    this.quantityLots -= order.remainingLots;
  }
}

/** One side of a book. The levels stand from worst to best, so that what happens at the best price moves few of them. */
export class Ladder {
  private readonly levels: PriceLevel[] = [];
  /** Turns a price into a rank that grows towards the best. */
  private readonly sign: 1 | -1;

  constructor(readonly side: Side) {
    this.sign = side === 'buy' ? 1 : -1;
  }

  get best(): PriceLevel | undefined {
    return this.levels[this.levels.length - 1];
  }

  add(order: Order): void {
    const at = this.position(order.priceTicks);
    let level = this.levels[at];
    if (level?.priceTicks !== order.priceTicks) {
      level = new PriceLevel(order.priceTicks);
      this.levels.splice(at, 0, level);
    }
    level.append(order);
  }

  remove(order: Order): void {
    const at = this.position(order.priceTicks);
    const level = this.levels[at];
    level.unlink(order);
    if (!level.head) this.levels.splice(at, 1);
  }

  /** Takes lots off an order at the best price, and the order out when nothing is left of it. */
  fillBest(order: Order, lots: number): void {
    const level = this.levels[this.levels.length - 1];
    order.remainingLots -= lots;
    level.quantityLots -= lots;
    if (order.remainingLots > 0) return;
    level.unlink(order);
    if (!level.head) this.levels.pop();
  }

  /** Levels from the best on. */
  * bestFirst(): Generator<PriceLevel> {
    for (let i = this.levels.length - 1; i >= 0; i--) yield this.levels[i];
  }

  /** Orders by priority. */
  * orders(): Generator<Order> {
    for (const level of this.bestFirst()) for (let order = level.head; order; order = order.next) yield order;
  }

  top(depth: number): Level[] {
    return this.levels.slice(Math.max(0, this.levels.length - depth)).reverse()
      .map(({ priceTicks, quantityLots }) => ({ priceTicks, quantityLots }));
  }

  /** Index of the price's level, or where it would stand. */
  private position(priceTicks: number): number {
    const rank = priceTicks * this.sign;
    let low = 0;
    let high = this.levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.levels[middle].priceTicks * this.sign < rank) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The orders of one instrument. */
export class Book {
  readonly bids = new Ladder('buy');
  readonly asks = new Ladder('sell');

  constructor(public instrument: Instrument) {}

  /** The side on which orders of `side` rest. */
  own(side: Side): Ladder {
    return side === 'buy' ? this.bids : this.asks;
  }

  /** The side against which orders of `side` match. */
  opposite(side: Side): Ladder {
    return side === 'buy' ? this.asks : this.bids;
  }
}
