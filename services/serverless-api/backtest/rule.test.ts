import fc from 'fast-check';
import { averagesOf, countAverages, jobSchema } from './job';
import { admit, estimate, HEAVY_SECONDS, LIGHT_MEBIBYTES, LIGHT_SECONDS } from './rule';
import runner from '../backtest-runner/service.json';

const job = (more: object = {}) => jobSchema.parse({
  symbol: 'BTCUSDT', from: '2025-01-01', to: '2025-12-31', strategy: { type: 'sma-cross', fast: 10, slow: 30 }, ...more,
});
const sweep = (to: number) => ({ type: 'sma-cross', fast: { from: 1, to }, slow: { from: 1, to } });

test('a light backtest is expected to take a fifteenth of the 15 minutes of a function at most, and a third of its 3 GB', () => {
  expect(runner.timeoutSeconds).toBe(15 * 60);
  expect(runner.memoryMiB).toBe(3_008);
  expect(LIGHT_SECONDS).toBe(runner.timeoutSeconds / 15);
  expect(LIGHT_MEBIBYTES * 2.9).toBeLessThan(runner.memoryMiB);
  expect(estimate(job())).toMatchObject({ weight: 'light', candles: 8_760, pairs: 1 });
});

test.each<[string, object, 'light' | 'heavy']>([
  ['a day of minutes, one pair', { to: '2025-01-01', intervalMinutes: 1 }, 'light'],
  ['ten years of minutes, one pair', { from: '2015-01-01', to: '2024-12-31', intervalMinutes: 1 }, 'light'],
  ['a year of hours, fifty by fifty', { strategy: sweep(50) }, 'light'],
  ['a year of minutes, thirty by thirty', { intervalMinutes: 1, strategy: sweep(30) }, 'light'],
  ['a year of minutes, a hundred by a hundred', { intervalMinutes: 1, strategy: sweep(100) }, 'heavy'],
  ['twenty years of minutes, one pair', { from: '2005-01-01', to: '2024-12-31', intervalMinutes: 1 }, 'heavy'],
])('%s: %s', (_, more, weight) => {
  expect(estimate(job(more)).weight).toBe(weight);
});

test('the rule is a threshold: what asks for more is never lighter', () => {
  fc.assert(fc.property(fc.integer({ min: 2, max: 400 }), fc.integer({ min: 0, max: 50 }), (to, more) => {
    const [less, larger] = [to, to + more].map((longest) => estimate(job({ intervalMinutes: 5, strategy: sweep(longest) })));
    expect(larger.seconds).toBeGreaterThanOrEqual(less.seconds);
    if (less.weight === 'heavy') expect(larger.weight).toBe('heavy');
    expect(less.weight).toBe(less.seconds <= LIGHT_SECONDS ? 'light' : 'heavy');
  }));
});

test('pairs are counted as they are tried', () => {
  const range = fc.record({ from: fc.integer({ min: 1, max: 40 }), to: fc.integer({ min: 1, max: 40 }), step: fc.integer({ min: 1, max: 7 }) });
  fc.assert(fc.property(range, range, (fast, slow) => {
    const strategy = { type: 'sma-cross' as const, fast, slow };
    expect(countAverages({ strategy })).toBe([...averagesOf({ strategy })].length);
  }));
});

test('heavy ones are refused where there are no workers, and what no worker can do everywhere', () => {
  const heavy = job({ intervalMinutes: 1, strategy: sweep(100) });
  expect(admit(heavy, true).weight).toBe('heavy');
  expect(() => admit(heavy, false)).toThrow(expect.objectContaining({ status: 422, code: 'backtest_needs_workers' }));
  expect(admit(job(), false).weight).toBe('light');
  const endless = job({ from: '2015-01-01', intervalMinutes: 1, strategy: { type: 'sma-cross', fast: { from: 1, to: 2_000 }, slow: { from: 1, to: 2_000 } } });
  expect(estimate(endless).seconds).toBeGreaterThan(HEAVY_SECONDS);
  expect(() => admit(endless, true)).toThrow(expect.objectContaining({ status: 422, code: 'backtest_too_large' }));
});
