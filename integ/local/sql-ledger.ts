import { LedgerAudit } from '../../bench/lib/ledger';
import type { LedgerView } from '../drill/ledger-view';
import type { LedgerRow, Repetitions } from '../judge/history';

/** The ledger of the local system, read as its administrator; comes back by itself when its server was away. */
export class SqlLedger implements LedgerView {
  private audit: LedgerAudit | undefined;
  /** Sequence up to which the orders of each account were seen. */
  private readonly seen = new Map<string, string>();

  constructor(private readonly url: string, private readonly accountIds: readonly string[]) {}

  async fresh(): Promise<readonly LedgerRow[]> {
    const rows: LedgerRow[] = [];
    for (const account of this.accountIds) {
      const found = await this.rows<LedgerRow & { seq: string }>(`
        SELECT client_order_id AS "clientOrderId", order_id AS "orderId", status, created_seq AS seq
        FROM ledger.orders WHERE account_id = $1 AND created_seq > $2 ORDER BY created_seq`, [account, this.seen.get(account) ?? '0']);
      if (found.length > 0) this.seen.set(account, found[found.length - 1].seq);
      rows.push(...found);
    }
    return rows;
  }

  async all(prefix: string): Promise<{ rows: readonly LedgerRow[]; repetitions: Repetitions }> {
    const rows = await this.rows<LedgerRow>(
      'SELECT client_order_id AS "clientOrderId", order_id AS "orderId", status FROM ledger.orders WHERE starts_with(client_order_id, $1)', [`${prefix}-`]);
    const repeated = await this.rows<{ id: string; original: string }>(
      'SELECT order_id AS id, original_order_id AS original FROM ledger.order_duplicates WHERE starts_with(client_order_id, $1)', [`${prefix}-`]);
    return { rows, repetitions: new Map(repeated.map(({ id, original }) => [id, original])) };
  }

  /** Rules of the books that are broken, and orders whose fills are not what they say, as sentences. */
  async violations(orderIds: readonly string[]): Promise<readonly string[]> {
    const audit = await this.connected();
    const { duplicated, violations } = await audit.reconcile(orderIds, this.accountIds);
    return duplicated > 0 ? [...violations, `${duplicated} orders are filled beyond or short of what they say, or stand twice under one client order id`] : violations;
  }

  async close(): Promise<void> {
    await this.audit?.close().catch(() => undefined);
  }

  private async rows<T>(sql: string, values: readonly unknown[]): Promise<T[]> {
    const audit = await this.connected();
    try {
      return await audit.rows<T>(sql, values);
    } catch (error) {
      this.audit = undefined;
      await audit.close().catch(() => undefined);
      throw error;
    }
  }

  private async connected(): Promise<LedgerAudit> {
    this.audit ??= await LedgerAudit.connect(this.url);
    return this.audit;
  }
}
