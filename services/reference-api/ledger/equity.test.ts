/** The curve against a real ledger, settled from the events of a real core. */
import fc from 'fast-check';
import type { Pool } from 'pg';
import { Equity } from './equity';
import { Ledgers } from './ledgers';
import { PostgresLedgerReader } from './postgres-ledger-reader';
import { decimalOf, Valuation } from './valuation';
import { type Command, type Core, defineInstrument, DomainError, type Event, type InstrumentSpec, newOrderId, PartitionMap, type PlaceOrder } from '../../domain';
import { createCore } from '../../reference-matcher/core';
import { journal } from '../../reference-matcher/core/journal-arbitrary';
import { NaiveLedger } from '../../reference-matcher/core/naive-ledger';
import { PARTITION } from '../../reference-matcher/core/test-commands';
import { settleRun } from '../../settlement/settle';
import { startTestLedger, type TestLedger } from '../../setup/testing/ledger';
import { BTC, ETH } from '../testing/doubles';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const START = 500_000 * HOUR;
const [ALICE, BOB, CAROL] = ['a', 'b', 'c'].map((n) => `0${n}000000-0000-4000-8000-00000000000${n}`);
const USDT = 1_000_000;

let ledger: TestLedger;
let settlement: Pool;
let api: Pool;

beforeAll(async () => {
  ledger = await startTestLedger();
  [settlement, api] = [ledger.pool('settlement', 2), ledger.pool('api', 2)];
  for (const table of ['ledger_entries', 'fills', 'deposits', 'transfers', 'account_beginnings']) await ledger.query(`ALTER TABLE ledger.${table} DISABLE TRIGGER append_only`);
});
afterAll(() => ledger?.stop());
beforeEach(() => emptyLedger());

async function emptyLedger(): Promise<void> {
  const tables = await ledger.query<{ name: string }>("SELECT 'ledger.' || tablename AS name FROM pg_tables WHERE schemaname = 'ledger' AND tablename NOT IN ('migrations', 'partitions')");
  await ledger.query([...tables.map(({ name }) => name), 'ledger.partitions', 'market.candles'].map((name) => `DELETE FROM ${name}`).join(';'));
}

/** A catalog of these instruments. */
function catalogOf(specs: readonly InstrumentSpec[]) {
  const all = specs.map(defineInstrument);
  const assets = new Map(all.flatMap(({ base, quote }) => [[base.code, base], [quote.code, quote]]));
  return {
    list: () => all,
    get: (symbol: string) => all.find((one) => one.symbol === symbol),
    requireAsset: (code: string) => assets.get(code) ?? (() => { throw new DomainError('unknown_asset', code); })(),
  };
}

const equityOf = (specs: readonly InstrumentSpec[], marks: Readonly<Record<string, string>>, map = PartitionMap.SINGLE): Equity => new Equity(
  new Ledgers(map, new Map(map.partitions.map((partition) => [partition, new PostgresLedgerReader(api, partition)]))), catalogOf(specs),
  { of: () => Promise.resolve(new Map(Object.entries(marks))) });

/** Applies commands and settles what follows from them. */
async function live(core: Core, commands: readonly Command[]): Promise<Event[]> {
  const events = commands.flatMap((command) => core.apply(command));
  if (events.length > 0) await settleRun(settlement, { partition: core.partition, epoch: 1, events });
  return events;
}

const coreOf = (partition = 0): Core => createCore({ partition, idempotencyWindowMs: 10_000 * HOUR });
const place = (time: number, accountId: string, side: 'buy' | 'sell', priceTicks: number, quantityLots: number, change: Partial<PlaceOrder> = {}): PlaceOrder => {
  const orderId = newOrderId();
  return {
    type: 'place_order', time, orderId, accountId, clientOrderId: orderId, digest: '0'.repeat(32), symbol: 'BTCUSDT', side, orderType: 'limit', timeInForce: 'gtc',
    postOnly: false, selfTradePrevention: 'none', priceTicks, triggerTicks: 0, quantityLots, quoteBudget: 0, ...change,
  };
};
const deposit = (time: number, accountId: string, asset: string, amount: number): Command => ({ type: 'deposit', time, depositId: newOrderId(), accountId, asset, amount });
/** A trade between two accounts: one sells, the other one buys. */
const trade = (time: number, seller: string, buyer: string, priceTicks: number, lots: number): Command[] => (
  [place(time, seller, 'sell', priceTicks, lots), place(time, buyer, 'buy', priceTicks, lots)]);

