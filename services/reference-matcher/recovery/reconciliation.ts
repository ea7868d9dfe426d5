import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { JournalReader } from '../../adapters/journal/journal';
import type { IdempotencyRecord, OrderCancelled, OrderRequest } from '../../domain';

/** An order that somebody was told is in the journal, and that the ledger does not have. */
export interface UnsettledOrder {
  readonly orderId: string;
  readonly accountId: string;
  readonly clientOrderId: string;
  readonly source: 'journal' | 'cache';
  /** Known from the journal only. */
  readonly symbol?: string;
  readonly side?: string;
  readonly time?: number;
  /** Where the journal has it. */
  readonly position?: string;
}

/** What is lost with a region, for those who have to tell its owners. */
export interface ReconciliationReport {
  readonly partition: number;
  readonly generatedAt: string;
  readonly ledger: { readonly seq: number; readonly time: string; readonly epoch: number };
  /** Where the new core begins: the next event is one more, of this epoch or a later one. */
  readonly opened: { readonly seq: number; readonly epoch: number; readonly version: number; readonly stateHash: string };
  /** Whether anything was written. */
  readonly applied: boolean;
  /** Orders that ended because their command was settled in part. */
  readonly ended: readonly Pick<OrderCancelled, 'orderId' | 'accountId' | 'symbol' | 'reason' | 'remainingLots'>[];
  readonly unsettled: readonly UnsettledOrder[];
  /** What was looked into for them, and how far that went. */
  readonly sources: { readonly journal: string; readonly cache: string };
}

/** What is still readable of the lost region. */
export interface ReportSources {
  readonly journal?: JournalReader;
  readonly cache?: Redis;
}

/** Orders that were acknowledged and not settled, as far as anything that is left knows of them. A source that fails is named, not fatal. */
export async function findUnsettled(
  ledger: Pool, partition: number, sources: ReportSources, signal: AbortSignal,
): Promise<Pick<ReconciliationReport, 'unsettled' | 'sources'>> {
  const found = new Map<string, UnsettledOrder>();
  const look = async (read: (() => Promise<number>) | undefined): Promise<string> => {
    if (!read) return 'not asked';
    try {
      return `read: ${await read()} orders`;
    } catch (error) {
      return `could not be read to its end: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
  const { journal, cache } = sources;
  const inJournal = await look(journal && (() => readJournal(journal, partition, signal, (order) => found.set(order.orderId, order))));
  const inCache = await look(cache && (() => readCache(cache, (order) => { if (!found.has(order.orderId)) found.set(order.orderId, order); })));
  const known = await knownOrders(ledger, [...found.keys()]);
  return { unsettled: [...found.values()].filter(({ orderId }) => !known.has(orderId)), sources: { journal: inJournal, cache: inCache } };
}

async function readJournal(journal: JournalReader, partition: number, signal: AbortSignal, take: (order: UnsettledOrder) => void): Promise<number> {
  let count = 0;
  for await (const records of journal.read(partition, undefined, signal)) {
    if (records.length === 0) return count;
    for (const { commands, position } of records) {
      for (const command of commands) {
        const orders: readonly OrderRequest[] = command.type === 'place_order' ? [command] : command.type === 'place_oco' ? [command.resting, command.waiting] : [];
        for (const { orderId, accountId, clientOrderId, symbol, side } of orders) {
          take({ orderId, accountId, clientOrderId, source: 'journal', symbol, side, time: command.time, position });
          count++;
        }
      }
    }
  }
  return count;
}

/** Acknowledgements that the API remembers; lists are remembered under their own id, which the ledger knows by their orders. */
async function readCache(cache: Redis, take: (order: UnsettledOrder) => void): Promise<number> {
  let count = 0;
  for await (const keys of cache.scanStream({ match: 'idem:*', count: 500 }) as AsyncIterable<string[]>) {
    if (keys.length === 0) continue;
    const values = await cache.mget(keys);
    keys.forEach((key, n) => {
      const record = JSON.parse(values[n] ?? '{}') as Partial<IdempotencyRecord>;
      if (record.orderId === undefined || record.position === undefined) return;
      const [, accountId, ...rest] = key.split(':');
      take({ orderId: record.orderId, accountId, clientOrderId: rest.join(':').trimEnd(), source: 'cache', position: record.position });
      count++;
    });
  }
  return count;
}

/** Which of these ids the ledger has, as orders, repetitions or lists. */
async function knownOrders(ledger: Pool, ids: readonly string[]): Promise<Set<string>> {
  const known = new Set<string>();
  for (let from = 0; from < ids.length; from += 10_000) {
    const { rows } = await ledger.query<{ id: string }>(`
      SELECT id FROM unnest($1::uuid[]) AS given (id)
      WHERE EXISTS (SELECT FROM ledger.orders WHERE order_id = id) OR EXISTS (SELECT FROM ledger.order_duplicates WHERE id IN (order_id, list_id))
        OR EXISTS (SELECT FROM ledger.orders WHERE list_id = id)`, [ids.slice(from, from + 10_000)]);
    for (const { id } of rows) known.add(id);
  }
  return known;
}
