import { EXTERNAL_ACCOUNT } from '../domain';

/** What all transit accounts begin with; the ledger's own checks know it as well. */
const TRANSIT = '00000000-0000-0000-0001-';

/**
 * The account in which one partition's ledger keeps what it sent to, or got from, another partition. The two ledgers' transit
 * accounts of each other cancel out once every transfer has arrived.
 */
export function transitAccount(partition: number): string {
  return `${TRANSIT}${partition.toString(16).padStart(12, '0')}`;
}

/** Whether an account may owe: it stands for what is elsewhere, and nobody trades with it. */
export function mayOwe(accountId: string): boolean {
  return accountId === EXTERNAL_ACCOUNT || accountId.startsWith(TRANSIT);
}
