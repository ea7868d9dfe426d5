import fc from 'fast-check';
import type { Pool } from 'pg';
import { type Event, EXTERNAL_ACCOUNT, FEE_ACCOUNT } from '../domain';
import { settleRun } from './settle';
import { transitAccount } from './system-accounts';
import { actions, FUNDING, newPartition, runOf, tablesOf } from './testing/tables';
import { accountOf, ELSEWHERE, Venue } from './testing/venue';
import { startTestLedger, type TestLedger } from '../setup/testing/ledger';

let ledger: TestLedger;
let pool: Pool;

beforeAll(async () => {
  ledger = await startTestLedger();
  pool = ledger.pool('settlement', 6);
});
afterAll(() => ledger?.stop());

/** A small story with every kind of event. */
function story(): { partition: number; events: readonly Event[]; venue: Venue } {
  const { partition, salt } = newPartition();
  const venue = new Venue(partition, salt).run([
    { do: 'configure' }, ...FUNDING,
    { do: 'deposit', account: 0, asset: 'BTC', amount: 7, refuse: true },
    { do: 'place', account: 0, side: 'sell', market: false, ioc: false, price: 3, lots: 5 },
    { do: 'place', account: 1, side: 'buy', market: false, ioc: false, price: 4, lots: 3 },
    { do: 'place', account: 2, side: 'buy', market: true, ioc: true, price: 0, lots: 9 },
    { do: 'place', account: 3, side: 'buy', market: false, ioc: false, price: 1, lots: 999 },
    { do: 'again', pick: 3 }, { do: 'again', pick: 0 },
    { do: 'place', account: 3, side: 'buy', market: false, ioc: false, price: 2, lots: 10 },
    { do: 'cancel', pick: 0 }, { do: 'cancel', pick: 0 },
  ]);
  expect(new Set(venue.events.map(({ type }) => type)).size).toBe(9);
  return { partition, events: venue.events, venue };
}

test('a run is in the tables as it happened', async () => {
  const { partition, events, venue } = story();
  await expect(settleRun(pool, runOf(events))).resolves.toEqual({ outcome: 'applied', events: events.length, lastSeq: events.length });
  const tables = await tablesOf(ledger, partition);
  expect(tables.orders.map((row) => [row.account_id, row.side, row.type, row.status, row.reason, row.remaining_lots])).toEqual([
    [accountOf(0), 'sell', 'limit', 'filled', null, '0'],
    [accountOf(1), 'buy', 'limit', 'filled', null, '0'],
    [accountOf(2), 'buy', 'market', 'cancelled', 'unfilled', '7'],
    [accountOf(3), 'buy', 'limit', 'rejected', 'insufficient_funds', '999'],
    [accountOf(3), 'buy', 'limit', 'cancelled', 'requested', '10'],
  ]);
  expect(tables.fills.map((row) => [row.liquidity, row.account_id, row.side, row.price_ticks, row.quantity_lots, row.quote_amount])).toEqual([
    ['maker', accountOf(0), 'sell', '3', '3', '90'], ['taker', accountOf(1), 'buy', '3', '3', '90'],
    ['maker', accountOf(0), 'sell', '3', '2', '60'], ['taker', accountOf(2), 'buy', '3', '2', '60'],
  ]);
  // Two thousandths for the taker, rounded up, in what was received; half of it for the maker.
  expect(tables.fills.map((row) => [row.fee, row.fee_asset])).toEqual([['1', 'USDT'], ['60', 'BTC'], ['1', 'USDT'], ['40', 'BTC']]);
  // Bought for 90 what 120 was held for: 30 came back.
  expect(tables.balances.find((row) => row.account_id === accountOf(1) && row.asset === 'USDT')).toMatchObject({ free: '1910', held: '0' });
  expect(tables.balances.find((row) => row.account_id === EXTERNAL_ACCOUNT && row.asset === 'BTC')).toMatchObject({ free: '-1600000' });
  expect(tables.balances.find((row) => row.account_id === FEE_ACCOUNT && row.asset === 'BTC')).toMatchObject({ free: '100', held: '0' });
  expect(tables.deposits).toHaveLength(8);
  expect(tables.markets).toMatchObject([{ symbol: 'BTCUSDT', last_price_ticks: '3', mark_price_ticks: null }]);
  const [instrument] = await ledger.query<{ spec: { version: number } }>('SELECT spec FROM ledger.instruments WHERE symbol = $1', ['BTCUSDT']);
  expect(instrument.spec).toMatchObject({ tickSize: '0.1', base: { code: 'BTC', decimals: 8 } });
  expect(venue.trades).toBe(2);
});

