import { fullJitter } from './backoff';

test('the limit doubles from the first wait to the last, and the wait is anything below it', () => {
  const limits = { firstMs: 500, lastMs: 30_000 };
  expect([0, 1, 2, 5, 6, 100].map((attempt) => fullJitter(attempt, limits, () => 0.999_999_9))).toEqual(
    [500, 1_000, 2_000, 16_000, 30_000, 30_000].map((limit) => expect.closeTo(limit, 0)),
  );
  expect(fullJitter(6, limits, () => 0.25)).toBe(7_500);
  expect(fullJitter(6, limits, () => 0)).toBe(0);
});
