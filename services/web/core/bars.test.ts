import { type Bar, chartBars, hasHistory, INTERVALS, LiveBars, withTail } from './bars';

const AT = Date.UTC(2026, 0, 5, 10, 0, 0);
const bar = (openTime: number, close = '1'): Bar => ({ openTime, open: '1', high: '1', low: '1', close, volume: '2' });

test('prices become bars of every length', () => {
  const live = new LiveBars('BTCUSDT');
  for (const [after, price] of [
    [0, '9.5'],
    [400, '10'],
    [900, '9'],
    [1_100, '9.7'],
    [61_000, '8'],
  ] as const) {live.price(price, AT + after);}
  expect(live.of('1s').map(({ openTime, open, high, low, close }) => [openTime - AT, open, high, low, close])).toEqual([
    [0, '9.5', '10', '9', '9'],
    [1_000, '9.7', '9.7', '9.7', '9.7'],
    [61_000, '8', '8', '8', '8'],
  ]);
  expect(live.of('1m').map(({ open, high, low, close }) => [open, high, low, close])).toEqual([
    ['9.5', '10', '9', '9.7'],
    ['8', '8', '8', '8'],
  ]);
  expect(live.of('1d')).toHaveLength(1);
});

test('a price out of order changes nothing, and a trade goes into the bar of its time', () => {
  const live = new LiveBars('BTCUSDT');
  live.price('10', AT + 5_000);
  live.price('99', AT);
  live.volume('0.1', AT + 5_400);
  live.volume('0.2', AT + 5_500);
  live.volume('7', AT - 90_000_000);
  expect(live.of('1s')).toEqual([{ openTime: AT + 5_000, open: '10', high: '10', low: '10', close: '10', volume: '0.3' }]);
});

test('it keeps a bounded number of bars', () => {
  const live = new LiveBars('BTCUSDT');
  for (let second = 0; second < 5_000; second++) live.price('10', AT + second * 1_000);
  expect(live.of('1s').length).toBeLessThanOrEqual(3_000);
  expect(live.of('1s').at(-1)!.openTime).toBe(AT + 4_999_000);
});

test('history and what was seen join without a bar twice, and a hole is said', () => {
  const minute = 60_000;
  expect(chartBars([bar(AT), bar(AT + minute)], [bar(AT, '5'), bar(AT + 2 * minute)], '1m')).toEqual({
    bars: [bar(AT), bar(AT + minute), bar(AT + 2 * minute)],
  });
  expect(chartBars([bar(AT)], [bar(AT + 5 * minute)], '1m')).toMatchObject({ holeAt: 1 });
  expect(chartBars([], [bar(AT)], '1m')).toEqual({ bars: [bar(AT)] });
});

test('a bar that was not over when it was read goes on with what was seen', () => {
  const read = { openTime: AT, open: '10', high: '12', low: '9', close: '11', volume: '7' };
  const seen = { openTime: AT, open: '11', high: '13', low: '10', close: '10.5', volume: '1' };
  expect(chartBars([read], [seen], '1m').bars).toEqual([{ openTime: AT, open: '10', high: '13', low: '9', close: '10.5', volume: '7' }]);
});

test('a newer end takes the place of the old one', () => {
  const minute = 60_000;
  expect(withTail([bar(AT), bar(AT + minute, '1')], [bar(AT + minute, '2'), bar(AT + 2 * minute)])).toEqual([bar(AT), bar(AT + minute, '2'), bar(AT + 2 * minute)]);
  expect(withTail([bar(AT)], [])).toEqual([bar(AT)]);
});

test('the API has history from a minute on', () => {
  expect(Object.keys(INTERVALS).filter((one) => !hasHistory(one as '1s'))).toEqual(['1s', '5s']);
});
