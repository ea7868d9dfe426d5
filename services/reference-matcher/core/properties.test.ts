import fc from 'fast-check';
import { createCore, encodeCapture, restoreCore } from '.';
import { journal } from './journal-arbitrary';
import { falls, NaiveExchange, type NaiveOrder } from './naive-exchange';
import { PARTITION, WINDOW_MS } from './test-commands';
import { BookBuilder, encodeCommand, encodeCommandBatch, type Command, type Core, type Event, type OpenOrder } from '../../domain';

const RUNS = { numRuns: Number(process.env.PROPERTY_RUNS ?? (process.env.FULL === '1' ? 2_000 : 120)) };
/** A small ladder, so that prices lie outside of it and it moves. */
const newCore = (): Core => createCore({ partition: PARTITION, idempotencyWindowMs: WINDOW_MS, ladderTicks: 32, expectedOrders: 8 });
const run = (core: Core, commands: readonly Command[]): Event[] => commands.flatMap((command) => [...core.apply(command)]);
const nonZero = (map: Map<string, bigint>): Record<string, bigint> => Object.fromEntries([...map].filter(([, v]) => v !== 0n));

function compareBooks(core: Core, naive: NaiveExchange): void {
  for (const symbol of naive.markets.keys()) {
    const { bids, asks } = core.levels(symbol, 100);
    if (bids.length > 0 && asks.length > 0) expect(bids[0].priceTicks).toBeLessThan(asks[0].priceTicks);
    const mine = naive.live.filter(({ request }) => request.symbol === symbol);
    const open = core.orders(symbol);
    const compare = (found: readonly OpenOrder[], expected: readonly NaiveOrder[]): void => expect(
      found.map((o) => [o.orderId, o.remainingLots, o.quantityLots]),
    ).toEqual(expected.map((o) => [o.request.orderId, Number(o.remaining), Number(o.total)]));
    const resting = (side: string, sign: number): NaiveOrder[] => mine.filter((o) => !o.waiting && o.request.side === side)
      .sort((a, b) => sign * (a.price - b.price) || a.place - b.place);
    compare(open.bids, resting('buy', -1));
    compare(open.asks, resting('sell', 1));
    const waiting = (down: boolean): NaiveOrder[] => mine.filter((o) => o.waiting && falls(o.request) === down)
      .sort((a, b) => (down ? -1 : 1) * (a.request.triggerTicks - b.request.triggerTicks) || a.place - b.place);
    compare(open.falling, waiting(true));
    compare(open.rising, waiting(false));
    for (const [orders, levels] of [[open.bids, bids], [open.asks, asks]] as const) {
      const sums = new Map<number, number>();
      for (const { priceTicks, remainingLots } of orders) sums.set(priceTicks, (sums.get(priceTicks) ?? 0) + remainingLots);
      expect(levels.map((level) => [level.priceTicks, level.quantityLots])).toEqual([...sums]);
    }
  }
}

function compareFunds(core: Core, naive: NaiveExchange): void {
  const found = core.balances();
  const key = ({ accountId, asset }: { accountId: string; asset: string }): string => `${accountId} ${asset}`;
  expect(nonZero(new Map(found.map((b) => [key(b), BigInt(b.free)])))).toEqual(nonZero(naive.ledger.free));
  expect(nonZero(new Map(found.map((b) => [key(b), BigInt(b.held)])))).toEqual(nonZero(naive.ledger.held));
  const owned = new Map<string, bigint>();
  for (const { asset, free, held } of found) owned.set(asset, (owned.get(asset) ?? 0n) + BigInt(free) + BigInt(held));
  expect(nonZero(owned)).toEqual(nonZero(naive.ledger.supply));
}

test('the core does what a naive exchange does: events, queues, levels, balances; what is owned is what was paid in', () => {
  fc.assert(fc.property(journal(), (commands) => {
    const core = newCore();
    const naive = new NaiveExchange(PARTITION, WINDOW_MS, core.version);
    for (const command of commands) {
      expect(core.apply(command)).toEqual(naive.apply(command));
      compareBooks(core, naive);
      compareFunds(core, naive);
    }
  }), RUNS);
});

