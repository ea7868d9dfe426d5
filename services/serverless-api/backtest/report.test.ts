import { jobSchema } from './job';
import { runBacktest } from './report';
import { estimate } from './rule';
import { PastMarket } from '../../../local/feeds/past-market';
import type { Candle } from '../market/exchange';
import { btc } from '../testing/given';

const DAY = 86_400_000;
const market = new PastMarket('BTCUSDT', 'test');
const read = async (_: string, day: number): Promise<Candle[] | undefined> => {
  if (day === Date.parse('2025-12-11')) return undefined;
  return Array.from({ length: DAY / 60_000 }, (__, i) => {
    const [time, ...values] = market.candle(day + i * 60_000);
    return [Number(time), ...values.slice(0, 5)] as unknown as Candle;
  });
};
const job = jobSchema.parse({
  symbol: 'BTCUSDT', from: '2025-12-10', to: '2025-12-12', intervalMinutes: 5, strategy: { type: 'sma-cross', fast: { from: 2, to: 10, step: 2 }, slow: { from: 5, to: 40, step: 5 } },
});
const options = { candles: { read }, instrument: btc, checkTime: () => undefined };

test('the same job on the same candles gives the same report, byte by byte', async () => {
  const [one, two] = await Promise.all([runBacktest(job, estimate(job), options), runBacktest(job, estimate(job), options)]);
  expect(JSON.stringify(one)).toBe(JSON.stringify(two));
  expect(one).toMatchObject({ candles: 576, missingDays: ['2025-12-11'], pairs: 36 });
  expect(one.best).toHaveLength(20);
  const balances = one.best.map(({ finalBalance }) => Number(finalBalance));
  expect(balances).toEqual([...balances].sort((a, b) => b - a));
  expect(one.best[0].trades).toBeGreaterThan(2);
  expect(one.equity.at(-1)?.[1]).toBe(one.best[0].finalBalance);
  expect(one.equity.length).toBeLessThanOrEqual(501);
});

test('candles of five minutes have the last close of five of one minute', async () => {
  const points: number[] = [];
  const { equity } = await runBacktest({ ...job, to: job.from }, estimate(job), options);
  for (const [time] of equity) points.push(time);
  expect(points[0]).toBe(Date.parse('2025-12-10'));
  expect(points[1] - points[0]).toBe(300_000);
});

test('without any candles it fails for good', async () => {
  const none = { ...job, from: '2025-12-11', to: '2025-12-11' };
  await expect(runBacktest(none, estimate(none), options)).rejects.toMatchObject({ name: 'BacktestRefusedError', code: 'no_candles' });
});

test('it asks now and then whether there is time left', async () => {
  const stop = new Error('no time');
  await expect(runBacktest(job, estimate(job), { ...options, checkTime: () => { throw stop; } })).rejects.toBe(stop);
});
