import type { Ticker } from '../../domain';

/** What a writer knows about itself, for health and metrics. */
export interface MarketDataState {
  /** Ticks that wait for the stream. */
  readonly queued: number;
  /** Milliseconds for which the oldest of them has waited. */
  readonly lagMs: number;
  /** Ticks that the stream has accepted since the start. */
  readonly written: number;
  /** Ticks that were dropped for a newer one of the same symbol, because the stream did not keep up. */
  readonly conflated: number;
  /** Why the last attempt failed; undefined after one that succeeded. */
  readonly problem?: string;
}

/**
 * The stream of every normalised tick, for whoever builds candles or history. Ticks of a symbol keep their order. After a
 * write of unknown outcome a tick may be there twice: symbol, `receivedTime` and content tell.
 */
export interface MarketDataWriter {
  /** Takes a tick and returns at once: a slow stream never holds up the feed. */
  write(ticker: Ticker): void;
  state(): MarketDataState;
  /** Sends what waits, for at most `limitMs`, and ends; resolves with the number of ticks that were left behind. */
  close(limitMs?: number): Promise<number>;
}
