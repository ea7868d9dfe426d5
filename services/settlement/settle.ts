import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../adapters/postgres/transaction';
import type { EventRun } from '../domain';
import { changesOf } from './apply';
import { touchedBy } from './balances';
import { entriesOf } from './entries';
import { isLostConnection, PartitionHaltedError, SequenceGapError } from './errors';
import { ordersTouchedBy, timeOf } from './orders';
import type { Balance, EntryRow, KnownOrder } from './rows';
import { writeChanges } from './write';

/** What became of a run. `old`: all its events were there; `fenced`: it came from a leader that a newer one has replaced. */
export type Settled =
  | { readonly outcome: 'applied'; readonly events: number; readonly lastSeq: number }
  | { readonly outcome: 'old'; readonly lastSeq: number }
  | { readonly outcome: 'fenced'; readonly epoch: number };

interface PartitionRow {
  readonly last_seq: number;
  readonly epoch: number;
  readonly halted_seq: number | null;
  readonly halted_reason: string | null;
}

/**
 * Applies a run in one transaction: the events behind the partition's last sequence, exactly once, or nothing. The partition's row
 * is locked from the first statement, so runs of one partition pass one at a time, whoever delivers them.
 *
 * @throws PartitionHaltedError, SequenceGapError, RefusedEventError, or whatever the database says; then nothing was applied
 */
export async function settleRun(pool: Pool, run: EventRun): Promise<Settled> {
  try {
    return await inTransaction(pool, (client) => settle(client, run));
  } catch (error) {
    // A connection that died while it lay idle is found out only now. Whether the commit took place does not matter: it is looked up again.
    if (isLostConnection(error)) return inTransaction(pool, (client) => settle(client, run));
    throw error;
  }
}

async function settle(client: PoolClient, run: EventRun): Promise<Settled> {
  const { partition, epoch } = run;
  const row = await lockPartition(client, partition);
  if (row.halted_seq !== null) throw new PartitionHaltedError(partition, row.halted_seq, row.halted_reason ?? '');
  if (epoch < row.epoch) return { outcome: 'fenced', epoch: row.epoch };
  const events = run.events.filter(({ seq }) => seq > row.last_seq);
  if (events.length > 0 && events[0].seq !== row.last_seq + 1) throw new SequenceGapError(partition, row.last_seq, events[0].seq);
  const lastSeq = events.at(-1)?.seq ?? row.last_seq;
  let version: number | undefined;
  if (events.length > 0) {
    const changes = changesOf(events, {
      balances: await loadBalances(client, partition, events.flatMap(entriesOf)),
      orders: await loadOrders(client, partition, ordersTouchedBy(events)),
    });
    await writeChanges(client, partition, changes);
    version = changes.version;
  }
  await client.query(`
    UPDATE ledger.partitions SET last_seq = $2, epoch = $3, core_version = coalesce($4, core_version), core_time = coalesce($5, core_time),
      refused_message = NULL, refused_count = 0, updated_at = now()
    WHERE partition = $1`, [partition, lastSeq, epoch, version ?? null, events.at(-1) ? timeOf(events[events.length - 1]) : null]);
  return events.length > 0 ? { outcome: 'applied', events: events.length, lastSeq } : { outcome: 'old', lastSeq };
}

async function lockPartition(client: PoolClient, partition: number): Promise<PartitionRow> {
  const select = 'SELECT last_seq, epoch, halted_seq, halted_reason FROM ledger.partitions WHERE partition = $1 FOR UPDATE';
  const { rows: [found] } = await client.query<PartitionRow>(select, [partition]);
  if (found) return found;
  // Two may find it missing at once: one inserts it, the other waits for the first and then finds it.
  await client.query('INSERT INTO ledger.partitions (partition) VALUES ($1) ON CONFLICT DO NOTHING', [partition]);
  const { rows: [made] } = await client.query<PartitionRow>(select, [partition]);
  return made;
}

async function loadBalances(client: PoolClient, partition: number, entries: readonly EntryRow[]): Promise<Balance[]> {
  const touched = touchedBy(entries);
  if (touched.length === 0) return [];
  // As text: what the world outside owes may pass 53 bits.
  const { rows } = await client.query<{ account_id: string; asset: string; free: string; held: string }>(`
    SELECT account_id, asset, free::text, held::text
    FROM ledger.balances JOIN unnest($2::uuid[], $3::text[]) AS given (account_id, asset) USING (account_id, asset)
    WHERE partition = $1`, [partition, touched.map(({ accountId }) => accountId), touched.map(({ asset }) => asset)]);
  return rows.map(({ account_id, asset, free, held }) => ({ accountId: account_id, asset, free: BigInt(free), held: BigInt(held), updatedSeq: 0 }));
}

interface OrderColumns extends Omit<KnownOrder, 'state'>, Omit<KnownOrder['state'], 'updatedAt'> {
  readonly updatedAt: Date;
}

/** The orders themselves, and those that share a list with one of them. */
async function loadOrders(client: PoolClient, partition: number, ids: readonly string[]): Promise<KnownOrder[]> {
  if (ids.length === 0) return [];
  const { rows } = await client.query<OrderColumns>(`
    WITH named AS (SELECT order_id, list_id FROM ledger.orders WHERE order_id = ANY($2::uuid[]) AND partition = $1)
    SELECT order_id AS "orderId", quote_budget AS "quoteBudget", list_id AS "listId", price_ticks AS "priceTicks", quantity_lots AS "quantityLots",
      remaining_lots AS "remainingLots", filled_lots AS "filledLots", filled_quote AS "filledQuote", status, reason,
      triggered_seq AS "triggeredSeq", amend_id AS "amendId", priority_seq AS "prioritySeq", updated_seq AS "updatedSeq", updated_at AS "updatedAt"
    FROM ledger.orders JOIN (
      SELECT order_id FROM named
      UNION SELECT o.order_id FROM ledger.orders o JOIN named n ON o.list_id = n.list_id AND o.status = 'open'
    ) given USING (order_id)`, [partition, ids]);
  return rows.map(({ orderId, quoteBudget, listId, updatedAt, ...state }) => (
    { orderId, quoteBudget, listId, state: { ...state, updatedAt: updatedAt.toISOString() } }));
}
