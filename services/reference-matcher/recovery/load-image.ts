import type { Pool, PoolClient } from 'pg';
import type { ImageBalance, ImageBook, ImageEnded, ImageOrder, LedgerImage } from './ledger-image';
import { inTransaction } from '../../adapters/postgres/transaction';
import { CorruptDataError, type InstrumentSpec, type TradingState } from '../../domain';

export interface LoadOptions {
  readonly partition: number;
  /** The core's own; the ledger does not have it. */
  readonly idempotencyWindowMs: number;
}

/**
 * Reads all that a core knows of a partition out of its ledger, as of one moment.
 *
 * @throws CorruptDataError when the ledger does not have the partition, or settlement is halted in it
 */
export function loadImage(pool: Pool, options: LoadOptions): Promise<LedgerImage> {
  return inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    // A whole book may be longer than what a service would wait for.
    await client.query('SET LOCAL statement_timeout = 0');
    return new Loader(client, options).load();
  });
}

interface PartitionRow {
  readonly seq: number;
  readonly epoch: number;
  readonly version: number | null;
  readonly time: Date | null;
  readonly halted: string | null;
}

class Loader {
  constructor(private readonly client: PoolClient, private readonly options: LoadOptions) {}

  async load(): Promise<LedgerImage> {
    const { partition, idempotencyWindowMs } = this.options;
    const [row] = await this.rows<PartitionRow>(
      'SELECT last_seq AS seq, epoch, core_version AS version, core_time AS time, halted_reason AS halted FROM ledger.partitions WHERE partition = $1');
    if (!row?.time) throw new CorruptDataError(`the ledger has no events of partition ${partition}`);
    if (row.halted !== null) {
      throw new CorruptDataError(`settlement of partition ${partition} is halted behind event ${row.seq} (${row.halted}); release it or repair its message first`);
    }
    const time = row.time.getTime();
    const states = new Map((await this.rows<{ symbol: string; state: TradingState }>(
      'SELECT symbol, state FROM ledger.trading_states WHERE partition = $1')).map(({ symbol, state }) => [symbol, state]));
    // Of refused ones only those of money that was to go out are remembered.
    const transfers = await this.rows<{ id: string; direction: string }>(`
      SELECT transfer_id AS id, direction FROM ledger.transfers WHERE partition = $1
      UNION SELECT transfer_id, 'out' FROM ledger.refused_transfers WHERE partition = $1 AND COALESCE(asked_out, reason <> 'out_of_range')`);
    return {
      partition, idempotencyWindowMs, time,
      seq: row.seq,
      epoch: row.epoch,
      version: row.version ?? undefined,
      venue: states.get('') ?? 'open',
      books: await this.books(states),
      accounts: await this.accounts(),
      balances: await this.balances(),
      orders: await this.orders(),
      ended: await this.ended(new Date(time - idempotencyWindowMs)),
      deposits: (await this.rows<{ id: string }>('SELECT deposit_id AS id FROM ledger.deposits WHERE partition = $1')).map(({ id }) => id),
      transfersOut: transfers.filter(({ direction }) => direction === 'out').map(({ id }) => id),
      transfersIn: transfers.filter(({ direction }) => direction === 'in').map(({ id }) => id),
      resets: (await this.rows<{ id: string }>(
        "SELECT reset_id AS id FROM ledger.account_beginnings WHERE partition = $1 AND kind = 'reset'")).map(({ id }) => id),
    };
  }

  /** Those that an operator said something about, or that were given what everybody begins with. */
  private accounts(): Promise<LedgerImage['accounts'][number][]> {
    return this.rows(`
      SELECT account_id AS "accountId", coalesce(a.kind = 'house', false) AS house, coalesce(a.killed, false) AS killed, o.account_id IS NOT NULL AS opened
      FROM (SELECT * FROM ledger.accounts WHERE partition = $1) a
      FULL JOIN (SELECT DISTINCT account_id FROM ledger.account_beginnings WHERE partition = $1) o USING (account_id)`);
  }

  private async books(states: ReadonlyMap<string, TradingState>): Promise<ImageBook[]> {
    const rows = await this.rows<{ spec: InstrumentSpec; mark: number | null; last: number | null }>(`
      SELECT spec, mark_price_ticks AS mark, last_price_ticks AS last
      FROM ledger.instruments i LEFT JOIN ledger.markets m USING (partition, symbol) WHERE i.partition = $1 ORDER BY symbol COLLATE "C"`);
    return rows.map(({ spec, mark, last }) => ({ spec, state: states.get(spec.symbol) ?? 'open', mark: mark ?? 0, last: last ?? 0 }));
  }

