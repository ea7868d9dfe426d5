import { curveOf, Holdings } from './equity-curve';
import { equityTimes, MOST_POINTS } from './equity-times';
import { decimalOf, Valuation } from './valuation';
import { defineInstrument } from '../../domain';
import { BTC, ETH } from '../testing/doubles';

const HOUR = 3_600_000;
const NOW = 500_000 * HOUR + 20;

describe('times', () => {
  test.each<[string, Partial<Parameters<typeof equityTimes>[0]>, number[], boolean]>([
    ['from the past to the present', { from: NOW - 2.5 * HOUR }, [NOW - 20 - 2 * HOUR, NOW - 20 - HOUR, NOW - 20, NOW], true],
    ['from a multiple on, which counts', { from: NOW - 20 - HOUR }, [NOW - 20 - HOUR, NOW - 20, NOW], true],
    ['within the past, at multiples alone', { from: NOW - 3 * HOUR, to: NOW - HOUR + 5 }, [NOW - 20 - 2 * HOUR, NOW - 20 - HOUR], false],
    ['from where the account began', { from: NOW - 9 * HOUR, begins: NOW - HOUR - 7 }, [NOW - HOUR - 7, NOW - 20, NOW], true],
    ['without from, since the account began', { begins: NOW - 7 }, [NOW - 7, NOW], true],
    ['of an account that began later', { from: NOW - 9 * HOUR, to: NOW - 8 * HOUR, begins: NOW - 7 }, [], false],
    ['of less than a step', { from: NOW - 9 * HOUR + 30, to: NOW - 9 * HOUR + 40 }, [NOW - 20 - 9 * HOUR], false],
    ['beyond the present', { from: NOW - HOUR, to: NOW + HOUR }, [NOW - 20, NOW], true],
  ])('%s', (_what, range, times, present) => {
    expect(equityTimes({ step: HOUR, now: NOW, ...range })).toEqual({ times, present });
  });

  test('there are never more than may be, and those that were asked for are not left out silently', () => {
    const all = equityTimes({ step: HOUR, now: NOW });
    expect(all.times.length).toBe(MOST_POINTS);
    expect(equityTimes({ step: HOUR, now: NOW, begins: 5 }).times).toHaveLength(MOST_POINTS);
    expect(equityTimes({ step: HOUR, now: NOW, from: NOW - 20 - 998 * HOUR }).times).toHaveLength(MOST_POINTS);
    for (const from of [NOW - 21 - 999 * HOUR, 0]) {
      expect(() => equityTimes({ step: HOUR, now: NOW, from })).toThrow(expect.objectContaining({ status: 400, code: 'invalid_range' }) as Error);
    }
    expect(() => equityTimes({ step: HOUR, now: NOW, from: 10, to: 5 })).toThrow('before to');
    expect(() => equityTimes({ step: HOUR, now: NOW, from: NOW + 1 })).toThrow('before to');
  });
});

describe('values', () => {
  const ethbtc = { ...ETH, symbol: 'ETHBTC', quote: BTC.base, lotSize: '0.001', tickSize: '0.00001' };
  const sol = { ...ETH, symbol: 'SOLETH', base: { code: 'SOL', decimals: 9 }, quote: ETH.base, tickSize: '0.00001' };
  const valuation = new Valuation([BTC, ETH, ethbtc, sol].map(defineInstrument));
  const prices: Record<string, string> = { BTCUSDT: '30000.5', ETHUSDT: '2000', ETHBTC: '0.07', SOLETH: '0.05' };

  test('are in what most instruments are quoted in, over one instrument or over two', () => {
    expect([valuation.asset, valuation.decimals]).toEqual(['USDT', 6]);
    const worth = (asset: string, amount: bigint) => valuation.worth(asset, amount, (symbol) => prices[symbol]);
    expect(worth('USDT', 7n)).toBe(7n);
    expect(worth('BTC', 150_000_000n)).toBe(45_000_750_000n);
    // Less than a unit is worth nothing; two BTC more or less than nothing are as far from it.
    expect([worth('BTC', 1n), worth('BTC', -150_000_000n)]).toEqual([300n, -45_000_750_000n]);
    // Over its own market, not over that with bitcoin.
    expect(worth('ETH', 100_000_000n)).toBe(2_000_000_000n);
    expect(worth('SOL', 3_000_000_000n)).toBe(300_000_000n);
    expect([worth('XRP', 5n), valuation.worth('BTC', 5n, () => undefined)]).toEqual([undefined, undefined]);
    expect([...valuation.symbols(['USDT', 'SOL', 'ETH', 'XRP'])].sort()).toEqual(['ETHUSDT', 'SOLETH']);
  });

  test.each([[0n, 6, '0'], [-1n, 6, '-0.000001'], [12_500_000n, 6, '12.5'], [90_071_992_547_409_930n, 0, '90071992547409930'], [-90_071_992_547_409_930n, 2, '-900719925474099.3']])(
    '%s at %s decimals is %s', (units, decimals, text) => expect(decimalOf(units, decimals)).toBe(text));
});

