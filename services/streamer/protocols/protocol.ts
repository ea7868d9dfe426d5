import type { Ticker } from '../../domain';
import type { BookTop, MarketTrade } from '../model';

/** What a frame of the exchange comes to. */
export interface Heard {
  /** Symbol that the frame brings market data of; undefined when it brings none. */
  readonly symbol?: string;
  /** The symbol's ticker after it, when it has a price. */
  readonly tick?: Ticker;
  /** The symbol's best prices after it, when they may be others. */
  readonly top?: BookTop;
  /** Trades that it brings, oldest first. */
  readonly trades?: readonly MarketTrade[];
  /** What to send now. */
  readonly send?: readonly string[];
  /** A topic that the exchange refuses for good, with its words. */
  readonly refused?: { readonly topic: string; readonly message: string };
  /** Something wrong that is counted by kind; the rest goes on. */
  readonly fault?: { readonly kind: string; readonly message: string };
  /** Why this connection is to be replaced now. */
  readonly replace?: string;
}

/** One connection's talk with an exchange: what to say, and what the answers mean. It does no input or output. */
export interface Conversation {
  /** What to send when the connection is open: the subscriptions. */
  open(): readonly string[];
  /**
   * Takes a text frame.
   *
   * @throws MalformedFrameError when it is none that the protocol knows
   */
  hear(text: string, now: number): Heard;
  /** Milliseconds for which the oldest subscription has had no answer; 0 when there is none. */
  waitingMs(): number;
}

/** How one exchange speaks. */
export interface Protocol {
  /** Name of the exchange, as in `Ticker.source`. */
  readonly name: string;
  /** What to send now and then so that the exchange keeps the connection; undefined when it asks by itself. */
  readonly ping?: { readonly text: string; readonly everyMs: number };
  /** Milliseconds between two frames that we send, because the exchange limits them. */
  readonly sendEveryMs: number;
  /** Milliseconds after which a connection is replaced, well before the exchange cuts it; undefined when it never does. */
  readonly replaceAfterMs?: number;
  /** Whether the ids of a symbol's trades are 1, 2, 3 …, so that a missing one is seen. */
  readonly numberedTrades?: boolean;
  /** Begins a talk on a new connection about these symbols. */
  converse(symbols: readonly string[], now: () => number): Conversation;
}

/** No market data, nothing to do. */
export const NOTHING: Heard = {};
