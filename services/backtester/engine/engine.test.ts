import * as fc from 'fast-check';
import { feeOf } from './account';
import { BadDataError, checkSeries, ticksOf } from './series';
import { Simulation } from './simulation';
import { makeStrategy, type Strategy, type StrategyContext, type StrategyOrder } from '../../domain/strategy';
import { btc, DAY0, eth, fillsOf, FREE, MINUTE, run, type Row, Script, series } from '../testing/given';

const flat: Row = [1_000, 1_000, 1_000, 1_000];
const ask = (context: StrategyContext, more: Partial<StrategyOrder>): number => context.submit({ instrument: 0, side: 'buy', type: 'market', lots: 10, ...more } as StrategyOrder);

describe('money', () => {
  test('a purchase is cut to what the cash is good for, fee included', () => {
    const result = run(series([flat, flat]), new Script({ 0: (context) => ask(context, { lots: 1_000 }) }),
      { startUnits: 1_000_000, takerFeePpm: 1_000 });
    // 99 lots cost 990,000 and 990 for the fee; a hundredth would cost 1,001,000.
    expect(fillsOf(result)).toEqual([[1, 99, 1_000]]);
    expect([result.cutOrders, result.finalUnits, result.feeUnits]).toEqual([1, 999_010, 990]);
  });

  test('without leave nothing is sold that is not held', () => {
    const result = run(series([flat, flat, flat]), new Script({ 0: (context) => ask(context, {}), 1: (context) => ask(context, { side: 'sell', lots: 25 }) }));
    expect(fillsOf(result)).toEqual([[1, 10, 1_000], [2, -10, 1_000]]);
  });

  test('with leave a sale turns a position around, and locks its proceeds and as much again', () => {
    const script = new Script({ 0: (context) => ask(context, {}), 1: (context) => ask(context, { side: 'sell', lots: 500 }), 3: (context) => ask(context, { lots: 500 }) });
    const bars = series([flat, flat, flat, [900, 900, 900, 900], [900, 900, 900, 900]]);
    const result = run(bars, script, { startUnits: 1_000_000, allowShort: true });
    expect(fillsOf(result)).toEqual([[1, 10, 1_000], [2, -10, 1_000], [2, -100, 1_000], [4, 100, 900], [4, 122, 900]]);
  });

  test('a short that eats the account ends the run', () => {
    const result = run(series([flat, flat, [2_500, 2_500, 2_500, 2_500], flat]), new Script({ 0: (context) => ask(context, { side: 'sell', lots: 100 }) }), { startUnits: 1_000_000, allowShort: true });
    expect(result).toMatchObject({ status: 'stopped', fault: { code: 'bankrupt' }, bars: 3 });
  });

  test('fees are rounded up, exactly, also of large amounts', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), fc.integer({ min: 0, max: 100_000 }), (units, ppm) => {
      expect(BigInt(feeOf(units, ppm))).toBe((BigInt(units) * BigInt(ppm) + 999_999n) / 1_000_000n);
    }));
  });

  test('an amount that is too large to be exact is refused, not rounded', () => {
    const high = (price: number): Row => [price, price, price, price];
    expect(() => run(series([high(1e14), high(1e14), high(9e14)]), new Script({ 0: (context) => ask(context, {}) }), { startUnits: Number.MAX_SAFE_INTEGER })).toThrow('too large to be exact');
  });

  test('whatever is traded, money is neither made nor lost', () => {
    const order = fc.record({
      side: fc.constantFrom('buy', 'sell'), type: fc.constantFrom('market', 'limit', 'stop'), lots: fc.integer({ min: 1, max: 400 }),
      price: fc.integer({ min: 900, max: 1_100 }), stop: fc.integer({ min: 900, max: 1_100 }), group: fc.integer({ min: 0, max: 2 }),
      instrument: fc.integer({ min: 0, max: 1 }), immediateOrCancel: fc.boolean(),
    });
    const row = fc.tuple(fc.integer({ min: 900, max: 1_100 }), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }), fc.nat(100),
      fc.integer({ min: 0, max: 900 }))
      .map(([open, up, down, at, volume]): Row => [open, open + up, open - down, open - down + Math.floor((up + down) * at / 100), volume]);
    fc.assert(fc.property(
      fc.array(fc.tuple(row, row), { minLength: 2, maxLength: 40 }), fc.array(fc.array(order, { maxLength: 3 }), { maxLength: 40 }), fc.boolean(), fc.constantFrom('pessimistic', 'path'), fc.boolean(),
      (rows, orders, allowShort, intrabar, touch) => {
        const bars = [series(rows.map(([one]) => one)), series(rows.map(([, two]) => two), eth)];
        let step = 0;
        const strategy: Strategy = {
          onBar: ({ instrument },
            context) => { if (instrument === 1) for (const one of orders[step++] ?? []) context.submit(one as StrategyOrder); },
        };
        const result = run(bars, strategy, {
          startUnits: 5_000_000, allowShort, intrabar, makerFeePpm: 777, takerFeePpm: 1_234, participationBps: 1_500, slippage: { kind: 'bps', bps: 7 }, limitFill: touch ? 'touch' : 'through',
        });
        const { fills } = result;
        let cash = 5_000_000;
        const held = [0, 0];
        const usedOn = new Map<string, number>();
        for (let i = 0; i < fills.length; i++) {
          const k = fills.instruments[i];
          const bar = (fills.times[i] - DAY0) / MINUTE;
          cash -= fills.lots[i] * fills.prices[i] * bars[k].instrument.quoteUnitsPerTickLot + fills.fees[i];
          held[k] += fills.lots[i];
          if (!allowShort) expect(held[k]).toBeGreaterThanOrEqual(0);
          const key = `${k}/${bar}`;
          usedOn.set(key, (usedOn.get(key) ?? 0) + Math.abs(fills.lots[i]));
          expect(usedOn.get(key)).toBeLessThanOrEqual(Math.floor(bars[k].volume[bar] * 0.15));
          // Nobody gets a price that the bar does not have, but for slippage to their disadvantage.
          if (fills.lots[i] > 0) expect(fills.prices[i]).toBeGreaterThanOrEqual(bars[k].low[bar]);
          else expect(fills.prices[i]).toBeLessThanOrEqual(bars[k].high[bar]);
        }
        if (!allowShort) expect(cash).toBeGreaterThanOrEqual(0);
        expect(result.lots).toEqual(held);
        if (result.status === 'completed') {
          expect(result.finalUnits).toBe(held.reduce((sum, lots, k) => sum + lots * bars[k].close.at(-1)! * bars[k].instrument.quoteUnitsPerTickLot,
            cash));
        }
      },
    ), { numRuns: 300 });
  });
});

