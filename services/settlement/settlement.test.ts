import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SQSRecord } from 'aws-lambda';
import { pino } from 'pino';
import type { Event } from '../domain';
import { Queues, retryDelay } from './queues';
import { Settlement } from './settlement';
import { record, recordOfRun, startTestQueues, type TestQueues } from './testing/queue';
import { FUNDING, newPartition, runOf, tablesOf } from './testing/tables';
import { Venue } from './testing/venue';
import { startTestLedger, type TestLedger } from '../setup/testing/ledger';

let ledger: TestLedger;
let queues: TestQueues;
let settlement: Settlement;
let logged: Record<string, unknown>[] = [];

beforeAll(async () => {
  [ledger, queues] = await Promise.all([startTestLedger(), startTestQueues()]);
  const logger = pino({ messageKey: 'message' }, new Writable({
    write: (line: Buffer, _, done) => {
      logged.push(JSON.parse(line.toString()) as Record<string, unknown>);
      done();
    },
  }));
  settlement = new Settlement({
    pool: ledger.pool('settlement', 2), queues: new Queues(queues.client, queues.settlementUrl, queues.deadLetterUrl, logger), logger,
    functionName: 'settlement-test', maxAttempts: 3, retryDelaySeconds: 1,
  });
});
afterAll(async () => {
  await Promise.all([ledger?.stop(), queues?.stop()]);
});
beforeEach(async () => {
  logged = [];
  await queues.purge();
});

function story(): { partition: number; salt: string; events: readonly Event[] } {
  const { partition, salt } = newPartition();
  const venue = new Venue(partition, salt).run([
    ...FUNDING,
    { do: 'place', account: 0, side: 'sell', market: false, ioc: false, price: 3, lots: 5 },
    { do: 'place', account: 1, side: 'buy', market: false, ioc: false, price: 4, lots: 3 },
  ]);
  return { partition, salt, events: venue.events };
}

const handle = (records: SQSRecord[]) => settlement.settleBatch(records);
const metrics = (name: string) => logged.filter((line) => line[name] === 1 && '_aws' in line);
const state = async (partition: number) => (await ledger.query(
  'SELECT last_seq::int, halted_seq::int, halted_reason, refused_count FROM ledger.partitions WHERE partition = $1', [partition]))[0];

/** Delivers one by one until a number of messages came: each is an attempt of its own. */
async function deliver(count: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (let came = 0; came < count;) {
    came += await queues.deliver(handle, 1);
    if (Date.now() > deadline) throw new Error(`only ${came} of ${count} messages came`);
    if (came < count) await sleep(50);
  }
}

test('a poisoned message halts its partition and nothing else; fixed and released, it is applied once', async () => {
  const { partition, salt, events } = story();
  const other = story();
  // An order that is in the way, as a fault of an operator would leave it.
  const orderId = `${salt}-0000-7000-8000-${'9'.padStart(12, '0')}`;
  await ledger.query(`
    INSERT INTO ledger.orders (order_id, partition, account_id, client_order_id, digest, symbol, side, type, time_in_force, post_only,
      self_trade_prevention, price_ticks, trigger_ticks, quantity_lots, quote_budget, remaining_lots, status, created_seq, created_at, updated_seq,
      updated_at, priority_seq)
    VALUES ($1, 9, $1, 'x', repeat('0', 32), 'X', 'buy', 'limit', 'gtc', false, 'none', 1, 0, 1, 0, 1, 'open', 1, now(), 1, now(), 1)`, [orderId]);
  await queues.send(runOf(events, 1, 8));
  await queues.send(runOf(events, 9, 9));
  await queues.send(runOf(events, 10));
  await deliver(1 + 3);
  expect(await state(partition)).toEqual({
    last_seq: 8, halted_seq: 9, halted_reason: `1 of 1 orders: one of ${orderId} is accepted, but was accepted before`, refused_count: 3,
  });
  expect(metrics('SettlementHalted')).toMatchObject([{ partition, seq: 9, attempts: 3, FunctionName: 'settlement-test' }]);
  const letters = await queues.deadLetters();
  expect(letters).toHaveLength(1);
  expect(letters[0].MessageAttributes).toMatchObject({
    Partition: { StringValue: String(partition) }, Seq: { StringValue: '9' }, Reason: { StringValue: expect.stringContaining('accepted before') as string },
  });

  // While it is halted nothing behind it moves; another partition does.
  await queues.send(runOf(other.events));
  await deliver(3);
  expect(await state(partition)).toMatchObject({ last_seq: 8, halted_seq: 9 });
  expect(await state(other.partition)).toMatchObject({ last_seq: other.events.length });
  expect(await queues.deadLetters()).toHaveLength(0);

  await ledger.query('DELETE FROM ledger.orders WHERE order_id = $1', [orderId]);
  await expect(settlement.release(partition)).resolves.toMatchObject({ released: true, haltedSeq: 9 });
  await expect(settlement.release(partition)).resolves.toEqual({ partition, released: false });
  await deliver(2);
  expect(await state(partition)).toEqual({ last_seq: events.length, halted_seq: null, halted_reason: null, refused_count: 0 });
  expect((await tablesOf(ledger, partition)).fills).toHaveLength(2);
  await sleep(1_200);
  expect(await queues.deliver(handle)).toBe(0);
});

