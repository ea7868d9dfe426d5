import type { CandleDay, Interval } from '../adapters/candles/candle';

/** An exchange's history of candles. */
export interface CandleSource {
  /** What the exchange is called in files and rows. */
  readonly name: string;
  /**
   * The closed candles of a day that is over, oldest first and none twice; those that the exchange does not have are missing.
   *
   * @throws TemporaryError when asking again later may help
   * @throws RefusedError when it will not
   */
  day(symbol: string, interval: Interval, day: number, signal: AbortSignal): Promise<CandleDay>;
}

/** It did not work this time. */
export class TemporaryError extends Error {
  /** @param retryAfterMs least time to wait before anything is asked again */
  constructor(message: string, readonly retryAfterMs = 0, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TemporaryError';
  }
}

/** The exchange will not answer this, however often it is asked: a symbol that it does not know. */
export class RefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RefusedError';
  }
}
