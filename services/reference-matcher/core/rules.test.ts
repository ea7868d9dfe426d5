import { CORE_VERSION, createCore, restoreCore } from '.';
import { feeOf } from './engine/matching';
import { account, amend, BTC, cancel, deposit, ETH, id, PARTITION, place, WINDOW_MS } from './test-commands';
import { apply, balance, funded, story } from './testing-core';
import { FEE_ACCOUNT, type Command, type InstrumentRules, type TradingState } from '../../domain';

const MAX = Number.MAX_SAFE_INTEGER;
const mark = (priceTicks: number): Command => ({ type: 'set_mark_price', time: 1_000, symbol: 'BTCUSDT', priceTicks });
const configure = (accountNo: number, kind: 'customer' | 'house', killed = false): Command => (
  { type: 'configure_account', time: 1_000, accountId: account(accountNo), kind, killed });
const state = (symbol: string, to: TradingState): Command => ({ type: 'set_trading_state', time: 1_000, symbol, state: to });

describe('fees', () => {
  const rules: InstrumentRules = { makerFeePpm: 100, takerFeePpm: 333 };

  test('are paid in what one receives, rounded up to its unit, to the fee account', () => {
    const core = funded(rules);
    // 3 lots at 1,001: the taker gets 30,000 units of BTC, the maker 30,030 units of USDT.
    expect(apply(core, place(1, 1, 'sell', 1_001, 3), place(2, 2, 'buy', 1_001, 3))[2]).toMatchObject({ buyerFee: 10, sellerFee: 4 });
    expect(balance(core, FEE_ACCOUNT, 'BTC')).toEqual([10, 0]);
    expect(balance(core, FEE_ACCOUNT, 'USDT')).toEqual([4, 0]);
    expect(balance(core, 2, 'BTC')).toEqual([100_000_000 + 30_000 - 10, 0]);
    expect(balance(core, 1, 'USDT')).toEqual([10_000_000 + 30_030 - 4, 0]);
  });

  test('a house account pays none, whatever side it is on', () => {
    const core = funded(rules);
    apply(core, configure(1, 'house'));
    expect(apply(core, place(1, 1, 'sell', 1_001, 3), place(2, 2, 'buy', 1_001, 3))[2]).toMatchObject({ buyerFee: 10, sellerFee: 0 });
  });

  test('are exact for every amount of 53 bits', () => {
    for (const amount of [0, 1, 999_999, 1_000_000, 1_000_001, 2 ** 40 + 1, MAX - 1, MAX, 9_007_199_254_000_000 - 1]) {
      for (const ppm of [0, 1, 7, 333, 99_999, 100_000]) {
        expect(feeOf(amount, ppm)).toBe(Number((BigInt(amount) * BigInt(ppm) + 999_999n) / 1_000_000n));
      }
    }
  });
});

