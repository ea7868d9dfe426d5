import type { Pool } from 'pg';
import { z } from 'zod';
import type { JournalWriter } from '../adapters/journal/journal';
import { encodeCommand, encodeCommandBatch, type Event, type TransferIn } from '../domain';

/** Funds that left their partition for another one. */
export interface Departure {
  readonly transferId: string;
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  readonly fromPartition: number;
  readonly toPartition: number;
}

/** What events take out to other partitions; what goes to the outside stays there. */
export function departures(events: readonly Event[]): Departure[] {
  return events.flatMap((event) => {
    if (event.type !== 'transferred_out' || event.toPartition === event.partition) return [];
    const { transferId, accountId, asset, amount, partition: fromPartition, toPartition } = event;
    return [{ transferId, accountId, asset, amount, fromPartition, toPartition }];
  });
}

/**
 * Writes the arrival of transfers into the logs of the partitions that they go to. May do so any number of times: the core there takes a
 * transfer by its id once.
 */
export class TransferRelay {
  constructor(private readonly journal: JournalWriter) {}

  /** Resolves when every log has its arrivals. @throws JournalUnavailableError when one did not confirm; then all of it is to be repeated */
  async append(transfers: readonly Departure[]): Promise<void> {
    const time = Date.now();
    for (const partition of new Set(transfers.map(({ toPartition }) => toPartition))) {
      const commands = transfers.filter(({ toPartition }) => toPartition === partition).map(({ toPartition: _, ...transfer }): TransferIn => (
        { type: 'transfer_in', time, ...transfer }));
      await this.journal.append(partition, encodeCommandBatch(partition, commands.map(encodeCommand)));
    }
  }
}

const count = () => z.int().min(0);

/**
 * An operator's command: append once more what left a partition, for when the queue was lost or an arrival was refused. `after` skips what
 * events up to this sequence took out, `transferId` asks for one alone.
 */
export const relayCommand = z.strictObject({
  relay: z.strictObject({ partition: count().max(0xffff), after: count().optional(), transferId: z.uuid().optional() }),
});

export interface RelayResult {
  readonly partition: number;
  readonly relayed: number;
  /** Where to go on, as `after`, when the time was not enough. */
  readonly next?: number;
}

const PAGE = 500;
/** A page and an append, at their slowest. */
const PAGE_MS = 10_000;

const DEPARTURES = `
  SELECT seq, transfer_id AS "transferId", account_id AS "accountId", asset, amount, other_partition AS "toPartition"
    FROM ledger.transfers
   WHERE partition = $1 AND seq > $2 AND direction = 'out' AND other_partition <> partition AND ($3::uuid IS NULL OR transfer_id = $3)
   ORDER BY seq LIMIT ${PAGE}`;

/** Appends the arrival of everything that the ledger says has left a partition. */
export async function relayAgain(
  pool: Pool, relay: TransferRelay, { partition, after = 0, transferId }: z.output<typeof relayCommand>['relay'], remainingMs: () => number,
): Promise<RelayResult> {
  let relayed = 0;
  for (let last = after; ;) {
    if (remainingMs() < PAGE_MS) return { partition, relayed, next: last };
    const { rows } = await pool.query<Omit<Departure, 'fromPartition'> & { seq: number }>(DEPARTURES, [partition, last, transferId ?? null]);
    if (rows.length === 0) return { partition, relayed };
    await relay.append(rows.map(({ seq: _, ...row }) => ({ ...row, fromPartition: partition })));
    relayed += rows.length;
    last = rows[rows.length - 1].seq;
  }
}
