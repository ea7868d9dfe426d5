import type { Pool } from 'pg';
import type { LeaseState, LeaseStore } from './lease';

export interface PostgresLeaseOptions {
  /** Pool of a role that may write `journal.leases`, such as `matcher`, on the primary; ended with the store. */
  readonly pool: Pool;
  /** Milliseconds without a renewal, by the database's clock, before which nobody else is let in; the keeper's lapse. */
  readonly lapseMs: number;
  /** Longest wait for one answer, in milliseconds; several must fit before the lease lapses. */
  readonly requestTimeoutMs: number;
}

interface Row {
  readonly owner: string;
  readonly epoch: string;
  readonly version: string;
  readonly published_seq: string;
}

const COLUMNS = 'owner, epoch::text AS epoch, version::text AS version, published_seq::text AS published_seq';

function stateOf({ owner, epoch, version, published_seq }: Row): LeaseState {
  return { owner, epoch: Number(epoch), version: Number(version), publishedSeq: Number(published_seq) };
}

/**
 * One row per partition in PostgreSQL; each change is one conditional statement. Besides what was observed, the database's own clock
 * must say that the lease has lapsed: a standby whose clock or whose patience is wrong is not let in either.
 */
export class PostgresLease implements LeaseStore {
  constructor(private readonly options: PostgresLeaseOptions) {}

  async read(partition: number): Promise<LeaseState | undefined> {
    return this.one(`SELECT ${COLUMNS} FROM journal.leases WHERE partition = $1`, [partition]);
  }

  async acquire(partition: number, owner: string, observed: LeaseState | undefined): Promise<LeaseState | undefined> {
    if (!observed) {
      return this.one(`INSERT INTO journal.leases (partition, owner, epoch, version, published_seq) VALUES ($1, $2, 1, 1, 0)
        ON CONFLICT (partition) DO NOTHING RETURNING ${COLUMNS}`, [partition, owner]);
    }
    return this.one(`UPDATE journal.leases SET owner = $2, epoch = epoch + 1, version = version + 1, renewed_at = clock_timestamp()
      WHERE partition = $1 AND version = $3 AND (owner IN ('', $2) OR renewed_at <= clock_timestamp() - $4 * interval '1 millisecond')
      RETURNING ${COLUMNS}`, [partition, owner, observed.version, this.options.lapseMs]);
  }

  async renew(partition: number, owner: string, epoch: number, publishedSeq: number): Promise<boolean> {
    return await this.write(partition, owner, epoch, publishedSeq, owner) !== undefined;
  }

  async release(partition: number, owner: string, epoch: number, publishedSeq: number): Promise<void> {
    await this.write(partition, owner, epoch, publishedSeq, '');
  }

  async close(): Promise<void> {
    await this.options.pool.end();
  }

  /** Not conditional on the version: a renewal whose answer was lost has moved it already. */
  private write(partition: number, owner: string, epoch: number, publishedSeq: number, newOwner: string): Promise<LeaseState | undefined> {
    return this.one(`UPDATE journal.leases SET owner = $5, published_seq = greatest(published_seq, $4), version = version + 1, renewed_at = clock_timestamp()
      WHERE partition = $1 AND owner = $2 AND epoch = $3 RETURNING ${COLUMNS}`, [partition, owner, epoch, publishedSeq, newOwner]);
  }

  /** Given up in time, the connection included: the keeper alone knows how much time is left. */
  private async one(text: string, values: unknown[]): Promise<LeaseState | undefined> {
    const { pool, requestTimeoutMs } = this.options;
    const limit = { query_timeout: requestTimeoutMs };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the lease store did not answer in ${requestTimeoutMs} ms`)), requestTimeoutMs);
    });
    try {
      const query = pool.query<Row>({ text, values, ...limit });
      query.catch(() => undefined);
      const { rows } = await Promise.race([query, late]);
      return rows[0] && stateOf(rows[0]);
    } finally {
      clearTimeout(timer);
    }
  }
}
