import type { MatchingResult } from './matching-job';
import { quantilesOf } from './matching-latency';
import { workloadReport } from './matching-report';
import { buildWorkload, C_ID, C_PRICE, C_QUANTITY, C_SIDE, C_TYPE, checkWorkload, COMMAND_WORDS, EXPECTED, MODIFY } from './matching-workload';

test('S1K is the workload that others agreed on, to the last byte', () => {
  const workload = buildWorkload('S1K');
  expect(() => checkWorkload(workload)).not.toThrow();
  const command = (n: number): number[] => [C_TYPE, C_SIDE, C_QUANTITY, C_ID, C_PRICE].map((at) => workload.commands[n * COMMAND_WORDS + at]);
  expect([0, 1, 2].map(command)).toEqual([[0, 0, 7, 1, 49_494], [0, 0, 33, 2, 49_828], [0, 1, 96, 3, 50_661]]);
  expect(command(1_000)).toEqual([MODIFY, 0, 70, 957, 49_641]);
  expect(workload.nextId).toBe(269_855);
  expect(() => checkWorkload({ ...workload, trades: 1 })).toThrow('workload S1K: trades is 1, 160054 was expected');
});

test('quantiles are taken from the sorted times', () => {
  expect(quantilesOf(Float64Array.from({ length: 10_000 }, (_, n) => 9_999 - n))).toEqual({ p50: 5_000, p99: 9_900, p999: 9_990, p9999: 9_999 });
});

test('ratios are taken per round, and other trades are no result', () => {
  const { trades, checksum } = EXPECTED.S1K;
  const result = (rates: number[]): MatchingResult => ({ rates, cpuRates: rates.map((rate) => rate * 2), trades, checksum });
  const quantiles = { p50: 1, p99: 2, p999: 3, p9999: 4 };
  const rounds = [{ core: result([100, 300, 200]), peer: result([10]) }, { core: result([400]), peer: result([10, 10]) }];
  expect(workloadReport('S1K', rounds, 9, { ...result([]), service: quantiles, nothing: quantiles })).toMatchObject({
    ops: { min: 200, median: 300, max: 400 },
    cpu: { ops: { min: 400, median: 600, max: 800 }, peerOps: { min: 20, median: 20, max: 20 }, ratio: { min: 20, median: 30, max: 40 } },
    peers: { 'nodejs-order-book': { ratio: { min: 20, median: 30, max: 40 }, commands: 9 } },
  });
  expect(() => workloadReport('S1K', [{ ...rounds[0], core: { ...result([1]), checksum: 5 } }], 9, result([]))).toThrow(/checksum 5/);
});