test('a curve is what there is now, taken back: fees, flows of each kind, and what nobody knows a price of', () => {
  const instruments = new Map([BTC, ETH].map((spec) => [spec.symbol, defineInstrument(spec)]));
  const holdings = new Holdings([
    { what: 'balance', asset: 'BTC', amount: 99n }, { what: 'balance', asset: 'USDT', amount: 1_005n }, { what: 'balance', asset: 'USDT', amount: 1_000n },
    { what: 'balance', asset: 'XRP', amount: 4n },
    { what: 'fills', end: 20, symbol: 'BTCUSDT', side: 'buy', base: 150n, quote: 900n, fee: 1n },
    { what: 'fills', end: 20, symbol: 'BTCUSDT', side: 'sell', base: 50n, quote: 400n, fee: 5n },
    { what: 'fills', end: 20, symbol: 'GONE', side: 'sell', base: 50n, quote: 400n, fee: 5n },
    { what: 'flow', end: 20, kind: 'deposit', asset: 'USDT', amount: 10n }, { what: 'flow', end: 20, kind: 'deposit', asset: 'USDT', amount: 5n },
    { what: 'flow', end: 20, kind: 'transfer', asset: 'USDT', amount: 0n }, { what: 'flow', end: 30, kind: 'withdrawal', asset: 'XRP', amount: -3n },
    // Behind the last point: taken back, and nowhere to be seen.
    { what: 'flow', end: 40, kind: 'withdrawal', asset: 'USDT', amount: -500n },
  ], instruments);
  const times = [10, 20, 30];
  const points = holdings.along(times, [20, 30]);
  expect(points.map(({ totals }) => [totals.get('BTC'), totals.get('USDT'), totals.get('XRP')])).toEqual([[0n, 2_995n, 7n], [99n, 2_505n, 7n], [99n, 2_505n, 4n]]);
  const curve = curveOf(points, times, new Valuation([...instruments.values()]), (symbol, n) => (symbol === 'BTCUSDT' ? ['100', '500', '700'][n] : undefined));
  expect(curve.map(({ equity, cash, profit, unpriced }) => [equity, cash, profit, unpriced])).toEqual([
    [2_995n, 2_995n, 0n, ['XRP']], [2_505n + 495n, 2_505n, 3_000n - 2_995n - 15n, ['XRP']], [2_505n + 693n, 2_505n, 3_198n - 2_995n - 15n, ['XRP']],
  ]);
  expect(curve.map(({ flows }) => flows)).toEqual([[], [{ kind: 'deposit', asset: 'USDT', amount: 15n, value: 15n }], [{ kind: 'withdrawal', asset: 'XRP', amount: -3n, value: undefined }]]);
});

test('the first price of what came in without one is no profit, and what happens to it afterwards is', () => {
  const holdings = new Holdings([
    { what: 'balance', asset: 'BTC', amount: 300n }, { what: 'flow', end: 20, kind: 'deposit', asset: 'BTC', amount: 100n },
  ], new Map());
  const times = [10, 20, 30, 40];
  const points = holdings.along(times, [20, 30, 40]);
  const curve = curveOf(points, times, new Valuation([defineInstrument(BTC)]), (_symbol, n) => [undefined, undefined, '500', '700'][n]);
  const [at30, at40] = [500n, 700n].map((price) => curve[2].equity * price / 500n);
  expect(curve.map(({ equity, profit, unpriced }) => [equity, profit, unpriced])).toEqual([
    [0n, 0n, ['BTC']], [0n, 0n, ['BTC']], [at30, 0n, []], [at40, at40 - at30, []],
  ]);
  expect(at40).toBeGreaterThan(at30);
});
