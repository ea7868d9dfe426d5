import fc from 'fast-check';
import { about, add, compare, decimal, isMultiple, multiply, parse, rescale, shown, subtract, text } from './decimal';

const amounts = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 12 }))
  .map(([units, scale]) => ({ units, scale }));

test('what is written is read as the same amount', () => {
  fc.assert(fc.property(amounts, (value) => compare(decimal(text(value)), value) === 0));
});

test('sums, differences and products are exact', () => {
  fc.assert(
    fc.property(amounts, amounts, (a, b) => {
      expect(compare(subtract(add(a, b), b), a)).toBe(0);
      expect(multiply(a, b)).toEqual({ units: a.units * b.units, scale: a.scale + b.scale });
    }),
  );
  expect(text(add(decimal('0.1'), decimal('0.2')))).toBe('0.3');
  expect(text(multiply(decimal('63273.7'), decimal('0.0001')))).toBe('6.32737');
});

test('in larger units the rest is cut off, never rounded up', () => {
  expect(text(rescale(decimal('1.999'), 1))).toBe('1.9');
});

test('what is no plain decimal is none', () => {
  for (const no of ['', ' ', '1e3', '0x10', '1,000', '.5', '5.', '--1', 'NaN', '1 2', '١']) expect([no, parse(no)]).toEqual([no, undefined]);
  expect(() => decimal('1e3')).toThrow('not a decimal: 1e3');
});

test('for people: groups, the decimals of the step, and never a rounded digit', () => {
  expect(shown('1234567.5', 2)).toBe('1,234,567.50');
  expect(shown('-1234.50000000')).toBe('-1,234.5');
  expect(shown('999')).toBe('999');
  expect(shown('0.12345678', 2)).toBe('0.12345678');
  expect(shown('–')).toBe('–');
});

test('where digits are cut off it says so', () => {
  expect(about(decimal('1234.567'), 2)).toBe('≈ 1,234.56');
  expect(about(decimal('1234.5'), 2)).toBe('1,234.50');
});

test('multiples of a step', () => {
  expect(isMultiple(decimal('64113.7'), decimal('0.1'))).toBe(true);
  expect(isMultiple(decimal('64113.75'), decimal('0.1'))).toBe(false);
  expect(isMultiple(decimal('10'), decimal('2.5'))).toBe(true);
});
