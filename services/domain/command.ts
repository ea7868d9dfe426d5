import type { InstrumentSpec } from './instrument';

export type Side = 'buy' | 'sell';

/**
 * A limit order trades at its price or better; a market order at whatever the book offers. A stop-loss waits until the price
 * falls (sell) or rises (buy) to its trigger, a take-profit until it rises (sell) or falls (buy) to it; then it becomes the
 * market or limit order that its name says.
 */
export const ORDER_TYPES = ['limit', 'market', 'stop_loss', 'stop_loss_limit', 'take_profit', 'take_profit_limit'] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

/** Good till cancelled, immediate or cancel, fill or kill. An order without a limit price is never good till cancelled once it is in the market. */
export const TIMES_IN_FORCE = ['gtc', 'ioc', 'fok'] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];

/** What happens when an order would trade with one of the same account: nothing special, or one of the two or both end. */
export const SELF_TRADE_PREVENTIONS = ['none', 'expire_taker', 'expire_maker', 'expire_both'] as const;
export type SelfTradePrevention = (typeof SELF_TRADE_PREVENTIONS)[number];

/** `halted` takes no command but those of operators; `cancel_only` also lets orders be taken back. */
export const TRADING_STATES = ['open', 'cancel_only', 'halted'] as const;
export type TradingState = (typeof TRADING_STATES)[number];

/** A house account mirrors liquidity: it pays no fees and none of the limits on open orders and positions binds it. */
export const ACCOUNT_KINDS = ['customer', 'house'] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

interface CommandBase {
  /** Milliseconds since 1970 at the API task that accepted the command. The core's time never runs backwards. */
  readonly time: number;
}

/** What a new order asks for. */
export interface OrderRequest {
  /** UUID, given by the API before the append, kept over retries of the append. */
  readonly orderId: string;
  /** UUID of the account. */
  readonly accountId: string;
  /** Printable ASCII, 1 to 36 characters, unique per account while the order lives and for the idempotency window after. */
  readonly clientOrderId: string;
  /** 32 hex digits: what the order asked for. Same id and digest: no second effect; another digest: a rejection. */
  readonly digest: string;
  readonly symbol: string;
  readonly side: Side;
  readonly orderType: OrderType;
  readonly timeInForce: TimeInForce;
  /** Only ever a maker: an order that would trade on arrival is refused. For limit orders good till cancelled. */
  readonly postOnly: boolean;
  readonly selfTradePrevention: SelfTradePrevention;
  /** Ticks; 0 for an order without a limit. */
  readonly priceTicks: number;
  /** Ticks at which a stop-loss or take-profit enters the market; 0 for others. */
  readonly triggerTicks: number;
  /** Lots; 0 for an order by budget. */
  readonly quantityLots: number;
  /** Smallest quote units that a market order spends (buy) or takes in (sell) at most; 0 for an order by quantity. */
  readonly quoteBudget: number;
}

/** A client asks for an order. */
export interface PlaceOrder extends CommandBase, OrderRequest {
  readonly type: 'place_order';
}

/**
 * A client asks for two orders of which one cancels the other: a limit order that rests and a stop-loss or take-profit that waits, of
 * the same account, instrument, side and quantity. What one fills the other loses; when one ends, so does the other.
 */
export interface PlaceOco extends CommandBase {
  readonly type: 'place_oco';
  /** UUID; a second list of the same id has no effect. */
  readonly listId: string;
  readonly resting: OrderRequest;
  readonly waiting: OrderRequest;
}

/** A client takes an order back. */
export interface CancelOrder extends CommandBase {
  readonly type: 'cancel_order';
  /** UUID; the nil UUID when the client's id says which. */
  readonly orderId: string;
  readonly accountId: string;
  /** Empty when the order id says which. */
  readonly clientOrderId: string;
}

/** Takes back all orders of an account, of an instrument, or of an account in an instrument. */
export interface CancelAll extends CommandBase {
  readonly type: 'cancel_all';
  /** UUID; the nil UUID for every account. */
  readonly accountId: string;
  /** Empty for every instrument. */
  readonly symbol: string;
}

