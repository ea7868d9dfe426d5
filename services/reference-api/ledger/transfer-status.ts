import type { Ledgers } from './ledgers';
import { formatDecimal, isUuid } from '../../domain';
import { ApiError } from '../http/errors';
import type { InstrumentCatalog } from '../market/instrument-catalog';

/**
 * How far a transfer of an account is: `refused` by the partition that it was to leave, `in_transit`, or `completed`. A transfer whose arrival
 * was refused stays in transit, with the reason, until an operator has it appended again.
 *
 * @throws ApiError 404 for a transfer that is another user's, was never asked for, or is not in the ledger yet: they look the same
 */
export async function transferStatus(ledgers: Ledgers, catalog: InstrumentCatalog, accountId: string, transferId: string) {
  const { partitions } = ledgers;
  const fromPartition = partitions.partitionOfId(transferId);
  const rows = isUuid(transferId) ? await ledgers.of(fromPartition).transfer(transferId) : [];
  const left = rows.find(({ what }) => what === 'out') ?? rows.find(({ what }) => what === 'refused');
  if (left?.accountId !== accountId) {
    throw new ApiError(404, 'unknown_transfer', 'There is no such transfer, or the ledger does not have it yet.');
  }
  const { asset, otherPartition, reason } = left;
  const amount = formatDecimal(left.amount, catalog.requireAsset(asset).decimals);
  const way = { fromPartition, ...(otherPartition === null ? {} : { toPartition: otherPartition }) };
  const common = { transferId, asset, amount, ...way, requestedAt: left.time.getTime() };
  if (left.what === 'refused') return { ...common, status: 'refused', reason };
  // Out of every partition that this system has: nobody here can say whether it arrived.
  const there = otherPartition !== null && partitions.has(otherPartition) ? await ledgers.of(otherPartition).transfer(transferId) : [];
  const came = there.find(({ what }) => what === 'in');
  if (came) return { ...common, status: 'completed', completedAt: came.time.getTime() };
  const refusal = there.find(({ what }) => what === 'refused');
  return { ...common, status: 'in_transit', ...(refusal ? { reason: refusal.reason } : {}) };
}
