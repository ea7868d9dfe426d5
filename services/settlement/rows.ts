import type { InstrumentSpec, OrderStatus, OrderTerms, Side } from '../domain';

/** One line of the double entry: what an event changes of an account's asset. */
export interface EntryRow {
  readonly seq: number;
  /** Position within the event. */
  readonly entryNo: number;
  readonly accountId: string;
  readonly asset: string;
  readonly freeDelta: number;
  readonly heldDelta: number;
  readonly kind: 'deposit' | 'hold' | 'release' | 'trade';
}

/** Where an order stands after a run. */
export interface OrderState {
  remainingLots: number;
  status: OrderStatus;
  reason: string | null;
  updatedSeq: number;
  /** ISO 8601. */
  updatedAt: string;
}

/** An order that the run brings in, in its state after the run. */
export interface OrderRow extends OrderState {
  readonly terms: OrderTerms;
  readonly createdSeq: number;
  readonly createdAt: string;
}

/** An order that was there before the run. */
export interface OrderChange extends OrderState {
  readonly orderId: string;
}

/** One side of a trade. */
export interface FillRow {
  readonly seq: number;
  readonly liquidity: 'maker' | 'taker';
  readonly orderId: string;
  readonly accountId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly priceTicks: number;
  readonly quantityLots: number;
  readonly baseAmount: number;
  readonly quoteAmount: number;
  readonly time: string;
}

export interface DepositRow {
  readonly seq: number;
  readonly depositId: string;
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  readonly time: string;
}

export interface InstrumentRow {
  readonly seq: number;
  readonly spec: InstrumentSpec;
}

/** What an account has of an asset, in smallest units; the sum of all accounts may pass 53 bits. */
export interface Balance {
  readonly accountId: string;
  readonly asset: string;
  free: bigint;
  held: bigint;
  updatedSeq: number;
}

/** Everything that a run of events changes in the ledger. */
export interface Changes {
  readonly entries: EntryRow[];
  readonly accepted: OrderRow[];
  readonly rejected: OrderRow[];
  readonly changed: OrderChange[];
  readonly fills: FillRow[];
  readonly deposits: DepositRow[];
  readonly instruments: InstrumentRow[];
  readonly balances: Balance[];
}
