import type { Exchange } from '../local/feeds/dialects';

/** Symbols of the market that is told. */
export const SYMBOLS = ['BTCUSDT', 'ETHUSDT', ...Array.from({ length: 8 }, (_, i) => `BENCH${i}USDT`)];

/** Stands in the frames for the time at which they are sent. */
export const TIME_MARK = 1_700_000_000_000;

/** What one side does: our adapter, or a loop that parses a frame and publishes what it says. */
export interface FeedJob {
  readonly engine: 'adapter' | 'peer';
  readonly exchange: Exchange;
  readonly url: string;
  readonly redisPort: number;
  /** Frames of market data that come. */
  readonly frames: number;
}

export interface FeedResult {
  /** From the first frame until the last one is published. */
  readonly seconds: number;
  /** Of the whole process in that time: what other work on the machine takes is not in it. */
  readonly cpuSeconds: number;
  /** Messages that were published. */
  readonly published: number;
}

/** What the source is asked for: to have frames of an exchange ready, then to send them as fast as they are taken or at a rate. */
export type SourceRequest = { readonly load: Exchange; readonly frames: number } | { readonly send: number; readonly rate?: number };
/** The address, once the frames are there. */
export interface SourceAnswer { readonly url: string }
