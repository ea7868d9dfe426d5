import { ClockSkew } from './clock-skew';

test('the fastest message of late tells, a slow one does not', () => {
  const skew = new ClockSkew();
  expect(skew.ms()).toBeUndefined();
  for (const [i, difference] of [40, 3_000, 12, 90].entries()) skew.add(difference, 100_000 + i);
  expect(skew.ms()).toBe(12);
  skew.add(-700, 100_010);
  expect(skew.ms()).toBe(-700);
});

test('a clock that was set right is seen to be within a minute', () => {
  const skew = new ClockSkew();
  skew.add(-5_000, 100_000);
  for (const now of [131_000, 162_000]) skew.add(15, now);
  expect(skew.ms()).toBe(15);
});
