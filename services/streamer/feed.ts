import type { Ticker } from '../domain';

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
}

/** A source of market data from elsewhere. It never gives up: it reconnects until it is stopped. */
export interface Feed {
  start(): void;
  stop(): Promise<void>;
  state(): FeedState;
}

/** Takes every tick of a feed; must return at once. */
export type TickListener = (ticker: Ticker) => void;
