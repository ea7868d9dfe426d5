import * as fc from 'fast-check';
import { HouseQuotes } from './house-quotes';
import { ladder, type MirrorSettings } from './ladder';
import { MarketMirror, type MarketMirrorOptions } from './market-mirror';
import { defineInstrument, newOrderId, type PlaceOrder, type Ticker } from '../../domain';
import { createLogger } from '../../runtime';
import { SPEC, TestVenue, tick } from '../testing/venue';

const HOUSE = '00000000-0000-4000-8000-000000000100';
const USER = '00000000-0000-4000-8000-000000000001';
const instrument = defineInstrument(SPEC);
const settings: MirrorSettings = { depth: 5, spreadBps: 2, stepBps: 2, levelWorth: 20_000 };
const logger = createLogger({ service: 'test', environment: 'test', level: 'silent' });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function until(holds: () => boolean, limitMs = 5_000): Promise<void> {
  for (const end = Date.now() + limitMs; !holds(); await pause(5)) if (Date.now() > end) throw new Error(`did not happen: ${holds.toString()}`);
}

describe('ladder', () => {
  test('is the market, widened to the spread, with more behind', () => {
    const quotes = ladder(instrument, tick('90000', '90000.1'), settings);
    expect(quotes.filter(({ side }) => side === 'buy').map(({ priceTicks }) => priceTicks)).toEqual([899_910, 899_730, 899_550, 899_370, 899_190]);
    expect(quotes.filter(({ side }) => side === 'sell').map(({ priceTicks }) => priceTicks)).toEqual([900_091, 900_271, 900_451, 900_631, 900_811]);
    expect(quotes.slice(0, 3).map(({ lots }) => lots)).toEqual([2_223, 3_335, 5_003]);
    expect(ladder(instrument, tick('90000', '90100'), settings)[0].priceTicks).toBe(900_000);
  });

  test('needs a price', () => {
    expect(ladder(instrument, tick('0', '0', '0'), settings)).toEqual([]);
    expect(ladder(instrument, { ...tick('1', '1', 'nothing'), bidPrice: undefined }, settings)).toEqual([]);
    expect(ladder(instrument, { ...tick('1', '1', '90000'), bidPrice: undefined }, settings)).toHaveLength(10);
  });

  test('never crosses itself, is never better than the market, and is worth what the instrument asks for', () => {
    const price = fc.integer({ min: 1, max: 10_000_000 }).map((ticks) => ticks / 10);
    fc.assert(fc.property(price, fc.integer({ min: 0, max: 500 }), fc.record({
      depth: fc.integer({ min: 1, max: 50 }),
      spreadBps: fc.integer({ min: 0, max: 1_000 }),
      stepBps: fc.integer({ min: 1, max: 1_000 }),
      levelWorth: fc.integer({ min: 1, max: 1e6 }),
    }), (bid, spread, chosen) => {
      const ask = bid + spread / 10;
      const quotes = ladder(instrument, tick(bid.toFixed(1), ask.toFixed(1)), chosen);
      const bids = quotes.filter(({ side }) => side === 'buy').map(({ priceTicks }) => priceTicks);
      const asks = quotes.filter(({ side }) => side === 'sell').map(({ priceTicks }) => priceTicks);
      for (const one of bids) expect(one / 10).toBeLessThanOrEqual(bid + 1e-6);
      for (const one of asks) expect(one / 10).toBeGreaterThanOrEqual(ask - 1e-6);
      expect(Math.min(...asks)).toBeGreaterThan(Math.max(...bids, 0));
      const worths = quotes.map(({ priceTicks, lots }) => priceTicks * lots * instrument.quoteUnitsPerTickLot);
      expect(Math.min(...worths, Infinity)).toBeGreaterThanOrEqual(instrument.minNotionalUnits);
    }));
  });
});

describe('quotes of the house', () => {
  test('follow any walk of the market without ever trading with themselves', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -3_000, max: 3_000 }), { maxLength: 25 }), (moves) => {
      const venue = new TestVenue(HOUSE);
      const quotes = new HouseQuotes(HOUSE, instrument);
      venue.orders((update) => update && quotes.learn(update));
      for (const asset of ['BTC', 'USDT']) venue.apply({ type: 'deposit', time: 1, depositId: newOrderId(), accountId: HOUSE, asset, amount: 1e15 });
      venue.apply({ type: 'configure_account', time: 1, accountId: HOUSE, kind: 'house', killed: false });
      let price = 900_000;
      for (const move of [0, ...moves]) {
        price += move;
        const wanted = ladder(instrument, tick((price / 10).toFixed(1), ((price + 2) / 10).toFixed(1)), settings);
        venue.apply({ type: 'set_mark_price', time: 1, symbol: 'BTCUSDT', priceTicks: price });
        for (const command of quotes.moveTo(wanted, 1)) venue.apply(command);
        const { bids, asks } = venue.book();
        expect(bids.map(([ticks]) => ticks)).toEqual(wanted.filter(({ side }) => side === 'buy').map(({ priceTicks }) => priceTicks));
        expect(asks.map(([ticks]) => ticks)).toEqual(wanted.filter(({ side }) => side === 'sell').map(({ priceTicks }) => priceTicks));
      }
      expect(venue.events.filter(({ type }) => ['trade', 'order_rejected', 'amend_rejected'].includes(type))).toEqual([]);
    }), { numRuns: 40 });
  });
});

