import type { InstrumentSpec } from './instrument';

export type Side = 'buy' | 'sell';
export type OrderType = 'limit' | 'market';
/** Good till cancelled, or immediate or cancel. A market order is always immediate or cancel. */
export type TimeInForce = 'gtc' | 'ioc';

interface CommandBase {
  /** Milliseconds since 1970 at the API task that accepted the command. The core's time never runs backwards. */
  readonly time: number;
}

/** A client asks for an order. */
export interface PlaceOrder extends CommandBase {
  readonly type: 'place_order';
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
  /** Ticks; 0 for a market order. */
  readonly priceTicks: number;
  /** Lots. */
  readonly quantityLots: number;
}

/** A client takes an order back. */
export interface CancelOrder extends CommandBase {
  readonly type: 'cancel_order';
  readonly orderId: string;
  readonly accountId: string;
}

/** An instrument is added or changed. */
export interface ConfigureInstrument extends CommandBase {
  readonly type: 'configure_instrument';
  readonly instrument: InstrumentSpec;
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

/** What someone asks of the core. */
export type Command = PlaceOrder | CancelOrder | ConfigureInstrument | Deposit;
