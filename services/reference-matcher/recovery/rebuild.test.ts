import fc from 'fast-check';
import type { Pool } from 'pg';
import { closeCutCommand } from './close-cut-command';
import { snapshotOf } from './image-snapshot';
import type { LedgerImage } from './ledger-image';
import { loadImage } from './load-image';
import { rebuildCore, type RebuildOptions } from './rebuild';
import type { JournalReader } from '../../adapters/journal/journal';
import type { SnapshotStore } from '../../adapters/snapshots/snapshot-store';
import { type Command, type Core, encodeCommand, type Event, type EventRun, type PlaceOrder } from '../../domain';
import { settleRun } from '../../settlement/settle';
import { startTestLedger, type TestLedger } from '../../setup/testing/ledger';
import { CORE_VERSION, createCore, restoreCore } from '../core';
import { journal } from '../core/journal-arbitrary';
import { BTC, digestOf, id, PARTITION, WINDOW_MS } from '../core/test-commands';
import { coreBuild } from '../core-build';

let ledger: TestLedger;
let settlement: Pool;
let recovery: Pool;

beforeAll(async () => {
  ledger = await startTestLedger();
  settlement = ledger.pool('settlement', 2);
  recovery = ledger.pool('recovery', 2);
  for (const table of ['ledger_entries', 'fills', 'deposits', 'transfers', 'account_beginnings']) await ledger.query(`ALTER TABLE ledger.${table} DISABLE TRIGGER append_only`);
});
afterAll(() => ledger?.stop());

/** Ids are the same in every journal, so each has the ledger to itself. */
async function emptyLedger(): Promise<void> {
  const tables = await ledger.query<{ name: string }>("SELECT 'ledger.' || tablename AS name FROM pg_tables WHERE schemaname = 'ledger' AND tablename <> 'migrations'");
  // Much quicker than TRUNCATE for a few rows; the one that all others refer to goes last.
  const all = tables.map(({ name }) => name).filter((name) => name !== 'ledger.partitions');
  await ledger.query([...all, 'ledger.partitions'].map((name) => `DELETE FROM ${name}`).join(';'));
}

async function settle(events: readonly Event[], epoch = 1): Promise<void> {
  for (let from = 0; from < events.length; from += 500) {
    await settleRun(settlement, { partition: PARTITION, epoch, events: events.slice(from, from + 500) });
  }
}

/** A core that has applied the commands up to the last one that had an effect, and what happened. */
function run(commands: readonly Command[]): { core: Core; events: Event[] } {
  const probe = createCore({ partition: PARTITION, idempotencyWindowMs: WINDOW_MS, ladderTicks: 64 });
  const perCommand = commands.map((command) => probe.apply(command));
  const last = perCommand.findLastIndex((events) => events.length > 0);
  const core = createCore({ partition: PARTITION, idempotencyWindowMs: WINDOW_MS, ladderTicks: 64 });
  const events = commands.slice(0, last + 1).flatMap((command) => core.apply(command));
  return { core, events };
}

/** An id that the core has forgotten was used again: the ledger, which forgets nothing, stops there. */
const forgotten = (error: unknown): boolean => /was accepted before/.test(String(error));

const image = () => loadImage(recovery, { partition: PARTITION, idempotencyWindowMs: WINDOW_MS });

/** Only what the codec takes: nothing else ever comes into a journal. */
function encodable(command: Command): boolean {
  try {
    return encodeCommand(command).length > 0;
  } catch {
    return false;
  }
}

const streams = journal().map((commands) => commands.filter(encodable));

