import type { ClientBase } from 'pg';
import { BulkStatement, columnsOf } from './bulk';
import { RefusedEventError } from './errors';
import type {
  AccountRow, AmendmentRow, Balance, BeginningRow, Changes, DepositRow, DuplicateRow, EntryRow, FillRow, InstrumentRow, MarketRow, RefusedTransferRow,
  TradingStateRow, TransferRow,
} from './rows';
import { changeOrders, insertOrders } from './write-orders';

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
  fill.bigint('fee', (row) => row.fee),
  fill.text('fee_asset', (row) => row.feeAsset),
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

const transfer = columnsOf<TransferRow>();
const insertTransfers = BulkStatement.insert<TransferRow>('ledger.transfers', [
  transfer.uuid('transfer_id', (row) => row.transferId),
  transfer.text('direction', (row) => row.direction),
  transfer.bigint('seq', (row) => row.seq),
  transfer.uuid('account_id', (row) => row.accountId),
  transfer.text('asset', (row) => row.asset),
  transfer.bigint('amount', (row) => row.amount),
  transfer.integer('other_partition', (row) => row.otherPartition),
  transfer.timestamp('time', (row) => row.time),
]);

const beginning = columnsOf<BeginningRow>();
const insertBeginnings = BulkStatement.insert<BeginningRow>('ledger.account_beginnings', [
  beginning.bigint('seq', (row) => row.seq),
  beginning.uuid('account_id', (row) => row.accountId),
  beginning.text('kind', (row) => row.kind),
  beginning.uuid('reset_id', (row) => row.resetId),
  beginning.json('changes', (row) => JSON.stringify(row.changes)),
  beginning.timestamp('time', (row) => row.time),
]);

const refused = columnsOf<RefusedTransferRow>();
const writeRefusedTransfers = BulkStatement.insert<RefusedTransferRow>('ledger.refused_transfers', [
  refused.uuid('transfer_id', (row) => row.transferId),
  refused.boolean('asked_out', (row) => row.askedOut),
  refused.bigint('seq', (row) => row.seq),
  refused.uuid('account_id', (row) => row.accountId),
  refused.text('asset', (row) => row.asset),
  refused.bigint('amount', (row) => row.amount),
  refused.text('reason', (row) => row.reason),
  refused.timestamp('time', (row) => row.time),
], `ON CONFLICT (partition, transfer_id) DO UPDATE SET seq = excluded.seq, account_id = excluded.account_id, asset = excluded.asset,
  amount = excluded.amount, reason = excluded.reason, time = excluded.time,
  asked_out = excluded.asked_out OR COALESCE(refused_transfers.asked_out, refused_transfers.reason <> 'out_of_range')`);

const duplicate = columnsOf<DuplicateRow>();
// Ids come again when the core has long forgotten them; then it is the last time that counts.
const writeDuplicates = BulkStatement.upsert<DuplicateRow>('ledger.order_duplicates', ['order_id'], [
  duplicate.uuid('order_id', (row) => row.orderId),
  duplicate.bigint('seq', (row) => row.seq),
  duplicate.uuid('original_order_id', (row) => row.originalOrderId),
  duplicate.uuid('account_id', (row) => row.accountId),
  duplicate.text('client_order_id', (row) => row.clientOrderId),
  duplicate.uuid('list_id', (row) => row.listId),
  duplicate.timestamp('time', (row) => row.time),
]);

