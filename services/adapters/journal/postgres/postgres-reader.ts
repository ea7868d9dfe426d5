import type { Pool } from 'pg';
import type { Logger } from '../../../runtime';
import { Backoff, pause } from '../backoff';
import type { JournalPosition, JournalReader, JournalRecord } from '../journal';
import { checkedRecords, corruptRecord, type RawRecord } from '../records';
import { sequenceAfter } from '../sequences';

export interface PostgresReaderOptions {
  /** Pool of a role that may read the journal, such as `matcher`, on the primary; ended with the reader. */
  readonly pool: Pool;
  readonly logger: Logger;
  /** Milliseconds between two reads without news. */
  readonly pollIntervalMs?: () => number;
}

interface Row {
  readonly position: string;
  readonly frame: Buffer;
  readonly age_ms: number;
}

/** Bytes that one answer should have. */
const ANSWER_BYTES = 4 * 1024 * 1024;
const MOST_ROWS = 2_000;

/** No such table, no right to read it: waiting changes neither. */
const PERMANENT = new Set(['42P01', '3F000', '42501']);

/**
 * Reads the journal in PostgreSQL by asking for what follows. A record that is visible has all its predecessors visible, so
 * nothing is waited for and nothing comes late.
 */
export class PostgresJournalReader implements JournalReader {
  constructor(private readonly options: PostgresReaderOptions) {}

  async* read(partition: number, after: JournalPosition | undefined, signal: AbortSignal): AsyncGenerator<readonly JournalRecord[]> {
    const { logger, pollIntervalMs = () => 20 } = this.options;
    const where = `partition ${partition} of the journal in PostgreSQL`;
    const backoff = new Backoff({
      what: 'reading the journal', where, signal, logger, isPermanent: (error) => PERMANENT.has(String((error as { code?: unknown }).code)),
    });
    let next: number | undefined;
    let limit = 16;
    while (!signal.aborted) {
      let rows: readonly Row[];
      try {
        next ??= await this.begin(partition, after, where);
        rows = await this.rowsFrom(partition, next, limit);
        backoff.succeeded();
      } catch (error) {
        if (signal.aborted) return;
        await backoff.failed(error);
        continue;
      }
      if (signal.aborted) return;
      const { whole, missing } = gapless(rows, next);
      const more = rows.length === limit;
      const { records, corrupt } = checkedRecords(whole, partition, more ? Math.max(0, rows[rows.length - 1].age_ms) : 0, where);
      if (records.length > 0) yield records;
      if (corrupt) throw corrupt;
      if (missing !== undefined) throw corruptRecord(where, String(missing), 'it is not there, although later ones are');
      next += rows.length;
      if (more) limit = limitFor(rows);
      if (more || signal.aborted) continue;
      yield [];
      // Under load the next record is there already; only silence is waited out.
      if (rows.length === 0) await pause(pollIntervalMs(), signal);
    }
  }

  /** Removes the records before this position, for which a snapshot stands in. @returns how many */
  async trim(partition: number, keepFrom: JournalPosition): Promise<number> {
    const { rows: [{ removed }] } = await this.options.pool.query<{ removed: string }>('SELECT journal.trim($1, $2)::text AS removed', [partition, keepFrom]);
    return Number(removed);
  }

  async close(): Promise<void> {
    if (!this.options.pool.ending) await this.options.pool.end();
  }

  private async begin(partition: number, after: JournalPosition | undefined, where: string): Promise<number> {
    const { rows } = await this.options.pool.query<{ last: string; first: string }>(
      'SELECT last_position::text AS last, first_position::text AS first FROM journal.partitions WHERE partition = $1', [partition]);
    return sequenceAfter(after, Number(rows[0]?.last ?? 0), Number(rows[0]?.first ?? 1), where);
  }

  private async rowsFrom(partition: number, from: number, limit: number): Promise<readonly Row[]> {
    const { rows } = await this.options.pool.query<Row>({
      name: 'journal-read',
      text: `SELECT r.position::text AS position, r.frame, (extract(epoch FROM clock_timestamp() - r.appended_at) * 1000)::float8 AS age_ms
        FROM journal.records r WHERE r.partition = $1 AND r.position >= $2 ORDER BY r.position LIMIT $3`,
      values: [partition, from, limit],
    });
    return rows;
  }
}

/** The rows up to the first gap. */
function gapless(rows: readonly Row[], from: number): { readonly whole: readonly RawRecord[]; readonly missing?: number } {
  const gap = rows.findIndex(({ position }, i) => Number(position) !== from + i);
  return gap < 0 ? { whole: rows } : { whole: rows.slice(0, gap), missing: from + gap };
}

/** As many rows as make an answer of the size that is wanted, going by the last ones. */
function limitFor(rows: readonly Row[]): number {
  const bytes = rows.reduce((sum, { frame }) => sum + frame.length, 0) / rows.length;
  return Math.min(MOST_ROWS, Math.max(1, Math.floor(ANSWER_BYTES / bytes)));
}
