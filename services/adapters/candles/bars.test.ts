import * as fc from 'fast-check';
import { aggregate } from './aggregate';
import { BoundedCache } from './bounded-cache';
import { type Candle, type Interval, INTERVALS, parseDay } from './candle';
import { CandleReader } from './candle-reader';
import { PackedBars } from './packed-bars';

const day = parseDay('2025-12-10');
const at = (minute: number, values: Partial<Candle> = {}): Candle => ({
  openTime: day + minute * 60_000, open: '5', high: '5', low: '5', close: '5', volume: '1', turnover: '5', ...values,
});

describe('a longer bar', () => {
  test('is made of its minutes, to the last digit', () => {
    const minutes = [
      at(0, { open: '9', high: '9.5', low: '8', close: '9', volume: '0.1', turnover: '1.00000000000000000001' }),
      at(1, { open: '9', high: '10', low: '9', close: '9.7', volume: '0.2', turnover: '2' }),
      at(4, { open: '9.7', high: '9.75', low: '7.999', close: '8', volume: '0.7', turnover: '0' }),
      at(5),
    ];
    expect(aggregate(minutes, '5m')).toEqual([
      { openTime: day, open: '9', high: '10', low: '7.999', close: '8', volume: '1', turnover: '3.00000000000000000001', missingMinutes: 2 },
      { ...at(5), missingMinutes: 4 },
    ]);
  });

  test('says what it lacks, and is not made of nothing', () => {
    const present = fc.uniqueArray(fc.integer({ min: 0, max: 1_439 }), { maxLength: 300 }).map((minutes) => minutes.sort((a, b) => a - b));
    const interval = fc.constantFrom(...Object.keys(INTERVALS) as Interval[]);
    fc.assert(fc.property(present, interval, (minutes, name) => {
      const length = INTERVALS[name] / 60_000;
      const bars = aggregate(minutes.map((minute) => at(minute)), name);
      const wanted = [...new Set(minutes.map((minute) => Math.floor(minute / length) * length))];
      expect(bars.map(({ openTime }) => (openTime - day) / 60_000)).toEqual(wanted);
      expect(bars.reduce((sum, { missingMinutes = 0 }) => sum + length - missingMinutes, 0)).toBe(minutes.length);
      expect(bars.reduce((sum, { volume }) => sum + Number(volume), 0)).toBe(minutes.length);
    }), { numRuns: 100 });
  });
});

test('packed bars come out as they went in, any run of them', () => {
  fc.assert(fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { maxLength: 30 }), fc.nat(31), fc.nat(31), (minutes, a, b) => {
    const bars = minutes.sort((x, y) => x - y).map((minute) => at(minute, { volume: String(minute) }));
    const packed = PackedBars.of(bars);
    const [from, to] = [Math.min(a, bars.length), Math.min(b, bars.length)];
    expect(JSON.parse(packed.json(from, to))).toEqual(bars.slice(from, to));
    for (const time of [day, day + 1, day + 30 * 60_000, day + 100 * 60_000]) {
      const wanted = bars.findIndex(({ openTime }) => openTime >= time);
      expect(packed.indexOf(time)).toBe(wanted < 0 ? bars.length : wanted);
    }
  }));
});

describe('the cache', () => {
  const sized = (bytes: number) => () => Promise.resolve({ bytes });

  test('holds what was used last, and never more than its bytes', async () => {
    const cache = new BoundedCache<{ bytes: number }>(100);
    let loads = 0;
    const get = (key: string, bytes: number) => cache.get(key, () => {
      loads += 1;
      return sized(bytes)();
    });
    await get('a', 40);
    await get('b', 40);
    await get('a', 40);
    await get('c', 50);
    expect([cache.bytes, loads]).toEqual([90, 3]);
    await get('a', 40);
    expect(loads).toBe(3);
    await get('b', 40);
    expect([cache.bytes, loads]).toEqual([80, 4]);
    // What is larger than everything is answered and not kept; the others stay.
    await get('huge', 101);
    expect([cache.bytes, cache.size, loads]).toEqual([80, 2, 5]);
  });

  test('loads once for all who ask meanwhile, and again after a failure', async () => {
    const cache = new BoundedCache<{ bytes: number }>(100);
    const load = jest.fn().mockRejectedValueOnce(new Error('away')).mockResolvedValue({ bytes: 1 });
    expect((await Promise.allSettled([cache.get('a', load), cache.get('a', load)])).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(load).toHaveBeenCalledTimes(1);
    await Promise.all(Array.from({ length: 50 }, () => cache.get('a', load)));
    expect([load.mock.calls.length, cache.bytes]).toEqual([2, 1]);
  });
});

describe('the reader', () => {
  const candles = Array.from({ length: 1_440 }, (_, minute) => at(minute));
  const indexed = { day, status: 'complete' as const, candles: 1_440, key: 'k', sha256: 'x', source: 'bybit' };
  const readerOf = (found: readonly Candle[], reads = { count: 0, most: 0, now: 0 }) => [reads, new CandleReader({
    index: { days: () => Promise.resolve([indexed]) },
    files: {
      read: async (symbol, interval) => {
        reads.count += 1;
        reads.most = Math.max(reads.most, reads.now += 1);
        await new Promise((resolve) => setTimeout(resolve, 2));
        reads.now -= 1;
        return { symbol, interval, day, source: 'bybit', candles: found };
      },
    },
  })] as const;

  test('reads a file once for all intervals and readers, a few files at a time', async () => {
    const [reads, reader] = readerOf(candles);
    const intervals = Object.keys(INTERVALS) as Interval[];
    const all = await Promise.all([...intervals, ...intervals].map((interval) => reader.bars('BTCUSDT', indexed, interval)));
    expect([reads.count, all.slice(0, 6).map(({ length }) => length)]).toEqual([1, [1_440, 288, 96, 24, 6, 1]]);
    await Promise.all(Array.from({ length: 12 }, (_, i) => reader.bars('BTCUSDT', { ...indexed, sha256: String(i) }, '1m')));
    expect([reads.count, reads.most]).toEqual([13, 4]);
    expect(reader.bytes).toBeLessThan(13 * 300_000 + 100_000);
  });

  test.each([
    ['fewer than the index says', candles.slice(1), 'has 1439 candles, the index says 1440'],
    ['one twice', [...candles.slice(0, 1_439), candles[1_438]], 'out of order'],
    ['one of another day', [...candles.slice(0, 1_439), at(1_440)], 'no minute of its day'],
    ['one between two minutes', [...candles.slice(0, 1_439), { ...candles[1_439], openTime: candles[1_439].openTime + 1 }], 'no minute of its day'],
  ])('refuses a day with %s', async (_what, found, message) => {
    const [, reader] = readerOf(found);
    await expect(reader.bars('BTCUSDT', indexed, '1h')).rejects.toThrow(message);
  });
});
