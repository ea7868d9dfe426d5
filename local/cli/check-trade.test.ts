import { times } from './check-trade';

test('a decimal times a whole number is exact', () => {
  expect(times('0.1', 500_000)).toBe('50000');
  expect(times('0.0001', 100)).toBe('0.01');
  expect(times('0.01', 3)).toBe('0.03');
  expect(times('5', 100)).toBe('500');
  expect(times('0.000000000000000001', 12_345)).toBe('0.000000000000012345');
});
