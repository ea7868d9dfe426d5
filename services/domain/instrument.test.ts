import fc from 'fast-check';
import { baseUnits, defineInstrument, formatPrice, formatQuantity, parsePrice, parseQuantity, quoteUnits, specOf, type InstrumentSpec } from '.';

const BTC: InstrumentSpec = {
  symbol: 'BTCUSDT', base: { code: 'BTC', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1,
};
const changed = (change: Partial<InstrumentSpec>) => () => defineInstrument({ ...BTC, ...change });

describe('defineInstrument', () => {
  test('derives what a lot is worth', () => {
    const instrument = defineInstrument(BTC);
    expect(instrument.baseUnitsPerLot).toBe(10_000);
    // 0.1 USDT × 0.0001 = 0.00001 USDT = 10 millionths.
    expect(instrument.quoteUnitsPerTickLot).toBe(10);
    expect(quoteUnits(instrument, parsePrice(instrument, '30000.1'), parseQuantity(instrument, '0.5'))).toBe(15_000_050_000);
    expect(baseUnits(instrument, parseQuantity(instrument, '0.5'))).toBe(50_000_000);
  });

  test('turns the rules into the integers that the core compares with', () => {
    expect(defineInstrument(BTC)).toMatchObject({
      makerFeePpm: 0, takerFeePpm: 0, minNotionalUnits: 0, priceBandBps: 0, maxOpenOrders: Infinity, maxPositionUnits: Infinity,
    });
    const spec = { ...BTC, rules: { makerFeePpm: 100, takerFeePpm: 250, minNotional: '5.5', priceBandBps: 1_000, maxOpenOrders: 3, maxPosition: '0.25' } };
    const instrument = defineInstrument(spec);
    expect(instrument).toMatchObject({
      makerFeePpm: 100, takerFeePpm: 250, minNotionalUnits: 5_500_000, priceBandBps: 1_000, maxOpenOrders: 3, maxPositionUnits: 25_000_000,
    });
    expect(specOf(instrument)).toEqual(spec);
    expect(specOf(defineInstrument(BTC))).toEqual(BTC);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['a fee above a tenth', changed({ rules: { takerFeePpm: 100_001 } }), /rules.takerFeePpm must be a whole number from 0 to 100000, got 100001/],
    ['half a basis point', changed({ rules: { priceBandBps: 0.5 } }), /rules.priceBandBps must be a whole number/],
    ['a limit of no orders', changed({ rules: { maxOpenOrders: 0 } }), /rules.maxOpenOrders/],
    ['a position that is finer than the asset', changed({ rules: { maxPosition: '0.000000001' } }), /rules.maxPosition may have at most 8 decimals/],
    ['a rule that does not exist', changed({ rules: { makerFee: 1 } as object }), /rules.makerFee is not a rule; there are makerFeePpm/],
    ['a lower-case symbol', changed({ symbol: 'btcusdt' }), /upper-case/],
    ['an asset code with a dash', changed({ base: { code: 'B-C', decimals: 8 } }), /asset code "B-C"/],
    ['decimals beyond the limit', changed({ base: { code: 'BTC', decimals: 13 } }), /decimals of BTC must be an integer from 0 to 12, got 13/],
    ['fractional decimals', changed({ quote: { code: 'USDT', decimals: 1.5 } }), /got 1.5/],
    ['the same asset twice', changed({ base: { code: 'USDT', decimals: 6 } }), /different assets/],
    ['version 0', changed({ version: 0 }), /version must be a positive integer, got 0/],
    ['a zero tick', changed({ tickSize: '0.0' }), /above zero/],
    ['a tick in exponent form', changed({ tickSize: '1e-1' }), /tickSize must be a decimal/],
    ['a lot finer than the base asset', changed({ lotSize: '0.000000001' }), /finer than the 8 decimals of BTC/],
    ['a fill that could not be paid exactly', changed({ tickSize: '0.001' }), /needs 7 decimals of USDT, which has 6; use a coarser/],
    ['a lot beyond 53 bits', changed({ tickSize: '1', lotSize: '1000000000000000' }), /does not fit 53 bits/],
  ])('refuses %s', (_what, define, message) => {
    expect(define).toThrow(message);
    expect(define).toThrow(expect.objectContaining({ code: 'invalid_instrument' }) as Error);
  });
});

test('prices and quantities survive the way to text and back, with any step', () => {
  const steps = fc.constantFrom('0.1', '0.5', '0.25', '1', '5', '0.10');
  fc.assert(fc.property(steps, fc.constantFrom('0.0001', '0.001', '1', '0.5'), fc.integer({ min: 1, max: 10 ** 9 }), (tickSize, lotSize, count) => {
    const instrument = defineInstrument({ ...BTC, tickSize, lotSize });
    expect(parsePrice(instrument, formatPrice(instrument, count))).toBe(count);
    expect(parseQuantity(instrument, formatQuantity(instrument, count))).toBe(count);
  }));
});

test.each([['0.05', 'too_precise'], ['0', 'invalid_price'], ['-1', 'invalid_number']])('price %s is refused as %s', (text, code) => {
  expect(() => parsePrice(defineInstrument(BTC), text)).toThrow(expect.objectContaining({ code }) as Error);
});

test('a price off the tick names the step', () => {
  const instrument = defineInstrument({ ...BTC, tickSize: '0.5' });
  expect(() => parsePrice(instrument, '10.2')).toThrow('price must be a multiple of 0.5, got 10.2');
});

test('amounts beyond 53 bits are undefined', () => {
  const instrument = defineInstrument(BTC);
  expect(baseUnits(instrument, 900_719_925_474)).toBe(9_007_199_254_740_000);
  expect(baseUnits(instrument, 900_719_925_475)).toBeUndefined();
  expect(quoteUnits(instrument, Number.MAX_SAFE_INTEGER, 1)).toBeUndefined();
  expect(quoteUnits(instrument, Number.MAX_SAFE_INTEGER, 2)).toBeUndefined();
});
