/** Properties of the façade's small parts. */
import fc from 'fast-check';
import { compare, dividedBy, eight, minus, plus, times } from './amounts';
import { barStart, joined } from './bars';
import { idsOf, numberOf } from './order-number';
import { Params } from './params';
import { checkTime, signedParams, signedText } from './signature';
import { formatDecimal, newOrderId } from '../../domain';

describe('numbers of orders', () => {
  test('a number is exact as a double, follows from the id, and leads back to where the id is', () => {
    fc.assert(fc.property(fc.integer({ min: Date.UTC(2025, 0, 2), max: Date.UTC(2042, 0, 1) }), (ms) => {
      // The generator never goes back in time, so the milliseconds are put in by hand.
      const id = `${ms.toString(16).padStart(12, '0').replace(/^(.{8})/, '$1-')}${newOrderId(undefined, 3).slice(13)}`;
      const number = numberOf(id);
      expect(Number.isSafeInteger(number)).toBe(true);
      const { from, to } = idsOf(number)!;
      expect(from <= id && id <= to).toBe(true);
    }));
  });

  test('orders of one task never share one', () => {
    const ids = Array.from({ length: 5_000 }, () => newOrderId(undefined, 0));
    expect(new Set(ids.map(numberOf)).size).toBe(ids.length);
  });

  test('later orders have greater numbers', () => {
    const [before, after] = [newOrderId(Date.now() + 1_000, 0), newOrderId(Date.now() + 2_000, 0)];
    expect(numberOf(after)).toBeGreaterThan(numberOf(before));
  });

  test('what cannot be a number of an order names none', () => {
    for (const number of [0, 1, -5, 0.5, Number.NaN, 2 ** 53]) expect(idsOf(number)).toBeUndefined();
    expect(numberOf('00000000-0000-0000-0000-000000000000')).toBe(0);
  });
});

test('sums, products and quotients are those of whole numbers', () => {
  const decimal = fc.tuple(fc.nat(1e9), fc.integer({ min: 0, max: 8 })).map(([units, decimals]) => formatDecimal(units, decimals));
  const scaled = (text: string): bigint => {
    const [whole, fraction = ''] = text.replace('-', '').split('.');
    return BigInt(whole + fraction.padEnd(20, '0')) * (text.startsWith('-') ? -1n : 1n);
  };
  fc.assert(fc.property(decimal, decimal, (a, b) => {
    expect(scaled(plus(a, b))).toBe(scaled(a) + scaled(b));
    expect(scaled(minus(a, b))).toBe(scaled(a) - scaled(b));
    expect(scaled(times(a, b)) * 10n ** 20n).toBe(scaled(a) * scaled(b));
    expect(Math.sign(compare(a, b))).toBe(scaled(a) > scaled(b) ? 1 : scaled(a) < scaled(b) ? -1 : 0);
    if (scaled(b) > 0n) expect(scaled(dividedBy(a, b))).toBe(scaled(a) * 10n ** 8n / scaled(b) * 10n ** 12n);
    expect(eight(a)).toMatch(/^\d+\.\d{8}$/);
  }));
});

test('the signature is taken out of what is signed, and nothing else is touched', () => {
  expect(signedText('b=2&signature=xx&a=1', '')).toBe('b=2&a=1');
  expect(signedText('a=%41', 'b=+1&signature=')).toBe('a=%41b=+1');
  expect(signedParams({ b: 1, signature: 'x', a: true })).toBe('a=true&b=1');
});

test('a request is good from its time on for its window, and a second before', () => {
  const at = (timestamp: number, recvWindow?: string) => () => checkTime(Params.ofObject({ timestamp, recvWindow }), 100_000);
  expect(at(95_000)).not.toThrow();
  expect(at(94_999)).toThrow('outside of the recvWindow');
  expect(at(100_999)).not.toThrow();
  expect(at(101_000)).toThrow('ahead');
  expect(at(40_000, '60000')).not.toThrow();
  expect(at(99_998, '1')).toThrow('recvWindow');
});

test('bars begin where Binance\'s do', () => {
  const at = Date.UTC(2026, 10, 21, 16, 37, 12);
  expect(barStart(at, '5m')).toBe(Date.UTC(2026, 10, 21, 16, 35));
  expect(barStart(at, '4h')).toBe(Date.UTC(2026, 10, 21, 16));
  expect(new Date(barStart(at, '1w')).getUTCDay()).toBe(1);
});

test('bars that follow each other make one', () => {
  const bar = (openTime: number, [open, high, low, close]: readonly string[], trade: number) => ({
    openTime, open, high, low, close, volume: '0.1', quoteVolume: '1', trades: 1, takerVolume: '0.1', takerQuoteVolume: '1', firstTrade: trade, lastTrade: trade,
  });
  expect(joined(0, [bar(0, ['10', '12', '9', '11'], 1), bar(60_000, ['11', '11.5', '8.9', '9.1'], 2)])).toEqual({
    openTime: 0, open: '10', high: '12', low: '8.9', close: '9.1', volume: '0.2', quoteVolume: '2', trades: 2, takerVolume: '0.2', takerQuoteVolume: '2', firstTrade: 1, lastTrade: 2,
  });
  expect(joined(0, [])).toBeUndefined();
});
