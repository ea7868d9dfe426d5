import type { Instruments } from './instruments';
import type { BalanceNow } from './ledger-rows';
import { forEachOf, type ReadModelTable, s } from './read-model-table';

/**
 * Wallets: one item for each account and asset (`userId`, `asset`), with one map for each partition that the account has some of it in,
 * `p0`: `{free, held, seq}`, amounts as decimals. An account's wealth is the sum of the maps.
 */
export class Wallets {
  constructor(private readonly table: ReadModelTable) {}

  write(partition: number, balances: readonly BalanceNow[], instruments: Instruments): Promise<void> {
    return forEachOf(balances, ({ accountId, asset, free, held, updatedSeq }) => this.table.putPart(
      { userId: s(accountId), asset: s(asset) },
      `p${partition}`,
      { free: s(instruments.amount(asset, free)), held: s(instruments.amount(asset, held)) },
      updatedSeq,
    ));
  }
}