const FEES: InstrumentSpec = { ...BTC, rules: { takerFeePpm: 1_000 } };
const OPENING = START + 10 * MINUTE;

/** Everything by hand: the prices, the fee of a thousandth, what came in and what went out. */
async function aliceTrades(core = coreOf()): Promise<Core> {
  await live(core, [
    { type: 'upgrade', time: START - HOUR, version: 3 }, { type: 'configure_instrument', time: START - HOUR, instrument: FEES },
    deposit(START - HOUR, BOB, 'BTC', 10 * 100_000_000), deposit(START - HOUR, CAROL, 'USDT', 1_000_000 * USDT),
    { type: 'open_account', time: OPENING, accountId: ALICE, funds: [{ asset: 'USDT', amount: 100_000 * USDT }] },
    ...trade(START + 30 * MINUTE, BOB, ALICE, 300_000, 10_000),
    deposit(START + 90 * MINUTE, ALICE, 'USDT', 5_000 * USDT),
    ...trade(START + 100 * MINUTE, BOB, CAROL, 310_000, 5),
    place(START + 140 * MINUTE, CAROL, 'buy', 320_000, 5_000), place(START + 140 * MINUTE, ALICE, 'sell', 320_000, 5_000),
    { type: 'transfer_out', time: START + 195 * MINUTE, transferId: newOrderId(), accountId: ALICE, asset: 'USDT', amount: 1_000 * USDT, toPartition: core.partition },
    // An order that rests holds money, and takes none.
    place(START + 196 * MINUTE, ALICE, 'buy', 1_000, 1_000),
  ]);
  return core;
}

test('the curve of a day, computed by hand', async () => {
  await aliceTrades();
  const equity = equityOf([FEES, ETH], { BTCUSDT: '33000' });
  const now = START + 210 * MINUTE;
  const at = (minutes: number): number => START + minutes * MINUTE;
  const answer = await equity.of(ALICE, { interval: '1h' }, now);
  expect(answer).toMatchObject({ asset: 'USDT', interval: '1h', begins: { kind: 'opening', time: OPENING }, asOf: expect.any(Number) as number });
  expect(answer.points).toEqual([
    { time: OPENING, equity: '100000', cash: '100000', profit: '0' },
    // Bought one for 30,000 and paid a thousandth of it.
    { time: at(60), equity: '99970', cash: '70000', profit: '-30' },
    { time: at(120), equity: '105969', cash: '75000', profit: '969', flows: [{ kind: 'deposit', asset: 'USDT', amount: '5000', value: '5000' }] },
    // Sold a half at 32,000, less 16.
    { time: at(180), equity: '106952', cash: '90984', profit: '1952' },
    { time: now, equity: '106451', cash: '89984', profit: '2451', flows: [{ kind: 'withdrawal', asset: 'USDT', amount: '-1000', value: '-1000' }], present: true },
  ]);
  // A part of it, in the past: what was won counts from its first point.
  const part = await equity.of(ALICE, { interval: '1h', from: at(60), to: at(130) }, now);
  expect(part.points).toEqual([
    { time: at(60), equity: '99970', cash: '70000', profit: '0' },
    { time: at(120), equity: '105969', cash: '75000', profit: '999', flows: [{ kind: 'deposit', asset: 'USDT', amount: '5000', value: '5000' }] },
  ]);
  // From before it was opened: what it began with is money that came in.
  expect((await equity.of(ALICE, { interval: '1h', from: START, to: at(60) }, now)).points).toEqual([
    { time: START, equity: '0', cash: '0', profit: '0' },
    { time: at(60), equity: '99970', cash: '70000', profit: '-30', flows: [{ kind: 'opening', asset: 'USDT', amount: '100000', value: '100000' }] },
  ]);
  // Finer, and somebody else's: of whom nobody wrote down a beginning.
  expect((await equity.of(ALICE, { interval: '5m', from: at(25), to: at(35) }, now)).points.map(({ time, equity: worth }) => [time, worth]))
    .toEqual([[at(25), '100000'], [at(30), '99970'], [at(35), '99970']]);
  const carol = await equity.of(CAROL, { interval: '1d' }, now);
  expect(carol).not.toHaveProperty('begins');
  expect(carol.points.map(({ profit, flows }) => [profit, flows?.length])).toEqual([['0', undefined], [expect.stringMatching(/^[\d.]+$/), 1]]);
});

