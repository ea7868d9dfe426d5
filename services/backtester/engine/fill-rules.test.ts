import { describeAssumptions } from './assumptions';
import type { StrategyContext, StrategyOrder } from '../../domain/strategy';
import { fillsOf, FREE, run, type Row, Script, series } from '../testing/given';

const flat: Row = [1_000, 1_000, 1_000, 1_000];
const order = (more: Partial<StrategyOrder>) => (context: StrategyContext): void => {
  context.submit({ instrument: 0, side: 'buy', type: 'market', lots: 10, ...more } as StrategyOrder);
};
const buy = order({});
const stop = (at: number, lots = 10) => order({ side: 'sell', type: 'stop', stop: at, lots });

describe('rule 1: a signal on the close of a bar is filled at the opening of the next', () => {
  test('not at the close that decided it', () => {
    expect(fillsOf(run(series([[1_000, 1_020, 990, 1_010], [1_050, 1_060, 1_040, 1_055]]), new Script({ 0: buy })))).toEqual([[1, 10, 1_050]]);
  });
  test('a signal on the last bar is never filled', () => {
    expect(fillsOf(run(series([flat, flat]), new Script({ 1: buy })))).toEqual([]);
  });
  test('an order on another instrument whose bar opened at the same time is not filled with that bar', () => {
    const bars = [series([flat, flat]), series([[2_000, 2_000, 2_000, 2_000], [2_100, 2_100, 2_100, 2_100]])];
    const first = new Script({ 0: (context) => context.submit({ instrument: 1, side: 'buy', type: 'market', lots: 1 }) });
    expect(fillsOf(run(bars, first))).toEqual([[1, 1, 2_100]]);
  });
});

describe('rule 2: a stop that the opening has passed is filled at the opening, any other at its trigger with slippage', () => {
  const bars = (second: Row) => series([flat, flat, second]);
  const exit = new Script({ 0: buy, 1: stop(950) });
  test('gapped', () => {
    expect(fillsOf(run(bars([900, 960, 890, 950]), new Script({ 0: buy, 1: stop(950) })))[1]).toEqual([2, -10, 900]);
  });
  test('reached inside the bar', () => {
    expect(fillsOf(run(bars([1_000, 1_010, 940, 980]), exit, { slippage: { kind: 'ticks', ticks: 3 } }))[1]).toEqual([2, -10, 947]);
  });
  test('not reached', () => {
    expect(fillsOf(run(bars([1_000, 1_010, 951, 980]), new Script({ 0: buy, 1: stop(950) })))).toHaveLength(1);
  });
});

describe('rule 3: the path inside a bar is declared', () => {
  // The low is nearer to the opening: on the path the stop comes first in the one bar and last in the other.
  const lowFirst: Row = [1_000, 1_110, 940, 1_050];
  const highFirst: Row = [1_000, 1_060, 900, 950];
  const both = (target: number) => new Script({
    0: buy,
    1: (context) => {
      context.submit({ instrument: 0, side: 'sell', type: 'stop', stop: 950, lots: 10, group: 1 });
      context.submit({ instrument: 0, side: 'sell', type: 'limit', price: target, lots: 10, group: 1 });
    },
  });
  test.each([['pessimistic', lowFirst, 950], ['pessimistic', highFirst, 950], ['path', lowFirst, 950], ['path', highFirst, 1_050]] as const)('%s %j: %i', (intrabar, bar, price) => {
    expect(fillsOf(run(series([flat, flat, bar]), both(1_050), { intrabar })).slice(1)).toEqual([[2, -10, price]]);
  });
});

describe('rule 4: a resting limit is never filled better than at its limit', () => {
  const resting = order({ type: 'limit', price: 950 });
  test('not even when the market opens below it', () => {
    expect(fillsOf(run(series([flat, flat, [900, 910, 890, 905]]), new Script({ 0: resting })))).toEqual([[2, 10, 950]]);
  });
  test('touched is not traded through, unless asked for', () => {
    const bars = series([flat, flat, [1_000, 1_000, 950, 990]]);
    expect(fillsOf(run(bars, new Script({ 0: resting })))).toEqual([]);
    expect(fillsOf(run(bars, new Script({ 0: resting }), { limitFill: 'touch' }))).toEqual([[2, 10, 950]]);
  });
  test('one that arrives at a better market takes it, never beyond its limit', () => {
    const takes = new Script({ 0: order({ type: 'limit', price: 1_001 }) });
    expect(fillsOf(run(series([flat, flat]), takes, { slippage: { kind: 'ticks', ticks: 5 } }))).toEqual([[1, 10, 1_001]]);
  });
  test('one that must not take is ended', () => {
    const result = run(series([flat, flat]), new Script({ 0: order({ type: 'limit', price: 1_001, postOnly: true }) }));
    expect([fillsOf(result), result.cutOrders]).toEqual([[], 1]);
  });
});

