/** What is known of a request: a success, a refusal that had no effect, or neither. A timeout is always `unknown`. */
export type Outcome = 'ok' | 'fail' | 'unknown';

/** One request of the probe. Times are milliseconds of one clock that never runs backwards. */
export interface Operation {
  /** Counts up from 0, one for each order: also part of its client order id. */
  readonly sequence: number;
  readonly clientOrderId: string;
  /** When it should be sent; a request that is sent late is measured from here all the same. */
  readonly dueAt: number;
  /** When its answer came, or was given up. Undefined while it is awaited. */
  readonly endedAt?: number;
  readonly outcome?: Outcome;
  /** The id that a 202 names. */
  readonly orderId?: string;
  /** When the ledger was first seen to have it. */
  readonly settledAt?: number;
}

/** An order as the ledger has it. */
export interface LedgerRow {
  readonly clientOrderId: string;
  readonly orderId: string;
  readonly status: string;
}

/** Orders that the ledger knows as repetitions: their id, and the one that stands for them. */
export type Repetitions = ReadonlyMap<string, string>;
