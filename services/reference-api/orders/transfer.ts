import { hash } from 'node:crypto';
import { z } from 'zod';
import { requireAssetIn, requirePartition } from './append';
import { Attempt } from './attempt';
import type { OrderEntry } from './entry';
import { clientId } from './order-request';
import type { Turn } from './turns';
import { DomainError, newOrderId, parseDecimal } from '../../domain';
import { decimalText, partitionNumber } from '../http/validate';

/** Body of `POST /v1/transfers`. */
export const transferSchema = z.strictObject({
  asset: z.string().max(16),
  amount: decimalText(),
  fromPartition: partitionNumber(),
  toPartition: partitionNumber(),
  /** A second transfer under the same id has no effect. */
  clientTransferId: clientId().optional(),
}).meta({ examples: [{ asset: 'USDT', amount: '10', fromPartition: 0, toPartition: 1 }] });
export type TransferBody = z.output<typeof transferSchema>;

/** What the client gets with 202: the journal of the partition that the funds leave has the request. */
export interface AcceptedTransfer {
  readonly transferId: string;
  readonly fromPartition: number;
  readonly toPartition: number;
  readonly position: string;
}

/**
 * Asks for an account's own funds to be moved to another partition. They leave when the core of their partition says so, and arrive when that
 * event is settled; what becomes of it is at `GET /v1/transfers/{id}`.
 *
 * @throws DomainError, ApiError, JournalUnavailableError
 */
export async function transfer(entry: OrderEntry, accountId: string, body: TransferBody, turn: Turn): Promise<AcceptedTransfer> {
  const { asset, clientTransferId, fromPartition, toPartition } = body;
  requirePartition(entry.partitions, fromPartition, 'fromPartition');
  requirePartition(entry.partitions, toPartition, 'toPartition');
  if (fromPartition === toPartition) {
    throw new DomainError('same_partition', 'The funds are there already: name two different partitions.', { field: 'toPartition' });
  }
  const { decimals } = requireAssetIn(entry, asset, fromPartition, 'fromPartition');
  // What the other core does not know would be refused there, when it has left here.
  requireAssetIn(entry, asset, toPartition, 'toPartition');
  const amount = parseDecimal(body.amount, decimals, 'amount');
  if (amount === 0) throw new DomainError('invalid_amount', 'amount must be above zero', { field: 'amount' });
  const made = clientTransferId === undefined
    ? newOrderId(undefined, fromPartition) : transferIdOf(accountId, fromPartition, toPartition, clientTransferId);
  const attempt = new Attempt(entry, {
    accountId, turn, partition: fromPartition,
    digest: hash('sha256', `${asset}|${amount}|${fromPartition}|${toPartition}`, 'hex').slice(0, 32),
    clientId: clientTransferId ?? made,
    // Longer than any client order id, so that the two cannot meet.
    claimedId: `transfer/${(clientTransferId ?? '').padStart(36)}`,
    command: (transferId, time) => ({ type: 'transfer_out', time, transferId, accountId, asset, amount, toPartition }),
  });
  const { id: transferId, position } = await (clientTransferId === undefined ? attempt.alone(made) : attempt.withClaim(made));
  return { transferId, fromPartition, toPartition, position };
}

/**
 * A UUID (version 8, of our own making) that follows from whose transfer it is, its way and the client's id: whoever repeats the
 * request gets the same one, and nobody can take somebody else's, which the partition of arrival would then believe to have. Ends with
 * the partition that it leaves, as every id.
 */
function transferIdOf(accountId: string, from: number, to: number, clientTransferId: string): string {
  const digits = hash('sha256', `transfer/${accountId}/${from}/${to}/${clientTransferId}`, 'hex');
  const partition = from.toString(16).padStart(4, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(12, 15)}-8${digits.slice(15, 18)}-${digits.slice(18, 26)}${partition}`;
}
