import * as fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { type Candle, candleKey, DAY_MS, missingTimes, parseDay } from './candle';
import { CandleFileError, decodeCandles, encodeCandles } from './parquet';

const day = parseDay('2025-12-10');
const at = (minute: number, values: Partial<Candle> = {}): Candle => ({
  openTime: day + minute * 60_000, open: '90000.1', high: '90000.25', low: '89999', close: '90000', volume: '1.00000001', turnover: '90000.1234567', ...values,
});
const of = (candles: readonly Candle[]) => ({ symbol: 'BTCUSDT', interval: '1m', day, source: 'bybit', candles } as const);

test('a day comes back as it went in, to the last digit', async () => {
  const precise = at(1, { open: '0.1', close: '0.30000000000000004', turnover: '123456789012345678901.5' });
  const candles = [at(0), precise, at(1439, { volume: '0', turnover: '0' })];
  expect(await decodeCandles(encodeCandles(of(candles)))).toEqual(of(candles));
});

test('every decimal of 38 digits is exact', async () => {
  const digits = fc.bigInt(0n, 10n ** 19n - 1n);
  const decimal = fc.tuple(digits, digits, fc.integer({ min: 0, max: 18 })).map(([whole, part, scale]) => {
    const fraction = String(part).slice(0, scale).replace(/0+$/, '');
    return fraction === '' ? String(whole) : `${whole}.${fraction}`;
  });
  const values = fc.record({ open: decimal, high: decimal, low: decimal, close: decimal, volume: decimal, turnover: decimal });
  await fc.assert(fc.asyncProperty(fc.array(values, { maxLength: 20 }), async (rows) => {
    const candles = rows.map((row, minute) => at(minute, row));
    expect((await decodeCandles(encodeCandles(of(candles)))).candles).toEqual(candles);
  }), { numRuns: 60 });
});

test('any reader of parquet finds timestamps and decimals', async () => {
  const bytes = encodeCandles(of([at(0)]));
  const [row] = await parquetReadObjects({ file: bytes.buffer as ArrayBuffer });
  expect(row).toEqual({
    open_time: new Date(day), open: expect.closeTo(90000.1, 8), high: expect.closeTo(90000.25, 8), low: 89999, close: 90000,
    volume: expect.closeTo(1.00000001, 10), turnover: expect.closeTo(90000.1234567, 6),
  });
});

test('the same candles give the same bytes', () => {
  const full = Array.from({ length: 1_440 }, (_, minute) => at(minute));
  const bytes = encodeCandles(of(full));
  expect(Buffer.compare(bytes, encodeCandles(of(full)))).toBe(0);
  expect(bytes.length).toBeLessThan(40_000);
});

test('what is no file of candles is said to be none', async () => {
  await expect(decodeCandles(new Uint8Array([1, 2, 3]))).rejects.toThrow(CandleFileError);
  const bytes = encodeCandles(of([at(0), at(1)]));
  await expect(decodeCandles(bytes.subarray(0, bytes.length - 9))).rejects.toThrow(CandleFileError);
  expect(() => encodeCandles(of([at(0, { open: '1e5' })]))).toThrow('open of a candle must be a decimal, got "1e5"');
  expect(() => encodeCandles(of([at(0, { volume: '1'.repeat(39) })]))).toThrow('need 39 digits');
});

test('keys are those of the cold store; days are days', () => {
  expect(candleKey('BTCUSDT', '1m', day)).toBe('data/BTCUSDT/2025/12/10.parquet');
  expect(candleKey('BTCUSDT', '1h', day)).toBe('data/BTCUSDT/2025/12/10.1h.parquet');
  expect(() => parseDay('2025-02-29')).toThrow('"2025-02-29" is not a day such as');
  expect(missingTimes({ interval: '4h', day, candles: [at(0), at(480)] })).toEqual([4, 12, 16, 20].map((hour) => day + hour * 3_600_000));
  expect(missingTimes({ interval: '1d', day, candles: [{ ...at(0), openTime: day + DAY_MS }] })).toEqual([day]);
});
