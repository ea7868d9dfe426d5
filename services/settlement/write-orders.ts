import { NIL_UUID } from '../domain';
import { type BulkColumn, BulkStatement, columnsOf } from './bulk';
import type { KnownOrder, OrderRow, OrderState } from './rows';

/** What of an order may change, the same for one that is new and one that was there. */
function stateColumns<Row extends { readonly state: OrderState }>(): BulkColumn<Row>[] {
  const column = columnsOf<Row>();
  return [
    column.bigint('price_ticks', ({ state }) => state.priceTicks),
    column.bigint('quantity_lots', ({ state }) => state.quantityLots),
    column.bigint('remaining_lots', ({ state }) => state.remainingLots),
    column.bigint('filled_lots', ({ state }) => state.filledLots),
    column.bigint('filled_quote', ({ state }) => state.filledQuote),
    column.text('status', ({ state }) => state.status),
    column.text('reason', ({ state }) => state.reason),
    column.bigint('triggered_seq', ({ state }) => state.triggeredSeq),
    column.uuid('amend_id', ({ state }) => state.amendId),
    column.bigint('priority_seq', ({ state }) => state.prioritySeq),
    column.bigint('updated_seq', ({ state }) => state.updatedSeq),
    column.timestamp('updated_at', ({ state }) => state.updatedAt),
  ];
}

const order = columnsOf<OrderRow>();
const ORDER_COLUMNS = [
  order.uuid('order_id', ({ terms }) => terms.orderId),
  order.uuid('account_id', ({ terms }) => terms.accountId),
  order.text('client_order_id', ({ terms }) => terms.clientOrderId),
  order.text('digest', (row) => row.digest),
  order.text('symbol', ({ terms }) => terms.symbol),
  order.text('side', ({ terms }) => terms.side),
  order.text('type', ({ terms }) => terms.orderType),
  order.text('time_in_force', ({ terms }) => terms.timeInForce),
  order.boolean('post_only', ({ terms }) => terms.postOnly),
  order.text('self_trade_prevention', ({ terms }) => terms.selfTradePrevention),
  order.bigint('trigger_ticks', ({ terms }) => terms.triggerTicks),
  order.bigint('quote_budget', ({ terms }) => terms.quoteBudget),
  order.uuid('list_id', ({ terms }) => (terms.listId === NIL_UUID ? null : terms.listId)),
  order.bigint('created_seq', (row) => row.createdSeq),
  order.timestamp('created_at', (row) => row.createdAt),
  ...stateColumns<OrderRow>(),
];
// An append of unknown outcome may come again: what was rejected the first time can be accepted the second, and not the reverse.
const replace = ['partition', ...ORDER_COLUMNS.map(({ name }) => name).filter((name) => name !== 'order_id')]
  .map((name) => `${name} = excluded.${name}`).join(', ');
const unlessAccepted = `ON CONFLICT (order_id) DO UPDATE SET ${replace} WHERE orders.status = 'rejected'`;

/** For accepted orders and for rejected ones: a later rejection takes the place of an earlier one. */
export const insertOrders = BulkStatement.insert('ledger.orders', ORDER_COLUMNS, unlessAccepted);

const known = columnsOf<KnownOrder>();
const CHANGED = stateColumns<KnownOrder>();

export const changeOrders = new BulkStatement<KnownOrder>([known.uuid('order_id', (row) => row.orderId), ...CHANGED], (_, rows) => `
  UPDATE ledger.orders o SET ${CHANGED.map(({ name }) => `${name} = given.${name}`).join(', ')}
  FROM ${rows}
  WHERE o.order_id = given.order_id AND o.partition = $1 AND o.status = 'open'`);