describe('orders', () => {
  test('of a group the first that is filled ends the others, on whatever instrument they are', () => {
    const bars = [series([flat, flat, [1_000, 1_000, 900, 1_000]]), series([flat, flat, flat], eth)];
    const result = run(bars, new Script({
      0: (context) => {
        ask(context, { type: 'limit', price: 950, group: 4 });
        ask(context, { instrument: 1, type: 'limit', price: 950, group: 4 });
        expect([context.openOrders(0), context.openOrders(1)]).toEqual([1, 1]);
      },
      5: (context) => expect([context.openOrders(0), context.openOrders(1)]).toEqual([0, 0]),
    }));
    expect(fillsOf(result)).toEqual([[2, 10, 950]]);
  });

  test('an exit that answers a fill at the opening counts inside the same bar; one that answers a later fill does not', () => {
    const protect = (fill: { side: string }, context: StrategyContext) => { if (fill.side === 'buy') ask(context, { side: 'sell', type: 'stop', stop: 950 }); };
    expect(fillsOf(run(series([flat, [1_000, 1_000, 940, 960]]), new Script({ 0: (context) => ask(context, {}) }, protect)))).toEqual([[1, 10,
      1_000], [1, -10, 950]]);
    const later = new Script({ 0: (context) => ask(context, { type: 'limit', price: 980 }) }, protect);
    expect(fillsOf(run(series([flat, [1_000, 1_000, 940, 960], [960, 960, 930, 940]]), later))).toEqual([[1, 10, 980], [2, -10, 950]]);
  });

  test('what is taken back is not filled; what is immediate does not wait', () => {
    let id = 0;
    const result = run(series([flat, flat, [900, 900, 900, 900], flat]), new Script({
      0: (context) => {
        id = ask(context, { type: 'limit', price: 950 });
        ask(context, { type: 'limit', price: 960, immediateOrCancel: true });
      },
      1: (context) => { context.cancel(id); context.cancel(99); },
    }));
    expect(fillsOf(result)).toEqual([]);
  });
});

describe('a strategy that breaks a rule ends its run and nothing else', () => {
  const bars = series(Array.from({ length: 20 }, () => flat));
  test.each<[string, Strategy, object]>([
    ['throws', { onBar: ({ time }) => { if (time > DAY0 + 4 * MINUTE) throw new Error('division by hope'); } }, { code: 'strategy_threw', message: 'the strategy threw: division by hope' }],
    ['throws at the start', { onStart: () => { throw new TypeError('no'); } }, { code: 'strategy_threw' }],
    ['throws on a fill', new Script({ 0: (context) => ask(context, {}) }, () => { throw new Error('filled?'); }), { code: 'strategy_threw', message: 'the strategy threw: filled?' }],
    ['floods', { onBar: (_, context) => { for (;;) ask(context, { type: 'limit', price: 1 }); } }, { code: 'order_flood', message: 'the strategy placed more than 100 orders on one bar' }],
    ['piles up orders', { onBar: (_, context) => { for (let i = 0; i < 90; i++) ask(context, { type: 'limit', price: 1 }); } }, { code: 'order_flood', message: 'the strategy has more than 500 open orders' }],
    ['asks for half a lot', { onBar: (_, context) => { ask(context, { lots: 0.5 }); } }, { code: 'invalid_order' }],
    ['asks for nothing it can have', { onBar: (_, context) => { ask(context, { instrument: 3 }); } }, { code: 'invalid_order', message: expect.stringContaining('there is no instrument 3') }],
  ])('%s', (_, strategy, fault) => {
    expect(run(bars, strategy)).toMatchObject({ status: 'stopped', fault });
  });
});