test('a run that comes again, whole or in part, changes nothing', async () => {
  const { partition, events } = story();
  await settleRun(pool, runOf(events, 1, 10));
  await expect(settleRun(pool, runOf(events, 1, 10))).resolves.toEqual({ outcome: 'old', lastSeq: 10 });
  await expect(settleRun(pool, runOf(events, 4, 9))).resolves.toEqual({ outcome: 'old', lastSeq: 10 });
  await expect(settleRun(pool, runOf(events, 7))).resolves.toEqual({ outcome: 'applied', events: events.length - 10, lastSeq: events.length });
  const before = await tablesOf(ledger, partition);
  await settleRun(pool, runOf(events));
  expect(await tablesOf(ledger, partition)).toEqual(before);
});

test('a message delivered to several at once is applied by one of them', async () => {
  const { partition, events } = story();
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => settleRun(pool, runOf(events))));
  expect(outcomes.filter(({ outcome }) => outcome === 'applied')).toHaveLength(1);
  expect(outcomes.filter(({ outcome }) => outcome === 'old')).toHaveLength(5);
  expect((await tablesOf(ledger, partition)).deposits).toHaveLength(8);
});

test('a replaced leader is not heard any more, even with what is new', async () => {
  const { partition, events } = story();
  await settleRun(pool, runOf(events, 1, 5, 3));
  await settleRun(pool, runOf(events, 2, 5, 4)); // nothing new in it, but the new leader has spoken
  await expect(settleRun(pool, runOf(events, 6, 9, 3))).resolves.toEqual({ outcome: 'fenced', epoch: 4 });
  expect((await tablesOf(ledger, partition)).partitions).toMatchObject([{ last_seq: '5' }]);
  await expect(settleRun(pool, runOf(events, 6, 9, 4))).resolves.toMatchObject({ outcome: 'applied', events: 4 });
});

test('a gap is refused and leaves no trace', async () => {
  const { partition, events } = story();
  await settleRun(pool, runOf(events, 1, 5));
  const before = await tablesOf(ledger, partition);
  await expect(settleRun(pool, runOf(events, 7, 9, 2))).rejects.toThrow(
    `event ${partition}/7 cannot follow ${partition}/5: 1 events before it have not arrived`);
  expect(await tablesOf(ledger, partition)).toEqual(before);
  // Nor did it raise the fence: the events before it may still come from the leader before.
  await expect(settleRun(pool, runOf(events, 6, 6, 1))).resolves.toMatchObject({ outcome: 'applied' });
});

test.each<[string, (events: Event[]) => void, RegExp]>([
  ['pays what the buyer does not have', (events) => {
    const trade = events.find(({ type }) => type === 'trade');
    Object.assign(trade!, { quoteAmount: 9_999_999 });
  }, /would leave account .* free and .* held of USDT/],
  ['fills an order that never was', (events) => {
    const trade = events.find(({ type }) => type === 'trade');
    Object.assign(trade!, { makerOrderId: 'ffffffff-0000-7000-8000-000000000000' });
  }, /changes order ffffffff-.*, which the ledger does not have/],
  ['accepts an order twice', (events) => {
    const first = events.find(({ type }) => type === 'order_accepted');
    const other = events.findLast(({ type }) => type === 'order_accepted');
    Object.assign(other!, { orderId: first?.type === 'order_accepted' ? first.orderId : '' });
  }, /was accepted before/],
  ['repeats a deposit under another sequence', (events) => {
    const [first, second] = events.filter(({ type }) => type === 'deposited');
    Object.assign(second, { depositId: first.type === 'deposited' ? first.depositId : '' });
  }, /deposits_pkey/],
  ['has a time that no calendar has', (events) => void Object.assign(events[3], { time: Number.MAX_SAFE_INTEGER }), /event 4 \(deposited\) cannot be booked/],
])('a run that %s is refused as a whole', async (_, spoil, message) => {
  const { partition, events } = story();
  await settleRun(pool, runOf(events, 1, 1));
  const spoilt = structuredClone(events) as Event[];
  spoil(spoilt);
  await expect(settleRun(pool, runOf(spoilt))).rejects.toThrow(message);
  expect((await tablesOf(ledger, partition)).partitions).toMatchObject([{ last_seq: '1' }]);
  await expect(settleRun(pool, runOf(events))).resolves.toMatchObject({ outcome: 'applied' });
});

