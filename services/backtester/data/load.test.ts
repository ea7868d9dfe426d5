import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { digestOf, loadSeries } from './load';
import { FolderSource } from './sources';
import { type Candle, candleKey, DAY_MS } from '../../adapters/candles/candle';
import { encodeCandles } from '../../adapters/candles/parquet';
import { btc, DAY0, MINUTE } from '../testing/given';

let dir: string;
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'candles-')); });
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = (day: number, minute: number, values: Partial<Candle> = {}): Candle => ({
  openTime: day + minute * MINUTE, open: '90000.1', high: '90000.3', low: '89999', close: '90000', volume: '1.00025', turnover: '90000.1', ...values,
});
const full = (day: number, count = 1_440): Candle[] => Array.from({ length: count }, (_, i) => at(day, i));
function write(day: number, bytes: Uint8Array): void {
  const path = join(dir, candleKey('BTCUSDT', '1m', day));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}
const day = (start: number, candles: readonly Candle[]): void => write(start, encodeCandles({ symbol: 'BTCUSDT', interval: '1m', day: start, source: 'test', candles }));
const load = (more: object = {}) => loadSeries({ source: new FolderSource(dir), symbol: 'BTCUSDT', instrument: btc, from: DAY0, to: DAY0 + 2 * DAY_MS, intervalMinutes: 1, ...more });

test('days become one series of ticks and lots', async () => {
  day(DAY0, full(DAY0));
  day(DAY0 + DAY_MS, full(DAY0 + DAY_MS, 1_439));
  const { series, quality } = await load();
  expect(quality).toEqual({
    symbol: 'BTCUSDT', bars: 2_879, missingDays: ['2025-12-12'], incompleteDays: [{ day: '2025-12-11', candles: 1_439, expected: 1_440 }], roundedPrices: 0,
  });
  expect([series.times[1_440], series.open[0], series.high[0], series.low[0], series.close[0], series.volume[0]]).toEqual([DAY0 + DAY_MS, 900_001,
    900_003, 899_990, 900_000, 10_002]);
});

test('the folder may also be what lies below data', async () => {
  day(DAY0, full(DAY0, 3));
  expect((await load({ source: new FolderSource(join(dir, 'data')) })).series.length).toBe(3);
});

test('longer bars are made of minutes; a gap makes no bar', async () => {
  day(DAY0, [at(DAY0, 0, { open: '1', low: '1' }), at(DAY0, 4, { close: '90000.2' }), at(DAY0, 11, { high: '99999' })]);
  const { series } = await load({ intervalMinutes: 5 });
  expect(series.length).toBe(2);
  expect([series.open[0], series.low[0], series.close[0], series.volume[0]]).toEqual([10, 10, 900_002, 20_004]);
  expect([series.times[1], series.high[1]]).toEqual([DAY0 + 10 * MINUTE, 999_990]);
});

test('prices that are finer than the tick are rounded and counted, and huge decimals are read too', async () => {
  day(DAY0, [at(DAY0, 0, { open: '90000.16', turnover: '1234567890123456789012.5' }), at(DAY0, 1, { high: '90000.30000000000001', volume: '123456789012.5' })]);
  const { series, quality } = await load();
  expect([series.open[0], series.high[1], series.volume[1]]).toEqual([900_002, 900_003, 1_234_567_890_125_000]);
  expect(quality.roundedPrices).toBe(2);
}, 20_000);

test('without an instrument the decimals of the files make one', async () => {
  day(DAY0, [at(DAY0, 0, { open: '90000.12' })]);
  const { series } = await load({ instrument: undefined });
  expect(series.instrument).toMatchObject({ tickSize: '0.01', lotSize: '0.00001', base: { code: 'BTC' }, quote: { code: 'USDT', decimals: 8 } });
  expect(series.open[0]).toBe(9_000_012);
});

describe('what is wrong is said', () => {
  test('a range without data', async () => {
    await expect(load()).rejects.toMatchObject({ code: 'no_candles', message: 'there are no candles of BTCUSDT from 2025-12-10 to 2025-12-12' });
  });
  test('a damaged file', async () => {
    write(DAY0, new Uint8Array([1, 2, 3]));
    await expect(load()).rejects.toMatchObject({ code: 'corrupt_candles', message: expect.stringContaining('data/BTCUSDT/2025/12/10.parquet is not a file of candles') });
    const good = encodeCandles({ symbol: 'BTCUSDT', interval: '1m', day: DAY0, source: 'test', candles: full(DAY0) });
    for (const place of [10, 400, 4_000]) {
      const bad = Uint8Array.from(good);
      bad.fill(0x5a, place, place + 200);
      write(DAY0, bad);
      await expect(load()).rejects.toMatchObject({ code: expect.stringMatching(/^(corrupt|bad)_candles$/) });
    }
  });
  test.each<[string, Candle[], string]>([
    ['out of order', [at(DAY0, 5), at(DAY0, 4)], 'bar 2 of 2 (2025-12-10T00:04:00.000Z): it is out of order'],
    ['twice', [at(DAY0, 5), at(DAY0, 5)], 'it is there twice'],
    ['off the minute', [at(DAY0, 0.5)], 'it does not open at a multiple of 60 s'],
    ['a low above the high', [at(DAY0, 0, { low: '90001' })], 'its prices contradict each other'],
    ['a price of nothing', [at(DAY0, 0, { low: '0' })], 'its lowest price is not above zero'],
    ['of another day', [at(DAY0 + DAY_MS, 0)], 'has bars of another day'],
  ])('bars %s', async (_, candles, message) => {
    day(DAY0, candles);
    await expect(load()).rejects.toMatchObject({ code: 'bad_candles', message: expect.stringContaining(message) });
  });
  test('a file of another day under its name', async () => {
    write(DAY0, encodeCandles({ symbol: 'BTCUSDT', interval: '1m', day: DAY0 + DAY_MS, source: 'test', candles: full(DAY0 + DAY_MS, 2) }));
    await expect(load()).rejects.toThrow('holds something else: BTCUSDT 1m 2025-12-11');
  });
});

test('the digest changes with any number and with the instrument', async () => {
  day(DAY0, full(DAY0, 10));
  const once = await load();
  const { instrument: _, ...columns } = once.series;
  expect(digestOf([(await load()).series])).toBe(digestOf([once.series]));
  expect(digestOf([{ ...columns, instrument: { ...btc, version: 2 } }])).not.toBe(digestOf([once.series]));
  const before = digestOf([once.series]);
  once.series.close[9]++;
  expect(digestOf([once.series])).not.toBe(before);
});
