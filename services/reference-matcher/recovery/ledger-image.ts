import type { InstrumentSpec, OrderType, SelfTradePrevention, Side, TimeInForce, TradingState } from '../../domain';

/** An order that is open in the ledger: in the book, or waiting for its trigger. */
export interface ImageOrder {
  readonly orderId: string;
  readonly accountId: string;
  readonly clientOrderId: string;
  readonly digest: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly selfTradePrevention: SelfTradePrevention;
  readonly priceTicks: number;
  readonly triggerTicks: number;
  readonly quantityLots: number;
  readonly quoteBudget: number;
  readonly remainingLots: number;
  readonly listId: string | null;
  /** Sequence of the event that accepted it. */
  readonly createdSeq: number;
  /** Sequence of the event that gave it its place in its queue. */
  readonly prioritySeq: number;
  /** Whether it waits for its trigger. */
  readonly waiting: boolean;
  readonly amendId: string | null;
}

/** What a core still remembers of an order, or of a list, that has ended. */
export interface ImageEnded {
  readonly id: string;
  /** Core time. */
  readonly endedAt: number;
  /** Absent when it claims no client order id. */
  readonly claim?: { readonly accountId: string; readonly clientOrderId: string; readonly digest: string };
}

export interface ImageBalance {
  readonly accountId: string;
  readonly asset: string;
  readonly free: number;
  readonly held: number;
}

export interface ImageBook {
  readonly spec: InstrumentSpec;
  readonly state: TradingState;
  /** Ticks; 0 for none. */
  readonly mark: number;
  readonly last: number;
}

/** Everything that a core knows, as the ledger has it. */
export interface LedgerImage {
  readonly partition: number;
  /** Sequence of the last event that is settled. */
  readonly seq: number;
  /** Core time of that event. */
  readonly time: number;
  /** Highest epoch that the ledger has seen. */
  readonly epoch: number;
  /** Behaviour since the last upgrade; undefined when there was none. */
  readonly version: number | undefined;
  readonly idempotencyWindowMs: number;
  readonly venue: TradingState;
  /** By symbol. */
  readonly books: readonly ImageBook[];
  /** Accounts that are not plain customers. */
  readonly accounts: readonly { readonly accountId: string; readonly house: boolean; readonly killed: boolean; readonly opened: boolean }[];
  readonly balances: readonly ImageBalance[];
  readonly orders: readonly ImageOrder[];
  /** The oldest end first. */
  readonly ended: readonly ImageEnded[];
  readonly deposits: readonly string[];
  readonly transfersOut: readonly string[];
  readonly transfersIn: readonly string[];
  readonly resets: readonly string[];
}