const amendment = columnsOf<AmendmentRow>();
const writeAmendments = BulkStatement.upsert<AmendmentRow>('ledger.amendments', ['amend_id'], [
  amendment.uuid('amend_id', (row) => row.amendId),
  amendment.bigint('seq', (row) => row.seq),
  amendment.uuid('order_id', (row) => row.orderId),
  amendment.uuid('account_id', (row) => row.accountId),
  amendment.text('reason', (row) => row.reason),
  amendment.bigint('price_ticks', (row) => row.priceTicks),
  amendment.bigint('quantity_lots', (row) => row.quantityLots),
  amendment.boolean('keeps_priority', (row) => row.keepsPriority),
  amendment.timestamp('time', (row) => row.time),
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
const writeBalances = BulkStatement.upsert<Balance>('ledger.balances', ['account_id', 'asset', 'partition'], [
  balance.uuid('account_id', (row) => row.accountId),
  balance.text('asset', (row) => row.asset),
  balance.bigint('free', (row) => row.free),
  balance.bigint('held', (row) => row.held),
  balance.bigint('updated_seq', (row) => row.updatedSeq),
]);

const instrument = columnsOf<InstrumentRow>();
const writeInstruments = BulkStatement.insert<InstrumentRow>('ledger.instruments', [
  instrument.text('symbol', (row) => row.spec.symbol),
  instrument.bigint('version', (row) => row.spec.version),
  instrument.json('spec', (row) => JSON.stringify(row.spec)),
  instrument.bigint('updated_seq', (row) => row.seq),
], `ON CONFLICT (symbol) DO UPDATE SET partition = excluded.partition, version = excluded.version, spec = excluded.spec,
  updated_seq = excluded.updated_seq WHERE instruments.version <= excluded.version`);

const tradingState = columnsOf<TradingStateRow>();
const writeTradingStates = BulkStatement.upsert<TradingStateRow>('ledger.trading_states', ['partition', 'symbol'], [
  tradingState.text('symbol', (row) => row.symbol),
  tradingState.text('state', (row) => row.state),
  tradingState.bigint('updated_seq', (row) => row.seq),
]);

const account = columnsOf<AccountRow>();
const writeAccounts = BulkStatement.upsert<AccountRow>('ledger.accounts', ['partition', 'account_id'], [
  account.uuid('account_id', (row) => row.accountId),
  account.text('kind', (row) => row.kind),
  account.boolean('killed', (row) => row.killed),
  account.bigint('updated_seq', (row) => row.seq),
]);

const market = columnsOf<MarketRow>();
const writeMarkets = BulkStatement.insert<MarketRow>('ledger.markets', [
  market.text('symbol', (row) => row.symbol),
  market.bigint('last_price_ticks', (row) => row.lastPriceTicks),
  market.bigint('mark_price_ticks', (row) => row.markPriceTicks),
  market.bigint('updated_seq', (row) => row.seq),
], `ON CONFLICT (partition, symbol) DO UPDATE SET updated_seq = excluded.updated_seq,
  last_price_ticks = coalesce(excluded.last_price_ticks, markets.last_price_ticks),
  mark_price_ticks = coalesce(excluded.mark_price_ticks, markets.mark_price_ticks)`);

/**
 * Writes a run's changes with one statement per table that it touches, inside the caller's transaction.
 *
 * @throws RefusedEventError when an order is not in the ledger as the events say
 */
export async function writeChanges(client: ClientBase, partition: number, changes: Changes): Promise<void> {
  await writeInstruments.run(client, partition, changes.instruments);
  await writeTradingStates.run(client, partition, changes.tradingStates);
  await writeAccounts.run(client, partition, changes.accounts);
  await writeMarkets.run(client, partition, changes.markets);
  await insertOrders.run(client, partition, changes.rejected);
  expectAll(changes.accepted, 'is accepted, but was accepted before',
    await insertOrders.run(client, partition, changes.accepted), (row) => row.terms.orderId);
  expectAll(changes.changed, 'changes, but is not open in the ledger',
    await changeOrders.run(client, partition, changes.changed), (row) => row.orderId);
  await writeDuplicates.run(client, partition, changes.duplicates);
  await writeAmendments.run(client, partition, changes.amendments);
  await insertFills.run(client, partition, changes.fills);
  await insertDeposits.run(client, partition, changes.deposits);
  await insertTransfers.run(client, partition, changes.transfers);
  await insertBeginnings.run(client, partition, changes.beginnings);
  await writeRefusedTransfers.run(client, partition, changes.refusedTransfers);
  await insertEntries.run(client, partition, changes.entries);
  await writeBalances.run(client, partition, changes.balances);
}

function expectAll<Row>(rows: readonly Row[], what: string, written: number, idOf: (row: Row) => string): void {
  if (written === rows.length) return;
  const ids = rows.slice(0, 5).map(idOf).join(', ');
  throw new RefusedEventError(undefined, `${rows.length - written} of ${rows.length} orders: one of ${ids}${rows.length > 5 ? ', …' : ''} ${what}`);
}
