import type { Command, OrderType, Side } from './command';
import type { Event } from './event';
import type { Instrument } from './instrument';

/** Newest behaviour of the core that this project holds. A venue that begins writes it into its journal, ahead of everything else. */
export const CORE_VERSION = 3;

/** Behaviour from which on accounts can be opened and reset. Before, those commands do nothing, and no build of before can read them. */
export const ACCOUNTS_BEGIN_VERSION = 3;

/** One price level of a book. */
export interface Level {
  readonly priceTicks: number;
  readonly quantityLots: number;
}

/** An order of a book, or one that waits for its trigger, as a level 3 snapshot shows it. */
export interface OpenOrder {
  readonly orderId: string;
  readonly accountId: string;
  readonly clientOrderId: string;
  readonly side: Side;
  readonly orderType: OrderType;
  /** Ticks; 0 for an order without a limit. */
  readonly priceTicks: number;
  /** Ticks; 0 for an order that waits for nothing. */
  readonly triggerTicks: number;
  readonly quantityLots: number;
  readonly remainingLots: number;
}

/** Orders by priority: of the book from the best price on, waiting ones by trigger. */
export interface OpenOrders {
  readonly bids: readonly OpenOrder[];
  readonly asks: readonly OpenOrder[];
  /** Those that wait for the price to fall to their trigger, the highest trigger first. */
  readonly falling: readonly OpenOrder[];
  /** Those that wait for it to rise, the lowest trigger first. */
  readonly rising: readonly OpenOrder[];
}

/** What an account has of an asset, in smallest units. */
export interface AccountBalance {
  readonly accountId: string;
  readonly asset: string;
  readonly free: number;
  readonly held: number;
}

/**
 * A copy of a core's memory, taken between two commands. Only typed arrays, numbers and text: it can be posted to another thread and
 * become a snapshot there, while the core goes on.
 */
export interface CoreCapture {
  readonly partition: number;
  readonly lastSeq: number;
  /** Known to the build that made it, and to nobody else. */
  readonly memory: unknown;
}

/**
 * The exchange: risk and matching in one step. Synchronous and pure: no clock, no randomness, no I/O. The same commands
 * give the same events, always, on every machine.
 */
export interface Core {
  readonly partition: number;
  /** Sequence of the last event. */
  readonly lastSeq: number;
  /** Which behaviour it shows; `upgrade` commands raise it. */
  readonly version: number;
  /**
   * Applies one command; the events continue the sequence.
   *
   * @throws UnsupportedVersionError at an upgrade to a version that this build does not know: nothing may be applied any more
   */
  apply(command: Command): readonly Event[];
  /**
   * Applies all commands of a journal frame (`encodeCommandBatch`) straight from its bytes and tells nobody what happened: recovery. The
   * state and the sequence afterwards are those that `apply` would have left.
   *
   * @returns number of commands
   * @throws CorruptDataError when the frame is not exactly what was appended to this partition
   */
  replay(frame: Uint8Array): number;
  /** Best levels of a symbol, best first; empty for an unknown one. */
  levels(symbol: string, depth: number): { readonly bids: readonly Level[]; readonly asks: readonly Level[] };
  /** All instruments, sorted by symbol. */
  instruments(): readonly Instrument[];
  /** The orders of a symbol by priority; none for an unknown one. */
  orders(symbol: string): OpenOrders;
  /** What everybody has, sorted by account and asset, without zeros. */
  balances(): readonly AccountBalance[];
  /**
   * Copies the memory; `encodeCapture` makes the snapshot of it, anywhere. The copy is shared memory: posting it to a worker copies nothing.
   *
   * @param earlier a capture that nobody needs any more: its memory is used again, which is several times faster than new memory
   */
  capture(earlier?: CoreCapture): CoreCapture;
  /** Everything the core knows, in canonical form, with its hash: equal states give equal bytes. */
  snapshot(): Uint8Array;
  /** SHA-256 of the state, as the snapshot names it. */
  stateHash(): string;
}
