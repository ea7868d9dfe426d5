import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type OrderEntry, PARTITION } from './place-order';
import { DomainError, EXTERNAL_ACCOUNT, parseDecimal } from '../../domain';
import { coded, decimalText } from '../http/validate';

const uuid = () => z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { error: coded('invalid_id', 'An id is a lower-case UUID.') });

/** Body of `POST /v1/admin/deposits`. */
export const depositSchema = z.strictObject({
  accountId: uuid().refine((id) => id !== EXTERNAL_ACCOUNT, { error: coded('invalid_id', 'This account stands for the world outside.') }),
  asset: z.string().max(16),
  amount: decimalText(),
  /** A second deposit of the same id has no effect. */
  depositId: uuid().optional(),
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
