import { balanceChange } from './balance-changes';
import type { Event } from '../../domain';

const accountId = 'aaaaaaaa-0000-4000-8000-000000000001';
const head = { partition: 0, seq: 7, time: 70, accountId };
const decimalsOf = (asset: string): number | undefined => ({ BTC: 8, USDT: 6 })[asset];

test.each<[string, Event, readonly { asset: string; amount: string }[]]>([
  ['a deposit', { ...head, type: 'deposited', depositId: 'd', asset: 'USDT', amount: 1_500_000 }, [{ asset: 'USDT', amount: '1.5' }]],
  ['funds from another partition', { ...head, type: 'transferred_in', transferId: 't', asset: 'BTC', amount: 1, fromPartition: 1 }, [{ asset: 'BTC', amount: '0.00000001' }]],
  ['funds that left', { ...head, type: 'transferred_out', transferId: 't', asset: 'BTC', amount: 50_000_000, toPartition: 1 }, [{ asset: 'BTC', amount: '-0.5' }]],
  ['a beginning', { ...head, type: 'account_opened', funds: [{ asset: 'USDT', amount: 5_000_000 }, { asset: 'BTC', amount: 100_000_000 }] }, [
    { asset: 'USDT', amount: '5' }, { asset: 'BTC', amount: '1' },
  ]],
  ['a new beginning: what is different from before', {
    ...head, type: 'account_reset', resetId: 'r', balances: [
      { asset: 'USDT', before: 7_000_000, after: 5_000_000 }, { asset: 'BTC', before: 3, after: 3 }, { asset: 'GONE', before: 1, after: 0 },
    ],
  }, [{ asset: 'USDT', amount: '-2' }]],
])('%s', (_name, event, changes) => {
  expect(balanceChange(event, decimalsOf)).toEqual([accountId, { seq: 7, time: 70, changes }]);
});

test('what changes nothing says nothing, and events of another partition name it', () => {
  const rejected: Event = { ...head, type: 'deposit_rejected', depositId: 'd', asset: 'USDT', amount: 1, reason: 'unknown_asset' };
  expect(balanceChange(rejected, decimalsOf)).toBeUndefined();
  expect(balanceChange({ ...head, type: 'account_reset', resetId: 'r', balances: [{ asset: 'BTC', before: 1, after: 1 }] }, decimalsOf)).toBeUndefined();
  expect(balanceChange({ ...head, partition: 2, type: 'deposited', depositId: 'd', asset: 'BTC', amount: 1 }, decimalsOf)?.[1]).toMatchObject({ partition: 2 });
});