describe('mirror', () => {
  let venue: TestVenue;
  let running: Promise<void>[];
  let control: AbortController;
  let worked: number;

  beforeEach(() => {
    venue = new TestVenue(HOUSE);
    [running, control, worked] = [[], new AbortController(), 0];
    for (const asset of ['BTC', 'USDT']) venue.apply({ type: 'deposit', time: 1, depositId: newOrderId(), accountId: USER, asset, amount: 1e13 });
  });
  afterEach(async () => {
    control.abort('stopping');
    await Promise.allSettled(running);
  });

  const start = (changes: Partial<MarketMirrorOptions> = {}, signal = control.signal): Promise<void> => {
    const mirror = new MarketMirror({
      symbol: 'BTCUSDT', accountId: HOUSE, settings, latencyMs: 0, refreshMs: 10, staleAfterMs: 60_000, journal: venue, view: venue, logger, ...changes,
    });
    const run = mirror.run({ signal, works: () => { worked += 1; } });
    running.push(run);
    return run;
  };
  const say = (ticker: Ticker): Promise<void> => {
    venue.say(ticker);
    const [best] = ladder(instrument, ticker, settings);
    return until(() => venue.book().bids[0]?.[0] === best.priceTicks);
  };
  let orders = 0;
  const order = (side: 'buy' | 'sell', lots: number, more: Partial<PlaceOrder> = {}) => venue.apply({
    type: 'place_order', time: Date.now(), orderId: newOrderId(), accountId: USER, clientOrderId: `user-${++orders}`, digest: '0'.repeat(32), symbol: 'BTCUSDT', side,
    orderType: 'market', timeInForce: 'ioc', postOnly: false, selfTradePrevention: 'none', priceTicks: 0, triggerTicks: 0, quantityLots: lots, quoteBudget: 0, ...more,
  });

  test('a user\'s market order fills at the live price, and what was taken is there again', async () => {
    void start();
    await say(tick('90000', '90000.1'));
    const [trade] = order('buy', 1_000).filter(({ type }) => type === 'trade');
    expect(trade).toMatchObject({ priceTicks: 900_091, quantityLots: 1_000, makerAccountId: HOUSE, takerAccountId: USER });
    order('buy', 1_222);
    await until(() => venue.book().asks[0][0] === 900_091 && venue.book().asks[0][1] >= 2_200);
    expect(worked).toBeGreaterThan(0);
  });

  test('a user\'s resting order fills when the live market comes to it, at the user\'s price', async () => {
    void start();
    await say(tick('90000', '90000.1'));
    order('buy', 500, { orderType: 'limit', timeInForce: 'gtc', priceTicks: 899_000 });
    venue.say(tick('89800', '89800.1'));
    await until(() => venue.events.some(({ type }) => type === 'trade'));
    expect(venue.events.find(({ type }) => type === 'trade')).toMatchObject({ priceTicks: 899_000, quantityLots: 500, makerAccountId: USER, takerAccountId: HOUSE });
  });

  test('a user\'s stop-loss is triggered by the live price', async () => {
    void start();
    await say(tick('90000', '90000.1'));
    order('sell', 100, { orderType: 'stop_loss', triggerTicks: 895_000 });
    await say(tick('89400', '89400.1'));
    expect(venue.events.map(({ type }) => type)).toContain('order_triggered');
    expect(venue.events.find(({ type }) => type === 'trade')).toMatchObject({ takerAccountId: USER, makerAccountId: HOUSE });
  });

  test('a quiet market costs the journal nothing', async () => {
    void start();
    await say(tick('90000', '90000.1'));
    await pause(30);
    const frames = venue.frames.length;
    for (let i = 0; i < 10; i++) {
      venue.say(tick('90000', '90000.1'));
      await pause(10);
    }
    expect(venue.frames).toHaveLength(frames);
  });

  test('stopping takes everything back; whoever comes next begins anew', async () => {
    const first = start();
    await say(tick('90000', '90000.1'));
    control.abort('stopping');
    await first;
    expect(venue.book()).toEqual({ bids: [], asks: [] });
    control = new AbortController();
    void start();
    await say(tick('90010', '90010.1'));
    expect(venue.core.orders('BTCUSDT').bids).toHaveLength(5);
  });

  test('one that was killed leaves its orders to the next, who takes them back before anything else', async () => {
    const dead = new AbortController();
    void start({ refreshMs: 5 }, dead.signal);
    await say(tick('90000', '90000.1'));
    // Like SIGKILL: nothing that it appends from here on arrives.
    const left = venue.core.orders('BTCUSDT').bids.map(({ orderId }) => orderId);
    const survivor = new TestVenue(HOUSE);
    Object.assign(survivor, { core: venue.core });
    venue.append = () => new Promise(() => undefined);
    const next = new AbortController();
    const mirror = new MarketMirror({ symbol: 'BTCUSDT', accountId: HOUSE, settings, latencyMs: 0, refreshMs: 5, staleAfterMs: 60_000, journal: survivor, view: survivor, logger });
    const run = mirror.run({ signal: next.signal, works: () => undefined });
    await pause(20);
    survivor.say(tick('90500', '90500.1'));
    await until(() => survivor.book().bids[0]?.[0] === ladder(instrument, tick('90500', '90500.1'), settings)[0].priceTicks);
    const now = survivor.core.orders('BTCUSDT').bids.map(({ orderId }) => orderId);
    expect(now).toHaveLength(5);
    expect(now.filter((orderId) => left.includes(orderId))).toEqual([]);
    dead.abort('lost');
    next.abort('stopping');
    await run;
    running.length = 0;
  });

  test('mirrors a symbol where it trades: commands, ids and funds of the house belong to that partition', async () => {
    const other = new TestVenue(HOUSE, 1);
    const stop = new AbortController();
    const ended = start({ partition: 1, journal: other, view: other }, stop.signal);
    other.say(tick('90000', '90000.1'));
    await until(() => other.book().bids.length === 5 && other.book().asks.length === 5);
    // The last four digits of an id say where its order is.
    for (const { orderId } of other.core.orders('BTCUSDT').bids) expect(orderId).toMatch(/0001$/);
    // Two partitions may share a ledger, which takes a deposit of one id once.
    void start();
    venue.say(tick('90000', '90000.1'));
    await until(() => venue.book().bids.length === 5);
    const deposits = ({ events }: TestVenue): string[] => events.flatMap((event) => (event.type === 'deposited' ? [event.depositId] : []));
    expect(deposits(other)).toHaveLength(2);
    expect(deposits(other).filter((id) => deposits(venue).includes(id))).toEqual([]);
    stop.abort('stopping');
    await ended;
    expect(other.book()).toEqual({ bids: [], asks: [] });
  });

  test('one that lost its job takes back its own orders and not those of the next', async () => {
    const lost = new AbortController();
    const first = start({}, lost.signal);
    await say(tick('90000', '90000.1'));
    const theirs = newOrderId();
    order('buy', 10, { orderId: theirs, accountId: HOUSE, orderType: 'limit', timeInForce: 'gtc', priceTicks: 890_000 });
    lost.abort('lost');
    await first;
    expect(venue.core.orders('BTCUSDT').bids.map(({ orderId }) => orderId)).toEqual([theirs]);
    running.length = 0;
  });

  test('prices that stop take the quotes back until they come again', async () => {
    void start({ staleAfterMs: 60 });
    await say(tick('90000', '90000.1'));
    await until(() => venue.book().bids.length === 0 && venue.book().asks.length === 0);
    await say(tick('90000', '90000.1'));
  });

  test('a journal that fails, before or after writing, is asked again and the book comes out right', async () => {
    void start();
    await say(tick('90000', '90000.1'));
    venue.failures.push('refused', 'written', 'written');
    venue.say(tick('90100', '90100.1'));
    const wanted = ladder(instrument, tick('90100', '90100.1'), settings);
    await until(() => venue.failures.length === 0 && venue.book().bids[0]?.[0] === wanted[0].priceTicks && venue.core.orders('BTCUSDT').asks.length === 5);
    await pause(50);
    expect(venue.book().bids.map(([ticks]) => ticks)).toEqual(wanted.filter(({ side }) => side === 'buy').map(({ priceTicks }) => priceTicks));
  });

  test('a cache that loses messages is mended when it is back', async () => {
    void start();
    await say(tick('90000', '90000.1'));
    venue.deaf = true;
    order('buy', 2_223);
    expect(venue.book().asks[0][0]).toBeGreaterThan(900_091);
    venue.deaf = false;
    venue.interrupt();
    await until(() => venue.book().asks[0]?.[0] === 900_091);
  });

  test('waits for an instrument that is not there yet, and is behind by the latency', async () => {
    venue.spec = undefined;
    void start({ latencyMs: 150 });
    venue.say(tick('90000', '90000.1'));
    await pause(50);
    expect(venue.frames).toEqual([]);
    control.abort('stopping');
    await Promise.all(running);
    venue.spec = SPEC;
    control = new AbortController();
    void start({ latencyMs: 150 });
    const said = Date.now();
    await say(tick('90000', '90000.1'));
    expect(Date.now() - said).toBeGreaterThanOrEqual(140);
  });

  test('the house pays no fee and is bound by no limit on open orders', async () => {
    void start({ settings: { ...settings, depth: 10 } });
    venue.say(tick('90000', '90000.1'));
    await until(() => venue.core.orders('BTCUSDT').asks.length === 10);
    const [trade] = order('sell', 100).filter(({ type }) => type === 'trade');
    expect(trade).toMatchObject({ buyerFee: 0 });
  });
});
