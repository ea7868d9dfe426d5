import { JournalUnavailableError } from '../adapters/journal/journal-errors';
import { type Command, decodeCommandBatch, type Event } from '../domain';
import { settleRun } from './settle';
import { Settlement } from './settlement';
import { recordOfRun } from './testing/queue';
import { newPartition, runOf } from './testing/tables';
import { departures, relayAgain, relayCommand, TransferRelay } from './transfer-relay';
import { startTestLedger, type TestLedger } from '../setup/testing/ledger';

const ALICE = 'aaaaaaaa-0000-4000-8000-000000000001';

/** A journal that remembers, and fails while it is told to. */
class Journal {
  readonly commands: (readonly [partition: number, command: Command])[] = [];
  away = false;

  append(partition: number, frame: Uint8Array): Promise<string> {
    if (this.away) return Promise.reject(new JournalUnavailableError('away', 'unknown'));
    this.commands.push(...decodeCommandBatch(frame).commands.map((command) => [partition, command] as const));
    return Promise.resolve('1');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A deposit, and transfers out of it: to two other partitions, one to the outside, and one more. */
function story(): { partition: number; ids: string[]; events: Event[] } {
  const { partition, salt } = newPartition();
  const ids = [1, 2, 3, 4, 5].map((n) => `${salt}-0000-7000-8000-00000000000${n}`);
  const at = (seq: number) => ({ partition, seq, time: 1_700_000_000_000 + seq, accountId: ALICE, asset: 'USDT' });
  const out = (seq: number, toPartition: number): Event => ({ ...at(seq), type: 'transferred_out', transferId: ids[seq - 1], amount: seq, toPartition });
  return {
    partition, ids, events: [{ ...at(1), type: 'deposited', depositId: ids[0], amount: 1_000 }, out(2, 7), out(3, 8), out(4, partition), out(5, 7)],
  };
}

let ledger: TestLedger;
let journal: Journal;
beforeAll(async () => {
  ledger = await startTestLedger();
});
afterAll(() => ledger?.stop());
beforeEach(() => {
  journal = new Journal();
});

const arrival = (transferId: string, amount: number, fromPartition: number) => (
  { type: 'transfer_in', transferId, accountId: ALICE, asset: 'USDT', amount, fromPartition });
const settlementOf = (relay?: TransferRelay): Settlement => new Settlement({
  pool: ledger.pool('settlement', 2), relay, logger: ledger.logger, functionName: 'test', maxAttempts: 3, retryDelaySeconds: 1,
  queues: { postpone: () => Promise.resolve(), copyToDeadLetters: () => Promise.reject(new Error('nothing is refused here')) } as never,
});
const state = async (partition: number) => (await ledger.query('SELECT last_seq::int, halted_seq FROM ledger.partitions WHERE partition = $1', [partition]))[0];

test('what leaves for other partitions is appended there; what goes to the outside is not', async () => {
  const { partition, ids, events } = story();
  expect(departures(events)).toHaveLength(3);
  await expect(settlementOf(new TransferRelay(journal)).settleBatch([recordOfRun(runOf(events))])).resolves.toEqual({ batchItemFailures: [] });
  expect(journal.commands).toMatchObject([
    [7, arrival(ids[1], 2, partition)], [7, arrival(ids[4], 5, partition)], [8, arrival(ids[2], 3, partition)],
  ]);
});

test('a message stays until the other logs have its transfers, and is settled once all the same', async () => {
  const { partition, events } = story();
  const settlement = settlementOf(new TransferRelay(journal));
  const message = recordOfRun(runOf(events));
  journal.away = true;
  await expect(settlement.settleBatch([message])).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: message.messageId }] });
  // The funds have left, the partition is not halted: it waits.
  expect(await state(partition)).toEqual({ last_seq: 5, halted_seq: null });
  journal.away = false;
  await expect(settlement.settleBatch([message])).resolves.toEqual({ batchItemFailures: [] });
  expect(journal.commands).toHaveLength(3);
  expect(await ledger.query('SELECT count(*)::int AS n FROM ledger.transfers WHERE partition = $1', [partition])).toEqual([{ n: 4 }]);
});

test('what a replaced leader says has left is not brought anywhere', async () => {
  const { events } = story();
  const settlement = settlementOf(new TransferRelay(journal));
  await settlement.settleBatch([recordOfRun(runOf(events, 1, 1, 9))]);
  await expect(settlement.settleBatch([recordOfRun(runOf(events, 2, 5, 8))])).resolves.toEqual({ batchItemFailures: [] });
  expect(journal.commands).toEqual([]);
});

test('without a journal a transfer to another partition is kept, never dropped', async () => {
  const { events } = story();
  const message = recordOfRun(runOf(events));
  await expect(settlementOf().settleBatch([message])).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: message.messageId }] });
});

test('an operator has all of it appended once more, what came after an event, or one alone', async () => {
  const { partition, ids, events } = story();
  await settleRun(ledger.pool('settlement'), runOf(events));
  const pool = ledger.pool('settlement');
  const again = (relay: object, remainingMs = 60_000) => relayAgain(
    pool, new TransferRelay(journal), relayCommand.parse({ relay: { partition, ...relay } }).relay, () => remainingMs);
  await expect(again({})).resolves.toEqual({ partition, relayed: 3 });
  await expect(again({ after: 2 })).resolves.toEqual({ partition, relayed: 2 });
  await expect(again({ transferId: ids[2] })).resolves.toEqual({ partition, relayed: 1 });
  // What went to the outside has no other side.
  await expect(again({ transferId: ids[3] })).resolves.toEqual({ partition, relayed: 0 });
  await expect(again({ after: 1 }, 1_000)).resolves.toEqual({ partition, relayed: 0, next: 1 });
  expect(journal.commands.map(([, command]) => (command.type === 'transfer_in' ? command.amount : 0))).toEqual([2, 5, 3, 3, 5, 3]);
  for (const wrong of [{}, { relay: {} }, { relay: { partition: -1 } }, { relay: { partition: 0, all: true } }]) {
    expect(relayCommand.safeParse(wrong).success).toBe(false);
  }
});
