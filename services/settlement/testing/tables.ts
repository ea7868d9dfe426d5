import fc from 'fast-check';
import type { Action } from './venue';
import type { Event, EventRun } from '../../domain';
import type { TestLedger } from '../../setup/testing/ledger';

/** Ids that begin with the salt of their partition. */
const ID = /^((original_)?order|deposit|transfer|amend|reset)_id$/;

let partitions = 100;

/** A partition that no other test has; with it eight hex digits for ids. */
export function newPartition(): { partition: number; salt: string } {
  partitions += 1;
  return { partition: partitions, salt: partitions.toString(16).padStart(8, '0') };
}

/** Everything that the ledger holds of a partition, without what only names the partition. */
export async function tablesOf(ledger: TestLedger, partition: number): Promise<Record<string, Record<string, unknown>[]>> {
  const tables = {
    partitions: 'partition', orders: 'order_id', fills: 'seq, liquidity', deposits: 'seq', transfers: 'seq', refused_transfers: 'transfer_id', account_beginnings: 'seq', ledger_entries: 'seq, entry_no',
    balances: 'account_id, asset', order_duplicates: 'order_id', amendments: 'amend_id', trading_states: 'symbol', accounts: 'account_id', markets: 'symbol',
  };
  const dump: Record<string, Record<string, unknown>[]> = {};
  for (const [table, key] of Object.entries(tables)) {
    const rows = await ledger.query(`SELECT * FROM ledger.${table} WHERE partition = $1 ORDER BY ${key}`, [partition]);
    dump[table] = rows.map(({ partition: own, ...row }) => {
      if (row.other_partition === own) row.other_partition = 'own';
      if (table === 'partitions') return { last_seq: row.last_seq, halted_seq: row.halted_seq, refused_count: row.refused_count, core_version: row.core_version, core_time: row.core_time };
      return Object.fromEntries(Object.entries(row).map(([name, value]) => (
        [name, ID.test(name) && typeof value === 'string' ? value.slice(8) : value]
      )));
    });
  }
  return dump;
}

/** A run of the events from `first` to `last`, both sequences included. */
export function runOf(events: readonly Event[], first = 1, last = events.length, epoch = 1): EventRun {
  return { partition: events[0].partition, epoch, events: events.slice(first - 1, last) };
}

const account = fc.integer({ min: 0, max: 3 });

/** Actions that make much happen: a few accounts, prices that cross, now and then something unusual. */
export const actions: fc.Arbitrary<Action[]> = fc.array(fc.oneof(
  {
    weight: 6, arbitrary: fc.record({
      do: fc.constant('place' as const), account, side: fc.constantFrom('buy' as const, 'sell' as const),
      market: fc.boolean(), ioc: fc.boolean(), price: fc.integer({ min: 1, max: 5 }), lots: fc.integer({ min: 1, max: 8 }),
    }),
  },
  {
    weight: 2, arbitrary: fc.record({
      do: fc.constant('deposit' as const), account, asset: fc.constantFrom('BTC' as const, 'USDT' as const), amount: fc.integer({ min: 1, max: 200_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), pick: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const), pick: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'deposit' as const, account: 0, asset: 'BTC' as const, amount: 5, refuse: true }) },
  {
    weight: 1, arbitrary: fc.record({
      do: fc.constant('transfer' as const), account, asset: fc.constantFrom('BTC' as const, 'USDT' as const), amount: fc.integer({ min: 1, max: 1_000 }),
      out: fc.boolean(), outside: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('amend' as const), pick: fc.nat(50), lots: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('begin' as const), account, reset: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('operate' as const), account, price: fc.integer({ min: 1, max: 5 }) }) },
), { minLength: 1, maxLength: 60 });

/** Funds for everybody, so that most orders are good. */
export const FUNDING: Action[] = [0, 1, 2, 3].flatMap((n): Action[] => [
  { do: 'deposit', account: n, asset: 'BTC', amount: 400_000 },
  { do: 'deposit', account: n, asset: 'USDT', amount: 2_000 },
]);
