import fc from 'fast-check';
import { DomainError, formatDecimal, MAX_DECIMALS, multiplyExact, parseDecimal } from '.';

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (error) {
    return error instanceof DomainError ? error.code : String(error);
  }
  return undefined;
};

describe('parseDecimal', () => {
  test('is the inverse of formatDecimal for every amount', () => {
    fc.assert(fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: MAX_DECIMALS }), (units, decimals) => {
      const text = formatDecimal(units, decimals);
      // At most sixteen digits may stand before the dot, which every 53-bit integer keeps.
      expect(parseDecimal(text, decimals)).toBe(units);
    }));
  });

  test.each([
    '', ' 1', '1 ', '+1', '-1', '-0', '01', '1.', '.5', '1e3', '1E3', 'NaN', 'Infinity', '0x10', '1,5', '1_000', '١', '1.0.0', '12345678901234567',
  ])('refuses %j', (text) => {
    expect(codeOf(() => parseDecimal(text, 8))).toBe('invalid_number');
  });

  test.each([[undefined], [null], [5], [['1']], [{}]])('refuses a value that is not text: %j', (value) => {
    expect(codeOf(() => parseDecimal(value as unknown as string, 8))).toBe('invalid_number');
  });

  test('knows too many decimals from trailing zeros', () => {
    expect(parseDecimal('1.500', 1)).toBe(15);
    expect(codeOf(() => parseDecimal('1.501', 1))).toBe('too_precise');
  });

  test('ends exactly at 53 bits', () => {
    expect(parseDecimal('9007199254740991', 0)).toBe(Number.MAX_SAFE_INTEGER);
    expect(codeOf(() => parseDecimal('9007199254740992', 0))).toBe('out_of_range');
    expect(parseDecimal('90071992.54740991', 8)).toBe(Number.MAX_SAFE_INTEGER);
    expect(codeOf(() => parseDecimal('90071992.54740992', 8))).toBe('out_of_range');
  });
});

test('formatDecimal writes negatives and drops trailing zeros', () => {
  expect(formatDecimal(-150, 2)).toBe('-1.5');
  expect(formatDecimal(100, 2)).toBe('1');
  expect(formatDecimal(0, 8)).toBe('0');
  expect(formatDecimal(7, 0)).toBe('7');
});

test('multiplyExact gives the exact product or nothing', () => {
  fc.assert(fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
    const exact = BigInt(a) * BigInt(b);
    expect(multiplyExact(a, b)).toBe(exact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(exact) : undefined);
  }));
  // The first product that is out of range rounds down to it.
  expect(multiplyExact(2 ** 26, 2 ** 27)).toBeUndefined();
});
