import { formatDecimal, type BalanceChange, type Event } from '../../domain';

interface Moved {
  readonly accountId: string;
  readonly amounts: readonly { readonly asset: string; readonly amount: number }[];
}

/** What an event does to an account's funds without an order; undefined when it does nothing of the kind. */
function movedBy(event: Event): Moved | undefined {
  switch (event.type) {
    case 'deposited':
    case 'transferred_in':
      return { accountId: event.accountId, amounts: [event] };
    case 'transferred_out':
      return { accountId: event.accountId, amounts: [{ asset: event.asset, amount: -event.amount }] };
    case 'account_opened':
      return { accountId: event.accountId, amounts: event.funds };
    case 'account_reset':
      return { accountId: event.accountId, amounts: event.balances.map(({ asset, before, after }) => ({ asset, amount: after - before })) };
    default:
      return undefined;
  }
}

type DecimalsOf = (asset: string) => number | undefined;

/** The message about an event that moves an account's funds, with the account. @param decimalsOf undefined for an asset that nothing trades */
export function balanceChange(event: Event, decimalsOf: DecimalsOf): readonly [accountId: string, change: BalanceChange] | undefined {
  const moved = movedBy(event);
  const changes = (moved?.amounts ?? []).flatMap(({ asset, amount }) => {
    const decimals = decimalsOf(asset);
    return amount === 0 || decimals === undefined ? [] : [{ asset, amount: formatDecimal(amount, decimals) }];
  });
  if (!moved || changes.length === 0) return undefined;
  const { partition, seq, time } = event;
  return [moved.accountId, { seq, ...(partition === 0 ? {} : { partition }), time, changes }];
}
