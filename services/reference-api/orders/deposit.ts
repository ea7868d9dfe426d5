import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { named, requireAssetIn, requirePartition } from './append';
import type { OrderEntry } from './entry';
import { tradingAccount } from './operate';
import { DomainError, parseDecimal } from '../../domain';
import { decimalText, partitionNumber, uuidText } from '../http/validate';

/** Body of `POST /v1/admin/deposits`. */
export const depositSchema = z.strictObject({
  accountId: tradingAccount(),
  asset: z.string().max(16),
  amount: decimalText(),
  /** A second deposit of the same id has no effect. */
  depositId: uuidText().optional(),
  /** Where it goes to; the default partition when nothing is said. The same deposit must name the same one again. */
  partition: partitionNumber().optional(),
}).meta({ examples: [{ accountId: '0a000000-0000-4000-8000-00000000000a', asset: 'USDT', amount: '1000' }] });
export type DepositRequest = z.output<typeof depositSchema>;

/** Puts play money into an account. */
export async function deposit(
  entry: OrderEntry, request: DepositRequest,
): Promise<{ readonly depositId: string; readonly partition?: number; readonly position: string }> {
  const { accountId, asset, depositId = randomUUID() } = request;
  const partition = requirePartition(entry.partitions, request.partition ?? entry.partitions.defaultPartition);
  const amount = parseDecimal(request.amount, requireAssetIn(entry, asset, partition, 'asset').decimals, 'amount');
  if (amount === 0) throw new DomainError('invalid_amount', 'amount must be above zero', { field: 'amount' });
  const position = await entry.appender.append(partition, { type: 'deposit', time: Date.now(), depositId, accountId, asset, amount });
  return { depositId, ...named(entry.partitions, partition), position };
}
