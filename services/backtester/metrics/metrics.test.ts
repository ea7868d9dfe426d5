import { metricsOf } from './metrics';
import { roundTrips } from './round-trips';
import type { RunResult } from '../engine/simulation';
import { DAY0, run, type Row, Script, series } from '../testing/given';

const DAY = 86_400_000;
const fills = (rows: readonly [time: number, lots: number, price: number, fee: number][]): RunResult['fills'] => {
  const column = (pick: (row: (typeof rows)[number]) => number): Float64Array => Float64Array.from(rows, pick);
  return {
    length: rows.length, times: column(([time]) => time), instruments: column(() => 0), orderIds: column(() => 1), lots: column(([, lots]) => lots),
    prices: column(([, , price]) => price), fees: column(([, , , fee]) => fee), makers: column(() => 0),
  };
};
const result = (more: Partial<RunResult>): RunResult => ({
  status: 'completed', bars: 1, firstTime: DAY0, lastTime: DAY0 + 365 * DAY, finalUnits: 1_100, feeUnits: 12, fills: fills([]), orders: 0, cutOrders: 0, lots: [0],
  days: { times: new Float64Array(0), equity: new Float64Array(0) }, maxDrawdown: 0.05, longestDrawdownMs: 3 * DAY, exposure: 0.5, closes: [1],
  ...more,
});

test('positions are made of fills, in parts and on both sides', () => {
  const trips = roundTrips(fills([[1, 10, 100, 3], [2, 30, 120, 4], [3, -20, 130, 5], [4, -20, 110, 6], [5, -8, 90, 1], [6, 8, 80, 1],
    [7, 5, 50, 2]]), [10]);
  expect(trips).toEqual([
    { instrument: 0, direction: 'long', entryTime: 1, exitTime: 4, lots: 40, entryPrice: 115, exitPrice: 120, feeUnits: 18, profitUnits: 40 * 5 * 10 - 18 },
    { instrument: 0, direction: 'short', entryTime: 5, exitTime: 6, lots: 8, entryPrice: 90, exitPrice: 80, feeUnits: 2, profitUnits: 8 * 10 * 10 - 2 },
    { instrument: 0, direction: 'long', entryTime: 7, lots: 5, entryPrice: 50, feeUnits: 2 },
  ]);
});

test('ratios of a year whose days are known', () => {
  const equity = Float64Array.from([1_010, 1_000, 1_050, 1_100]);
  const found = metricsOf(result({ days: { times: new Float64Array(4), equity } }), 1_000, []);
  const returns = [0.01, 1_000 / 1_010 - 1, 0.05, 1_100 / 1_050 - 1];
  const mean = returns.reduce((a, b) => a + b) / 4;
  const deviation = Math.sqrt(returns.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 3);
  expect(found.sharpe).toBeCloseTo(mean / deviation * Math.sqrt(365), 10);
  expect(found.sortino).toBeCloseTo(mean / Math.sqrt(returns[1] ** 2 / 4) * Math.sqrt(365), 10);
  expect(found).toMatchObject({
    totalReturn: expect.closeTo(0.1, 12), cagr: expect.closeTo(0.1, 12), calmar: expect.closeTo(2, 10), longestDrawdownDays: 3,
  });
});

test('trades are counted by what they brought', () => {
  const trips = roundTrips(fills([[1, 1, 100, 0], [2, -1, 130, 0], [3, 1, 100, 0], [4, -1, 90, 0], [5, 1, 100, 0], [6, -1, 95, 0], [7, 1, 1, 0]]),
    [1]);
  expect(metricsOf(result({ fills: fills([]) }), 1_000, trips)).toMatchObject({
    trades: 3, winRate: 1 / 3, profitFactor: 2, averageWinUnits: 30, averageLossUnits: -8,
  });
});

test('what cannot be said is null, not a number', () => {
  expect(metricsOf(result({ lastTime: DAY0 + 3_600_000, maxDrawdown: 0 }), 1_000, [])).toMatchObject({
    cagr: null, sharpe: null, sortino: null, calmar: null, winRate: null, profitFactor: null, averageWinUnits: null,
  });
  expect(metricsOf(result({ finalUnits: -5 }), 1_000, []).cagr).toBeNull();
});

test('the profits of closed positions and what is open are the change of the balance', () => {
  const rows = Array.from({ length: 300 }, (_, i): Row => {
    const at = (k: number): number => Math.round(5_000 + 300 * Math.sin(k / 9));
    return [at(i), Math.max(at(i), at(i + 1)), Math.min(at(i), at(i + 1)), at(i + 1)];
  });
  const turns = Object.fromEntries(Array.from({ length: 29 }, (_, i) => [i * 10, (context: { submit(order: object): number }) => {
    context.submit({ instrument: 0, side: i % 2 === 0 ? 'buy' : 'sell', type: 'market', lots: i === 0 ? 20 : 40 });
  }]));
  const found = run(series(rows), new Script(turns as never), { startUnits: 1_000_000_000, allowShort: true, takerFeePpm: 900 });
  const trips = roundTrips(found.fills, [10]);
  expect(trips.length).toBeGreaterThan(20);
  const open = trips.filter(({ profitUnits }) => profitUnits === undefined).reduce((sum, { lots, direction, entryPrice, feeUnits }) => (
    sum + (direction === 'long' ? 1 : -1) * lots * (found.closes[0] - entryPrice) * 10 - feeUnits), 0);
  expect(trips.reduce((sum, { profitUnits = 0 }) => sum + profitUnits, open)).toBeCloseTo(found.finalUnits - 1_000_000_000, 3);
});
