import fc from 'fast-check';
import { admit } from './admission';
import { type Estimate, estimate, HEAVY_SECONDS, LIGHT_MEBIBYTES, LIGHT_SECONDS, partsOf } from './estimate';
import { type BacktestJob, jobSchema } from './job';
import runner from '../../backtester/runner/service.json';

const job = (more: object = {}): BacktestJob => jobSchema.parse({
  symbol: 'BTCUSDT', from: '2025-01-01', to: '2025-12-31', strategy: { type: 'sma-cross', fast: 10, slow: 30 }, ...more,
}) as BacktestJob;
const sweep = (to: number) => ({ type: 'sma-cross', fast: { from: 1, to }, slow: { from: 1, to } });

test('a light backtest is expected to take a fifteenth of the 15 minutes of a function at most, and a third of its 3 GB', () => {
  expect(runner.timeoutSeconds).toBe(15 * 60);
  expect(runner.memoryMiB).toBe(3_008);
  expect(LIGHT_SECONDS).toBe(runner.timeoutSeconds / 15);
  expect(LIGHT_MEBIBYTES * 2.9).toBeLessThan(runner.memoryMiB);
  expect(estimate(job())).toMatchObject({ weight: 'light', candles: 8_760, runs: 1 });
});

test.each<[string, object, 'light' | 'heavy']>([
  ['a day of minutes, one run', { to: '2025-01-01', intervalMinutes: 1 }, 'light'],
  ['five years of minutes, one run', { from: '2020-01-01', to: '2024-12-31', intervalMinutes: 1 }, 'light'],
  ['a year of hours, fifty by fifty', { strategy: sweep(50) }, 'light'],
  ['a year of minutes, ten by ten', { intervalMinutes: 1, strategy: sweep(10) }, 'light'],
  ['a year of minutes, thirty by thirty', { intervalMinutes: 1, strategy: sweep(30) }, 'heavy'],
  ['twenty years of minutes, one run', { from: '2005-01-01', to: '2024-12-31', intervalMinutes: 1 }, 'heavy'],
  ['five years of five instruments in one account', { from: '2020-01-01', intervalMinutes: 1, together: true, symbols: ['A1', 'A2', 'A3', 'A4', 'A5'] }, 'heavy'],
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

test('the pieces of a backtest are every run once, each for about a minute', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 4 }), fc.boolean(), (to, instruments, together) => {
    const one = job({ intervalMinutes: 1, strategy: sweep(to), symbols: ['BTCUSDT', ...Array.from({ length: instruments - 1 }, (_, i) => `S${i}USDT`)], together });
    const found: Estimate = estimate(one);
    const parts = partsOf(one, found);
    const groups = together ? 1 : instruments;
    expect(parts.reduce((sum, { first, end }) => sum + end - first, 0)).toBe(found.runs);
    for (let group = 0; group < groups; group++) {
      const own = parts.filter((part) => part.group === group);
      expect(own[0].first).toBe(0);
      own.slice(1).forEach(({ first }, i) => expect(first).toBe(own[i].end));
    }
    expect(parts.length).toBeLessThanOrEqual(Math.max(groups, 500 + groups));
  }));
});

test('heavy ones are refused where there are no workers, and what no worker can do everywhere', () => {
  const heavy = job({ intervalMinutes: 1, strategy: sweep(30) });
  expect(admit(heavy, true).weight).toBe('heavy');
  expect(() => admit(heavy, false)).toThrow(expect.objectContaining({ code: 'backtest_needs_workers' }));
  expect(admit(job(), false).weight).toBe('light');
  const endless = job({ from: '2015-01-01', intervalMinutes: 1, strategy: sweep(2_000) });
  expect(estimate(endless).seconds).toBeGreaterThan(HEAVY_SECONDS);
  expect(() => admit(endless, true)).toThrow(expect.objectContaining({ code: 'backtest_too_large' }));
});