/** A client changes a resting or waiting order. A smaller quantity keeps its place in the queue, anything else loses it. */
export interface AmendOrder extends CommandBase {
  readonly type: 'amend_order';
  /** UUID of the request; a second one of the same id has no effect. */
  readonly amendId: string;
  readonly orderId: string;
  readonly accountId: string;
  /** New limit in ticks; 0 keeps it. */
  readonly priceTicks: number;
  /** New total quantity in lots, what is filled included; 0 keeps it. */
  readonly quantityLots: number;
}

/** An instrument is added or changed. */
export interface ConfigureInstrument extends CommandBase {
  readonly type: 'configure_instrument';
  readonly instrument: InstrumentSpec;
}

/** An operator opens, halts or winds down one instrument, or the whole venue. */
export interface SetTradingState extends CommandBase {
  readonly type: 'set_trading_state';
  /** Empty for the venue: it binds every instrument beside the instrument's own state. */
  readonly symbol: string;
  readonly state: TradingState;
}

/** An operator says what an account is and whether it may trade. Killing it takes back all of its orders. */
export interface ConfigureAccount extends CommandBase {
  readonly type: 'configure_account';
  readonly accountId: string;
  readonly kind: AccountKind;
  readonly killed: boolean;
}

/** The price outside, which triggers stop-losses and take-profits besides the last trade, and centres the price band. */
export interface SetMarkPrice extends CommandBase {
  readonly type: 'set_mark_price';
  readonly symbol: string;
  readonly priceTicks: number;
}

/** Funds come in from outside: play money, in a simulator. */
export interface Deposit extends CommandBase {
  readonly type: 'deposit';
  /** UUID; a second deposit of the same id has no effect. */
  readonly depositId: string;
  readonly accountId: string;
  /** Code of the asset. */
  readonly asset: string;
  /** Smallest units of the asset. */
  readonly amount: number;
}

/** Funds go out: back to the outside, or to another partition, where a transfer of the same id brings them in. */
export interface TransferOut extends CommandBase {
  readonly type: 'transfer_out';
  /** UUID; a second one of the same id has no effect. */
  readonly transferId: string;
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  /** Number of the partition they go to; the partition's own number for the outside. */
  readonly toPartition: number;
}

/** Funds that left another partition come in. */
export interface TransferIn extends CommandBase {
  readonly type: 'transfer_in';
  /** UUID of the transfer that took them out; a second one of the same id has no effect. */
  readonly transferId: string;
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  readonly fromPartition: number;
}

/** An amount of an asset. */
export interface Funds {
  /** Code of the asset. */
  readonly asset: string;
  /** Smallest units of the asset. */
  readonly amount: number;
}

/** A simulator gives an account what everybody begins with: once for ever, whatever else it has by then, and not after a reset either. */
export interface OpenAccount extends CommandBase {
  readonly type: 'open_account';
  readonly accountId: string;
  /** Each asset at most once. */
  readonly funds: readonly Funds[];
}

/** A simulator lets an account begin again: its orders end, and from then on it has these funds and nothing else. */
export interface ResetAccount extends CommandBase {
  readonly type: 'reset_account';
  /** UUID; a second reset of the same id has no effect. */
  readonly resetId: string;
  readonly accountId: string;
  /** Each asset at most once; of those that are not named nothing is left. */
  readonly funds: readonly Funds[];
}

/** From here on the core behaves as a later version of it. Only a build that knows the version goes past this command. */
export interface Upgrade extends CommandBase {
  readonly type: 'upgrade';
  readonly version: number;
}

/** What someone asks of the core. */
export type Command =
  | PlaceOrder | PlaceOco | CancelOrder | CancelAll | AmendOrder
  | ConfigureInstrument | SetTradingState | ConfigureAccount | SetMarkPrice
  | Deposit | TransferOut | TransferIn | Upgrade | OpenAccount | ResetAccount;
