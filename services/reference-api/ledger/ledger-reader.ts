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

/** A trade on the venue, in the core's units. */
export interface LedgerTrade {
  readonly seq: number;
  readonly time: Date;
  readonly priceTicks: number;
  readonly quantityLots: number;
  readonly quoteAmount: number;
  readonly takerSide: Side;
}

export interface TradeQuery {
  readonly symbol: string;
  readonly limit: number;
  /** The first ones that are not before it; without it the newest. */
  readonly fromSeq?: number;
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

/** Fills, and the account's last reset: what it made of its money before counts no more. */
export interface FillsAsOf extends AsOf<LedgerFill> {
  /** 0 without one. */
  readonly resetSeq: number;
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

/** When an account began: its opening, or a reset. */
export interface LedgerBeginning {
  readonly seq: number;
  readonly kind: 'opening' | 'reset';
  /** Null for an opening. */
  readonly resetId: string | null;
  readonly time: Date;
}

/** The first and the last beginning of an account, one row if they are the same; the oldest first. */
export interface Beginnings extends AsOf<LedgerBeginning> {
  /** Behaviour of the core since its last upgrade; null before the first. */
  readonly coreVersion: number | null;
}

/** What changed an account's balances, apart from trades. */
export const FLOW_KINDS = ['deposit', 'withdrawal', 'transfer', 'opening', 'reset'] as const;
export type FlowKind = (typeof FLOW_KINDS)[number];

export interface ChangesQuery {
  /** Milliseconds since 1970: what happened later is asked for. */
  readonly since: number;
  /** Changes are added up over stretches that end at whole multiples of it, in milliseconds; the end belongs to the stretch. */
  readonly step: number;
  /** End of the last stretch, a multiple of `step`: what is later is in it as well. */
  readonly last: number;
}

/** What an account has, or what changed it within a stretch. Sums may pass 53 bits. */
export type LedgerChange =
  | { readonly what: 'balance'; readonly asset: string; readonly amount: bigint }
  | { readonly what: 'flow'; readonly end: number; readonly kind: FlowKind; readonly asset: string; readonly amount: bigint }
  | {
    readonly what: 'fills'; readonly end: number; readonly symbol: string; readonly side: Side;
    readonly base: bigint; readonly quote: bigint; readonly fee: bigint;
  };

/** A price that was known at a time, and since when. */
export interface LedgerPrice {
  readonly symbol: string;
  /** The time of the question, milliseconds since 1970. */
  readonly at: number;
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
  /** An account's fills behind a sequence and behind its last reset, oldest first. */
  fillsSince(accountId: string, seq: number, limit: number): Promise<FillsAsOf>;
  /** Bars of an instrument, the newest ones of the range, oldest first. */
  candles(query: CandleQuery): Promise<readonly LedgerCandle[]>;
  /** Minutes of trades on the venue since a time, oldest first; minutes without trades are left out. */
  minutes(symbol: string, since: Date): Promise<readonly LedgerMinute[]>;
  /** Trades of everybody, oldest first. Of an instrument that trades seldom beside busy ones, the search ends before all is looked through. */
  venueTrades(query: TradeQuery): Promise<readonly LedgerTrade[]>;
  /** An account's beginnings, as far as a reset or an opening was settled. */
  beginnings(accountId: string): Promise<Beginnings>;
  /** An account's balances, and what changed them since a time: both as of one moment. */
  changes(accountId: string, query: ChangesQuery): Promise<AsOf<LedgerChange>>;
  /** The last trade of each symbol on the venue at each time; those without one are left out. */
  lastTrades(symbols: readonly string[], times: readonly number[]): Promise<readonly (LedgerPrice & { readonly priceTicks: number })[]>;
  /** The close of the last minute of the market that is streamed that had ended at each time; empty where no history is kept. */
  lastCloses(symbols: readonly string[], times: readonly number[]): Promise<readonly (LedgerPrice & { readonly price: string })[]>;
  /** Whatever is there under an id of a transfer. */
  transfer(transferId: string): Promise<readonly LedgerTransfer[]>;
  instruments(): Promise<readonly InstrumentSpec[]>;
  progress(): Promise<LedgerProgress>;
}
