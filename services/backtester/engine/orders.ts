import { StrategyError, type StrategyOrder } from '../../domain/strategy';

export const enum OrderKind { MARKET, LIMIT, STOP }

/** An order that has not ended. */
export interface WorkingOrder {
  readonly id: number;
  readonly instrument: number;
  readonly isBuy: boolean;
  readonly kind: OrderKind;
  readonly limit: number;
  readonly stop: number;
  readonly isImmediate: boolean;
  readonly isPostOnly: boolean;
  readonly group: number;
  remaining: number;
  /** It has been in the market since before the present moment: what it meets comes to it. */
  isResting: boolean;
  /** Its stop was reached: it takes what it gets. */
  isTriggered: boolean;
  hasEnded: boolean;
}

/** Reads what a strategy asked for. @throws StrategyError naming what is wrong */
export function workingOrder(id: number, order: StrategyOrder, instruments: number): WorkingOrder {
  const { instrument, side, type, lots, price, stop, group = 0 } = order;
  const refuse = (why: string): never => { throw new StrategyError('invalid_order', `the strategy asked for an order that is none: ${why}`); };
  const whole = (name: string, value: unknown): number => (
    Number.isSafeInteger(value) && (value as number) > 0 ? value as number : refuse(`${name} must be a whole number above 0, got ${String(value)}`));
  if (!Number.isInteger(instrument) || instrument < 0 || instrument >= instruments) refuse(`there is no instrument ${instrument}`);
  if (side !== 'buy' && side !== 'sell') refuse(`side must be buy or sell, got ${String(side)}`);
  if (type !== 'market' && type !== 'limit' && type !== 'stop') refuse(`type must be market, limit or stop, got ${String(type)}`);
  if (!Number.isSafeInteger(group) || group < 0) refuse(`group must be a whole number from 0, got ${group}`);
  if (order.postOnly === true && type !== 'limit') refuse('only a limit can be postOnly');
  return {
    id, instrument, group,
    isBuy: side === 'buy',
    kind: type === 'market' ? OrderKind.MARKET : type === 'limit' ? OrderKind.LIMIT : OrderKind.STOP,
    limit: type === 'limit' ? whole('price', price) : 0,
    stop: type === 'stop' ? whole('stop', stop) : 0,
    isImmediate: order.immediateOrCancel === true,
    isPostOnly: order.postOnly === true,
    remaining: whole('lots', lots),
    isResting: false,
    isTriggered: false,
    hasEnded: false,
  };
}

/** Whether a limit is at the price or better for whoever sells to it or buys of it. */
export function isMarketable({ isBuy, limit }: WorkingOrder, price: number): boolean {
  return isBuy ? price <= limit : price >= limit;
}

/** Whether a price has reached the stop of an order. */
export function hasReachedStop({ isBuy, stop }: WorkingOrder, price: number): boolean {
  return isBuy ? price >= stop : price <= stop;
}
