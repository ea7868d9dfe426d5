import type { JournalPosition } from './journal';
import { JournalUnreadableError } from './journal-errors';

/**
 * The first sequence behind a position, for journals whose positions count without gaps.
 *
 * @param last sequence of the newest record, one less than the first when there is none
 * @param oldest sequence of the oldest record that is kept
 * @param first sequence that the very first record had
 * @throws JournalUnreadableError when the records behind it are not all there
 */
export function sequenceAfter(after: JournalPosition | undefined, last: number, oldest: number, where: string, first = 1): number {
  if (after !== undefined && !/^\d{1,16}$/.test(after)) throw new JournalUnreadableError(`${JSON.stringify(after)} is no position of ${where}`);
  const wanted = after === undefined ? first : Number(after) + 1;
  if (wanted > last + 1) {
    throw new JournalUnreadableError(`${where} ends ${last < first ? 'without a record' : `at record ${last}`}, before position ${after}: the snapshot is of another journal, or this one lost records. `
      + 'Give the matcher the journal that the snapshot belongs to, or rebuild the core from the ledger (docs/journals.md)');
  }
  if (wanted < oldest) {
    throw new JournalUnreadableError(`${where} begins at record ${oldest}, so records ${wanted} to ${oldest - 1} are gone: `
      + 'start from a snapshot that includes them, or rebuild the core from the ledger (docs/journals.md)');
  }
  return wanted;
}