test('a core built from the ledger alone is the one that went through the journal', async () => {
  let compared = 0;
  await fc.assert(fc.asyncProperty(streams, async (commands) => {
    await emptyLedger();
    const { core, events } = run(commands);
    try {
      await settle(events);
    } catch (error) {
      if (forgotten(error)) return;
      throw error;
    }
    const settled = await image();
    const bytes = snapshotOf(settled, settled.version ?? CORE_VERSION);
    const rebuilt = restoreCore(bytes, PARTITION);
    expect(rebuilt.version).toBe(core.version);
    expect(rebuilt.lastSeq).toBe(core.lastSeq);
    expect(rebuilt.balances()).toEqual(core.balances());
    for (const { symbol } of core.instruments()) expect(rebuilt.orders(symbol)).toEqual(core.orders(symbol));
    expect(rebuilt.stateHash()).toBe(core.stateHash());
    compared++;
  }), { numRuns: Number(process.env.PROPERTY_RUNS ?? 40), interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false });
  expect(compared).toBeGreaterThan(0);
}, 120_000);

test('a command that was settled in part ends where it stood: the core starts, and nobody has lost or gained anything', async () => {
  await fc.assert(fc.asyncProperty(streams, fc.nat(), async (commands, cut) => {
    await emptyLedger();
    const { events } = run(commands);
    const settled = events.slice(0, 1 + (cut % events.length));
    try {
      await settle(settled);
    } catch (error) {
      if (forgotten(error)) return;
      throw error;
    }
    const before = await image();
    const closed = closeCutCommand(before);
    const rebuilt = restoreCore(snapshotOf(closed.image, CORE_VERSION), PARTITION);
    expect(rebuilt.lastSeq).toBe(settled.length + closed.events.length);
    // The ledger takes what ended, and then says of itself what the core says.
    await settle(closed.events, 2);
    const after = await image();
    const again = restoreCore(snapshotOf(after, CORE_VERSION), PARTITION);
    expect(again.balances()).toEqual(rebuilt.balances());
    expect(again.stateHash()).toBe(rebuilt.stateHash());
    const total = (of: LedgerImage): Record<string, number> => {
      const sums: Record<string, number> = {};
      for (const { asset, free, held } of of.balances) sums[asset] = (sums[asset] ?? 0) + free + held;
      return sums;
    };
    expect(total(after)).toEqual(total(before));
  }), { numRuns: Number(process.env.PROPERTY_RUNS ?? 30), interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false });
}, 120_000);

