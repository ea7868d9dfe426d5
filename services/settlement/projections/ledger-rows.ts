import type { ClientBase } from 'pg';
import type { OrderStatus, OrderType, Side, TimeInForce } from '../../domain';
import type { FillRow } from '../rows';

/** What an account has of an asset, as the ledger says it now. */
export interface BalanceNow {
  readonly accountId: string;
  readonly asset: string;
  readonly free: number;
  readonly held: number;
  readonly updatedSeq: number;
}

/** An order as the ledger says it now. */
export interface OrderNow {
  readonly orderId: string;
  readonly accountId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly priceTicks: number;
  readonly triggerTicks: number;
  readonly quantityLots: number;
  readonly quoteBudget: number;
  readonly listId: string | null;
  readonly remainingLots: number;
  readonly filledLots: number;
  readonly filledQuote: number;
  readonly status: OrderStatus;
  readonly reason: string | null;
  /** Null while it waits for its trigger. */
  readonly triggeredSeq: number | null;
  readonly prioritySeq: number;
  readonly updatedSeq: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type AccountAsset = Pick<BalanceNow, 'accountId' | 'asset'>;

const BALANCE = 'account_id AS "accountId", asset, free, held, updated_seq AS "updatedSeq"';
const ORDER = `o.order_id AS "orderId", o.account_id AS "accountId", o.client_order_id AS "clientOrderId", o.symbol, o.side, o.type,
  o.time_in_force AS "timeInForce", o.price_ticks AS "priceTicks", o.trigger_ticks AS "triggerTicks", o.quantity_lots AS "quantityLots",
  o.quote_budget AS "quoteBudget", o.list_id AS "listId", o.remaining_lots AS "remainingLots", o.filled_lots AS "filledLots",
  o.filled_quote AS "filledQuote", o.status, o.reason, o.triggered_seq AS "triggeredSeq", o.priority_seq AS "prioritySeq",
  o.updated_seq AS "updatedSeq", o.created_at AS "createdAt", o.updated_at AS "updatedAt"`;
const FILL = `seq, liquidity, order_id AS "orderId", account_id AS "accountId", symbol, side, price_ticks AS "priceTicks",
  quantity_lots AS "quantityLots", base_amount AS "baseAmount", quote_amount AS "quoteAmount", fee, fee_asset AS "feeAsset", time`;
/** What stands for no person; see `isPersonal`. */
const PERSONAL = 'account_id NOT IN (\'00000000-0000-0000-0000-000000000000\', \'00000000-0000-0000-0000-000000000001\') AND account_id::text NOT LIKE \'00000000-0000-0000-0001-%\'';

/** Reads balances by their keys. */
export async function balancesOf(client: ClientBase, partition: number, keys: readonly AccountAsset[]): Promise<BalanceNow[]> {
  if (keys.length === 0) return [];
  const { rows } = await client.query<BalanceNow>(`
    SELECT ${BALANCE} FROM ledger.balances JOIN unnest($2::uuid[], $3::text[]) AS given (account_id, asset) USING (account_id, asset)
    WHERE partition = $1`, [partition, keys.map(({ accountId }) => accountId), keys.map(({ asset }) => asset)]);
  return rows;
}

/** Reads orders by their ids, and the open ones that share a list with one of them: what one fills the others lose. */
export async function ordersOf(client: ClientBase, partition: number, ids: readonly string[]): Promise<OrderNow[]> {
  if (ids.length === 0) return [];
  const { rows } = await client.query<OrderNow>(`
    WITH named AS (SELECT order_id, list_id FROM ledger.orders WHERE order_id = ANY($2::uuid[]) AND partition = $1)
    SELECT ${ORDER} FROM ledger.orders o JOIN (
      SELECT order_id FROM named
      UNION SELECT o.order_id FROM ledger.orders o JOIN named n ON o.list_id = n.list_id AND o.status = 'open'
    ) given USING (order_id)`, [partition, ids]);
  return rows;
}

/** A page of all balances of people. */
export async function balancesAfter(client: ClientBase, partition: number, after: AccountAsset | undefined, limit: number): Promise<BalanceNow[]> {
  const { rows } = await client.query<BalanceNow>(`
    SELECT ${BALANCE} FROM ledger.balances
    WHERE partition = $1 AND ($2::uuid IS NULL OR (account_id, asset) > ($2, $3)) AND ${PERSONAL}
    ORDER BY account_id, asset LIMIT $4`, [partition, after?.accountId ?? null, after?.asset ?? null, limit]);
  return rows;
}

/** A page of all orders. */
export async function ordersAfter(client: ClientBase, partition: number, after: string | undefined, limit: number): Promise<OrderNow[]> {
  const { rows } = await client.query<OrderNow>(`
    SELECT ${ORDER} FROM ledger.orders o WHERE partition = $1 AND ($2::uuid IS NULL OR order_id > $2) ORDER BY order_id LIMIT $3`,
  [partition, after ?? null, limit]);
  return rows;
}

/** A page of all fills, both sides of an event together. */
export async function fillsAfter(client: ClientBase, partition: number, after: number, limit: number): Promise<FillRow[]> {
  const { rows } = await client.query<Omit<FillRow, 'time'> & { time: Date }>(`
    SELECT ${FILL} FROM ledger.fills
    WHERE partition = $1 AND seq IN (SELECT DISTINCT seq FROM ledger.fills WHERE partition = $1 AND seq > $2 ORDER BY seq LIMIT $3)
    ORDER BY seq, liquidity`, [partition, after, limit]);
  return rows.map(({ time, ...row }) => ({ ...row, time: time.toISOString() }));
}
