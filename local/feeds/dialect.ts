import type { GeneratedMarket, MarketStep } from './market';

/** What a client asked for, as it was understood. */
export interface FeedRequest {
  readonly op: string;
  readonly args: readonly string[];
}

/** What the server does about a message: an answer, and topics that begin now. */
export interface FeedReply {
  readonly request: FeedRequest;
  readonly answers: readonly string[];
  readonly started: readonly string[];
}

/** One client's side of an exchange's public protocol: which topics it has, and what it is answered. */
export interface FeedSession {
  readonly topics: ReadonlySet<string>;
  /** Answers one text frame of the client. */
  handle(text: string): FeedReply;
}

/** What a market tells the followers of a topic; the text is made when somebody follows it. */
export interface FeedFrame {
  readonly topic: string;
  readonly text: () => string;
}

/** How an exchange speaks on its public WebSocket for spot. */
export interface FeedDialect {
  /** Paths that clients connect to; the first is the one that we name. */
  readonly paths: readonly string[];
  /** A client that says nothing for this long is cut off; undefined when life signs are the server's to ask for. */
  readonly idleLimitMs?: number;
  /** How often the server sends a ping frame; a client that has not answered one until the next is cut off. */
  readonly pingEveryMs?: number;
  session(symbols: ReadonlySet<string>): FeedSession;
  /** What a new follower of a topic is told first. */
  greet(topic: string, markets: ReadonlyMap<string, GeneratedMarket>, now: number): string | undefined;
  /**
   * What one step of a market is told as.
   *
   * @param repeatTop whether the best prices are due although they did not change
   */
  frames(market: GeneratedMarket, step: MarketStep, now: number, repeatTop: boolean): readonly FeedFrame[];
}
