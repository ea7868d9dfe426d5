import { FEE_ACCOUNT } from '../../domain';
import { mayOwe } from '../system-accounts';

/**
 * Whether an account is a person's. The venue's own accounts change with every trade, nobody looks at them here, and a single key takes
 * a thousand writes a second only: they are in the ledger alone.
 */
export function isPersonal(accountId: string): boolean {
  return accountId !== FEE_ACCOUNT && !mayOwe(accountId);
}
