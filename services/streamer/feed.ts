import type { Ticker } from '../domain';
import type { BookTop, MarketTrade } from './model';

/** What a feed knows about itself, for health and metrics. */
export interface FeedState {
  readonly connected: boolean;
  /** Milliseconds since the last market data of any symbol; since the start when there was none. */
  readonly ageMs: number;
  /** Symbols without a tick for longer than the limit. */
  readonly staleSymbols: readonly string[];
  /** Topics that the exchange refuses, with its words. */
  readonly refused: Readonly<Record<string, string>>;
  /** Connections that were opened since the start. */
  readonly connections: number;
  /** Frames that could not be understood, by kind. */
  readonly malformed: Readonly<Record<string, number>>;
  /** Milliseconds since the loop that watches the connection last ran. */
  readonly loopAgeMs: number;
  /** Why nothing is read at present: what comes cannot be written. */
  readonly paused?: string;
  /**
   * Milliseconds that the fastest message of late took from the exchange's clock to ours: negative when our clock is behind. Absent until one
   * with a time came.
   */
  readonly skewMs?: number;
}

/** A source of market data from elsewhere. It never gives up: it reconnects until it is stopped. */
export interface Feed {
  start(): void;
  stop(): Promise<void>;
  state(): FeedState;
}

/** Takes every tick of a feed; must return at once. */
export type TickListener = (ticker: Ticker) => void;
export type TopListener = (top: BookTop) => void;
export type TradesListener = (symbol: string, trades: readonly MarketTrade[]) => void;
