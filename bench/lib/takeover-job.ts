import type { Trader } from './job';

/** What the load of the takeover benchmark is asked to do; it goes on until it is told `stop`. */
export interface TakeoverJob {
  readonly url: string;
  /** Orders per second. */
  readonly rate: number;
  /** Seconds in which the rate grows to that. */
  readonly warmupSeconds: number;
  readonly traders: readonly Trader[];
  /** Tokens of the accounts whose fills are watched. */
  readonly watched: readonly string[];
  /** First characters of every client order id. */
  readonly prefix: string;
  /** Milliseconds after which an order without a 202 is given up. */
  readonly patienceMs: number;
}

/** A fill as the account's WebSocket told it. */
export interface SeenFill {
  /** Sequence of the trade. */
  readonly seq: number;
  /** Milliseconds since 1970, with fractions. */
  readonly at: number;
}

/** What the load says while it runs, several times a second. */
export interface TakeoverProgress {
  readonly type: 'progress';
  readonly fills: readonly SeenFill[];
  readonly sent: number;
  readonly acknowledged: number;
}

/** What it says at the end. */
export interface TakeoverResult {
  readonly type: 'result';
  /** Id of every acknowledged order. */
  readonly orders: readonly string[];
  /** Requests that were repeated. */
  readonly retries: number;
  /** Orders that were never acknowledged, and interruptions of the order stream: how often for which reason. */
  readonly failures: Readonly<Record<string, number>>;
}
