import type { Pool } from 'pg';
import { refuseForeignFrame } from '../frame-check';
import type { JournalPosition, ProbedWriter } from '../journal';
import { type AppendOutcome, JournalUnavailableError } from '../journal-errors';

export interface PostgresWriterOptions {
  /** Pool of a role that may append, such as `api`; ended with the writer. */
  readonly pool: Pool;
  /** Largest frame, in bytes; default 4 MiB. */
  readonly maxFrameBytes?: number;
}

/** Connection lost, server going down, statement of unknown completion: it may have been committed all the same. */
const UNKNOWN = /^(08|57P|40003|XX|58)/;

/** Appends to the journal in PostgreSQL. Positions are those of the partition's counter, in the order of the commits. */
export class PostgresJournalWriter implements ProbedWriter {
  private readonly maxFrameBytes: number;

  constructor(private readonly options: PostgresWriterOptions) {
    this.maxFrameBytes = options.maxFrameBytes ?? 4 * 1024 * 1024;
  }

  async append(partition: number, frame: Uint8Array): Promise<JournalPosition> {
    refuseForeignFrame(frame, partition, this.maxFrameBytes);
    const client = await this.options.pool.connect().catch((error: unknown) => {
      throw failure(error, 'refused');
    });
    let broken: Error | undefined;
    let warning: string | undefined;
    const onError = (error: Error): void => { broken = error; };
    const onNotice = ({ severity, message }: { severity?: string; message?: string }): void => {
      if (severity === 'WARNING') warning = message;
    };
    client.on('error', onError);
    client.on('notice', onNotice);
    try {
      const { rows: [{ position }] } = await client.query<{ position: string }>(
        { name: 'journal-append', text: 'SELECT journal.append($1, $2)::text AS position', values: [partition, frame] });
      // A server that gives up waiting for its standby commits, answers, and warns.
      if (warning !== undefined) throw new JournalUnavailableError(`the journal took a record, but not for certain: ${warning}`, 'unknown');
      return position;
    } catch (error) {
      throw failure(error, outcomeOfStatement(error));
    } finally {
      client.off('error', onError);
      client.off('notice', onNotice);
      client.release(broken);
    }
  }

  /** The primary answers, and this role may append. */
  async probe(): Promise<void> {
    const text = "SELECT has_function_privilege('journal.append(integer, bytea)', 'EXECUTE') AND NOT pg_is_in_recovery() AS may";
    const { rows } = await this.options.pool.query<{ may: boolean }>(text).catch((error: unknown) => {
      throw failure(error, 'refused');
    });
    if (!rows[0].may) throw new JournalUnavailableError('the server is a standby, or this role may not append to the journal', 'refused');
  }

  async close(): Promise<void> {
    if (!this.options.pool.ending) await this.options.pool.end();
  }
}

/** The server's own error says that the statement was rolled back, but for those that end the session. */
function outcomeOfStatement(error: unknown): AppendOutcome {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !UNKNOWN.test(code) ? 'refused' : 'unknown';
}

function failure(error: unknown, outcome: AppendOutcome): JournalUnavailableError {
  if (error instanceof JournalUnavailableError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new JournalUnavailableError(`could not append to the journal in PostgreSQL: ${reason}`, outcome, { cause: error });
}
