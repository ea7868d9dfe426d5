import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Client } from 'pg';

/** The index may show a trade a little later than its neighbours, so this much of what was read before is read again. */
const OVERLAP_MS = 10 * 60_000;
const PAGE = 500;

const SCHEMA = `
CREATE SCHEMA IF NOT EXISTS analytics;
CREATE TABLE IF NOT EXISTS analytics.trades (
  user_id text NOT NULL,
  trade_key text NOT NULL,
  traded_at timestamptz NOT NULL,
  symbol text NOT NULL,
  action text NOT NULL CHECK (action IN ('BUY', 'SELL')),
  quantity numeric NOT NULL,
  price numeric NOT NULL,
  amount numeric NOT NULL,
  portfolio_value numeric,
  PRIMARY KEY (user_id, trade_key)
);
CREATE INDEX IF NOT EXISTS trades_by_symbol ON analytics.trades (symbol, traded_at);`;

const INSERT = `
INSERT INTO analytics.trades (user_id, trade_key, traded_at, symbol, action, quantity, price, amount, portfolio_value)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::numeric[], $7::numeric[], $8::numeric[], $9::numeric[])
ON CONFLICT DO NOTHING`;

type Item = Record<string, AttributeValue>;

/** Copies trades of a symbol from the table's index into PostgreSQL, from a little before where it stopped the last time. */
export class AnalyticsLoader {
  constructor(private readonly dynamo: DynamoDBClient, private readonly table: string, private readonly database: Pick<Client, 'query'>) {}

  async prepare(): Promise<void> {
    await this.database.query(SCHEMA);
  }

  /** @returns trades that were new */
  async load(symbol: string, hasTime: () => boolean): Promise<number> {
    const { rows: [{ last }] } = await this.database.query<{ last: Date | null }>('SELECT max(traded_at) AS last FROM analytics.trades WHERE symbol = $1', [symbol]);
    const from = last === null ? '' : new Date(last.getTime() - OVERLAP_MS).toISOString();
    let added = 0;
    let ExclusiveStartKey: Item | undefined;
    do {
      const page = await this.dynamo.send(new QueryCommand({
        TableName: this.table, IndexName: 'bySymbol', Limit: PAGE, ExclusiveStartKey,
        KeyConditionExpression: `symbol = :symbol${from === '' ? '' : ' AND timestampTradeId >= :from'}`,
        ExpressionAttributeValues: { ':symbol': { S: symbol }, ...(from === '' ? {} : { ':from': { S: from } }) },
      }));
      added += await this.insert(page.Items ?? []);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined && hasTime());
    return added;
  }

  private async insert(items: readonly Item[]): Promise<number> {
    if (items.length === 0) return 0;
    const column = (name: string): (string | null)[] => items.map((item) => item[name]?.S ?? item[name]?.N ?? null);
    const names = ['userId', 'timestampTradeId', 'timestamp', 'symbol', 'action', 'quantity', 'price', 'amount', 'portfolioValue'];
    const { rowCount } = await this.database.query(INSERT, names.map(column));
    return rowCount ?? 0;
  }
}
