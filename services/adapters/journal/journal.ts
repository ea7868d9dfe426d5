import type { Command, CommandTrace } from '../../domain';

/** Where a record stands in its partition; opaque, in the journal's own terms. */
export type JournalPosition = string;

/** The durable, ordered log of commands: what is in it happened, nothing else did. */
export interface JournalWriter {
  /**
   * Appends one frame (`encodeCommandBatch`) to its partition. Resolves when it is durable: in all zones, or on the disk of a
   * file journal. A failed append may have taken place: the caller repeats it with the same commands, whose ids make the
   * second one harmless. Whoever needs an order between two appends awaits the first.
   *
   * @throws RangeError when the frame is of another partition or larger than the journal takes
   * @throws JournalUnavailableError when the journal did not confirm
   */
  append(partition: number, frame: Uint8Array): Promise<JournalPosition>;
  close(): Promise<void>;
}

/** A writer that can be asked whether it would take an append. */
export interface ProbedWriter extends JournalWriter {
  /** Asks the journal whether a partition can be reached, without writing to it. @throws JournalUnavailableError */
  probe(partition: number): Promise<void>;
}

/** One record of the journal. Its commands are applied together. */
export interface JournalRecord {
  readonly position: JournalPosition;
  /** The bytes that were appended, checked against their checksum. Not to be changed: they may share memory with others. */
  readonly frame: Uint8Array;
  /** What the frame says; decoded when somebody asks, so that a recovery that needs only the frame does not pay for it. */
  readonly commands: readonly Command[];
  /** Of those commands that are traced; undefined when none is. */
  readonly traces?: readonly CommandTrace[];
  /** Milliseconds by which the reader is behind the newest record, as far as the journal says. */
  readonly lagMs: number;
}

export interface JournalReader {
  /**
   * Yields, in order and without end, arrays of the records after a position, or from the oldest when there is none. An
   * empty array says that the reader has caught up. Ends when the signal aborts.
   *
   * @throws CorruptDataError when a record is not a command batch of this partition, or one is missing: nothing is skipped
   * @throws JournalUnreadableError when the journal cannot be read as it is, which waiting does not change
   */
  read(partition: number, after: JournalPosition | undefined, signal: AbortSignal): AsyncIterable<readonly JournalRecord[]>;
  close(): Promise<void>;
}