describe('filters', () => {
  test('the smallest worth: of the limit, the trigger, the budget, or the price outside', () => {
    const core = funded({ minNotional: '0.001' });
    apply(core, mark(50));
    expect(story(apply(core, place(1, 1, 'buy', 99, 1), place(2, 1, 'buy', 100, 1), amend(2, 1, { priceTicks: 99 })))).toEqual([
      'order_rejected: below_minimum_notional', 'order_accepted', 'amend_rejected: below_minimum_notional',
    ]);
    const market = { orderType: 'market', timeInForce: 'ioc' } as const;
    expect(story(apply(core, place(3, 1, 'buy', 0, 1, market), place(4, 1, 'buy', 0, 0, { ...market, quoteBudget: 999 }),
      place(5, 1, 'buy', 0, 1, { orderType: 'stop_loss', triggerTicks: 60 })))).toEqual(Array(3).fill('order_rejected: below_minimum_notional'));
    expect(story(apply(core, place(6, 1, 'buy', 0, 2, market)))).toEqual(['order_accepted', 'order_cancelled: unfilled']);
  });

  test('the price band is around the mark price, without one around the last trade, without both there is none', () => {
    const core = funded({ priceBandBps: 1_000 });
    expect(story(apply(core, place(1, 1, 'sell', 200, 1), place(2, 2, 'buy', 200, 1)))).toEqual(['order_accepted', 'order_accepted', 'trade']);
    expect(story(apply(core, place(3, 1, 'sell', 221, 1), place(4, 1, 'sell', 220, 1), place(5, 2, 'buy', 180, 1), place(6, 2, 'buy', 179, 1)))).toEqual([
      'order_rejected: outside_price_band', 'order_accepted', 'order_accepted', 'order_rejected: outside_price_band',
    ]);
    apply(core, mark(100));
    expect(story(apply(core, place(7, 2, 'buy', 110, 1), place(8, 2, 'buy', 111, 1), amend(7, 2, { priceTicks: 111 })))).toEqual([
      'order_accepted', 'order_rejected: outside_price_band', 'amend_rejected: outside_price_band',
    ]);
  });

  test('a market order stops at the band; a limit that is triggered outside of it ends', () => {
    const core = funded({ priceBandBps: 1_000 });
    apply(core, place(1, 1, 'sell', 109, 1), place(2, 1, 'sell', 120, 1), mark(100));
    expect(story(apply(core, place(3, 2, 'buy', 0, 2, { orderType: 'market', timeInForce: 'ioc' })))).toEqual([
      'order_accepted', 'trade', 'order_cancelled: price_band',
    ]);
    apply(core, place(4, 2, 'buy', 130, 1, { orderType: 'stop_loss_limit', triggerTicks: 112 }));
    expect(story(apply(core, mark(112)))).toEqual(['mark_price_set', 'order_triggered', 'order_cancelled: price_band']);
  });

  test('open orders count per account and instrument, waiting ones too; what cannot stay does not count', () => {
    const core = funded({ maxOpenOrders: 2 });
    apply(core, place(1, 1, 'buy', 5, 1), place(2, 1, 'buy', 0, 1, { orderType: 'stop_loss', triggerTicks: 900 }));
    expect(story(apply(core, place(3, 1, 'buy', 5, 1), place(4, 1, 'buy', 5, 1, { timeInForce: 'ioc' }), place(5, 2, 'buy', 5, 1)))).toEqual([
      'order_rejected: too_many_open_orders', 'order_accepted', 'order_cancelled: unfilled', 'order_accepted',
    ]);
    expect(story(apply(core, cancel(1, 1), place(6, 1, 'buy', 5, 1), configure(1, 'house'), place(7, 1, 'buy', 5, 1)))).toEqual([
      'order_cancelled: requested', 'order_accepted', 'account_configured', 'order_accepted',
    ]);
  });

  test('the position counts what one has and what one\'s open orders could buy', () => {
    const core = funded({ maxPosition: '1.0003' });
    expect(story(apply(core, place(1, 1, 'buy', 10, 2), place(2, 1, 'buy', 10, 2), place(3, 1, 'buy', 10, 1), amend(3, 1, { quantityLots: 2 })))).toEqual([
      'order_accepted', 'order_rejected: position_limit', 'order_accepted', 'amend_rejected: position_limit',
    ]);
    apply(core, cancel(1, 1), cancel(3, 1), place(4, 2, 'sell', 10, 9));
    expect(story(apply(core, place(5, 1, 'buy', 0, 0, { orderType: 'market', timeInForce: 'ioc', quoteBudget: 900 })))).toEqual([
      'order_accepted', 'trade', 'order_cancelled: limit_reached',
    ]);
    expect(balance(core, 1, 'BTC')).toEqual([100_030_000, 0]);
  });
});

