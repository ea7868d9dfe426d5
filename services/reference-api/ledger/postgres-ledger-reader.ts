import type { Pool } from 'pg';
import type {
  AsOf, Beginnings, CandleQuery, ChangesQuery, FillQuery, FillsAsOf, LedgerBalance, LedgerBeginning, LedgerCandle, LedgerChange, LedgerFill,
  LedgerMinute, LedgerOrder, LedgerOrderKey, LedgerPrice, LedgerProgress, LedgerReader, LedgerTrade, LedgerTransfer, OrderQuery, TradeQuery,
} from './ledger-reader';
import { BEGINNINGS, type ChangeRow, changeOf, CHANGES, LAST_CLOSES, LAST_TRADES } from './worth-statements';
import type { InstrumentSpec } from '../../domain';
import { Breaker } from '../../runtime';
import { unavailable } from '../http/errors';

const ORDER_COLUMNS = `order_id AS "orderId", client_order_id AS "clientOrderId", symbol, side, type, time_in_force AS "timeInForce",
  post_only AS "postOnly", self_trade_prevention AS "selfTradePrevention", price_ticks AS "priceTicks", trigger_ticks AS "triggerTicks",
  quantity_lots AS "quantityLots", quote_budget AS "quoteBudget", list_id AS "listId", remaining_lots AS "remainingLots",
  filled_lots AS "filledLots", filled_quote AS "filledQuote", triggered_seq IS NOT NULL AS triggered, status, reason,
  created_seq AS "createdSeq", created_at AS "createdAt", updated_at AS "updatedAt"`;

const FILL_COLUMNS = `seq, liquidity, order_id AS "orderId", symbol, side, price_ticks AS "priceTicks", quantity_lots AS "quantityLots",
  base_amount AS "baseAmount", quote_amount AS "quoteAmount", fee, fee_asset AS "feeAsset", time`;

// One statement sees one state: rows and sequence belong together. The outer join keeps the sequence when there are no rows.
const STATE = 'p.last_seq AS "asOf", p.updated_at AS "asOfTime"';

const ORDERS = `
  SELECT ${STATE}, o.* FROM ledger.partitions p LEFT JOIN (
    SELECT ${ORDER_COLUMNS}
      FROM ledger.orders
     WHERE partition = $1 AND account_id = $2 AND ($3::text IS NULL OR status = $3)
       AND ($4::bigint IS NULL OR (created_seq, order_id) < ($4::bigint, $5::uuid))
     ORDER BY created_seq DESC, order_id DESC LIMIT $6
  ) o ON true
  WHERE p.partition = $1 ORDER BY o."createdSeq" DESC, o."orderId" DESC`;

const ORDER = `SELECT ${ORDER_COLUMNS} FROM ledger.orders WHERE partition = $1 AND account_id = $2 AND order_id = $3`;

// Client order ids have no index, which every order would pay for: the latest orders of the account are looked through.
const ORDER_BY_CLIENT_ID = `
  SELECT * FROM (
    SELECT ${ORDER_COLUMNS} FROM ledger.orders WHERE partition = $1 AND account_id = $2 ORDER BY created_seq DESC, order_id DESC LIMIT $4
  ) o WHERE "clientOrderId" = $3 ORDER BY "createdSeq" DESC LIMIT 1`;

const ORDERS_BETWEEN = `SELECT ${ORDER_COLUMNS} FROM ledger.orders WHERE partition = $1 AND account_id = $2 AND order_id BETWEEN $3 AND $4 LIMIT 50`;

// One side of each trade; the blocks of fills say from when to when they are.
const MINUTES = `
  SELECT date_bin('1 minute', time, TIMESTAMPTZ 'epoch') AS "openTime",
         (array_agg(price_ticks ORDER BY seq))[1] AS "openTicks", max(price_ticks) AS "highTicks", min(price_ticks) AS "lowTicks",
         (array_agg(price_ticks ORDER BY seq DESC))[1] AS "closeTicks", sum(quantity_lots)::bigint AS lots, sum(quote_amount)::bigint AS quote,
         count(*)::bigint AS trades,
         coalesce(sum(quantity_lots) FILTER (WHERE side = 'buy'), 0)::bigint AS "takerLots",
         coalesce(sum(quote_amount) FILTER (WHERE side = 'buy'), 0)::bigint AS "takerQuote", min(seq) AS "firstSeq", max(seq) AS "lastSeq"
    FROM ledger.fills
   WHERE partition = $1 AND symbol = $2 AND liquidity = 'taker' AND time >= $3
   GROUP BY 1 ORDER BY 1`;

