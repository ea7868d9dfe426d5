/**
 * Names of everything that passes through the cache, with the shape of what is there. Channels are pub/sub; keys hold the
 * last state for a reader that arrives late. All values are JSON. All of it is a projection and may be lost at any time.
 */
import type { OrderType, SelfTradePrevention, Side, TimeInForce } from './command';
import type { CancelReason, Rejection } from './rejection';

/** Last price of an instrument elsewhere, from the streamer. Prices and quantities are decimals as text. */
export interface Ticker {
  readonly symbol: string;
  readonly lastPrice: string;
  readonly bidPrice?: string;
  readonly askPrice?: string;
  readonly high24h?: string;
  readonly low24h?: string;
  readonly volume24h?: string;
  /** Milliseconds since 1970 by the exchange's clock. */
  readonly exchangeTime: number;
  /** Milliseconds since 1970 by the streamer's clock. */
  readonly receivedTime: number;
  /** Where it comes from, such as `bybit`. */
  readonly source: string;
}

/** Best levels of the venue's own book; `[price, quantity]`, best first, decimals as text. */
export interface BookView {
  readonly symbol: string;
  /** Sequence of the last event that it includes. */
  readonly seq: number;
  readonly time: number;
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

/**
 * What changed between two pictures of a book. Applied to the `BookView` of sequence `previousSeq` it gives the one of `seq`; an
 * update whose `previousSeq` is not the reader's sequence says that something is missing, and to begin with a picture again.
 */
export interface DepthUpdate {
  readonly symbol: string;
  readonly previousSeq: number;
  readonly seq: number;
  readonly time: number;
  /** `[price, quantity]` of each level that is new, has another quantity, or with quantity `0` is gone. */
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

export interface TradeView {
  readonly symbol: string;
  /** Sequence of the trade event: the trade's id. */
  readonly seq: number;
  readonly time: number;
  readonly price: string;
  readonly quantity: string;
  readonly takerSide: Side;
}

/** A minute of trades of the market outside, as far as the streamer heard it. Decimals as text. */
export interface MarketMinute {
  /** Milliseconds since 1970. */
  readonly openTime: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  /** Worth of the volume, as quote. */
  readonly turnover: string;
  readonly trades: number;
}

export type OrderStatus = 'open' | 'filled' | 'cancelled' | 'rejected';

/** One private message per change of an order, and per beginning of the account. */
export interface OrderUpdate {
  readonly event: 'accepted' | 'rejected' | 'duplicate' | 'triggered' | 'amended' | 'amend_rejected' | 'fill' | 'cancelled' | 'cancel_rejected'
  | 'account_opened' | 'account_reset' | 'account_refused';
  /** Each partition counts by itself. */
  readonly seq: number;
  /** Absent for partition 0. */
  readonly partition?: number;
  readonly time: number;
  /** The nil UUID with what concerns the account as a whole. */
  readonly orderId: string;
  readonly clientOrderId?: string;
  /** With `duplicate`: the order that stands. */
  readonly originalOrderId?: string;
  readonly symbol?: string;
  readonly side?: Side;
  readonly type?: OrderType;
  readonly timeInForce?: TimeInForce;
  readonly postOnly?: boolean;
  readonly selfTradePrevention?: SelfTradePrevention;
  readonly price?: string;
  /** Price at which an order that waits enters the market. */
  readonly stopPrice?: string;
  readonly quantity?: string;
  /** What an order by budget may spend or take in. */
  readonly quoteQuantity?: string;
  /** The one-cancels-the-other list that it belongs to. */
  readonly listId?: string;
  /** With `amended` and `amend_rejected`: the request. */
  readonly amendId?: string;
  readonly status?: OrderStatus;
  /** What is still open, as a decimal. */
  readonly remaining?: string;
  readonly fill?: {
    readonly price: string;
    readonly quantity: string;
    readonly liquidity: 'maker' | 'taker';
    /** What the account paid of what it received; absent without a fee. */
    readonly fee?: string;
    readonly feeAsset?: string;
  };
  readonly reason?: Rejection | CancelReason;
  /** Where a traced order was matched, as W3C writes it; absent when it is not traced. */
  readonly traceparent?: string;
  /** With `account_reset`, and with `account_refused` unless it is an opening. */
  readonly resetId?: string;
}

/** Funds of an account that came or went by themselves: deposits, transfers, beginnings. What orders do to it is in its orders. */
export interface BalanceChange {
  /** Each partition counts by itself. One event may change several assets. */
  readonly seq: number;
  /** Absent for partition 0. */
  readonly partition?: number;
  readonly time: number;
  /** What changed, as signed decimals; never zero. */
  readonly changes: readonly { readonly asset: string; readonly amount: string }[];
}

/** What the API needs to remember of an accepted order so that a retry gets the same answer. */
export interface IdempotencyRecord {
  readonly orderId: string;
  readonly digest: string;
  /** Absent until the journal has the order. */
  readonly position?: string;
}

export const tickerChannel = (symbol: string): string => `ticker.${symbol}`;
export const tickerKey = (symbol: string): string => `last:ticker.${symbol}`;
/** Hash of the last day's minutes of the market outside: milliseconds of their beginning → MarketMinute. */
export const marketMinutesKey = (symbol: string): string => `market:minutes:${symbol}`;
/** Milliseconds for which a minute is kept: until the history of its day is fetched, and some more. */
export const MARKET_MINUTES_KEPT_MS = 26 * 3_600_000;
export const bookChannel = (symbol: string): string => `book.${symbol}`;
/** Carries a `DepthUpdate` beside each `BookView`. */
export const depthChannel = (symbol: string): string => `depth.${symbol}`;
export const bookKey = (symbol: string): string => `last:book.${symbol}`;
export const tradesChannel = (symbol: string): string => `trades.${symbol}`;
/** List, newest first, of the last trades. */
export const tradesKey = (symbol: string): string => `last:trades.${symbol}`;
/** Length that `tradesKey` is trimmed to. */
export const TRADES_KEPT = 50;
export const ordersChannel = (accountId: string): string => `orders.${accountId}`;
/** Carries a `BalanceChange` for each event that moves an account's funds without an order. */
export const balancesChannel = (accountId: string): string => `balances.${accountId}`;
/** Hash of symbol → InstrumentSpec; a message on `INSTRUMENTS_CHANNEL` says that it changed. */
export const INSTRUMENTS_KEY = 'instruments';
export const INSTRUMENTS_CHANNEL = 'instruments';
export const idempotencyKey = (accountId: string, clientOrderId: string): string => `idem:${accountId}:${clientOrderId}`;
/** Holds the account id of an order that may not be in the ledger yet. */
export const orderOwnerKey = (orderId: string): string => `owner:${orderId}`;
/** Hash of what became of an order that asks for it, for somebody who may have been away: sequence → OrderUpdate. */
export const watchedOrderKey = (orderId: string): string => `watched:${orderId}`;
/** Seconds after its last change for which that is kept. */
export const WATCHED_SECONDS = 7 * 86_400;
/** Whether what becomes of an order is kept: ids of version 8 ask for it, those that the API gives are of version 7. */
export const isWatchedOrder = (orderId: string): boolean => orderId[14] === '8';
/** An id like this one that asks for it. */
export const watchedOrderId = (orderId: string): string => `${orderId.slice(0, 14)}8${orderId.slice(15)}`;
/** Sorted set of what is over, sessions and API keys, by the second at which it ended. A copy: the table is the truth. */
export const REVOCATIONS_KEY = 'sessions:over';
/** Carries a JSON list of what has just ended. */
export const REVOCATIONS_CHANNEL = 'sessions:over';
