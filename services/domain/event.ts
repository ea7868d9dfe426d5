import type { AccountKind, Funds, OrderType, SelfTradePrevention, Side, TimeInForce, TradingState } from './command';
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

/** An instrument, or with an empty symbol the venue, was opened, halted or wound down. */
export interface TradingStateSet extends EventBase {
  readonly type: 'trading_state_set';
  readonly symbol: string;
  readonly state: TradingState;
}

export interface AccountConfigured extends EventBase {
  readonly type: 'account_configured';
  readonly accountId: string;
  readonly kind: AccountKind;
  readonly killed: boolean;
}

export interface MarkPriceSet extends EventBase {
  readonly type: 'mark_price_set';
  readonly symbol: string;
  readonly priceTicks: number;
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

/** Funds left an account for another partition, or for the outside when `toPartition` is this one. */
export interface TransferredOut extends EventBase {
  readonly type: 'transferred_out';
  readonly transferId: string;
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  readonly toPartition: number;
}

export interface TransferredIn extends EventBase {
  readonly type: 'transferred_in';
  readonly transferId: string;
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  readonly fromPartition: number;
}

export interface TransferRejected extends EventBase {
  readonly type: 'transfer_rejected';
  readonly transferId: string;
  /** Way that the funds were to go. A refusal of `out` is remembered by the core, one of `in` may be tried again. */
  readonly direction: 'out' | 'in';
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  readonly reason: Rejection;
}

/** An account has been given what everybody begins with, beside what it had. */
export interface AccountOpened extends EventBase {
  readonly type: 'account_opened';
  readonly accountId: string;
  /** By asset. */
  readonly funds: readonly Funds[];
}

/** What an account had of an asset, and what it has from then on, in smallest units. All of it is free. */
export interface ResetBalance {
  readonly asset: string;
  readonly before: number;
  readonly after: number;
}

/** An account begins again. Its orders ended in the events right before. */
export interface AccountReset extends EventBase {
  readonly type: 'account_reset';
  readonly resetId: string;
  readonly accountId: string;
  /** By asset; all that it had or has. */
  readonly balances: readonly ResetBalance[];
}

/** An account was not opened, or not reset. Neither is remembered: it may be asked for again. */
export interface AccountRefused extends EventBase {
  readonly type: 'account_refused';
  /** The nil UUID for an opening. */
  readonly resetId: string;
  readonly accountId: string;
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
  readonly postOnly: boolean;
  readonly selfTradePrevention: SelfTradePrevention;
  /** Ticks; 0 for an order without a limit. */
  readonly priceTicks: number;
  /** Ticks; 0 for an order that waits for nothing. */
  readonly triggerTicks: number;
  /** Lots; 0 for an order by budget. */
  readonly quantityLots: number;
  /** Smallest quote units; 0 for an order by quantity. */
  readonly quoteBudget: number;
  /** UUID of the one-cancels-the-other list it belongs to; the nil UUID for none. */
  readonly listId: string;
}

/**
 * The order is in: in the market, or, when it has a trigger, waiting for it. `heldAmount` of `heldAsset` moved from free to
 * held; 0 for an order that pays as it fills, and for the second order of a list, which shares the hold of the first.
 * `digest` is the request's, so that a core built from the ledger recognises a repetition.
 */
export interface OrderAccepted extends EventBase, OrderTerms {
  readonly type: 'order_accepted';
  readonly digest: string;
  readonly heldAsset: string;
  readonly heldAmount: number;
}

export interface OrderRejected extends EventBase, OrderTerms {
  readonly type: 'order_rejected';
  readonly digest: string;
  readonly reason: Rejection;
}

/** A second order under a client order id that is taken, with the same digest: it had no effect, the original stands. */
export interface OrderDuplicate extends EventBase {
  readonly type: 'order_duplicate';
  readonly orderId: string;
  readonly originalOrderId: string;
  readonly accountId: string;
  readonly clientOrderId: string;
  /** UUID of the one-cancels-the-other list that it came with; the nil UUID for none. */
  readonly listId: string;
}

/** A waiting order met its trigger and enters the market now. */
export interface OrderTriggered extends EventBase {
  readonly type: 'order_triggered';
  readonly orderId: string;
  readonly accountId: string;
  readonly symbol: string;
  /** The price that met the trigger, ticks. */
  readonly priceTicks: number;
}

/** An order has new terms. Its hold changed by `heldDelta` of `heldAsset` (below zero: that much returned to free). */
export interface OrderAmended extends EventBase {
  readonly type: 'order_amended';
  readonly amendId: string;
  readonly orderId: string;
  readonly accountId: string;
  readonly symbol: string;
  readonly priceTicks: number;
  /** New total, what is filled included. */
  readonly quantityLots: number;
  readonly remainingLots: number;
  readonly keepsPriority: boolean;
  readonly heldAsset: string;
  readonly heldDelta: number;
}

export interface AmendRejected extends EventBase {
  readonly type: 'amend_rejected';
  readonly amendId: string;
  readonly orderId: string;
  readonly accountId: string;
  readonly reason: Rejection;
}

/**
 * Two orders met at the maker's price. The buyer pays `quoteAmount` and gets `baseAmount` less its fee, the seller the reverse.
 * `buyerHeld` and `sellerHeld` leave the parties' held balances; what a hold covers beyond the payment returns to free,
 * what a payment needs beyond the hold (market orders) is taken from free. Each pays its fee in what it receives, rounded up to
 * the asset's smallest unit, to the venue's fee account.
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
  /** 0 for an order by budget, which has no quantity to remain. */
  readonly takerRemainingLots: number;
  readonly baseAsset: string;
  readonly baseAmount: number;
  readonly quoteAsset: string;
  readonly quoteAmount: number;
  readonly buyerHeld: number;
  readonly sellerHeld: number;
  /** Smallest base units. */
  readonly buyerFee: number;
  /** Smallest quote units. */
  readonly sellerFee: number;
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

/** From the next command on the core behaves as this version. */
export interface Upgraded extends EventBase {
  readonly type: 'upgraded';
  readonly version: number;
}

/** What happened in the core. */
export type Event =
  | InstrumentConfigured | TradingStateSet | AccountConfigured | MarkPriceSet
  | Deposited | DepositRejected | TransferredOut | TransferredIn | TransferRejected
  | OrderAccepted | OrderRejected | OrderDuplicate | OrderTriggered | OrderAmended | AmendRejected
  | Trade | OrderCancelled | CancelRejected | Upgraded | AccountOpened | AccountReset | AccountRefused;