describe('the whole of it', () => {
  const place = (n: number, change: Partial<PlaceOrder> = {}): PlaceOrder => ({
    type: 'place_order', time: 20_000 + n, orderId: id(2, n), accountId: id(1, n % 2), clientOrderId: `c${n}`, digest: digestOf(n), symbol: 'BTCUSDT', side: 'sell',
    orderType: 'limit', timeInForce: 'gtc', postOnly: false, selfTradePrevention: 'none', priceTicks: 5, triggerTicks: 0, quantityLots: 4, quoteBudget: 0, ...change,
  });
  const opening: Command[] = [
    { type: 'configure_instrument', time: 1, instrument: BTC },
    ...[0, 1].flatMap((n) => ['BTC', 'USDT'].map((asset, k): Command => (
      { type: 'deposit', time: 2, depositId: id(3, 2 * n + k), accountId: id(1, n), asset, amount: 1_000_000 }))),
  ];
  const commands = [...opening, place(1), place(2), place(3, { side: 'buy', quantityLots: 6 }), place(4, { priceTicks: 9 }), place(5, { priceTicks: 8 })];

  function journalOf(all: readonly Command[]): JournalReader {
    return {
      async* read() {
        yield [{ position: '7', frame: new Uint8Array(), commands: all, lagMs: 0 }];
        yield [];
      },
      close: () => Promise.resolve(),
    };
  }

  async function rebuild(apply: boolean, sources: RebuildOptions['sources'] = {}) {
    const saved: Parameters<SnapshotStore['save']>[0][] = [];
    const published: EventRun[] = [];
    const opened: [number, number][] = [];
    const report = await rebuildCore({
      partition: PARTITION, idempotencyWindowMs: WINDOW_MS, ledger: recovery, build: coreBuild(), apply, sources, signal: AbortSignal.timeout(10_000),
      snapshots: {
        load: () => Promise.resolve(undefined), newestAt: () => Promise.resolve(undefined), close: () => Promise.resolve(),
        save: async (snapshot) => void saved.push(snapshot),
      },
      bus: { publish: async (published_) => published.push(published_) && published_.events.length, close: () => Promise.resolve() },
      openEpoch: async (epoch, seq) => void opened.push([epoch, seq]),
    });
    return { report, saved, published, opened };
  }

  test('opens an epoch behind the sequence, leaves a snapshot and says whose orders are lost', async () => {
    await emptyLedger();
    const { events } = run(commands);
    // In the ledger: up to the first of the two trades that the third order made. The last two orders were only acknowledged.
    const cut = events.findIndex(({ type }) => type === 'trade') + 1;
    await settle(events.slice(0, cut), 7);
    const { report, saved, published, opened } = await rebuild(true, { journal: journalOf(commands) });
    expect(report).toMatchObject({
      partition: PARTITION, ledger: { seq: cut, epoch: 7 }, opened: { seq: cut + 1, epoch: 8 }, applied: true,
      ended: [{ orderId: id(2, 3), reason: 'unfilled', remainingLots: 2 }],
      sources: { journal: 'read: 5 orders', cache: 'not asked' },
    });
    expect(report.unsettled.map(({ orderId, source, position }) => [orderId, source, position])).toEqual([[id(2, 4), 'journal', '7'], [id(2, 5), 'journal', '7']]);
    expect(opened).toEqual([[8, cut + 1]]);
    expect(published).toMatchObject([{ partition: PARTITION, epoch: 8, events: [{ type: 'order_cancelled', seq: cut + 1, releasedAsset: 'USDT', releasedAmount: 100 }] }]);
    const core = restoreCore(saved[0].state, PARTITION);
    expect(saved).toMatchObject([{ partition: PARTITION, seq: cut + 1, position: undefined, version: CORE_VERSION }]);
    expect(core.stateHash()).toBe(report.opened.stateHash);
    // Whoever sends a lost order again gets it; whoever repeats a settled one has no second.
    expect(core.apply(place(4, { priceTicks: 9 }))).toMatchObject([{ type: 'order_accepted', seq: cut + 2 }]);
    expect(core.apply(place(1))).toEqual([]);
    expect(core.apply(place(1, { orderId: id(2, 90) }))).toMatchObject([{ type: 'order_duplicate', originalOrderId: id(2, 1) }]);
    // The old leader comes back with what it had on its way: the ledger has heard of a newer one.
    await settle(published[0].events, 8);
    await expect(settleRun(settlement, { partition: PARTITION, epoch: 7, events: events.slice(cut) })).resolves.toEqual({ outcome: 'fenced', epoch: 8 });
  });

  test('without --apply nothing is written; a source that fails is named', async () => {
    const broken: JournalReader = { read: () => { throw new Error('no such stream'); }, close: () => Promise.resolve() };
    const { report, saved, published, opened } = await rebuild(false, { journal: broken });
    expect(report).toMatchObject({ applied: false, unsettled: [], sources: { journal: 'could not be read to its end: no such stream' } });
    expect([saved, published, opened]).toEqual([[], [], []]);
  });

  test('a ledger that is halted, empty or not of one core is refused', async () => {
    await ledger.query("UPDATE ledger.partitions SET halted_seq = 5, halted_reason = 'poison', halted_at = now()");
    await expect(rebuild(true)).rejects.toThrow(/is halted behind event \d+ \(poison\)/);
    await ledger.query('UPDATE ledger.partitions SET halted_seq = NULL, halted_reason = NULL, halted_at = NULL');
    await ledger.query("UPDATE ledger.balances SET held = held + 1 WHERE account_id = $1 AND asset = 'BTC'", [id(1, 1)]);
    await expect(rebuild(true)).rejects.toThrow(/its open orders need \d+: the ledger is not that of one core/);
    await emptyLedger();
    await expect(rebuild(true)).rejects.toThrow(`the ledger has no events of partition ${PARTITION}`);
  });
});