test('a minute of the market outside counts from its end on, until the venue itself has traded', async () => {
  await aliceTrades();
  await ledger.query('SELECT market.make_candle_months($1::date, $1::date)', [new Date(START).toISOString()]);
  const bar = (minutes: number, close: number): string => `('BTCUSDT', '1m', '${new Date(START + minutes * MINUTE).toISOString()}', 1, 99999, 1, ${close}, 1, 1)`;
  await ledger.query(`INSERT INTO market.candles VALUES ${[bar(5, 29_000), bar(119, 31_500.5), bar(120, 50_000), bar(139, 31_000), bar(140, 39_000)].join(', ')}`);
  const { points } = await equityOf([FEES], { BTCUSDT: '33000' }).of(ALICE, { interval: '1h', to: START + 180 * MINUTE }, START + 210 * MINUTE);
  // At two the minute before is over, and the one that begins is not known yet; at three the bar of the minute of the trade is the later one.
  expect(points.map(({ equity }) => equity)).toEqual(['100000', '99970', String(75_000 + 0.999 * 31_500.5), String(90_984 + 0.499 * 39_000)]);
});

test('a reset begins a new curve, and positions', async () => {
  const core = await aliceTrades();
  const at = START + 200 * MINUTE;
  const resetId = newOrderId();
  await live(core, [{ type: 'reset_account', time: at, resetId, accountId: ALICE, funds: [{ asset: 'USDT', amount: 100_000 * USDT }] },
    ...trade(at + MINUTE, BOB, ALICE, 300_000, 1_000)]);
  const equity = equityOf([FEES], { BTCUSDT: '33000' });
  const answer = await equity.of(ALICE, { interval: '1h', from: START }, at + 5 * MINUTE);
  expect(answer).toMatchObject({ begins: { kind: 'reset', time: at, resetId } });
  expect(answer.points).toEqual([
    { time: at, equity: '100000', cash: '100000', profit: '0' },
    { time: at + 5 * MINUTE, equity: String(97_000 + 0.0999 * 33_000), cash: '97000', profit: '296.7', present: true },
  ]);
  expect((await equity.of(ALICE, { interval: '1h', from: START, to: START + HOUR }, at + HOUR)).points).toEqual([]);
  const reader = new PostgresLedgerReader(api, 0);
  const { resetSeq, rows } = await reader.fillsSince(ALICE, 0, 100);
  expect([resetSeq > 0, rows.map(({ seq, priceTicks }) => [seq > resetSeq, priceTicks])]).toEqual([true, [[true, 300_000]]]);
  expect((await reader.fills(ALICE, { limit: 10 })).rows).toHaveLength(3);
  expect((await reader.beginnings(ALICE)).rows.map(({ kind, resetId: id }) => [kind, id])).toEqual([['opening', null], ['reset', resetId]]);
  expect(await reader.beginnings(BOB)).toMatchObject({ rows: [], coreVersion: 3 });
});

test('several partitions are one account: what is moved between them is neither won nor lost', async () => {
  const map = PartitionMap.of({ defaultPartition: 0, instruments: { ETHUSDT: 1 } });
  const [first, second] = [coreOf(0), coreOf(1)];
  await aliceTrades(first);
  const moved = { transferId: newOrderId(), accountId: ALICE, asset: 'USDT', amount: 9_984 * USDT };
  const at = (minutes: number): number => START + minutes * MINUTE;
  await live(first, [{ type: 'transfer_out', time: at(235), ...moved, toPartition: 1 }]);
  await live(second, [
    { type: 'configure_instrument', time: START, instrument: ETH }, deposit(START, BOB, 'ETH', 100_000_000),
    { type: 'transfer_in', time: at(245), ...moved, fromPartition: 0 },
    ...trade(at(250), BOB, ALICE, 200_000, 1_000).map((command) => ({ ...command, symbol: 'ETHUSDT' })),
  ]);
  const answer = await equityOf([FEES, ETH], { BTCUSDT: '33000', ETHUSDT: '2100' }, map).of(ALICE, { interval: '1h', from: at(180) }, at(310));
  expect(answer.partitions).toMatchObject([{ partition: 0 }, { partition: 1 }]);
  const kinds = (flows?: readonly { readonly kind: string; readonly amount: string }[]) => flows?.map(({ kind, amount }) => `${kind} ${amount}`);
  expect(answer.points.map(({ equity, profit, flows }) => [equity, profit, kinds(flows)])).toEqual([
    ['106952', '0', undefined],
    // On its way between the two.
    [String(80_000 + 0.499 * 32_000), '0', ['transfer -9984', 'withdrawal -1000']],
    [String(87_984 + 2_000 + 0.499 * 32_000), '0', ['transfer 9984']],
    [String(87_984 + 2_100 + 0.499 * 33_000), String(100 + 499), undefined],
  ]);
});