test('a body that is no run halts the partition of its group at the event that should have come', async () => {
  const { partition, events } = story();
  await queues.send(runOf(events, 1, 4));
  await queues.sendBody(String(partition), Buffer.from('rubbish').toString('base64'));
  await queues.send(runOf(events, 5));
  await deliver(1 + 3);
  expect(await state(partition)).toMatchObject({ last_seq: 4, halted_seq: 5, halted_reason: expect.stringContaining('expected an event run') as string });
  const [letter] = await queues.deadLetters();
  expect(Buffer.from(letter.Body ?? '', 'base64').toString()).toBe('rubbish');
  await deliver(1);
  expect(logged.at(-1)).toMatchObject({ message: expect.stringContaining('wait for a release') as string, seq: 5, SettlementHalted: 1 });
  // Released without being repaired, it has its three attempts and halts again.
  await settlement.release(partition);
  await deliver(2);
  expect(await state(partition)).toMatchObject({ halted_seq: null, refused_count: 2 });
  await deliver(1);
  expect(await state(partition)).toMatchObject({ last_seq: 4, halted_seq: 5 });
});

test('an outage of the ledger heals by itself, however often a message comes meanwhile', async () => {
  const { partition, events } = story();
  await queues.send(runOf(events, 1, 5));
  await deliver(1);
  await ledger.halt();
  await queues.send(runOf(events, 6));
  await deliver(5);
  await ledger.resume();
  expect(await state(partition)).toMatchObject({ last_seq: 5, halted_seq: null, refused_count: 0 });
  expect(metrics('SettlementUnavailable')).toHaveLength(5);
  await deliver(1);
  expect(await state(partition)).toMatchObject({ last_seq: events.length, halted_seq: null });
  expect(await queues.deadLetters()).toHaveLength(0);
});

test('a connection that broke while it lay idle costs no attempt', async () => {
  const { partition, events } = story();
  await handle([recordOfRun(runOf(events, 1, 5))]);
  await ledger.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'settlement'");
  await expect(handle([recordOfRun(runOf(events, 6))])).resolves.toEqual({ batchItemFailures: [] });
  expect(await state(partition)).toMatchObject({ last_seq: events.length });
});

