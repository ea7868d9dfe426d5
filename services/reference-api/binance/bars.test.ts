/** Bars of the venue's own trades, and of the history before them. */
import { type Bar, Bars, MINUTE_MS } from './bars';
import { defineInstrument, type MarketMinute, PartitionMap } from '../../domain';
import type { LedgerMinute } from '../ledger/ledger-reader';
import { Ledgers } from '../ledger/ledgers';
import type { InstrumentCatalog } from '../market/instrument-catalog';
import { BTC, MemoryLedger } from '../testing/doubles';

const NOW = Date.UTC(2026, 10, 21, 16, 37, 12);
const minute = (ago: number): number => Math.floor(NOW / MINUTE_MS) * MINUTE_MS - ago * MINUTE_MS;
const instrument = defineInstrument(BTC);

const traded = (openTime: number, ticks: readonly number[], seq: number): LedgerMinute => ({
  openTime: new Date(openTime), openTicks: ticks[0], highTicks: Math.max(...ticks), lowTicks: Math.min(...ticks), closeTicks: ticks.at(-1)!,
  lots: 10, quote: 30_000_000, trades: ticks.length, takerLots: 5, takerQuote: 15_000_000, firstSeq: seq, lastSeq: seq + ticks.length - 1,
});

const heardAt = (openTime: number, price: string): MarketMinute => (
  { openTime, open: price, high: price, low: price, close: price, volume: '2', turnover: price, trades: 7 });

function setUp(minutes: readonly LedgerMinute[], history: readonly (readonly [number, string])[] = [], heard: readonly MarketMinute[] = []) {
  const ledger = new MemoryLedger();
  ledger.minutesOfTrades = [...minutes];
  const candles = jest.spyOn(ledger, 'candles').mockImplementation(({ from, to, seconds }) => Promise.resolve(history
    .filter(([at]) => at >= from && at < to && at % (seconds * 1_000) === 0)
    .map(([at, price]) => ({ openTime: new Date(at), open: price, high: price, low: price, close: price, volume: '1', turnover: price }))));
  const market = {
    between: jest.fn((_symbol: string, from: number, to: number) => (
      Promise.resolve(heard.filter(({ openTime }) => openTime >= from && openTime < to)))),
  };
  const catalog = { require: () => instrument } as unknown as InstrumentCatalog;
  const bars = new Bars(new Ledgers(PartitionMap.SINGLE, new Map([[0, ledger]])), catalog, market);
  return { bars, ledger, candles, market };
}

const told = ({ openTime, open, high, low, close }: Bar) => [openTime, open, high, low, close];

test('the venue\'s minutes make longer bars, with their trades', async () => {
  const { bars } = setUp([traded(minute(3), [300_000, 300_100], 5), traded(minute(2), [299_000], 7), traded(minute(0), [301_000], 8)]);
  const read = await bars.read('BTCUSDT', '1m', { limit: 10 }, NOW);
  expect(read.map(told)).toEqual([
    [minute(3), '30000', '30010', '30000', '30010'], [minute(2), '29900', '29900', '29900', '29900'], [minute(0), '30100', '30100', '30100', '30100'],
  ]);
  const [hour] = await bars.read('BTCUSDT', '1h', { limit: 1 }, NOW);
  expect(hour).toMatchObject({ open: '30000', high: '30100', low: '29900', close: '30100', volume: '0.003', quoteVolume: '90', trades: 4, firstTrade: 5, lastTrade: 8 });
  expect(await bars.current('BTCUSDT', '1m', NOW)).toMatchObject({ open: '30100' });
});

test('where the venue had no trade, the history says; where both know, the venue', async () => {
  const { bars } = setUp([traded(minute(1), [300_000], 1)], [[minute(2), '29999'], [minute(1), '1']]);
  expect((await bars.read('BTCUSDT', '1m', { limit: 10 }, NOW)).map(told)).toEqual([
    [minute(2), '29999', '29999', '29999', '29999'], [minute(1), '30000', '30000', '30000', '30000'],
  ]);
});

test('today is what was heard of the market, where neither the venue traded nor the history has been fetched', async () => {
  const { bars, market } = setUp([traded(minute(1), [300_000], 1)], [[minute(3), '29999']], [3, 2, 1, 0].map((ago) => heardAt(minute(ago), String(29_000 + ago))));
  const read = await bars.read('BTCUSDT', '1m', { limit: 10 }, NOW);
  expect(read.map(told)).toEqual([
    [minute(3), '29999', '29999', '29999', '29999'], [minute(2), '29002', '29002', '29002', '29002'], [minute(1), '30000', '30000', '30000', '30000'],
    [minute(0), '29000', '29000', '29000', '29000'],
  ]);
  // Trades of another market are not trades here.
  expect(read.map(({ trades, firstTrade }) => [trades, firstTrade])).toEqual([[0, -1], [0, -1], [1, 1], [0, -1]]);
  expect(await bars.current('BTCUSDT', '1m', NOW)).toMatchObject({ close: '29000', volume: '2' });
  market.between.mockRejectedValue(new Error('the cache is away'));
  expect((await bars.read('BTCUSDT', '1m', { limit: 9 }, NOW)).map(({ openTime }) => openTime)).toEqual([minute(3), minute(1)]);
});

test('what lies far back is asked for in whole bars', async () => {
  const { bars, candles } = setUp([]);
  await bars.read('BTCUSDT', '1d', { limit: 60 }, NOW);
  expect(candles.mock.calls.map(([{ seconds }]) => seconds)).toEqual([86_400, 60]);
  expect(candles.mock.calls.every(([{ limit }]) => limit <= 1_600)).toBe(true);
});

test('a range with a beginning gives the first bars behind it, the newest otherwise', async () => {
  const { bars } = setUp([5, 4, 3, 2].map((ago) => traded(minute(ago), [300_000], ago)));
  const starts = async (range: Parameters<Bars['read']>[2]) => (await bars.read('BTCUSDT', '1m', range, NOW)).map(({ openTime }) => openTime);
  expect(await starts({ from: minute(5), limit: 2 })).toEqual([minute(5), minute(4)]);
  expect(await starts({ limit: 4 })).toEqual([minute(4), minute(3), minute(2)]);
  expect(await starts({ from: NOW + 1, limit: 2 })).toEqual([]);
});

test('the same question is answered once in a second, and what failed is asked again', async () => {
  const { bars, candles, ledger } = setUp([traded(minute(1), [300_000], 1)]);
  const ask = () => bars.read('BTCUSDT', '5m', { limit: 3 }, NOW);
  await Promise.all([ask(), ask(), ask()]);
  expect(candles).toHaveBeenCalledTimes(1);
  const other = setUp([]);
  other.ledger.away = true;
  await expect(other.bars.read('BTCUSDT', '5m', { limit: 3 }, NOW)).rejects.toMatchObject({ status: 503 });
  other.ledger.away = false;
  await expect(other.bars.read('BTCUSDT', '5m', { limit: 3 }, NOW)).resolves.toEqual([]);
  expect(ledger.away).toBe(false);
});
