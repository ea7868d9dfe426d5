import type { ClientBase } from 'pg';
import { BulkStatement, columnsOf } from './bulk';
import { RefusedEventError } from './errors';
import type { Balance, Changes, DepositRow, EntryRow, FillRow, InstrumentRow, OrderChange, OrderRow } from './rows';

const order = columnsOf<OrderRow>();
const ORDER_COLUMNS = [
  order.uuid('order_id', ({ terms }) => terms.orderId),
  order.uuid('account_id', ({ terms }) => terms.accountId),
  order.text('client_order_id', ({ terms }) => terms.clientOrderId),
  order.text('symbol', ({ terms }) => terms.symbol),
  order.text('side', ({ terms }) => terms.side),
  order.text('type', ({ terms }) => terms.orderType),
  order.text('time_in_force', ({ terms }) => terms.timeInForce),
  order.bigint('price_ticks', ({ terms }) => terms.priceTicks),
  order.bigint('quantity_lots', ({ terms }) => terms.quantityLots),
  order.bigint('remaining_lots', (row) => row.remainingLots),
  order.text('status', (row) => row.status),
  order.text('reason', (row) => row.reason),
  order.bigint('created_seq', (row) => row.createdSeq),
  order.timestamp('created_at', (row) => row.createdAt),
  order.bigint('updated_seq', (row) => row.updatedSeq),
  order.timestamp('updated_at', (row) => row.updatedAt),
];
const REPLACED = ORDER_COLUMNS.filter(({ name }) => name !== 'order_id').map(({ name }) => `${name} = excluded.${name}`).join(', ');
// An append of unknown outcome may come again: what was rejected the first time can be accepted the second, and not the reverse.
const acceptOrders = BulkStatement.insert('ledger.orders', ORDER_COLUMNS,
  `ON CONFLICT (order_id) DO UPDATE SET partition = excluded.partition, ${REPLACED} WHERE orders.status = 'rejected'`);
const rejectOrders = BulkStatement.insert('ledger.orders', ORDER_COLUMNS, 'ON CONFLICT (order_id) DO NOTHING');

const change = columnsOf<OrderChange>();
const changeOrders = new BulkStatement<OrderChange>([
  change.uuid('order_id', (row) => row.orderId),
  change.bigint('remaining_lots', (row) => row.remainingLots),
  change.text('status', (row) => row.status),
  change.text('reason', (row) => row.reason),
  change.bigint('updated_seq', (row) => row.updatedSeq),
  change.timestamp('updated_at', (row) => row.updatedAt),
], (_, rows) => `
  UPDATE ledger.orders o SET remaining_lots = given.remaining_lots, status = given.status, reason = given.reason,
    updated_seq = given.updated_seq, updated_at = given.updated_at
  FROM ${rows}
  WHERE o.order_id = given.order_id AND o.partition = $1 AND o.status = 'open' AND o.remaining_lots >= given.remaining_lots`);

const fill = columnsOf<FillRow>();
const insertFills = BulkStatement.insert<FillRow>('ledger.fills', [
  fill.bigint('seq', (row) => row.seq),
  fill.text('liquidity', (row) => row.liquidity),
  fill.uuid('order_id', (row) => row.orderId),
  fill.uuid('account_id', (row) => row.accountId),
  fill.text('symbol', (row) => row.symbol),
  fill.text('side', (row) => row.side),
  fill.bigint('price_ticks', (row) => row.priceTicks),
  fill.bigint('quantity_lots', (row) => row.quantityLots),
  fill.bigint('base_amount', (row) => row.baseAmount),
  fill.bigint('quote_amount', (row) => row.quoteAmount),
  fill.timestamp('time', (row) => row.time),
]);

const deposit = columnsOf<DepositRow>();
const insertDeposits = BulkStatement.insert<DepositRow>('ledger.deposits', [
  deposit.uuid('deposit_id', (row) => row.depositId),
  deposit.bigint('seq', (row) => row.seq),
  deposit.uuid('account_id', (row) => row.accountId),
  deposit.text('asset', (row) => row.asset),
  deposit.bigint('amount', (row) => row.amount),
  deposit.timestamp('time', (row) => row.time),
]);

const entry = columnsOf<EntryRow>();
const insertEntries = BulkStatement.insert<EntryRow>('ledger.ledger_entries', [
  entry.bigint('seq', (row) => row.seq),
  entry.smallint('entry_no', (row) => row.entryNo),
  entry.uuid('account_id', (row) => row.accountId),
  entry.text('asset', (row) => row.asset),
  entry.bigint('free_delta', (row) => row.freeDelta),
  entry.bigint('held_delta', (row) => row.heldDelta),
  entry.text('kind', (row) => row.kind),
]);

const balance = columnsOf<Balance>();
const writeBalances = BulkStatement.insert<Balance>('ledger.balances', [
  balance.uuid('account_id', (row) => row.accountId),
  balance.text('asset', (row) => row.asset),
  balance.bigint('free', (row) => row.free),
  balance.bigint('held', (row) => row.held),
  balance.bigint('updated_seq', (row) => row.updatedSeq),
], 'ON CONFLICT (account_id, asset, partition) DO UPDATE SET free = excluded.free, held = excluded.held, updated_seq = excluded.updated_seq');

const instrument = columnsOf<InstrumentRow>();
const writeInstruments = BulkStatement.insert<InstrumentRow>('ledger.instruments', [
  instrument.text('symbol', (row) => row.spec.symbol),
  instrument.bigint('version', (row) => row.spec.version),
  instrument.json('spec', (row) => JSON.stringify(row.spec)),
  instrument.bigint('updated_seq', (row) => row.seq),
], `ON CONFLICT (symbol) DO UPDATE SET partition = excluded.partition, version = excluded.version, spec = excluded.spec,
  updated_seq = excluded.updated_seq WHERE instruments.version <= excluded.version`);

/**
 * Writes a run's changes with one statement per table that it touches, inside the caller's transaction.
 *
 * @throws RefusedEventError when an order is not in the ledger as the events say
 */
export async function writeChanges(client: ClientBase, partition: number, changes: Changes): Promise<void> {
  await writeInstruments.run(client, partition, changes.instruments);
  await rejectOrders.run(client, partition, changes.rejected);
  expectAll(changes.accepted, 'is accepted, but was accepted before',
    await acceptOrders.run(client, partition, changes.accepted), (row) => row.terms.orderId);
  expectAll(changes.changed, 'changes, but is not open with that many lots in the ledger',
    await changeOrders.run(client, partition, changes.changed), (row) => row.orderId);
  await insertFills.run(client, partition, changes.fills);
  await insertDeposits.run(client, partition, changes.deposits);
  await insertEntries.run(client, partition, changes.entries);
  await writeBalances.run(client, partition, changes.balances);
}

function expectAll<Row>(rows: readonly Row[], what: string, written: number, idOf: (row: Row) => string): void {
  if (written === rows.length) return;
  const ids = rows.slice(0, 5).map(idOf).join(', ');
  throw new RefusedEventError(undefined, `${rows.length - written} of ${rows.length} orders: one of ${ids}${rows.length > 5 ? ', …' : ''} ${what}`);
}
