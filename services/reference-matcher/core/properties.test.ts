import fc from 'fast-check';
import { createCore, restoreCore } from '.';
import { expectedHold, isPlace, NaiveBooks, NaiveLedger, type Expected } from './naive-exchange';
import { journal, PARTITION, WINDOW_MS } from './test-commands';
import type { Command, Core, Event, Trade } from '../../domain';

const RUNS = { numRuns: Number(process.env.PROPERTY_RUNS ?? (process.env.FULL === '1' ? 800 : 100)) };
const newCore = (): Core => createCore({ partition: PARTITION, idempotencyWindowMs: WINDOW_MS });
const run = (core: Core, commands: readonly Command[]): Event[] => commands.flatMap((command) => [...core.apply(command)]);
type Balances = [accountId: string, assets: [asset: string, free: number, held: number][]][];
const balancesOf = (core: Core): Balances => (JSON.parse(core.snapshot()) as { balances: Balances }).balances;

/** Applies one command to the core and to the naive exchange and compares everything that can be seen. */
function step(core: Core, books: NaiveBooks, ledger: NaiveLedger, command: Command, lastTime: number): readonly Event[] {
  const seq = core.lastSeq;
  const events = core.apply(command);
  events.forEach((event, i) => expect(event).toMatchObject({ partition: PARTITION, seq: seq + 1 + i, time: Math.max(lastTime, command.time) }));
  expect(core.lastSeq).toBe(seq + events.length);

  const accepted = events.find((event) => event.type === 'order_accepted');
  // Booked first: the fills are paid from what is free then.
  if (accepted) ledger.book(accepted);
  const expected = accepted && isPlace(command)
    ? books.accept(command, (accountId, asset) => ledger.free.get(`${accountId} ${asset}`) ?? 0n) : { fills: [], remaining: 0n };
  const trades = events.filter((event): event is Trade => event.type === 'trade');
  expect(trades.map((t): Expected => [t.makerOrderId, t.priceTicks, t.quantityLots])).toEqual(expected.fills);
  for (const event of events) {
    books.configure(event);
    if (event.type !== 'order_accepted') ledger.book(event);
    if (event.type === 'order_cancelled') books.remove(event.orderId);
  }
  const rests = books.resting.some(({ command: { orderId } }) => orderId === accepted?.orderId);
  const ended = events.filter((event) => event.type === 'order_cancelled');
  if (accepted) expect(ended.map((event) => event.remainingLots)).toEqual(expected.remaining > 0n && !rests ? [Number(expected.remaining)] : []);
  return events;
}

function compareState(core: Core, books: NaiveBooks, ledger: NaiveLedger): void {
  const held = new Map<string, bigint>();
  for (const order of books.resting) {
    const [asset, amount] = expectedHold(order, books.instruments.get(order.command.symbol)!);
    const key = `${order.command.accountId} ${asset}`;
    held.set(key, (held.get(key) ?? 0n) + amount);
  }
  const nonZero = (map: Map<string, bigint>): Record<string, bigint> => Object.fromEntries([...map].filter(([, v]) => v !== 0n));
  const inCore = balancesOf(core).flatMap(([id, assets]) => assets.map(([asset, free, hold]) => [`${id} ${asset}`, BigInt(free), BigInt(hold)] as const));
  expect(nonZero(new Map(inCore.map(([key, , hold]) => [key, hold])))).toEqual(nonZero(held));
  expect(nonZero(ledger.held)).toEqual(nonZero(held));
  expect(nonZero(new Map(inCore.map(([key, free]) => [key, free])))).toEqual(nonZero(ledger.free));

  for (const { symbol } of core.instruments()) {
    const { bids, asks } = core.levels(symbol, 100);
    if (bids.length > 0 && asks.length > 0) expect(bids[0].priceTicks).toBeLessThan(asks[0].priceTicks);
    for (const [side, levels] of [['buy', bids], ['sell', asks]] as const) {
      const sums = new Map<number, number>();
      for (const { command, remaining } of books.resting) {
        if (command.symbol === symbol && command.side === side) sums.set(command.priceTicks, (sums.get(command.priceTicks) ?? 0) + Number(remaining));
      }
      const sorted = [...sums].sort(([a], [b]) => (side === 'buy' ? b - a : a - b));
      expect(levels.map((level) => [level.priceTicks, level.quantityLots])).toEqual(sorted);
    }
  }
}

test('the core does what a naive exchange does: fills, books, holds and balances', () => {
  fc.assert(fc.property(journal(), (commands) => {
    const core = newCore();
    const books = new NaiveBooks();
    const ledger = new NaiveLedger();
    let time = 0;
    for (const command of commands) {
      step(core, books, ledger, command, time);
      time = Math.max(time, command.time);
      compareState(core, books, ledger);
    }
  }), RUNS);
});

test('cash and units are conserved: what the accounts have is what was paid in', () => {
  fc.assert(fc.property(journal(), (commands) => {
    const core = newCore();
    const paidIn = new Map<string, number>();
    for (const event of run(core, commands)) {
      if (event.type === 'deposited') paidIn.set(event.asset, (paidIn.get(event.asset) ?? 0) + event.amount);
    }
    const owned = new Map<string, number>();
    for (const [asset, free, held] of balancesOf(core).flatMap(([, assets]) => assets)) owned.set(asset, (owned.get(asset) ?? 0) + free + held);
    expect(owned).toEqual(new Map([...paidIn].filter(([, sum]) => sum > 0)));
  }), RUNS);
});

test('an order has one effect, whatever is repeated, for as long as it is remembered', () => {
  fc.assert(fc.property(journal(), (commands) => {
    const events = run(newCore(), commands);
    // Ids repeat within the window only when the journal makes them: the core may speak of each order's start once per window.
    const starts = events.filter((e) => e.type === 'order_accepted' || e.type === 'order_rejected' || e.type === 'order_duplicate');
    const seen = new Map<string, number>();
    for (const { orderId, time } of starts) {
      const before = seen.get(orderId);
      if (before !== undefined) expect(time - before).toBeGreaterThan(WINDOW_MS);
      seen.set(orderId, time);
    }
  }), RUNS);
});

test('a replay gives the same events and the same state', () => {
  fc.assert(fc.property(journal(), (commands) => {
    const [a, b] = [newCore(), newCore()];
    expect(run(a, commands)).toEqual(run(b, commands));
    expect(a.stateHash()).toBe(b.stateHash());
  }), RUNS);
});

test('a snapshot at any point and the rest of the commands give the same events and the same state', () => {
  fc.assert(fc.property(journal(), fc.nat(), (commands, at) => {
    const cut = at % (commands.length + 1);
    const whole = newCore();
    run(whole, commands.slice(0, cut));
    const restored = restoreCore(whole.snapshot(), PARTITION);
    expect(restored.snapshot()).toBe(whole.snapshot());
    expect(run(restored, commands.slice(cut))).toEqual(run(whole, commands.slice(cut)));
    expect(restored.stateHash()).toBe(whole.stateHash());
  }), RUNS);
});