describe('the number range', () => {
  test('an order to buy more of an asset than could ever be counted is refused, not miscounted', () => {
    const core = createCore({ partition: PARTITION, idempotencyWindowMs: WINDOW_MS });
    const cheap = { ...BTC, lotSize: '100000', tickSize: '0.000001', base: { code: 'BTC', decimals: 8 } };
    apply(core, { type: 'configure_instrument', time: 1, instrument: cheap }, deposit(1, 1, 'USDT', MAX));
    // Each lot is 10^13 units of the base asset; 900 of them nearly are 2^53.
    expect(story(apply(core, place(1, 1, 'buy', 1, 900), place(2, 1, 'buy', 1, 1)))).toEqual(['order_accepted', 'order_rejected: out_of_range']);
  });

  test('totals of a level go beyond 32 bits', () => {
    const core = createCore({ partition: PARTITION, idempotencyWindowMs: WINDOW_MS });
    apply(core, { type: 'configure_instrument', time: 1, instrument: { ...BTC, lotSize: '0.00000001', tickSize: '1', quote: { code: 'USDT', decimals: 8 } } });
    apply(core, deposit(1, 1, 'BTC', MAX), place(1, 1, 'sell', 1, 2 ** 52), place(2, 1, 'sell', 1, 2 ** 52 - 1));
    expect(core.levels('BTCUSDT', 1).asks).toEqual([{ priceTicks: 1, quantityLots: MAX }]);
  });

  test('prices far apart cost nothing but their place in a list, and come back in order', () => {
    const core = funded();
    apply(core, deposit(50, 3, 'USDT', 2 ** 52));
    const prices = [5, 2 ** 40, 7, 2 ** 33, 1_000_000, 6, 2 ** 45];
    apply(core, ...prices.map((price, n) => place(n + 1, 1, 'sell', price, 1)));
    expect(core.levels('BTCUSDT', 9).asks.map((level) => level.priceTicks)).toEqual([...prices].sort((a, b) => a - b));
    const traded = apply(core, place(50, 3, 'buy', 2 ** 41, 6)).flatMap((e) => (e.type === 'trade' ? [e.priceTicks] : []));
    expect(traded).toEqual([5, 6, 7, 1_000_000, 2 ** 33, 2 ** 40]);
  });
});

describe('trading states', () => {
  test.each<[string, TradingState, string[]]>([
    ['', 'halted', ['order_rejected: venue_not_open', 'amend_rejected: venue_not_open', 'cancel_rejected: venue_not_open']],
    ['', 'cancel_only', ['order_rejected: venue_not_open', 'amend_rejected: venue_not_open', 'order_cancelled: requested']],
    ['BTCUSDT', 'halted', ['order_rejected: instrument_not_open', 'amend_rejected: instrument_not_open', 'cancel_rejected: instrument_not_open']],
    ['BTCUSDT', 'cancel_only', ['order_rejected: instrument_not_open', 'amend_rejected: instrument_not_open', 'order_cancelled: requested']],
  ])('%j %s', (symbol, to, expected) => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 1));
    expect(story(apply(core, state(symbol, to), state(symbol, to)))).toEqual(['trading_state_set']);
    expect(story(apply(core, place(2, 2, 'buy', 100, 1), amend(1, 1, { priceTicks: 101 }), cancel(1, 1)))).toEqual(expected);
    expect(story(apply(core, state(symbol, 'open'), place(3, 2, 'buy', 1, 1)))).toEqual(['trading_state_set', 'order_accepted']);
  });

  test('all orders of an account in halted instruments stay; an operator takes them back all the same', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 1), state('BTCUSDT', 'halted'));
    const all = (accountId: string): Command => ({ type: 'cancel_all', time: 1_000, accountId, symbol: '' });
    expect(story(apply(core, all(account(1))))).toEqual(['cancel_rejected: instrument_not_open']);
    expect(story(apply(core, all('00000000-0000-0000-0000-000000000000')))).toEqual(['order_cancelled: requested']);
  });
});

test('the kill switch takes back all orders of an account, halted or not, and refuses new ones until it is off', () => {
  const core = funded();
  apply(core, place(1, 1, 'sell', 100, 1), place(2, 1, 'buy', 50, 1), state('', 'halted'));
  expect(story(apply(core, configure(1, 'customer', true), configure(1, 'customer', true)))).toEqual([
    'account_configured', 'order_cancelled: account_killed', 'order_cancelled: account_killed',
  ]);
  apply(core, state('', 'open'));
  expect(story(apply(core, place(3, 1, 'buy', 50, 1), configure(1, 'customer'), place(4, 1, 'buy', 50, 1)))).toEqual([
    'order_rejected: account_killed', 'account_configured', 'order_accepted',
  ]);
});

