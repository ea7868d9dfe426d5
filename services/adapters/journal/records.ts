import { checkFrame } from './frame-check';
import type { JournalPosition, JournalRecord } from './journal';
import { type Command, type CommandBatch, type CommandTrace, CorruptDataError, decodeCommandBatch } from '../../domain';

/** A record as it came out of a journal, before anybody looked at it. */
export interface RawRecord {
  readonly position: JournalPosition;
  readonly frame: Uint8Array;
}

/** Says which record it is, and what to do: whoever reads this has an exchange that stands still. */
export function corruptRecord(where: string, position: JournalPosition, reason: string): CorruptDataError {
  return new CorruptDataError(`record ${position} of ${where} cannot be applied: ${reason}; nothing behind it was read. `
    + 'Restore the record from a copy of the journal, or rebuild the core from the ledger (docs/journals.md)');
}

class CheckedRecord implements JournalRecord {
  private decoded: CommandBatch | undefined;

  constructor(readonly position: JournalPosition, readonly frame: Uint8Array, readonly lagMs: number, private readonly where: string) {}

  get commands(): readonly Command[] {
    return (this.decoded ??= this.decode()).commands;
  }

  get traces(): readonly CommandTrace[] | undefined {
    return (this.decoded ??= this.decode()).traces;
  }

  /** The envelope was checked, so only a writer of another build can have put here what cannot be decoded. */
  private decode(): CommandBatch {
    try {
      return decodeCommandBatch(this.frame);
    } catch (error) {
      if (!(error instanceof CorruptDataError)) throw error;
      throw corruptRecord(this.where, this.position, error.message);
    }
  }
}

/** The records up to the first one that is not what was appended, and what is wrong with that one. */
export function checkedRecords(raw: readonly RawRecord[], partition: number, lagMs: number, where: string):
{ readonly records: readonly JournalRecord[]; readonly corrupt?: CorruptDataError } {
  const records: JournalRecord[] = [];
  for (const { position, frame } of raw) {
    try {
      checkFrame(frame, partition);
    } catch (error) {
      if (!(error instanceof CorruptDataError)) throw error;
      return { records, corrupt: corruptRecord(where, position, error.message) };
    }
    records.push(new CheckedRecord(position, frame, lagMs, where));
  }
  return { records };
}
