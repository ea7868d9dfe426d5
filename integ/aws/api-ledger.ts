import { DrillError } from '../drill/fault';
import type { LedgerView } from '../drill/ledger-view';
import type { ProbeClient } from '../drill/probe';
import type { LedgerRow, Repetitions } from '../judge/history';

interface Page {
  readonly orders: readonly LedgerRow[];
  readonly nextCursor?: string;
}

const PAGE = 200;

/** The ledger as customers read it back: `GET /v1/orders` of each account, newest first. Needs no way into the network of the database. */
export class ApiLedger implements LedgerView {
  /** Id of the newest order seen of each account; empty when it had none. */
  private readonly newest = new Map<number, string>();

  /** @param tokens access tokens of the probe's accounts, always in the same order; asked for with each request */
  constructor(private readonly client: ProbeClient, private readonly tokens: () => readonly string[]) {}

  async fresh(): Promise<readonly LedgerRow[]> {
    const accounts = await Promise.all(this.tokens().map(async (_, account) => {
      const known = this.newest.get(account);
      // At first only where the list begins: what was there before the probe is no news.
      const rows = await this.read(account, (page) => known === undefined || page.some(({ orderId }) => orderId === known));
      const end = rows.findIndex(({ orderId }) => orderId === known);
      return { account, rows: end === -1 ? rows : rows.slice(0, end) };
    }));
    // Only now: a page that failed must be read again.
    for (const { account, rows } of accounts) this.newest.set(account, rows[0]?.orderId ?? this.newest.get(account) ?? '');
    return accounts.flatMap(({ rows }) => rows);
  }

  async all(prefix: string): Promise<{ rows: readonly LedgerRow[]; repetitions: Repetitions }> {
    const own = ({ clientOrderId }: LedgerRow): boolean => clientOrderId.startsWith(`${prefix}-`);
    const found = await Promise.all(this.tokens().map((_, account) => this.read(account, (page) => !page.some(own))));
    // The API does not tell which order a repetition stands for; the probe repeats nothing.
    return { rows: found.flat().filter(own), repetitions: new Map() };
  }

  close(): Promise<void> {
    this.client.close();
    return Promise.resolve();
  }

  /** Orders of an account, newest first, up to the page with which it is enough. */
  private async read(account: number, enough: (page: readonly LedgerRow[]) => boolean): Promise<LedgerRow[]> {
    const rows: LedgerRow[] = [];
    for (let cursor: string | undefined; ;) {
      const path = `/v1/orders?limit=${PAGE}${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
      const { status, body } = await this.client.send('GET', path, { authorization: `Bearer ${this.tokens()[account]}` });
      if (status !== 200) throw new DrillError(`GET /v1/orders was answered with ${status}: ${body.slice(0, 200)}`);
      const { orders, nextCursor } = JSON.parse(body) as Page;
      rows.push(...orders.map(({ clientOrderId, orderId, status: state }) => ({ clientOrderId, orderId, status: state })));
      if (nextCursor === undefined || enough(orders)) return rows;
      cursor = nextCursor;
    }
  }
}