test('an order rejected first and accepted when its append came again counts as accepted, in one run and in two', async () => {
  const dumps = [];
  for (const cut of [99, 12]) {
    const { partition, events } = story();
    const rejected = events.findIndex(({ type }) => type === 'order_rejected');
    const late = events.findLastIndex(({ type }) => type === 'order_accepted');
    const id = events[rejected].type === 'order_rejected' ? events[rejected].orderId : '';
    const same = (structuredClone(events) as Event[]).map((event) => (
      event.seq > late && 'orderId' in event && event.type !== 'cancel_rejected' ? { ...event, orderId: id } : event));
    const last = Math.min(cut, same.length);
    await settleRun(pool, runOf(same, 1, last));
    await settleRun(pool, runOf(same, last));
    const tables = await tablesOf(ledger, partition);
    expect(tables.orders.at(-1)).toMatchObject({ status: 'cancelled', reason: 'requested', quantity_lots: '10', created_seq: String(late + 1) });
    dumps.push(tables);
  }
  expect(dumps[1]).toEqual(dumps[0]);
});

test('whatever happens, the ledger agrees with a naive account of it; any cut and any redelivery gives the same tables', async () => {
  await fc.assert(fc.asyncProperty(actions, fc.array(fc.tuple(fc.nat(12), fc.nat(6), fc.nat(3)), { maxLength: 12 }), async (random, deliveries) => {
    const [whole, parts] = [newPartition(), newPartition()];
    const venue = new Venue(whole.partition, whole.salt).run([...FUNDING, ...random]);
    await settleRun(pool, runOf(venue.events));

    const { events } = new Venue(parts.partition, parts.salt).run([...FUNDING, ...random]);
    let done = 0;
    for (const [length, overlap, times] of deliveries) {
      const run = runOf(events, Math.max(1, Math.min(events.length, done + 1) - overlap), Math.min(events.length, done + length + 1));
      await Promise.all(Array.from({ length: times + 1 }, () => settleRun(pool, run)));
      done = Math.max(done, run.events[run.events.length - 1].seq);
      if (times === 3) await settleRun(pool, runOf(events, 1, done));
    }
    await settleRun(pool, runOf(events, done === events.length ? done : done + 1));

    const tables = await tablesOf(ledger, whole.partition);
    expect(await tablesOf(ledger, parts.partition)).toEqual(tables);
    for (const { account_id, asset, free, held } of tables.balances) {
      const outside = { [EXTERNAL_ACCOUNT]: venue.deposited, [transitAccount(ELSEWHERE)]: venue.transit }[String(account_id)];
      const expected = outside
        ? [0 - (outside.get(String(asset)) ?? 0), 0]
        : [venue.free(String(account_id), String(asset)), venue.held(String(account_id), String(asset))];
      expect([account_id, asset, Number(free), Number(held)]).toEqual([account_id, asset, ...expected]);
    }
    const elsewhere = [EXTERNAL_ACCOUNT, transitAccount(ELSEWHERE)];
    expect(tables.balances.filter(({ account_id }) => !elsewhere.includes(String(account_id)))).toHaveLength([...venue.owned.keys()].length);
    expect(tables.orders.map(({ status, reason, quantity_lots, remaining_lots }) => [status, reason, Number(quantity_lots), Number(remaining_lots)]))
      .toEqual(venue.orders.map(({ status, reason, lots, remaining }) => [status, reason, lots, remaining]));
    expect(tables.fills).toHaveLength(2 * venue.trades);
    const sums = await ledger.query('SELECT asset, sum(free_delta + held_delta) AS sum FROM ledger.ledger_entries WHERE partition = $1 GROUP BY asset', [whole.partition]);
    expect(sums.map(({ sum }) => sum)).toEqual(sums.map(() => '0'));
    const drift = await ledger.query(`
      SELECT account_id, asset FROM ledger.balances b FULL JOIN (
        SELECT account_id, asset, sum(free_delta) AS free, sum(held_delta) AS held FROM ledger.ledger_entries WHERE partition = $1 GROUP BY 1, 2
      ) e USING (account_id, asset) WHERE b.partition = $1 AND (b.free, b.held) IS DISTINCT FROM (e.free, e.held)`, [whole.partition]);
    expect(drift).toEqual([]);
  }), { numRuns: Number(process.env.PROPERTY_RUNS ?? 60) });
});