describe('transfers', () => {
  const out = (n: number, amount: number, toPartition = 9): Command => (
    { type: 'transfer_out', time: 1_000, transferId: id(6, n), accountId: account(1), asset: 'USDT', amount, toPartition });

  test('leave once, what was refused stays refused, and come in on the other side once', () => {
    const core = funded();
    expect(story(apply(core, out(1, 4_000_000), out(1, 4_000_000), out(2, 6_000_001)))).toEqual(['transferred_out', 'transfer_rejected: insufficient_funds']);
    expect(story(apply(core, deposit(70, 1, 'USDT', 5_000_000), out(2, 6_000_001)))).toEqual(['deposited']);
    expect(balance(core, 1, 'USDT')).toEqual([11_000_000, 0]);
    const other = createCore({ partition: 9, idempotencyWindowMs: WINDOW_MS });
    const into: Command = { type: 'transfer_in', time: 1_000, transferId: id(6, 1), accountId: account(1), asset: 'USDT', amount: 4_000_000, fromPartition: PARTITION };
    expect(story(apply(other, into, { type: 'configure_instrument', time: 1_000, instrument: ETH }, into, into))).toEqual([
      'transfer_rejected: unknown_asset', 'instrument_configured', 'transferred_in',
    ]);
    expect(balance(other, 1, 'USDT')).toEqual([4_000_000, 0]);
  });

  test('what is held cannot leave', () => {
    const core = funded();
    apply(core, place(1, 1, 'buy', 1_000, 1_000));
    expect(story(apply(core, out(1, 1)))).toEqual(['transfer_rejected: insufficient_funds']);
  });
});

describe('upgrade', () => {
  test('as the first of all commands it names the behaviour that the core begins with; later it only ever raises it', () => {
    for (const version of [1, CORE_VERSION]) {
      const core = createCore({ partition: PARTITION, idempotencyWindowMs: WINDOW_MS });
      expect(core.apply({ type: 'upgrade', time: 1, version })).toEqual([{ type: 'upgraded', partition: PARTITION, seq: 1, time: 1, version }]);
      expect([core.version, core.apply({ type: 'upgrade', time: 2, version })]).toEqual([version, []]);
    }
    const core = createCore({ partition: PARTITION, idempotencyWindowMs: WINDOW_MS });
    expect(core.apply({ type: 'upgrade', time: 1, version: 0 })).toEqual([]);
    core.apply({ type: 'configure_instrument', time: 1, instrument: BTC });
    expect([core.apply({ type: 'upgrade', time: 1, version: 1 }), core.version]).toEqual([[], CORE_VERSION]);
  });

  const upgrade = (version: number): Command => ({ type: 'upgrade', time: 1_000, version });
  const marketAcrossTheBand: Command[] = [
    place(1, 1, 'sell', 120, 1), mark(100), place(2, 2, 'buy', 0, 1, { orderType: 'market', timeInForce: 'ioc' }),
  ];

  test('from the next command on the core behaves as the later version', () => {
    const before = funded({ priceBandBps: 1_000 }, { supportedVersion: 1 });
    expect(before.version).toBe(1);
    expect(story(apply(before, ...marketAcrossTheBand))).toEqual(['order_accepted', 'mark_price_set', 'order_accepted', 'trade']);
    const after = funded({ priceBandBps: 1_000 }, { supportedVersion: 1 });
    const newer = restoreCore(after.snapshot(), PARTITION);
    expect(newer.version).toBe(1);
    expect(apply(newer, upgrade(2), upgrade(2), upgrade(1))).toMatchObject([{ type: 'upgraded', version: 2 }]);
    expect(story(apply(newer, ...marketAcrossTheBand))).toEqual(['order_accepted', 'mark_price_set', 'order_accepted', 'order_cancelled: price_band']);
  });

  test('a build that does not know the version says so and applies nothing', () => {
    const core = funded();
    expect(() => core.apply(upgrade(CORE_VERSION + 1))).toThrow(expect.objectContaining({
      name: 'UnsupportedVersionError', message: expect.stringContaining(`asks for version ${CORE_VERSION + 1} of the core, this build knows ${CORE_VERSION} at most`) as string,
    }));
  });
});
