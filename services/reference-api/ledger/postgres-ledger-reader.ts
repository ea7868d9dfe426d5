import type { Pool } from 'pg';
import type { AsOf, LedgerBalance, LedgerOrder, LedgerOrderKey, LedgerProgress, LedgerReader, LedgerTransfer, OrderQuery } from './ledger-reader';
import type { InstrumentSpec } from '../../domain';
import { unavailable } from '../http/errors';

// One statement sees one state: rows and sequence belong together. The outer join keeps the sequence when there are no rows.
const ORDERS = `
  SELECT p.last_seq AS "asOf", o.* FROM ledger.partitions p LEFT JOIN (
    SELECT order_id AS "orderId", client_order_id AS "clientOrderId", symbol, side, type, time_in_force AS "timeInForce",
           post_only AS "postOnly", self_trade_prevention AS "selfTradePrevention", price_ticks AS "priceTicks", trigger_ticks AS "triggerTicks",
           quantity_lots AS "quantityLots", quote_budget AS "quoteBudget", list_id AS "listId", remaining_lots AS "remainingLots",
           filled_lots AS "filledLots", filled_quote AS "filledQuote", triggered_seq IS NOT NULL AS triggered, status, reason,
           created_seq AS "createdSeq", created_at AS "createdAt", updated_at AS "updatedAt"
      FROM ledger.orders
     WHERE partition = $1 AND account_id = $2 AND ($3::text IS NULL OR status = $3)
       AND ($4::bigint IS NULL OR (created_seq, order_id) < ($4::bigint, $5::uuid))
     ORDER BY created_seq DESC, order_id DESC LIMIT $6
  ) o ON true
  WHERE p.partition = $1 ORDER BY o."createdSeq" DESC, o."orderId" DESC`;

const BALANCES = `
  SELECT p.last_seq AS "asOf", b.asset, b.free, b.held
    FROM ledger.partitions p LEFT JOIN ledger.balances b ON b.partition = p.partition AND b.account_id = $2
   WHERE p.partition = $1 ORDER BY b.asset`;

const ORDER_KEY = 'SELECT account_id AS "accountId", symbol FROM ledger.orders WHERE partition = $1 AND order_id = $2';

const TRANSFER = `
  SELECT direction AS what, account_id AS "accountId", asset, amount, other_partition AS "otherPartition", NULL AS reason, time
    FROM ledger.transfers WHERE partition = $1 AND transfer_id = $2
  UNION ALL
  SELECT 'refused', account_id, asset, amount, NULL, reason, time FROM ledger.refused_transfers WHERE partition = $1 AND transfer_id = $2`;

const PROGRESS = 'SELECT last_seq AS "lastSeq", halted_seq AS "haltedSeq", halted_reason AS "haltedReason" FROM ledger.partitions WHERE partition = $1';

/** Reads one partition's rows of a ledger in PostgreSQL, which may hold those of others too. Unreachable: ApiError 503 `ledger_unavailable`. */
export class PostgresLedgerReader implements LedgerReader {
  constructor(private readonly pool: Pool, private readonly partition: number) {}

  async orders(accountId: string, { limit, status, after }: OrderQuery): Promise<AsOf<LedgerOrder>> {
    const values = [this.partition, accountId, status ?? null, after?.createdSeq ?? null, after?.orderId ?? null, limit];
    const rows = await this.query<LedgerOrder & { asOf: number }>('orders', ORDERS, values);
    return { seq: rows[0]?.asOf ?? 0, rows: rows.filter((row) => row.orderId !== null) };
  }

  async balances(accountId: string): Promise<AsOf<LedgerBalance>> {
    const rows = await this.query<LedgerBalance & { asOf: number }>('balances', BALANCES, [this.partition, accountId]);
    return { seq: rows[0]?.asOf ?? 0, rows: rows.filter((row) => row.asset !== null) };
  }

  async orderOf(orderId: string): Promise<LedgerOrderKey | undefined> {
    const rows = await this.query<LedgerOrderKey>('order', ORDER_KEY, [this.partition, orderId]);
    return rows[0];
  }

  async transfer(transferId: string): Promise<readonly LedgerTransfer[]> {
    return this.query<LedgerTransfer>('transfer', TRANSFER, [this.partition, transferId]);
  }

  async instruments(): Promise<readonly InstrumentSpec[]> {
    return (await this.query<{ spec: InstrumentSpec }>('instruments', 'SELECT spec FROM ledger.instruments WHERE partition = $1', [this.partition])).map((row) => row.spec);
  }

  async progress(): Promise<LedgerProgress> {
    const rows = await this.query<LedgerProgress>('progress', PROGRESS, [this.partition]);
    return rows[0] ?? { lastSeq: 0, haltedSeq: null, haltedReason: null };
  }

  private async query<T extends object>(name: string, text: string, values: unknown[]): Promise<T[]> {
    try {
      return (await this.pool.query<T>({ name: `api-${name}`, text, values })).rows;
    } catch (error) {
      throw Object.assign(unavailable('ledger_unavailable', 'The ledger cannot be read at the moment.'), { cause: error });
    }
  }
}