describe('rule 5: nothing is filled on a bar without trades', () => {
  test('market, stop and limit wait for the next bar that has some', () => {
    const dead: Row = [900, 900, 900, 900, 0];
    const script = new Script({ 0: (context) => { buy(context); stop(950, 5)(context); order({ type: 'limit', price: 970 })(context); } });
    expect(fillsOf(run(series([flat, dead, dead, [1_000, 1_000, 960, 990]]), script))).toEqual([[3, 10, 1_000], [3, 10, 970]]);
  });
});

describe('rule 6: liquidity is consumed once', () => {
  test('an order larger than its share of the volume is filled in parts', () => {
    const bars = series([flat, [1_000, 1_000, 1_000, 1_000, 60], [1_001, 1_001, 1_001, 1_001, 25], flat]);
    expect(fillsOf(run(bars, new Script({ 0: buy }), { participationBps: 1_000 }))).toEqual([[1, 6, 1_000], [2, 2, 1_001], [3, 2, 1_000]]);
  });
  test('two orders share what one bar has', () => {
    const bars = series([flat, [1_000, 1_000, 1_000, 1_000, 150]]);
    expect(fillsOf(run(bars, new Script({ 0: (context) => { buy(context); buy(context); } }), { participationBps: 1_000 }))).toEqual([[1, 10,
      1_000], [1, 5, 1_000]]);
  });
  test('a stop that is reached when everything is taken goes on at the next opening', () => {
    const bars = series([flat, flat, [1_000, 1_000, 900, 950, 40], [930, 930, 930, 930, 1_000]]);
    expect(fillsOf(run(bars, new Script({ 0: buy, 1: stop(950) }), { participationBps: 1_000 }))).toEqual([[1, 10, 1_000], [2, -4, 950],
      [3, -6, 930]]);
  });
});

describe('rule 7: slippage is configured, against whoever takes, and has a limit', () => {
  const turn = () => new Script({ 0: buy, 1: order({ side: 'sell' }) });
  const big: Row = [10_000, 10_000, 10_000, 10_000, 100];
  test.each([
    [{ kind: 'none' }, 10_000, 10_000], [{ kind: 'bps', bps: 10 }, 10_010, 9_990], [{ kind: 'bps', bps: 0.5 }, 10_001, 9_999], [{ kind: 'ticks', ticks: 7 }, 10_007, 9_993],
    // A tenth of the volume: a hundredth of a per cent … of 10,000.
    [{ kind: 'volume-share', bpsAtWhole: 10_000 }, 10_100, 9_900], [{ kind: 'bps', bps: 9_000 }, 10_500, 9_500],
  ] as const)('%j', (slippage, bought, sold) => {
    expect(fillsOf(run(series([big, big, big]), turn(), { slippage })).map(([, , price]) => price)).toEqual([bought, sold]);
  });
});

describe('rule 8: orders that rested pay the maker fee, those that took the taker fee', () => {
  test('each its own, rounded up', () => {
    const script = new Script({ 0: buy, 1: order({ side: 'sell', type: 'limit', price: 1_003 }) });
    const result = run(series([flat, flat, flat, [1_000, 1_010, 1_000, 1_000]]), script, { makerFeePpm: 101, takerFeePpm: 1_001 });
    // 10 lots × 1,000 and 1,003 ticks × 10 units.
    expect([...result.fills.fees]).toEqual([Math.ceil(100_000 * 0.001001), Math.ceil(100_300 * 0.000101)]);
    expect(script.fills.map(({ liquidity }) => liquidity)).toEqual(['taker', 'maker']);
    expect(result.finalUnits).toBe(FREE.startUnits + 300 - 101 - 11);
  });
});

describe('rule 9: the assumptions are said', () => {
  test('each that changes a fill changes the words', () => {
    const base = describeAssumptions(FREE).join('\n');
    for (const more of [
      { makerFeePpm: 5 }, { takerFeePpm: 5 }, { slippage: { kind: 'ticks', ticks: 2 } }, { maxSlippageBps: 7 }, { participationBps: 300 }, { intrabar: 'path' },
      { limitFill: 'touch' }, { allowShort: true },
    ] as const) expect(describeAssumptions({ ...FREE, ...more }).join('\n')).not.toBe(base);
  });
});

describe('rule 10: the same again gives the same', () => {
  test('same seed, same fills; another seed, others', () => {
    const gambler = () => new Script(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [i, (context: StrategyContext) => {
      if (context.random() < 0.5) order({ side: context.position(0) > 0 ? 'sell' : 'buy' })(context);
    }])));
    const bars = series(Array.from({ length: 200 }, (_, i): Row => [1_000 + i, 1_010 + i, 990 + i, 1_005 + i]));
    const once = run(bars, gambler(), {}, 7);
    expect(fillsOf(run(bars, gambler(), {}, 7))).toEqual(fillsOf(once));
    expect(fillsOf(run(bars, gambler(), {}, 8))).not.toEqual(fillsOf(once));
    expect(once.fills.length).toBeGreaterThan(50);
  });
});
