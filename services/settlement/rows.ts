import type { AccountKind, InstrumentSpec, OrderStatus, OrderTerms, Side, TradingState } from '../domain';

/** One line of the double entry: what an event changes of an account's asset. */
export interface EntryRow {
  readonly seq: number;
  /** Position within the event. */
  readonly entryNo: number;
  readonly accountId: string;
  readonly asset: string;
  readonly freeDelta: number;
  readonly heldDelta: number;
  readonly kind: 'deposit' | 'transfer' | 'hold' | 'release' | 'trade' | 'fee' | 'opening' | 'reset';
}

/** Where an order stands: everything of it that may change. */
export interface OrderState {
  priceTicks: number;
  quantityLots: number;
  remainingLots: number;
  filledLots: number;
  /** Smallest quote units that its fills were worth. */
  filledQuote: number;
  status: OrderStatus;
  reason: string | null;
  /** Event that let it into the market; null while it waits for its trigger. */
  triggeredSeq: number | null;
  /** Last request to amend it that the core looked at, whether it was granted or not. */
  amendId: string | null;
  /** Event that gave it its place among orders of the same price. */
  prioritySeq: number;
  updatedSeq: number;
  /** ISO 8601. */
  updatedAt: string;
}

/** An order that the run brings in, in its state after the run. */
export interface OrderRow {
  /** As it was asked for. */
  readonly terms: OrderTerms;
  readonly digest: string;
  readonly createdSeq: number;
  readonly createdAt: string;
  readonly state: OrderState;
}

/** An order that was there before the run. */
export interface KnownOrder {
  readonly orderId: string;
  readonly quoteBudget: number;
  /** Null for an order that belongs to no list. */
  readonly listId: string | null;
  readonly state: OrderState;
}

/** A second order under a client order id that was taken: the core remembers its id. */
export interface DuplicateRow {
  readonly seq: number;
  readonly orderId: string;
  readonly originalOrderId: string;
  readonly accountId: string;
  readonly clientOrderId: string;
  /** List that it came with. */
  readonly listId: string | null;
  readonly time: string;
}

/** What became of a request to amend. */
export interface AmendmentRow {
  readonly seq: number;
  readonly amendId: string;
  readonly orderId: string;
  readonly accountId: string;
  /** Null when it was accepted. */
  readonly reason: string | null;
  readonly priceTicks: number | null;
  readonly quantityLots: number | null;
  readonly keepsPriority: boolean | null;
  readonly time: string;
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
  /** Smallest units of what the account received, and which asset that is. */
  readonly fee: number;
  readonly feeAsset: string;
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

export interface TransferRow {
  readonly seq: number;
  readonly direction: 'in' | 'out';
  readonly transferId: string;
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  readonly otherPartition: number;
  readonly time: string;
}

/** A transfer that was refused: who asked must not find the money gone when the request comes again. */
export interface RefusedTransferRow {
  readonly seq: number;
  /** Whether it, or one refused before it under the same id, was to go out. */
  readonly askedOut: boolean;
  readonly transferId: string;
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  readonly reason: string;
  readonly time: string;
}

/** An account began, or began again. */
export interface BeginningRow {
  readonly seq: number;
  readonly accountId: string;
  readonly kind: 'opening' | 'reset';
  /** Null for an opening. */
  readonly resetId: string | null;
  /** What was booked; below zero where a reset took away. */
  readonly changes: readonly { readonly asset: string; readonly amount: number }[];
  readonly time: string;
}

export interface InstrumentRow {
  readonly seq: number;
  readonly spec: InstrumentSpec;
}

/** State of an instrument, or of the venue under an empty symbol. */
export interface TradingStateRow {
  readonly seq: number;
  readonly symbol: string;
  readonly state: TradingState;
}

export interface AccountRow {
  readonly seq: number;
  readonly accountId: string;
  readonly kind: AccountKind;
  readonly killed: boolean;
}

/** Last prices of an instrument, as far as the run changes them. */
export interface MarketRow {
  readonly symbol: string;
  lastPriceTicks: number | null;
  markPriceTicks: number | null;
  seq: number;
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
  readonly entries: readonly EntryRow[];
  readonly accepted: readonly OrderRow[];
  readonly rejected: readonly OrderRow[];
  readonly changed: readonly KnownOrder[];
  readonly duplicates: readonly DuplicateRow[];
  readonly amendments: readonly AmendmentRow[];
  readonly fills: readonly FillRow[];
  readonly deposits: readonly DepositRow[];
  readonly transfers: readonly TransferRow[];
  readonly refusedTransfers: readonly RefusedTransferRow[];
  readonly beginnings: readonly BeginningRow[];
  readonly instruments: readonly InstrumentRow[];
  readonly tradingStates: readonly TradingStateRow[];
  readonly accounts: readonly AccountRow[];
  readonly markets: readonly MarketRow[];
  readonly balances: readonly Balance[];
  /** Behaviour of the core from the last upgrade on; undefined when there was none. */
  readonly version?: number;
}