test('receives during an outage or a gap do not count: a refusal afterwards is the first', async () => {
  const { partition, events } = story();
  const late = recordOfRun(runOf(events, 3), { ApproximateReceiveCount: '500' });
  for (let i = 0; i < 5; i++) await expect(handle([late])).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: late.messageId }] });
  expect(await state(partition)).toBeUndefined();
  expect(metrics('SettlementGap')).toHaveLength(5);
  const poisoned = record('!', { MessageGroupId: String(partition), ApproximateReceiveCount: '500' });
  await handle([poisoned]);
  expect(await state(partition)).toMatchObject({ halted_seq: null, refused_count: 1 });
  await handle([recordOfRun(runOf(events, 1, 2))]);
  await expect(handle([late])).resolves.toEqual({ batchItemFailures: [] });
  expect(await state(partition)).toMatchObject({ last_seq: events.length, refused_count: 0 });
});

test('after a failure all later messages of its group stay, those of other groups do not', async () => {
  const [a, b] = [story(), story()];
  const batch = [
    recordOfRun(runOf(a.events, 1, 3)), recordOfRun(runOf(a.events, 5, 6)), recordOfRun(runOf(b.events)), recordOfRun(runOf(a.events, 4, 4)),
  ];
  await expect(handle(batch)).resolves.toEqual({ batchItemFailures: [batch[1], batch[3]].map(({ messageId }) => ({ itemIdentifier: messageId })) });
  expect(await state(a.partition)).toMatchObject({ last_seq: 3 });
  expect(await state(b.partition)).toMatchObject({ last_seq: b.events.length });
});

test('messages that follow each other are one transaction; with something wrong in one, the others before it are settled all the same', async () => {
  const { partition, events } = story();
  const batch = [recordOfRun(runOf(events, 1, 2)), recordOfRun(runOf(events, 3, 4)), recordOfRun(runOf(events, 5))];
  await expect(handle(batch)).resolves.toEqual({ batchItemFailures: [] });
  expect(await state(partition)).toMatchObject({ last_seq: events.length });
  const transactions = await ledger.query('SELECT DISTINCT xmin::text FROM ledger.ledger_entries WHERE partition = $1', [partition]);
  expect(transactions).toHaveLength(1);

  const other = story();
  const broken = { ...recordOfRun(runOf(other.events, 3, 4)), body: 'not a run' };
  await expect(handle([recordOfRun(runOf(other.events, 1, 2)), broken, recordOfRun(runOf(other.events, 5))])).resolves
    .toMatchObject({ batchItemFailures: [{ itemIdentifier: broken.messageId }, {}] });
  expect(await state(other.partition)).toMatchObject({ last_seq: 2, refused_count: 1 });
});

test('what an invocation has no time for is left alone', async () => {
  const { partition, events } = story();
  const batch = [recordOfRun(runOf(events, 1, 3)), recordOfRun(runOf(events, 4))];
  const left = [20_000, 11_000];
  await expect(settlement.settleBatch(batch, () => left.shift() ?? 0)).resolves
    .toEqual({ batchItemFailures: [{ itemIdentifier: batch[1].messageId }] });
  expect(await state(partition)).toMatchObject({ last_seq: 3 });
});

test('a run in the wrong group is refused; a group that is no partition gets its copy and holds up only itself', async () => {
  const { partition, events } = story();
  const wrong = newPartition().partition;
  await handle([{ ...recordOfRun(runOf(events)), attributes: { ...recordOfRun(runOf(events)).attributes, MessageGroupId: String(wrong) } }]);
  expect(await state(wrong)).toMatchObject({ last_seq: 0, refused_count: 1 });
  expect(await state(partition)).toBeUndefined();
  const stray = record('x', { MessageGroupId: '99999', ApproximateReceiveCount: '3' });
  await expect(handle([stray])).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: stray.messageId }] });
  expect((await queues.deadLetters()).map(({ Body }) => Body)).toEqual(['x']);
});

test('the delay of a retry is a tenth of the wait so far, within its limits', () => {
  const waiting = (seconds: number) => record('', { ApproximateFirstReceiveTimestamp: String(1_000_000_000_000 - seconds * 1_000) });
  expect([0, 30, 600, 1e6].map((seconds) => retryDelay(waiting(seconds), 5, 1_200, 1_000_000_000_000))).toEqual([5, 5, 60, 1_200]);
});
