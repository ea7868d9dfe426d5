import { RefusedEventError } from './errors';
import type { Balance, EntryRow } from './rows';
import { mayOwe } from './system-accounts';

const keyOf = (accountId: string, asset: string): string => `${accountId}/${asset}`;

/** Balances as they move through a run; they start from what the ledger has. */
export class Balances {
  private readonly byKey = new Map<string, Balance>();

  constructor(known: readonly Balance[]) {
    for (const balance of known) this.byKey.set(keyOf(balance.accountId, balance.asset), { ...balance });
  }

  /**
   * Books the entries of one event.
   *
   * @throws RefusedEventError when an account would owe something that stands for nobody outside
   */
  book(entries: readonly EntryRow[]): void {
    for (const { seq, accountId, asset, freeDelta, heldDelta } of entries) {
      const balance = this.of(accountId, asset);
      balance.free += BigInt(freeDelta);
      balance.held += BigInt(heldDelta);
      balance.updatedSeq = seq;
    }
    for (const { seq, accountId, asset } of entries) {
      const { free, held } = this.of(accountId, asset);
      if (!mayOwe(accountId) && (free < 0n || held < 0n)) {
        throw new RefusedEventError(seq, `event ${seq} would leave account ${accountId} with ${free} free and ${held} held of ${asset}`);
      }
    }
  }

  all(): Balance[] {
    return [...this.byKey.values()].filter(({ updatedSeq }) => updatedSeq > 0);
  }

  private of(accountId: string, asset: string): Balance {
    const key = keyOf(accountId, asset);
    let balance = this.byKey.get(key);
    if (!balance) {
      balance = { accountId, asset, free: 0n, held: 0n, updatedSeq: 0 };
      this.byKey.set(key, balance);
    }
    return balance;
  }
}

/** The balances that entries touch, each once. */
export function touchedBy(entries: readonly EntryRow[]): { accountId: string; asset: string }[] {
  const touched = new Map<string, { accountId: string; asset: string }>();
  for (const { accountId, asset } of entries) touched.set(keyOf(accountId, asset), { accountId, asset });
  return [...touched.values()];
}
