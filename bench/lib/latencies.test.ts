import { Latencies } from './latencies';

test('percentiles are those of the values, to three digits', () => {
  const latencies = new Latencies();
  for (let n = 1; n <= 10_000; n++) latencies.record(n / 100);
  expect(latencies.percentiles()).toEqual({
    p50: expect.closeTo(50, 0), p95: expect.closeTo(95, 0), p99: expect.closeTo(99, 0), p999: expect.closeTo(99.9, 0),
  });
  expect(latencies.max).toBeCloseTo(100, 0);
  expect(latencies.count).toBe(10_000);
});

test('a stall of one percent is seen in the tail and nowhere else', () => {
  const latencies = new Latencies();
  for (let n = 0; n < 990; n++) latencies.record(1);
  for (let n = 0; n < 10; n++) latencies.record(2_000);
  expect(latencies.percentiles()).toMatchObject({ p50: expect.closeTo(1, 2), p99: expect.closeTo(1, 2), p999: expect.closeTo(2_000, -1) });
});

test('nothing recorded is zero, and no value is beyond the scale', () => {
  expect(new Latencies().percentiles()).toEqual({ p50: 0, p95: 0, p99: 0, p999: 0 });
  const latencies = new Latencies();
  latencies.record(0);
  latencies.record(10_000_000);
  expect(latencies.max).toBeCloseTo(600_000, -3);
});