// By the primary key, in the order of events: symbols have no index, which every fill would pay for. So it ends after so many rows.
const tradesOf = (order: 'ASC' | 'DESC'): string => `
  SELECT * FROM (
    SELECT seq, time, price_ticks AS "priceTicks", quantity_lots AS "quantityLots", quote_amount AS "quoteAmount", side AS "takerSide" FROM (
      SELECT * FROM ledger.fills WHERE partition = $1 AND seq >= $3 ORDER BY seq ${order} LIMIT $5
    ) looked WHERE symbol = $2 AND liquidity = 'taker' ORDER BY seq ${order} LIMIT $4
  ) t ORDER BY seq`;

const FILLS = `
  SELECT ${STATE}, f.* FROM ledger.partitions p LEFT JOIN (
    SELECT ${FILL_COLUMNS} FROM ledger.fills
     WHERE partition = $1 AND account_id = $2 AND ($3::text IS NULL OR symbol = $3) AND ($4::uuid IS NULL OR order_id = $4)
       AND ($5::bigint IS NULL OR (seq, liquidity) < ($5::bigint, $6::text))
     ORDER BY seq DESC, liquidity DESC LIMIT $7
  ) f ON true
  WHERE p.partition = $1 ORDER BY f.seq DESC, f.liquidity DESC`;

const FILLS_SINCE = `
  SELECT ${STATE}, r.seq AS "resetSeq", f.* FROM ledger.partitions p CROSS JOIN LATERAL (
    SELECT coalesce(max(seq), 0) AS seq FROM ledger.account_beginnings WHERE partition = $1 AND account_id = $2 AND kind = 'reset'
  ) r LEFT JOIN LATERAL (
    SELECT ${FILL_COLUMNS} FROM ledger.fills WHERE partition = $1 AND account_id = $2 AND seq > greatest($3::bigint, r.seq) ORDER BY seq, liquidity LIMIT $4
  ) f ON true
  WHERE p.partition = $1 ORDER BY f.seq, f.liquidity`;

const BALANCES = `
  SELECT ${STATE}, b.asset, b.free, b.held
    FROM ledger.partitions p LEFT JOIN ledger.balances b ON b.partition = p.partition AND b.account_id = $2
   WHERE p.partition = $1 ORDER BY b.asset`;

// Minutes are kept; longer bars are made of them, aligned to 1970.
const CANDLES = `
  SELECT * FROM (
    SELECT date_bin(make_interval(secs => $4), open_time, TIMESTAMPTZ 'epoch') AS "openTime",
           (array_agg(open ORDER BY open_time))[1]::text AS open, max(high)::text AS high, min(low)::text AS low,
           (array_agg(close ORDER BY open_time DESC))[1]::text AS close, sum(volume)::text AS volume, sum(turnover)::text AS turnover
      FROM market.candles
     WHERE symbol = $1 AND candle_interval = '1m' AND open_time >= $2 AND open_time < $3
     GROUP BY 1 ORDER BY 1 DESC LIMIT $5
  ) c ORDER BY "openTime"`;

const ORDER_KEY = 'SELECT account_id AS "accountId", symbol FROM ledger.orders WHERE partition = $1 AND order_id = $2';

const TRANSFER = `
  SELECT direction AS what, account_id AS "accountId", asset, amount, other_partition AS "otherPartition", NULL AS reason, time
    FROM ledger.transfers WHERE partition = $1 AND transfer_id = $2
  UNION ALL
  SELECT 'refused', account_id, asset, amount, NULL, reason, time FROM ledger.refused_transfers WHERE partition = $1 AND transfer_id = $2`;

const PROGRESS = 'SELECT last_seq AS "lastSeq", halted_seq AS "haltedSeq", halted_reason AS "haltedReason" FROM ledger.partitions WHERE partition = $1';

/** Fills that are looked through for those of one instrument: two of each trade. */
const TRADES_LOOKED = 20_000;

/** Orders of an account that are looked through for a client order id. */
const LATEST_ORDERS = 10_000;

/** A server that says what is wrong with a statement is there; one that shuts down or has no room left is not. */
function isAway(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code) || /^(08|53|57|58)/.test(code);
}

interface State {
  readonly asOf: number;
  readonly asOfTime: Date;
}

function asOf<T extends State>(rows: readonly T[], isRow: (row: T) => boolean): AsOf<T> {
  return { seq: rows[0]?.asOf ?? 0, time: rows[0]?.asOfTime ?? null, rows: rows.filter(isRow) };
}

/** Reads one partition's rows of a ledger in PostgreSQL, which may hold those of others too. Unreachable: ApiError 503 `ledger_unavailable`. */
export class PostgresLedgerReader implements LedgerReader {
  constructor(
    private readonly pool: Pool, private readonly partition: number, private readonly breaker = new Breaker({ name: `ledger ${partition}`, isFailure: isAway }),
  ) {}