describe('the strategies of the catalogue', () => {
  const wave = series(Array.from({ length: 600 }, (_, i): Row => {
    const at = (k: number): number => Math.round(10_000 + 800 * Math.sin(k / 40));
    return [at(i), Math.max(at(i), at(i + 1)) + 3, Math.min(at(i), at(i + 1)) - 3, at(i + 1), 1_000];
  }));
  test.each([
    ['sma-cross', { fast: 5, slow: 20 }], ['sma-cross', { fast: 5, slow: 20, lots: 50, short: 1 }], ['breakout', { window: 30, lots: 20 }], ['buy-and-hold', {}],
  ])('%s %j trades and ends', (name, settings) => {
    const result = run(wave, makeStrategy(name, settings), { allowShort: true, takerFeePpm: 500 });
    expect(result.status).toBe('completed');
    expect(result.fills.length).toBeGreaterThan(0);
  });
  test('averages cross where a plain computation says so', () => {
    const mean = (i: number, n: number): number => Array.from({ length: n }, (_, k) => wave.close[i - k]).reduce((a, b) => a + b) / n;
    const wanted: [number, number][] = [];
    let before = 0;
    for (let i = 19; i < 599; i++) {
      const sign = Math.sign(mean(i, 5) - mean(i, 20));
      if (sign !== 0 && before !== 0 && sign !== before && (sign > 0 || wanted.length % 2 === 1)) wanted.push([i + 1, sign * 10]);
      if (sign !== 0) before = sign;
    }
    expect(fillsOf(run(wave, makeStrategy('sma-cross', { fast: 5, slow: 20, lots: 10 }))).map(([bar, lots]) => [bar, lots])).toEqual(wanted);
  });
  test.each([['sma-cross', { fast: 20, slow: 20 }], ['sma-cross', { fast: 0.5 }], ['breakout', { window: 2, hope: 1 }], ['astrology', {}]])('%s %j is refused', (name, settings) => {
    expect(() => makeStrategy(name, settings)).toThrow(/strategy (sma-cross|breakout|astrology): /);
  });
});

test('a run in slices is the run in one piece', () => {
  const bars = [series(Array.from({ length: 50 }, (_, i): Row => [1_000 + i, 1_005 + i, 990 + i, 1_003 + i])),
    series(Array.from({ length: 30 }, () => flat), eth, DAY0 + 7 * MINUTE)];
  const whole = run(bars, makeStrategy('buy-and-hold', { lots: 3 }));
  expect(whole.bars).toBe(80);
  expect(fillsOf(whole)).toEqual([[1, 3, 1_001], [8, 3, 1_000]]);
});

test('bars become ticks on the path that fills assume', () => {
  const prices: number[] = [];
  run(ticksOf(series([[1_000, 1_050, 990, 1_020, 10]])), { onTick: ({ price, volume }) => { prices.push(price, volume); } });
  expect(prices).toEqual([1_000, 2, 990, 2, 1_050, 2, 1_020, 4]);
});

test('drawdown, exposure and the value of each day', () => {
  const day = 1_440;
  const bars = series(Array.from({ length: 2 * day },
    (_, i): Row => (i < 10 ? flat : i < day ? [800, 800, 800, 800] : [1_200, 1_200, 1_200, 1_200])), btc);
  const result = run(bars, new Script({ 0: (context) => ask(context, { lots: 100 }) }), { startUnits: 1_000_000 });
  expect([...result.days.equity]).toEqual([800_000, 1_200_000]);
  expect([result.maxDrawdown, result.exposure]).toEqual([0.2, (2 * day - 1) / (2 * day)]);
  expect(result.longestDrawdownMs).toBe((day + 1 - 10) * MINUTE);
});

test('bars that are none are refused with their place', () => {
  expect(() => checkSeries(series([flat, [1_000, 999, 990, 995]]), 'here')).toThrow(BadDataError);
  expect(FREE.startUnits).toBeGreaterThan(0);
});

test('a strategy that only watches at first trades from its day on as if it had begun there, but knows what it saw', () => {
  const wave = series(Array.from({ length: 400 }, (_, i): Row => {
    const at = (k: number): number => Math.round(10_000 + 800 * Math.sin(k / 15));
    return [at(i), Math.max(at(i), at(i + 1)), Math.min(at(i), at(i + 1)), at(i + 1)];
  }));
  const settings = { fast: 5, slow: 20, lots: 10 };
  const all = fillsOf(run(wave, makeStrategy('sma-cross', settings)));
  const simulation = new Simulation([wave], makeStrategy('sma-cross', settings), { assumptions: FREE, seed: 1, tradeFrom: DAY0 + 200 * MINUTE });
  simulation.run();
  const late = simulation.result();
  const wanted = all.filter(([bar]) => bar >= 200);
  // A sale of what was not bought is none.
  expect(fillsOf(late)).toEqual(wanted[0][1] < 0 ? wanted.slice(1) : wanted);
  expect([late.firstTime, late.days.equity.length]).toEqual([DAY0 + 200 * MINUTE, 1]);
});
