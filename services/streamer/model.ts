/**
 * What the streamer tells of an exchange besides its tickers, and where. The channels are not those of the venue itself (`trades.…`, `book.…`):
 * these are the trades and the prices of somewhere else. Prices and quantities are decimals as text, times milliseconds since 1970.
 */

/** A trade at the exchange. `source`, `symbol` and `id` together name it for good: whoever reads it twice knows by them. */
export interface MarketTrade {
  readonly type: 'trade';
  readonly symbol: string;
  /** As the exchange has it. */
  readonly id: string;
  readonly price: string;
  readonly quantity: string;
  readonly takerSide: 'buy' | 'sell';
  readonly exchangeTime: number;
  /** By the streamer's clock. */
  readonly receivedTime: number;
  readonly source: string;
}

/** The best prices of an exchange's book; a side without orders has none. */
export interface BookTop {
  readonly type: 'top';
  readonly symbol: string;
  readonly bidPrice?: string;
  readonly bidQuantity?: string;
  readonly askPrice?: string;
  readonly askQuantity?: string;
  /** Number of the book's change that it is of: grows, and begins again when the exchange restarts its book. */
  readonly updateId: number;
  /** Absent where the exchange sends none. */
  readonly exchangeTime?: number;
  readonly receivedTime: number;
  readonly source: string;
}

/**
 * Says that trades of a symbol are missing between two others. What one replica did not hear another one may have heard: it comes late, so a trade
 * between these times fills the gap.
 */
export interface TradeGap {
  readonly type: 'gap';
  readonly symbol: string;
  /** When the last trade before it was heard. */
  readonly from: number;
  /** When the first trade after it was heard. */
  readonly until: number;
  /** Id of the last trade before it; absent when there is none that is known. */
  readonly after?: string;
  /** Id of the first trade after it. */
  readonly before: string;
  /** How many, where the exchange numbers its trades one by one. */
  readonly missing?: number;
  readonly source: string;
}

/** Carries a list of `MarketTrade`, oldest first, and now and then a `TradeGap` before the trade that follows it. */
export const marketTradesChannel = (symbol: string): string => `market.trades.${symbol}`;
/** Carries a `BookTop`. */
export const marketTopChannel = (symbol: string): string => `market.top.${symbol}`;
export const marketTopKey = (symbol: string): string => `last:market.top.${symbol}`;
