import fc from 'fast-check';
import { fee, smaCross } from './sma-cross';
import { btc } from '../testing/given';

const UNITS_PER_TICK_LOT = btc.quoteUnitsPerTickLot;
const series = (ticks: readonly number[]) => ({ ticks, times: ticks.map((_, i) => i * 60_000) });

/** The same strategy, written as it is defined, with arbitrarily large whole numbers. */
function plain(ticks: readonly number[], start: number, feePpm: number, fast: number, slow: number) {
  const average = (i: number, n: number) => ticks.slice(i - n + 1, i + 1).reduce((sum, one) => sum + BigInt(one), 0n);
  const feeOf = (units: bigint) => (units * BigInt(feePpm) + 999_999n) / 1_000_000n;
  let [cash, lots, trades] = [BigInt(start), 0n, 0];
  let before: boolean | undefined;
  for (let i = slow - 1; i < ticks.length; i++) {
    const unit = BigInt(ticks[i] * UNITS_PER_TICK_LOT);
    const above = average(i, fast) * BigInt(slow) > average(i, slow) * BigInt(fast);
    if (before === false && above && lots === 0n) {
      let most = cash / unit;
      while (most > 0n && most * unit + feeOf(most * unit) > cash) most--;
      lots = most;
      cash -= lots * unit + feeOf(lots * unit);
      if (lots > 0n) trades++;
    } else if (before === true && !above && lots > 0n) {
      cash += lots * unit - feeOf(lots * unit);
      lots = 0n;
      trades++;
    }
    before = above;
  }
  return { finalUnits: Number(cash + lots * BigInt((ticks.at(-1) ?? 0) * UNITS_PER_TICK_LOT)), trades };
}

test('gives what its definition gives, to the last unit', () => {
  const ticks = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 60 });
  const upTo = (max: number) => fc.integer({ min: 1, max });
  fc.assert(fc.property(ticks, upTo(10 ** 9), fc.integer({ min: 0, max: 100_000 }), upTo(8), upTo(8),
    (prices, start, feePpm, fast, more) => {
      const found = smaCross(series(prices), btc, { units: start, feePpm }, { fast, slow: fast + more });
      expect({ finalUnits: found.finalUnits, trades: found.trades }).toEqual(plain(prices, start, feePpm, fast, fast + more));
    }), { numRuns: 300 });
});

test('buys the rise and sells the fall', () => {
  const prices = [100, 100, 100, 90, 100, 120, 150, 150, 130, 100, 80];
  const { trades, finalUnits } = smaCross(series(prices), btc, { units: 10_000_000, feePpm: 0 }, { fast: 1, slow: 3 });
  expect(trades).toBe(2);
  // In at 100, out at 130.
  expect(finalUnits).toBe(13_000_000);
});

test('does nothing on a market that does not move, or that is shorter than the slow average', () => {
  for (const prices of [Array<number>(50).fill(100), [1, 2, 3]]) {
    const found = smaCross(series(prices), btc, { units: 1_000, feePpm: 1_000 }, { fast: 2, slow: 10 });
    expect(found).toEqual({ fast: 2, slow: 10, finalUnits: 1_000, trades: 0, maxDrawdownBps: 0 });
  }
});

test('a fee is rounded up and exact for amounts whose product is not', () => {
  expect([fee(1, 1), fee(1_000_000, 1_000), fee(1_000_001, 1_000), fee(0, 1_000)]).toEqual([1, 1_000, 1_001, 0]);
  fc.assert(fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 100_000 }), (units, ppm) => {
    expect(BigInt(fee(units, ppm))).toBe((BigInt(units) * BigInt(ppm) + 999_999n) / 1_000_000n);
  }));
});

test('refuses a value that would not be exact', () => {
  expect(() => smaCross(series([1, 10 ** 9]), btc, { units: Number.MAX_SAFE_INTEGER, feePpm: 0 }, { fast: 1, slow: 2 })).not.toThrow();
  const prices = [2, 1, 10, 10 ** 9, 10 ** 9];
  expect(() => smaCross(series(prices), btc, { units: 10 ** 14, feePpm: 0 }, { fast: 1, slow: 2 })).toThrow(/too large to be exact/);
});
