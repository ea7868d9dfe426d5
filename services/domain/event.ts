import type { OrderType, Side, TimeInForce } from './command';
import type { InstrumentSpec } from './instrument';
import type { CancelReason, Rejection } from './rejection';

interface EventBase {
  readonly partition: number;
  /** Gapless within the partition, from 1. */
  readonly seq: number;
  /** The core's time, milliseconds since 1970. */
  readonly time: number;
}

export interface InstrumentConfigured extends EventBase {
  readonly type: 'instrument_configured';
  readonly instrument: InstrumentSpec;
}

export interface Deposited extends EventBase {
  readonly type: 'deposited';
  readonly depositId: string;
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
}

export interface DepositRejected extends EventBase {
  readonly type: 'deposit_rejected';
  readonly depositId: string;
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  readonly reason: Rejection;
}

/** What every event about a new order says of it. */
export interface OrderTerms {
  readonly orderId: string;
  readonly accountId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly orderType: OrderType;
  readonly timeInForce: TimeInForce;
  /** Ticks; 0 for a market order. */
  readonly priceTicks: number;
  /** Lots. */
  readonly quantityLots: number;
}

/** The order is in. `heldAmount` of `heldAsset` moved from free to held; 0 for a market order, which pays as it fills. */
export interface OrderAccepted extends EventBase, OrderTerms {
  readonly type: 'order_accepted';
  readonly heldAsset: string;
  readonly heldAmount: number;
}

export interface OrderRejected extends EventBase, OrderTerms {
  readonly type: 'order_rejected';
  readonly reason: Rejection;
}

/** A second order under a client order id that is taken, with the same digest: it had no effect, the original stands. */
export interface OrderDuplicate extends EventBase {
  readonly type: 'order_duplicate';
  readonly orderId: string;
  readonly originalOrderId: string;
  readonly accountId: string;
  readonly clientOrderId: string;
}

/**
 * Two orders met at the maker's price. The buyer pays `quoteAmount` and gets `baseAmount`, the seller the reverse.
 * `buyerHeld` and `sellerHeld` leave the parties' held balances; what a hold covers beyond the payment returns to free,
 * what a payment needs beyond the hold (market orders) is taken from free.
 */
export interface Trade extends EventBase {
  readonly type: 'trade';
  readonly symbol: string;
  readonly priceTicks: number;
  readonly quantityLots: number;
  readonly takerSide: Side;
  readonly makerOrderId: string;
  readonly makerAccountId: string;
  readonly makerRemainingLots: number;
  readonly takerOrderId: string;
  readonly takerAccountId: string;
  readonly takerRemainingLots: number;
  readonly baseAsset: string;
  readonly baseAmount: number;
  readonly quoteAsset: string;
  readonly quoteAmount: number;
  readonly buyerHeld: number;
  readonly sellerHeld: number;
}

/** The order's remainder is gone; `releasedAmount` of `releasedAsset` moved from held to free. */
export interface OrderCancelled extends EventBase {
  readonly type: 'order_cancelled';
  readonly orderId: string;
  readonly accountId: string;
  readonly symbol: string;
  readonly reason: CancelReason;
  readonly remainingLots: number;
  readonly releasedAsset: string;
  readonly releasedAmount: number;
}

export interface CancelRejected extends EventBase {
  readonly type: 'cancel_rejected';
  readonly orderId: string;
  readonly accountId: string;
  readonly reason: Rejection;
}

/** What happened in the core. */
export type Event =
  | InstrumentConfigured | Deposited | DepositRejected
  | OrderAccepted | OrderRejected | OrderDuplicate
  | Trade | OrderCancelled | CancelRejected;