test('a curve at any time is what a naive account of the events says, and its end the portfolio as it is valued now', async () => {
  const catalog = catalogOf([BTC, ETH]);
  const valuation = new Valuation(catalog.list());
  // The journals of the core's own tests, stretched over hours.
  const late = (command: Command): Command => ({ ...command, time: START + (command.time - 8_000) * 20_000 });
  const stretched = journal(60).map((commands) => commands.map(late));
  let compared = 0;
  await fc.assert(fc.asyncProperty(stretched, fc.nat(3), fc.constantFrom('15m' as const, '1h' as const), async (commands, n, interval) => {
    await emptyLedger();
    const core = coreOf(PARTITION);
    let events: Event[];
    try {
      events = await live(core, commands);
    } catch (error) {
      // An id that the core has forgotten was used again, or a command that no journal takes: neither comes into a ledger.
      if (/was accepted before|_pkey|safe integer/.test(String(error))) return;
      throw error;
    }
    const accountId = `00000001-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const now = START + (Math.max(...commands.map(({ time }) => (time - START) / 20_000)) + 1) * 20_000;
    const marks = { BTCUSDT: '0.7' };
    const equity = equityOf([BTC, ETH], marks, PartitionMap.of({ defaultPartition: PARTITION, instruments: {} }));
    const { points, begins } = await equity.of(accountId, { interval, from: now - 900 * (interval === '1h' ? HOUR : 15 * MINUTE) }, now);
    const reset = events.findLast((event) => event.type === 'account_reset' && event.accountId === accountId);
    if (reset) expect(begins).toMatchObject({ kind: 'reset', time: reset.time });
    expect(points.at(-1)).toMatchObject({ time: now, present: true });
    for (const [at, point] of points.entries()) {
      const naive = new NaiveLedger();
      const prices = new Map<string, string>();
      for (const event of events.filter(({ time }) => time <= point.time)) {
        naive.book(event);
        if (event.type === 'trade') prices.set(event.symbol, decimalOf(BigInt(event.priceTicks), event.symbol === 'BTCUSDT' ? 1 : 2));
      }
      if (at === points.length - 1) prices.set('BTCUSDT', marks.BTCUSDT);
      let total = 0n;
      const unpriced = [];
      for (const asset of ['BTC', 'ETH', 'USDT']) {
        const amount = (naive.free.get(`${accountId} ${asset}`) ?? 0n) + (naive.held.get(`${accountId} ${asset}`) ?? 0n);
        const worth = valuation.worth(asset, amount, (symbol) => prices.get(symbol));
        if (worth === undefined && amount > 0n) unpriced.push(asset);
        total += worth ?? 0n;
        if (asset === 'USDT') expect(point.cash).toBe(decimalOf(amount, 6));
      }
      expect([point.time, point.equity, point.unpriced ?? []]).toEqual([point.time, decimalOf(total, 6), unpriced]);
      compared++;
    }
    const flows = points.flatMap(({ flows: some = [] }) => some).reduce((sum, { value = '0' }) => sum + Number(value), 0);
    expect(Number(points.at(-1)!.profit)).toBeCloseTo(Number(points.at(-1)!.equity) - Number(points[0].equity) - flows, 3);
  }), { numRuns: Number(process.env.PROPERTY_RUNS ?? 25), interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false });
  expect(compared).toBeGreaterThan(1_000);
}, 120_000);
