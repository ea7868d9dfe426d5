import { Client } from 'pg';

/** What the ledger says of orders that were acknowledged. */
export interface Reconciliation {
  /** Acknowledged orders that are there and have ended. */
  readonly settled: number;
  /** Acknowledged orders that are not there, or that have not ended. */
  readonly lost: number;
  /** Orders with more effect than they may have: filled beyond or short of what they say, or a second one under a client order id. */
  readonly duplicated: number;
  /** Acknowledged orders that the core rejected: settled, but not what this load is made for. */
  readonly rejected: number;
  /** Rules of the books that are broken, as sentences. */
  readonly violations: readonly string[];
}

const ACKNOWLEDGED = 'SELECT DISTINCT unnest($1::uuid[]) AS order_id';

/** The books, read as their administrator. */
export class LedgerAudit {
  private constructor(private readonly client: Client) {}

  /** @param url connection string of the administrator */
  static async connect(url: string): Promise<LedgerAudit> {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    await client.connect();
    // A test may stop the server; whoever asks next hears of it.
    client.on('error', () => undefined);
    return new LedgerAudit(client);
  }

  close(): Promise<void> {
    return this.client.end();
  }

  async rows<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    return (await this.client.query(sql, [...values])).rows as T[];
  }

  /** How many of these orders have ended, whatever their end. */
  async ended(orderIds: readonly string[]): Promise<number> {
    const [row] = await this.rows<{ count: string }>(
      `SELECT count(*) FROM ledger.orders JOIN (${ACKNOWLEDGED}) a USING (order_id) WHERE status <> 'open'`, [orderIds]);
    return Number(row.count);
  }

  /** Waits until all of these orders have ended, or the time is over; resolves with how many have. */
  async untilEnded(orderIds: readonly string[], limitMs: number): Promise<number> {
    const wanted = new Set(orderIds).size;
    const deadline = Date.now() + limitMs;
    for (let pause = 50; ; pause = Math.min(1_000, pause * 1.5)) {
      const ended = await this.ended(orderIds);
      if (ended === wanted || Date.now() > deadline) return ended;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** Compares what was acknowledged with what is in the books. */
  async reconcile(orderIds: readonly string[], accountIds: readonly string[]): Promise<Reconciliation> {
    const [counts] = await this.rows<{ ended: string; rejected: string }>(`
      SELECT count(*) FILTER (WHERE status <> 'open') AS ended, count(*) FILTER (WHERE status = 'rejected') AS rejected
      FROM ledger.orders JOIN (${ACKNOWLEDGED}) a USING (order_id)`, [orderIds]);
    const ids = new Set(orderIds).size;
    const [wrong] = await this.rows<{ misfilled: string; reused: string }>(`
      WITH filled AS (SELECT order_id, sum(quantity_lots) AS lots FROM ledger.fills WHERE account_id = ANY($1::uuid[]) GROUP BY order_id)
      SELECT
        (SELECT count(*) FROM ledger.orders FULL JOIN filled USING (order_id)
          WHERE (account_id = ANY($1::uuid[]) OR account_id IS NULL)
            AND (coalesce(lots, 0) IS DISTINCT FROM filled_lots
            OR list_id IS NULL AND status <> 'rejected' AND quote_budget = 0 AND filled_lots <> quantity_lots - remaining_lots)) AS misfilled,
        (SELECT count(*) FROM (
          SELECT 1 FROM ledger.orders WHERE account_id = ANY($1::uuid[]) AND status <> 'rejected'
          GROUP BY account_id, client_order_id HAVING count(*) > 1) twice) AS reused`, [accountIds]);
    const settled = Number(counts.ended);
    return {
      settled,
      lost: ids - settled,
      // The same id acknowledged for two orders is a duplicate as well.
      duplicated: Number(wrong.misfilled) + Number(wrong.reused) + orderIds.length - ids,
      rejected: Number(counts.rejected),
      violations: await this.violations(),
    };
  }

  /** What must hold whatever happened. */
  async violations(): Promise<string[]> {
    const found: string[] = [];
    for (const { asset, total } of await this.rows<{ asset: string; total: string }>(`
      SELECT asset, sum(free_delta + held_delta) AS total FROM ledger.ledger_entries GROUP BY asset HAVING sum(free_delta + held_delta) <> 0`)) {
      found.push(`the entries of ${asset} sum up to ${total}, not 0`);
    }
    for (const row of await this.rows<{ account_id: string; asset: string }>(`
      SELECT account_id, asset FROM ledger.balances b
      FULL JOIN (SELECT partition, account_id, asset, sum(free_delta) AS free, sum(held_delta) AS held FROM ledger.ledger_entries GROUP BY 1, 2, 3) e
        USING (partition, account_id, asset)
      WHERE coalesce(b.free, 0) <> coalesce(e.free, 0) OR coalesce(b.held, 0) <> coalesce(e.held, 0)`)) {
      found.push(`the balance of ${row.account_id} in ${row.asset} is not the sum of its entries`);
    }
    for (const row of await this.rows<{ account_id: string; asset: string; held: string }>(`
      SELECT account_id, asset, held FROM ledger.balances b WHERE held <> 0 AND NOT EXISTS (
        SELECT FROM ledger.orders o WHERE o.account_id = b.account_id AND o.status = 'open')`)) {
      found.push(`account ${row.account_id} has ${row.held} of ${row.asset} held and no open order`);
    }
    for (const row of await this.rows<{ partition: number; halted_reason: string }>(
      'SELECT partition, halted_reason FROM ledger.partitions WHERE halted_seq IS NOT NULL')) {
      found.push(`partition ${row.partition} is halted: ${row.halted_reason}`);
    }
    return found;
  }
}
