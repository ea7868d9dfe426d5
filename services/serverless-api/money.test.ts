import fc from 'fast-check';
import { formatPrice, parsePrice, ticksOf, worth } from './money';
import { DomainError, formatDecimal } from '../domain';
import { btc } from './testing/given';

const price = fc.tuple(fc.bigInt(1n, 10n ** 12n), fc.integer({ min: 0, max: 8 })).map(([digits, decimals]) => ({ digits, decimals }));
const quantity = fc.integer({ min: 1, max: 10 ** 10 });

test('a price is read and written exactly', () => {
  fc.assert(fc.property(price, (one) => {
    const again = parsePrice(formatPrice(one));
    expect(again.digits * 10n ** BigInt(one.decimals)).toBe(one.digits * 10n ** BigInt(again.decimals));
  }));
});

test.each(['', '0', '0.0', '-1', '1e3', 'NaN', '1.', '.5', '01', '1,5'])('%j is no price', (text) => {
  expect(() => parsePrice(text)).toThrow(DomainError);
});

test('what is paid is the exact worth rounded up, what is received the same rounded down', () => {
  fc.assert(fc.property(price, quantity, (one, units) => {
    let paid: number;
    try {
      paid = worth(btc, one, units, 'up');
    } catch (error) {
      expect((error as DomainError).code).toBe('out_of_range');
      return;
    }
    const received = worth(btc, one, units, 'down');
    const scale = 10n ** BigInt(one.decimals + btc.base.decimals);
    const exact = one.digits * BigInt(units) * 10n ** BigInt(btc.quote.decimals);
    expect(BigInt(paid) * scale).toBeGreaterThanOrEqual(exact);
    expect(BigInt(received) * scale).toBeLessThanOrEqual(exact);
    expect(paid - received).toBe(exact % scale === 0n ? 0 : 1);
  }));
});

test('splitting a trade never makes money', () => {
  const [low, part] = [price.filter(({ digits }) => digits < 10n ** 9n), fc.integer({ min: 1, max: 10 ** 7 })];
  fc.assert(fc.property(low, part, part, (one, a, b) => {
    expect(worth(btc, one, a, 'up') + worth(btc, one, b, 'up')).toBeGreaterThanOrEqual(worth(btc, one, a + b, 'up'));
    expect(worth(btc, one, a, 'down') + worth(btc, one, b, 'down')).toBeLessThanOrEqual(worth(btc, one, a + b, 'down'));
  }));
});

test('an amount that 53 bits do not hold is refused, not rounded', () => {
  expect(() => worth(btc, parsePrice('9007199254.740992'), 10 ** 8, 'down')).toThrow(/too large/);
  expect(worth(btc, parsePrice('9007199254.740991'), 10 ** 8, 'down')).toBe(Number.MAX_SAFE_INTEGER);
});

test('0.1 + 0.2 of a coin cost what they should', () => {
  expect(formatDecimal(worth(btc, parsePrice('64000.1'), 10_000_000, 'up') + worth(btc, parsePrice('64000.1'), 20_000_000, 'up'), 6)).toBe('19200.03');
});

test('ticks are rounded down and at least one', () => {
  expect([ticksOf(btc, parsePrice('64000.19')), ticksOf(btc, parsePrice('64000')), ticksOf(btc, parsePrice('0.01'))]).toEqual([640_001, 640_000, 1]);
});
