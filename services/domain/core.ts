import type { Command } from './command';
import type { Event } from './event';
import type { Instrument } from './instrument';

/** One price level of a book. */
export interface Level {
  readonly priceTicks: number;
  readonly quantityLots: number;
}

/**
 * The exchange: risk and matching in one step. Synchronous and pure: no clock, no randomness, no I/O. The same commands
 * give the same events, always, on every machine.
 */
export interface Core {
  readonly partition: number;
  /** Sequence of the last event. */
  readonly lastSeq: number;
  /** Applies one command; the events continue the sequence. */
  apply(command: Command): readonly Event[];
  /** Best levels of a symbol, best first; empty for an unknown one. */
  levels(symbol: string, depth: number): { readonly bids: readonly Level[]; readonly asks: readonly Level[] };
  /** All instruments, sorted by symbol. */
  instruments(): readonly Instrument[];
  /** Everything the core knows, in canonical form: equal states give equal text. */
  snapshot(): string;
  /** SHA-256 of the snapshot. */
  stateHash(): string;
}
