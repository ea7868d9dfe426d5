/** What the API says, as far as the screen shows it. Amounts are decimals as text. */
export interface Asset {
  readonly code: string;
  readonly decimals: number;
}

export interface Instrument {
  readonly symbol: string;
  readonly base: Asset;
  readonly quote: Asset;
  readonly tickSize: string;
  readonly lotSize: string;
  readonly rules?: { readonly makerFeePpm?: number; readonly takerFeePpm?: number; readonly minNotional?: string };
}

/** A price of the market that is streamed. */
export interface MarketTick {
  readonly symbol: string;
  readonly lastPrice: string;
  readonly bidPrice?: string;
  readonly askPrice?: string;
  readonly high24h?: string;
  readonly low24h?: string;
  readonly volume24h?: string;
  readonly receivedTime: number;
  readonly source: string;
}

export interface Trade {
  readonly symbol: string;
  readonly seq: number;
  readonly time: number;
  readonly price: string;
  readonly quantity: string;
  readonly takerSide: 'buy' | 'sell';
}

export type OrderStatus = 'pending' | 'open' | 'filled' | 'cancelled' | 'rejected';

export interface Order {
  readonly orderId: string;
  readonly clientOrderId?: string;
  readonly symbol: string;
  readonly side?: 'buy' | 'sell';
  readonly type?: string;
  readonly timeInForce?: string;
  readonly price?: string;
  readonly stopPrice?: string;
  readonly quantity?: string;
  readonly remaining?: string;
  readonly status: OrderStatus;
  readonly reason?: string;
  readonly createdAt?: number;
  readonly partition?: number;
  /** Of the last event that it shows. */
  readonly seq: number;
}

/** A message about one of the account's orders. */
export interface OrderUpdate {
  readonly event: string;
  readonly seq: number;
  readonly partition?: number;
  readonly time: number;
  readonly orderId: string;
  readonly symbol?: string;
  readonly side?: 'buy' | 'sell';
  readonly status?: OrderStatus;
  readonly fill?: {
    readonly price: string;
    readonly quantity: string;
    readonly liquidity: 'maker' | 'taker';
    readonly fee?: string;
    readonly feeAsset?: string;
  };
  readonly [field: string]: unknown;
}

export interface Fill {
  readonly seq: number;
  readonly partition?: number;
  readonly orderId: string;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly liquidity: 'maker' | 'taker';
  readonly price?: string;
  readonly quantity?: string;
  readonly fee?: string;
  readonly feeAsset?: string;
  readonly time: number;
}

export interface Balance {
  readonly asset: string;
  readonly free: string;
  readonly held: string;
  readonly total: string;
  readonly partition?: number;
}

export interface Position {
  readonly symbol: string;
  readonly quantity: string;
  readonly averageEntryPrice?: string;
  readonly realisedProfit: string;
  readonly unrealisedProfit?: string;
  readonly markPrice?: string;
  readonly value?: string;
  readonly partition?: number;
}

/** How recent an answer is: of one sequence, or with several partitions of each. */
export interface Recency {
  readonly asOf?: number;
  readonly asOfTime?: number | null;
  readonly partitions?: readonly { readonly partition: number; readonly asOf: number; readonly asOfTime: number | null }[];
  readonly source?: 'read_model';
}
