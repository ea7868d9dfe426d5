/** A price as it was last seen. */
export interface Quote {
  readonly symbol: string;
  /** Decimal in units of the quote asset. */
  readonly price: string;
  /** When the exchange said so, in milliseconds of the epoch. */
  readonly time: number;
}

/** Where prices come from. */
export interface PriceSource {
  /** Latest prices of these symbols; one that has none is missing. */
  latest(symbols: readonly string[]): Promise<Quote[]>;
  /** Recent prices of a symbol, newest first. */
  recent(symbol: string, limit: number): Promise<Quote[]>;
}

/** A price that is older says nothing about what a trade costs now. */
export const MAX_PRICE_AGE_MS = 180_000;