  /** Without what stands for somewhere else: the world outside and other partitions. */
  private balances(): Promise<ImageBalance[]> {
    return this.rows(`
      SELECT account_id AS "accountId", asset, free, held FROM ledger.balances
      WHERE partition = $1 AND (free <> 0 OR held <> 0)
        AND account_id <> '00000000-0000-0000-0000-000000000000' AND account_id::text NOT LIKE '00000000-0000-0000-0001-%'`);
  }

  private orders(): Promise<ImageOrder[]> {
    return this.rows(`
      SELECT order_id AS "orderId", account_id AS "accountId", client_order_id AS "clientOrderId", digest, symbol, side, type,
        time_in_force AS "timeInForce", post_only AS "postOnly", self_trade_prevention AS "selfTradePrevention", price_ticks AS "priceTicks",
        trigger_ticks AS "triggerTicks", quantity_lots AS "quantityLots", quote_budget AS "quoteBudget", remaining_lots AS "remainingLots",
        list_id AS "listId", created_seq AS "createdSeq", priority_seq AS "prioritySeq", triggered_seq IS NULL AS waiting, amend_id AS "amendId"
      FROM ledger.orders WHERE partition = $1 AND status = 'open' ORDER BY priority_seq, created_seq`);
  }

  /**
   * What ended within the idempotency window, in the order in which the core saw it end. That is the order of the events, but for two
   * things: an order that came and was filled ends after the one it met, and after the list of that one; and a list counts as ended
   * before its orders begin.
   */
  private async ended(since: Date): Promise<ImageEnded[]> {
    const rows = await this.rows<{
      id: string; at: Date; accountId: string | null; clientOrderId: string; digest: string;
    }>(`
      WITH gone AS (
        SELECT o.*, f.liquidity = 'taker' AS came FROM ledger.orders o
        LEFT JOIN ledger.fills f ON o.status = 'filled' AND f.partition = o.partition AND f.seq = o.updated_seq AND f.order_id = o.order_id
        WHERE o.partition = $1 AND o.status <> 'open' AND o.updated_at >= $2
      )
      SELECT g.order_id AS id, g.updated_at AS at, g.updated_seq + (l.order_id IS NOT NULL)::int AS seq, CASE WHEN g.came THEN 1 ELSE 0 END AS rank,
        -- Who came under a taken id claims none, nor does the second order of a list under the id of the first.
        CASE WHEN g.reason = 'duplicate_client_order_id' AND g.status = 'rejected' OR twin.order_id IS NOT NULL THEN NULL ELSE g.account_id END AS "accountId",
        g.client_order_id AS "clientOrderId", g.digest
      FROM gone g
      LEFT JOIN gone l ON g.came AND l.updated_seq = g.updated_seq + 1 AND l.status = 'cancelled' AND l.reason = 'list'
      LEFT JOIN gone twin ON twin.list_id = g.list_id AND twin.account_id = g.account_id AND twin.client_order_id = g.client_order_id
        AND twin.status = 'rejected' AND g.status = 'rejected' AND twin.created_seq < g.created_seq
      UNION ALL
      SELECT order_id, time, seq, 0, NULL, '', '' FROM ledger.order_duplicates WHERE partition = $1 AND time >= $2
      UNION ALL
      SELECT list_id, min(time), min(seq), -1, NULL, '', '' FROM ledger.order_duplicates
      WHERE partition = $1 AND list_id IS NOT NULL AND time >= $2 GROUP BY list_id
      UNION ALL
      SELECT list_id, min(created_at), min(created_seq), -1, NULL, '', '' FROM ledger.orders
      WHERE partition = $1 AND list_id IS NOT NULL AND created_at >= $2 GROUP BY list_id
      ORDER BY seq, rank`, [since]);
    return rows.map(({ id, at, accountId, clientOrderId, digest }) => ({
      id, endedAt: at.getTime(), ...(accountId === null ? {} : { claim: { accountId, clientOrderId, digest } }),
    }));
  }

  private async rows<T extends object>(text: string, more: readonly unknown[] = []): Promise<T[]> {
    return (await this.client.query<T>(text, [this.options.partition, ...more])).rows;
  }
}