test('the events alone rebuild the book, which is never crossed in between', () => {
  fc.assert(fc.property(journal(), (commands) => {
    const core = newCore();
    const builder = new BookBuilder();
    for (const command of commands) {
      for (const event of core.apply(command)) {
        for (const { quantityLots } of builder.apply(event)) expect(quantityLots).toBeGreaterThanOrEqual(0);
        for (const { symbol } of core.instruments()) {
          const { bids, asks } = builder.levels(symbol, 1);
          if (bids.length > 0 && asks.length > 0) expect(bids[0].priceTicks).toBeLessThan(asks[0].priceTicks);
        }
      }
      for (const { symbol } of core.instruments()) expect(builder.levels(symbol, 100)).toEqual(core.levels(symbol, 100));
    }
  }), RUNS);
});

test('what must never happen to an order does not', () => {
  fc.assert(fc.property(journal(), (commands) => {
    const core = newCore();
    const accepted = new Map<string, Event & { type: 'order_accepted' }>();
    const ends = new Map<string, number>();
    for (const command of commands) {
      const before = commands.length;
      const events = core.apply(command);
      // Each order in the book or waiting ends at most once, and each may trade once with the one that came.
      expect(events.length).toBeLessThanOrEqual(8 * (before + 2));
      for (const event of events) {
        if (event.type === 'order_accepted') accepted.set(event.orderId, event);
        if (event.type === 'order_cancelled') ends.set(event.orderId, (ends.get(event.orderId) ?? 0) + 1);
        if (event.type === 'trade') {
          const taker = accepted.get(event.takerOrderId)!;
          expect(taker.postOnly && taker.triggerTicks === 0 && command.type !== 'amend_order').toBe(false);
          if (taker.timeInForce === 'fok') expect(events.some((e) => e.type === 'order_cancelled' && e.orderId === taker.orderId && e.remainingLots > 0)).toBe(false);
          if (event.makerAccountId === event.takerAccountId) expect(taker.selfTradePrevention).toBe('none');
        }
      }
      for (const { symbol } of core.instruments()) {
        const { bids, asks } = core.orders(symbol);
        for (const { orderId } of [...bids, ...asks]) expect(accepted.get(orderId)).toMatchObject({ timeInForce: 'gtc' });
      }
    }
    expect([...ends.values()].filter((count) => count > 1)).toEqual([]);
  }), RUNS);
});

test('an order has one effect, whatever is repeated, for as long as it is remembered', () => {
  fc.assert(fc.property(journal(), (commands) => {
    const starts = run(newCore(), commands).filter((e) => e.type === 'order_accepted' || e.type === 'order_rejected' || e.type === 'order_duplicate');
    const seen = new Map<string, number>();
    for (const { orderId, time } of starts) {
      const before = seen.get(orderId);
      if (before !== undefined) expect(time - before).toBeGreaterThan(WINDOW_MS);
      seen.set(orderId, time);
    }
  }), RUNS);
});

test('a replay of the journal gives the state that applying gave, whatever the memory is laid out for', () => {
  fc.assert(fc.property(journal(), fc.integer({ min: 1, max: 9 }), (commands, size) => {
    const applied = newCore();
    const events = run(applied, commands);
    const replayed = createCore({ partition: PARTITION, idempotencyWindowMs: WINDOW_MS, ladderTicks: 2 ** 12 });
    for (let at = 0; at < commands.length; at += size) {
      const batch = commands.slice(at, at + size);
      expect(replayed.replay(encodeCommandBatch(PARTITION, batch.map(encodeCommand)))).toBe(batch.length);
    }
    expect(replayed.lastSeq).toBe(events.length);
    expect(replayed.stateHash()).toBe(applied.stateHash());
    expect(Buffer.compare(replayed.snapshot(), encodeCapture(structuredClone(applied.capture())))).toBe(0);
  }), RUNS);
});

test('a snapshot at any point and the rest of the commands give the same events and the same state', () => {
  fc.assert(fc.property(journal(), fc.nat(), (commands, at) => {
    const cut = at % (commands.length + 1);
    const whole = newCore();
    run(whole, commands.slice(0, cut));
    const restored = restoreCore(whole.snapshot(), PARTITION, { ladderTicks: 64 });
    expect(Buffer.compare(restored.snapshot(), whole.snapshot())).toBe(0);
    expect(run(restored, commands.slice(cut))).toEqual(run(whole, commands.slice(cut)));
    expect(restored.stateHash()).toBe(whole.stateHash());
  }), RUNS);
});
