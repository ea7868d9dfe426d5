import type { Pool } from 'pg';

/** What the ledger knows of a message that it refused. */
export interface Refusal {
  /** Times that this very message was refused in a row, this one included. */
  readonly count: number;
  /** The next event that the partition needs. */
  readonly nextSeq: number;
  /** Not null when the partition was halted before. */
  readonly haltedSeq: number | null;
  readonly haltedReason: string | null;
}

/** What a release ended. */
export interface Released {
  readonly haltedSeq: number;
  readonly reason: string;
  readonly haltedAt: Date;
}

/** Counts a refusal of a message; one more or less receive of it, as in an outage, does not matter. A halted partition counts no further. */
export async function countRefusal(pool: Pool, partition: number, messageId: string): Promise<Refusal> {
  const { rows: [row] } = await pool.query<{ count: number; next_seq: number; halted_seq: number | null; halted_reason: string | null }>(`
    INSERT INTO ledger.partitions AS p (partition, refused_message, refused_count) VALUES ($1, $2, 1)
    ON CONFLICT (partition) DO UPDATE SET
      refused_message = excluded.refused_message,
      refused_count = CASE
        WHEN p.refused_message IS DISTINCT FROM excluded.refused_message THEN 1
        WHEN p.halted_seq IS NOT NULL THEN p.refused_count
        ELSE p.refused_count + 1
      END
    RETURNING refused_count AS count, last_seq + 1 AS next_seq, halted_seq, halted_reason`, [partition, messageId]);
  return { count: row.count, nextSeq: row.next_seq, haltedSeq: row.halted_seq, haltedReason: row.halted_reason };
}

/** Halts a partition, unless it is halted already. */
export async function haltPartition(pool: Pool, partition: number, seq: number, reason: string): Promise<void> {
  await pool.query(`
    UPDATE ledger.partitions SET halted_seq = $2, halted_reason = $3, halted_at = now(), updated_at = now()
    WHERE partition = $1 AND halted_seq IS NULL`, [partition, seq, reason]);
}

/** Clears a halt, so that the message behind it gets all its attempts again. @returns undefined when there was none */
export async function releasePartition(pool: Pool, partition: number): Promise<Released | undefined> {
  const { rows: [row] } = await pool.query<{ halted_seq: number; halted_reason: string; halted_at: Date }>(`
    WITH halted AS (SELECT * FROM ledger.partitions WHERE partition = $1 AND halted_seq IS NOT NULL FOR UPDATE)
    UPDATE ledger.partitions p
    SET halted_seq = NULL, halted_reason = NULL, halted_at = NULL, refused_message = NULL, refused_count = 0, updated_at = now()
    FROM halted WHERE p.partition = halted.partition
    RETURNING halted.halted_seq, halted.halted_reason, halted.halted_at`, [partition]);
  return row && { haltedSeq: row.halted_seq, reason: row.halted_reason, haltedAt: row.halted_at };
}
