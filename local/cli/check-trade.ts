import { Client } from 'pg';
import { Stream } from './stream';
import type { ApiClient, InstrumentInfo } from '../runtime/api-client';
import type { User } from '../runtime/users';
import { LocalError } from '../servers/errors';

/** Where a trade is checked. */
export interface CheckTradeOptions {
  readonly api: ApiClient;
  readonly wsUrl: string;
  readonly databaseUrl: string;
  readonly users: readonly User[];
  readonly signal: AbortSignal;
}

interface Trader {
  readonly user: User;
  readonly token: string;
  readonly stream: Stream;
  orderId?: string;
}

/** One trade between two users, followed from the order to the ledger with nothing but the public interfaces and SQL. */
export class CheckTrade {
  private instrument?: InstrumentInfo;
  private buyer?: Trader;
  private seller?: Trader;
  private readonly database: Client;

  constructor(private readonly options: CheckTradeOptions) {
    this.database = new Client({ connectionString: options.databaseUrl });
  }

  /** The steps in their order; each one builds on those before. */
  steps(): [string, () => Promise<void>][] {
    return [
      ['sign in two traders and open their streams', () => this.signIn()],
      ['ticks of the streamer on the WebSocket', () => this.ticks()],
      ['place two crossing orders', () => this.placeOrders()],
      ['both fills on the WebSocket', () => this.fills()],
      ['ledger rows of the trade in PostgreSQL', () => this.ledgerRows()],
      ['balances conserved', () => this.balances()],
    ];
  }

  async close(): Promise<void> {
    this.buyer?.stream.close();
    this.seller?.stream.close();
    await this.database.end().catch(() => undefined);
  }

  private async signIn(): Promise<void> {
    const { api, wsUrl, users } = this.options;
    const [instrument] = await api.instruments();
    if (!instrument) throw new LocalError('The API lists no instrument.');
    this.instrument = instrument;
    const traders = users.filter(({ role }) => role === 'trader');
    const open = async (user: User): Promise<Trader> => {
      const { accessToken: token } = await api.signIn(user);
      return { user, token, stream: await Stream.open(wsUrl, token, ['orders', `ticker.${instrument.symbol}`]) };
    };
    [this.buyer, this.seller] = await Promise.all([open(traders[0]), open(traders[1])]);
    await this.database.connect();
  }

  private async ticks(): Promise<void> {
    const { symbol } = this.instrument as InstrumentInfo;
    // A second one proves that they keep coming: the first may be the last state of before.
    await this.trader('buyer').stream.until('a second tick', (messages) => (
      messages.filter(({ channel }) => channel === `ticker.${symbol}`).length >= 2 ? true : undefined
    ));
  }

  private async placeOrders(): Promise<void> {
    const { symbol, tickSize, lotSize } = this.instrument as InstrumentInfo;
    const quantity = times(lotSize, 100);
    for (const [side, trader] of [['sell', this.trader('seller')], ['buy', this.trader('buyer')]] as const) {
      // Far enough apart to be filled by each other, or by the house where there is one.
      const price = times(tickSize, side === 'sell' ? 500_000 : 1_000_000);
      const order = { symbol, side, type: 'limit', price, quantity, timeInForce: 'gtc' };
      trader.orderId = (await this.options.api.post<{ orderId: string }>('/v1/orders', order, trader.token)).orderId;
    }
  }

  private async fills(): Promise<void> {
    await Promise.all([this.trader('buyer'), this.trader('seller')].map(({ stream, orderId, user }) => (
      stream.until(`the fill of ${user.username}`, (messages) => messages.find(({ channel, data }) => (
        channel === 'orders' && data.event === 'fill' && data.orderId === orderId && data.status === 'filled'
      )))
    )));
  }

  private async ledgerRows(): Promise<void> {
    const accounts = [this.trader('buyer'), this.trader('seller')].map(({ user }) => user.accountId);
    const { base, quote } = this.instrument as InstrumentInfo;
    await this.until('The ledger does not have the trade', async () => {
      const { rows } = await this.database.query<{ account_id: string; asset: string }>(
        'SELECT DISTINCT account_id, asset FROM ledger.ledger_entries WHERE kind = \'trade\' AND account_id = ANY($1)', [accounts],
      );
      const there = new Set(rows.map((row) => `${row.account_id} ${row.asset}`));
      return accounts.every((account) => [base.code, quote.code].every((asset) => there.has(`${account} ${asset}`)));
    });
  }

  private async balances(): Promise<void> {
    // What came in from outside is held by somebody, entry by entry and balance by balance.
    await this.until('Entries and balances do not agree', async () => {
      const { rows: [sums] } = await this.database.query<{ unbalanced: string; different: string }>(`
        SELECT (SELECT count(*) FROM (
                  SELECT asset FROM ledger.ledger_entries GROUP BY asset HAVING sum(free_delta + held_delta) <> 0) AS u) AS unbalanced,
               (SELECT count(*) FROM (
                  SELECT account_id, asset, sum(free_delta) AS free, sum(held_delta) AS held FROM ledger.ledger_entries GROUP BY account_id, asset) AS e
                FULL JOIN ledger.balances AS b USING (account_id, asset)
                WHERE b.free IS DISTINCT FROM e.free OR b.held IS DISTINCT FROM e.held) AS different`);
      return Number(sums.unbalanced) === 0 && Number(sums.different) === 0;
    });
    const portfolio = await this.options.api.get<unknown>('/v1/portfolio', this.trader('buyer').token);
    const { base } = this.instrument as InstrumentInfo;
    if (!JSON.stringify(portfolio).includes(`"${base.code}"`)) throw new LocalError(`The buyer's portfolio does not show ${base.code}.`);
  }

  private trader(which: 'buyer' | 'seller'): Trader {
    const trader = this[which];
    if (!trader) throw new LocalError(`The ${which} has not signed in.`);
    return trader;
  }

  private async until(problem: string, holds: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!await holds()) {
      if (this.options.signal.aborted) throw new LocalError('The check was interrupted.');
      if (Date.now() > deadline) throw new LocalError(`${problem} after ${timeoutMs / 1_000} s.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A decimal text times a whole number, exactly. */
export function times(decimal: string, factor: number): string {
  const [whole, fraction = ''] = decimal.split('.');
  const product = String(BigInt(whole + fraction) * BigInt(factor)).padStart(fraction.length + 1, '0');
  if (fraction === '') return product;
  const text = `${product.slice(0, -fraction.length)}.${product.slice(-fraction.length)}`;
  return text.replace(/\.?0+$/, '');
}
