/**
 * What a trading strategy is: a class that is told about bars, ticks and fills and answers with orders. The same class runs over the past in
 * a backtest and live beside the venue. Prices are ticks, quantities lots, money smallest units of the quote asset: whole numbers all.
 */
import type { Side } from '../command';
import type { Instrument } from '../instrument';

/** What was traded in one interval. One object serves all bars of an instrument: read it, keep numbers of it, never the object. */
export interface Bar {
  /** Which of the context's instruments. */
  readonly instrument: number;
  /** Milliseconds since 1970 at which it opened. The strategy hears of it when it is over. */
  readonly time: number;
  /** Ticks. */
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Lots; 0 when nothing was traded. */
  readonly volume: number;
}

/** One price at which something was traded. Like a bar, only lent. */
export interface Tick {
  readonly instrument: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Ticks. */
  readonly price: number;
  /** Lots; 0 when the feed does not say. */
  readonly volume: number;
}

/** What became of an order, or of a part of it. */
export interface StrategyFill {
  readonly instrument: number;
  /** What `submit` answered. */
  readonly orderId: number;
  readonly side: Side;
  readonly time: number;
  /** Ticks. */
  readonly price: number;
  readonly lots: number;
  /** Smallest units of the quote asset. */
  readonly fee: number;
  readonly liquidity: 'maker' | 'taker';
  /** What of the order is still open. */
  readonly remaining: number;
}

/** What a strategy may ask for. */
export interface StrategyOrder {
  readonly instrument: number;
  readonly side: Side;
  /** `stop` becomes a market order when the price reaches `stop`. */
  readonly type: 'market' | 'limit' | 'stop';
  readonly lots: number;
  /** Ticks; with `limit`. */
  readonly price?: number;
  /** Ticks; with `stop`. */
  readonly stop?: number;
  /** What is not filled when the order arrives is cancelled. */
  readonly immediateOrCancel?: boolean;
  /** With `limit`: cancelled when it would take what is in the book. */
  readonly postOnly?: boolean;
  /** Orders of the same group, above 0, cancel each other: the first one that fills at all ends the others. */
  readonly group?: number;
}

/** What a strategy can see and do. It knows nothing of what is still to come, and no clock but the market's. */
export interface StrategyContext {
  readonly instruments: readonly Instrument[];
  /** Milliseconds since 1970 by the market's clock. */
  now(): number;
  /** Lots that are held; below 0 when they are owed. */
  position(instrument: number): number;
  /** Orders of an instrument that are still open. */
  openOrders(instrument: number): number;
  /** Most lots that could be bought at the last price, fee included. */
  affordable(instrument: number): number;
  /** Cash and everything held, at the last prices, in smallest units of the quote asset. */
  equity(): number;
  /** Between 0 and 1, the same ones for the same seed. */
  random(): number;
  /**
   * Asks for an order.
   *
   * @returns its id, above 0
   * @throws StrategyError when it is no order, or too many are asked for
   */
  submit(order: StrategyOrder): number;
  /** Takes back an order; one that has ended stays as it is. */
  cancel(orderId: number): void;
}

/** A strategy. All that it remembers is in its fields; each run has an instance of its own. */
export interface Strategy {
  /** Before anything else. */
  onStart?(context: StrategyContext): void;
  /** A bar is over. */
  onBar?(bar: Bar, context: StrategyContext): void;
  /** A price was traded. */
  onTick?(tick: Tick, context: StrategyContext): void;
  /** An order of this strategy was filled, whole or in part. */
  onFill?(fill: StrategyFill, context: StrategyContext): void;
}

/** What a strategy did that it may not. */
export type StrategyFault = 'invalid_order' | 'order_flood' | 'strategy_threw' | 'strategy_stuck' | 'strategy_memory';

/** A strategy broke a rule; its run ends. */
export class StrategyError extends Error {
  constructor(readonly code: StrategyFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StrategyError';
  }
}
