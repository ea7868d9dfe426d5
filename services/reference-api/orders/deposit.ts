import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type OrderEntry, PARTITION } from './entry';
import { tradingAccount } from './operate';
import { DomainError, parseDecimal } from '../../domain';
import { decimalText, uuidText } from '../http/validate';

/** Body of `POST /v1/admin/deposits`. */
export const depositSchema = z.strictObject({
  accountId: tradingAccount(),
  asset: z.string().max(16),
  amount: decimalText(),
  /** A second deposit of the same id has no effect. */
  depositId: uuidText().optional(),
});
export type DepositRequest = z.output<typeof depositSchema>;

/** Puts play money into an account. */
export async function deposit(entry: OrderEntry, request: DepositRequest): Promise<{ readonly depositId: string; readonly position: string }> {
  const { accountId, asset, depositId = randomUUID() } = request;
  const amount = parseDecimal(request.amount, entry.catalog.requireAsset(asset).decimals, 'amount');
  if (amount === 0) throw new DomainError('invalid_amount', 'amount must be above zero', { field: 'amount' });
  const position = await entry.appender.append(PARTITION, { type: 'deposit', time: Date.now(), depositId, accountId, asset, amount });
  return { depositId, position };
}
