import type { InstrumentSpec, OrderStatus, OrderType, SelfTradePrevention, Side, TimeInForce } from '../../domain';

/** An order as the ledger has it, in the core's units. */
export interface LedgerOrder {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly selfTradePrevention: SelfTradePrevention;
  readonly priceTicks: number;
  readonly triggerTicks: number;
  readonly quantityLots: number;
  /** Smallest quote units; 0 for an order by quantity. */
  readonly quoteBudget: number;
  readonly listId: string | null;
  readonly remainingLots: number;
  readonly filledLots: number;
  /** Smallest quote units that its fills were worth. */
  readonly filledQuote: number;
  /** False while it waits for its trigger. */
  readonly triggered: boolean;
  readonly status: OrderStatus;
  readonly reason: string | null;
  readonly createdSeq: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** One side of a trade, in the core's units. */
export interface LedgerFill {
  readonly seq: number;
  readonly liquidity: 'maker' | 'taker';
  readonly orderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly priceTicks: number;
  readonly quantityLots: number;
  readonly baseAmount: number;
  readonly quoteAmount: number;
  /** Smallest units of what the account received. */
  readonly fee: number;
  readonly feeAsset: string;
  readonly time: Date;
}

/** A place in the list of an account's fills. */
export interface FillCursor {
  readonly seq: number;
  readonly liquidity: 'maker' | 'taker';
}

export interface FillQuery {
  readonly limit: number;
  readonly symbol?: string;
  readonly orderId?: string;
  /** Newest first: what comes after it is older. */
  readonly after?: FillCursor;
}

/** A bar, as decimals. */
export interface LedgerCandle {
  readonly openTime: Date;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly turnover: string;
}

export interface CandleQuery {
  readonly symbol: string;
  /** Length of a bar in seconds; whole minutes. */
  readonly seconds: number;
  /** Milliseconds since 1970; the first bar that is not older, and the first that is not wanted any more. */
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

/** A minute of trades on the venue, in the core's units. */
export interface LedgerMinute {
  readonly openTime: Date;
  readonly openTicks: number;
  readonly highTicks: number;
  readonly lowTicks: number;
  readonly closeTicks: number;
  readonly lots: number;
  /** Smallest quote units. */
  readonly quote: number;
  readonly trades: number;
  /** Of these, what takers bought. */
  readonly takerLots: number;
  readonly takerQuote: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** Whose an order is and what it trades. */
export interface LedgerOrderKey {
  readonly accountId: string;
  readonly symbol: string;
}

/** What an account has of an asset, in its smallest units. */
export interface LedgerBalance {
  readonly asset: string;
  readonly free: number;
  readonly held: number;
}

/** A place in the list of an account's orders: what comes after it is older. */
export interface OrderCursor {
  readonly createdSeq: number;
  readonly orderId: string;
}

export interface OrderQuery {
  readonly limit: number;
  readonly status?: OrderStatus;
  readonly after?: OrderCursor;
}

/** Rows, and the sequence of the last event that they include. */
export interface AsOf<T> {
  readonly seq: number;
  /** When it was settled, by the ledger's clock; null before the first. */
  readonly time: Date | null;
  readonly rows: readonly T[];
}

/** How far the ledger is. */
export interface LedgerProgress {
  readonly lastSeq: number;
  readonly haltedSeq: number | null;
  readonly haltedReason: string | null;
}

/** What a partition's ledger has of a transfer: funds that left or came in, or the core's refusal. */
export interface LedgerTransfer {
  readonly what: 'out' | 'in' | 'refused';
  readonly accountId: string;
  readonly asset: string;
  /** Smallest units of the asset. */
  readonly amount: number;
  /** Null with a refusal. */
  readonly otherPartition: number | null;
  /** Null unless refused. */
  readonly reason: string | null;
  readonly time: Date;
}

/** What the API reads of one partition's ledger. Every method throws when it cannot be reached. */
export interface LedgerReader {
  orders(accountId: string, query: OrderQuery): Promise<AsOf<LedgerOrder>>;
  balances(accountId: string): Promise<AsOf<LedgerBalance>>;
  /** Undefined for an order that it does not have, or not yet. */
  orderOf(orderId: string): Promise<LedgerOrderKey | undefined>;
  /** An account's order; undefined for one that is not there, not there yet, or somebody else's. */
  order(accountId: string, orderId: string): Promise<LedgerOrder | undefined>;
  /** An account's orders whose ids are from one to another, both included; few, since ids begin with their millisecond. */
  ordersBetween(accountId: string, from: string, to: string): Promise<readonly LedgerOrder[]>;
  /** The newest of an account's latest orders under a client order id. */
  orderByClientId(accountId: string, clientOrderId: string): Promise<LedgerOrder | undefined>;
  /** An account's fills, newest first. */
  fills(accountId: string, query: FillQuery): Promise<AsOf<LedgerFill>>;
  /** An account's fills behind a sequence, oldest first. */
  fillsSince(accountId: string, seq: number, limit: number): Promise<AsOf<LedgerFill>>;
  /** Bars of an instrument, the newest ones of the range, oldest first. */
  candles(query: CandleQuery): Promise<readonly LedgerCandle[]>;
  /** Minutes of trades on the venue since a time, oldest first; minutes without trades are left out. */
  minutes(symbol: string, since: Date): Promise<readonly LedgerMinute[]>;
  /** Whatever is there under an id of a transfer. */
  transfer(transferId: string): Promise<readonly LedgerTransfer[]>;
  instruments(): Promise<readonly InstrumentSpec[]>;
  progress(): Promise<LedgerProgress>;
}
