import type { Command } from '../../domain';

/** Where a record stands in its partition; opaque, in the journal's own terms. */
export type JournalPosition = string;

/** The durable, ordered log of commands: what is in it happened, nothing else did. */
export interface JournalWriter {
  /**
   * Appends one frame (`encodeCommandBatch`) to its partition. Resolves when it is durable in all zones. A failed append
   * may have taken place: the caller repeats it with the same commands, whose ids make the second one harmless.
   */
  append(partition: number, frame: Uint8Array): Promise<JournalPosition>;
  close(): Promise<void>;
}

/** One record of the journal. Its commands are applied together. */
export interface JournalRecord {
  readonly position: JournalPosition;
  readonly commands: readonly Command[];
  /** Milliseconds by which the reader is behind the newest record, as far as the journal says. */
  readonly lagMs: number;
}

export interface JournalReader {
  /**
   * Yields, in order and without end, arrays of the records after a position, or from the oldest when there is none. An
   * empty array says that the reader has caught up. Ends when the signal aborts.
   *
   * @throws CorruptDataError when a record is not a command batch of this partition: nothing is skipped
   */
  read(partition: number, after: JournalPosition | undefined, signal: AbortSignal): AsyncIterable<readonly JournalRecord[]>;
  close(): Promise<void>;
}