  async orders(accountId: string, { limit, status, after }: OrderQuery): Promise<AsOf<LedgerOrder>> {
    const values = [this.partition, accountId, status ?? null, after?.createdSeq ?? null, after?.orderId ?? null, limit];
    return asOf(await this.query<LedgerOrder & State>('orders', ORDERS, values), ({ orderId }) => orderId !== null);
  }

  async order(accountId: string, orderId: string): Promise<LedgerOrder | undefined> {
    return (await this.query<LedgerOrder>('own-order', ORDER, [this.partition, accountId, orderId]))[0];
  }

  async orderByClientId(accountId: string, clientOrderId: string): Promise<LedgerOrder | undefined> {
    return (await this.query<LedgerOrder>('client-order', ORDER_BY_CLIENT_ID, [this.partition, accountId, clientOrderId, LATEST_ORDERS]))[0];
  }

  async ordersBetween(accountId: string, from: string, to: string): Promise<readonly LedgerOrder[]> {
    return this.query<LedgerOrder>('orders-between', ORDERS_BETWEEN, [this.partition, accountId, from, to]);
  }

  async minutes(symbol: string, since: Date): Promise<readonly LedgerMinute[]> {
    return this.query<LedgerMinute>('minutes', MINUTES, [this.partition, symbol, since.toISOString()]);
  }

  async venueTrades({ symbol, limit, fromSeq }: TradeQuery): Promise<readonly LedgerTrade[]> {
    const [name, order] = fromSeq === undefined ? ['venue-trades', 'DESC'] as const : ['venue-trades-from', 'ASC'] as const;
    return this.query<LedgerTrade>(name, tradesOf(order), [this.partition, symbol, fromSeq ?? 0, limit, TRADES_LOOKED]);
  }

  async fills(accountId: string, { limit, symbol, orderId, after }: FillQuery): Promise<AsOf<LedgerFill>> {
    const values = [this.partition, accountId, symbol ?? null, orderId ?? null, after?.seq ?? null, after?.liquidity ?? null, limit];
    return asOf(await this.query<LedgerFill & State>('fills', FILLS, values), ({ seq }) => seq !== null);
  }

  async fillsSince(accountId: string, seq: number, limit: number): Promise<FillsAsOf> {
    const rows = await this.query<LedgerFill & State & { resetSeq: number }>('fills-since', FILLS_SINCE, [this.partition, accountId, seq, limit]);
    return { ...asOf(rows, (fill) => fill.seq !== null), resetSeq: rows[0]?.resetSeq ?? 0 };
  }

  async beginnings(accountId: string): Promise<Beginnings> {
    const rows = await this.query<LedgerBeginning & State & { coreVersion: number | null }>('beginnings', BEGINNINGS, [this.partition, accountId]);
    return { ...asOf(rows, (row) => row.seq !== null), coreVersion: rows[0]?.coreVersion ?? null };
  }

  async changes(accountId: string, { since, step, last }: ChangesQuery): Promise<AsOf<LedgerChange>> {
    const rows = await this.query<ChangeRow & State>('changes', CHANGES, [this.partition, accountId, new Date(since).toISOString(), step, last]);
    const { seq, time, rows: found } = asOf(rows, ({ what }) => what !== null);
    return { seq, time, rows: found.map(changeOf) };
  }

  async lastTrades(symbols: readonly string[], times: readonly number[]): Promise<readonly (LedgerPrice & { readonly priceTicks: number })[]> {
    return this.query('last-trades', LAST_TRADES, [this.partition, symbols, times.map((at) => new Date(at).toISOString())]);
  }

  async lastCloses(symbols: readonly string[], times: readonly number[]): Promise<readonly (LedgerPrice & { readonly price: string })[]> {
    return this.query('last-closes', LAST_CLOSES, [symbols, times.map((at) => new Date(at).toISOString())]);
  }

  async candles({ symbol, seconds, from, to, limit }: CandleQuery): Promise<readonly LedgerCandle[]> {
    return this.query<LedgerCandle>('candles', CANDLES, [symbol, new Date(from).toISOString(), new Date(to).toISOString(), seconds, limit]);
  }

  async balances(accountId: string): Promise<AsOf<LedgerBalance>> {
    return asOf(await this.query<LedgerBalance & State>('balances', BALANCES, [this.partition, accountId]), ({ asset }) => asset !== null);
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
      return (await this.breaker.run(() => this.pool.query<T>({ name: `api-${name}`, text, values }))).rows;
    } catch (error) {
      throw Object.assign(unavailable('ledger_unavailable', 'The ledger cannot be read at the moment.'), { cause: error });
    }
  }
}
