/** The messages of `query.proto`, as both sides see them. */

export interface QueryLevel {
  readonly priceTicks: number;
  readonly quantityLots: number;
}

export interface QueryBook {
  readonly symbol: string;
  /** Sequence of the last event that it includes. */
  readonly seq: number;
  readonly bids: readonly QueryLevel[];
  readonly asks: readonly QueryLevel[];
  readonly caughtUp: boolean;
}

export interface QueryOrder {
  readonly orderId: string;
  readonly accountId: string;
  readonly clientOrderId: string;
  readonly side: string;
  readonly type: string;
  readonly priceTicks: number;
  readonly triggerTicks: number;
  readonly quantityLots: number;
  readonly remainingLots: number;
}

export interface QueryOrdersPart {
  readonly seq: number;
  readonly resting: readonly QueryOrder[];
  readonly waiting: readonly QueryOrder[];
}

export interface QueryPosition {
  readonly partition: number;
  readonly seq: number;
  readonly journalPosition: string;
  readonly leads: boolean;
  readonly epoch: number;
  readonly publishedSeq: number;
  readonly caughtUp: boolean;
  /** Behaviour of the core now, and the newest that the build knows. */
  readonly version: number;
  readonly newestVersion: number;
}

export interface QueryStateHash {
  readonly seq: number;
  readonly journalPosition: string;
  readonly sha256: string;
}

export type ServingStatus = 'UNKNOWN' | 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';
