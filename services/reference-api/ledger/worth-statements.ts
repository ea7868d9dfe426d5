/** What the ledger is asked for what an account was worth. */
import type { FlowKind, LedgerChange } from './ledger-reader';
import type { Side } from '../../domain';

// One statement sees one state: rows and sequence belong together. The outer join keeps the sequence when there are no rows.
const STATE = 'p.last_seq AS "asOf", p.updated_at AS "asOfTime"';

const BEGINNING = 'seq, kind, reset_id AS "resetId", time';

/** First and last beginning; the same row counts once. */
export const BEGINNINGS = `
  SELECT ${STATE}, p.core_version AS "coreVersion", b.* FROM ledger.partitions p LEFT JOIN (
    (SELECT ${BEGINNING} FROM ledger.account_beginnings WHERE partition = $1 AND account_id = $2 ORDER BY seq LIMIT 1)
    UNION
    (SELECT ${BEGINNING} FROM ledger.account_beginnings WHERE partition = $1 AND account_id = $2 ORDER BY seq DESC LIMIT 1)
  ) b ON true
  WHERE p.partition = $1 ORDER BY b.seq`;

/** End of the stretch that a time is in: whole milliseconds, as the core has them, up to the next multiple of $4, at most $5. */
const END = 'least((((extract(epoch FROM time) * 1000)::bigint + $4::bigint - 1) / $4::bigint) * $4::bigint, $5::bigint)';

/**
 * Balances now, and what led to them since $3. Of fills only those of late are read, however many there are: `first_fill_since` says where
 * they begin, and the account's index leads there.
 */
export const CHANGES = `
  SELECT ${STATE}, c.* FROM ledger.partitions p LEFT JOIN (
    SELECT 'balance' AS what, NULL::bigint AS "end", NULL AS kind, asset AS name, (free + held)::text AS amount, NULL AS quote, NULL AS fee
      FROM ledger.balances WHERE partition = $1 AND account_id = $2
    UNION ALL
    SELECT 'flow', ${END}, kind, asset, sum(amount)::text, NULL, NULL FROM (
      SELECT time, 'deposit' AS kind, asset, amount FROM ledger.deposits WHERE partition = $1 AND account_id = $2 AND time > $3
      UNION ALL
      SELECT time, CASE WHEN other_partition <> partition THEN 'transfer' WHEN direction = 'out' THEN 'withdrawal' ELSE 'deposit' END, asset,
             CASE direction WHEN 'out' THEN -amount ELSE amount END
        FROM ledger.transfers WHERE partition = $1 AND account_id = $2 AND time > $3
      UNION ALL
      SELECT b.time, b.kind, change ->> 'asset', (change ->> 'amount')::bigint
        FROM ledger.account_beginnings b CROSS JOIN LATERAL json_array_elements(b.changes) change
       WHERE b.partition = $1 AND b.account_id = $2 AND b.time > $3
    ) flows GROUP BY 2, 3, 4
    UNION ALL
    SELECT 'fills', ${END}, side, symbol, sum(base_amount)::text, sum(quote_amount)::text, sum(fee)::text
      FROM ledger.fills WHERE partition = $1 AND account_id = $2 AND seq >= (SELECT ledger.first_fill_since($1, $3::timestamptz)) AND time > $3
     GROUP BY 2, 3, 4
  ) c ON true
  WHERE p.partition = $1`;

/** For each symbol and time one step down an index. */
export const LAST_TRADES = `
  SELECT symbol, (extract(epoch FROM asked.at) * 1000)::bigint AS at, f.price_ticks AS "priceTicks", f.time
    FROM unnest($2::text[]) AS symbols (symbol) CROSS JOIN unnest($3::timestamptz[]) AS asked (at) CROSS JOIN LATERAL (
      SELECT price_ticks, time FROM ledger.fills
       WHERE partition = $1 AND fills.symbol = symbols.symbol AND liquidity = 'taker' AND time <= asked.at ORDER BY time DESC, seq DESC LIMIT 1
    ) f`;

/** A minute is known when it is over. */
export const LAST_CLOSES = `
  SELECT symbol, (extract(epoch FROM asked.at) * 1000)::bigint AS at, c.close::text AS price, c.open_time + interval '1 minute' AS time
    FROM unnest($1::text[]) AS symbols (symbol) CROSS JOIN unnest($2::timestamptz[]) AS asked (at) CROSS JOIN LATERAL (
      SELECT close, open_time FROM market.candles
       WHERE candles.symbol = symbols.symbol AND candle_interval = '1m' AND open_time <= asked.at - interval '1 minute' ORDER BY open_time DESC LIMIT 1
    ) c`;

/** A row of `CHANGES`. */
export interface ChangeRow {
  readonly what: 'balance' | 'flow' | 'fills';
  readonly end: number;
  readonly kind: string;
  readonly name: string;
  readonly amount: string;
  readonly quote: string;
  readonly fee: string;
}

export function changeOf({ what, end, kind, name, amount, quote, fee }: ChangeRow): LedgerChange {
  switch (what) {
    case 'balance': return { what, asset: name, amount: BigInt(amount) };
    case 'flow': return { what, end, kind: kind as FlowKind, asset: name, amount: BigInt(amount) };
    case 'fills': return { what, end, symbol: name, side: kind as Side, base: BigInt(amount), quote: BigInt(quote), fee: BigInt(fee) };
  }
}
