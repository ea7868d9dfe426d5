import { KlineHistory } from './kline-history';
import { DAY_MS, missingTimes, parseDay } from '../../adapters/candles/candle';
import { RefusedError, TemporaryError } from '../candle-source';
import { answer, type Fault, minutes, row, type ScriptedExchange, startExchange } from '../testing/exchange';

const day = parseDay('2025-12-10');
const { signal } = new AbortController();
let exchange: ScriptedExchange;
let history: KlineHistory;

beforeAll(async () => {
  exchange = await startExchange(day + 2 * DAY_MS);
});
afterAll(() => exchange.close());
beforeEach(() => {
  Object.assign(exchange, { now: day + DAY_MS + 300_000 });
  exchange.queries.length = 0;
  exchange.faults.length = 0;
  // Those around the day are there to be left out.
  exchange.candles.set('BTCUSDT', new Map([...minutes(day - DAY_MS), ...minutes(day), ...minutes(day + DAY_MS)]));
  history = new KlineHistory({ url: exchange.url, paceMs: 0, timeoutMs: 500 });
});

test('a day is two pages, from its end, and comes in order without what lies around it', async () => {
  const found = await history.day('BTCUSDT', '1m', day, signal);
  expect(found).toMatchObject({ symbol: 'BTCUSDT', interval: '1m', day, source: 'bybit' });
  expect(found.candles.map(({ openTime }) => openTime)).toEqual(Array.from({ length: 1_440 }, (_, i) => day + i * 60_000));
  expect(found.candles[7]).toEqual({ openTime: day + 420_000, open: '90000.1', high: '90008.25', low: '89000', close: '90000', volume: '7.00000001', turnover: '12345.678901' });
  expect(exchange.queries.map((query) => [query.get('category'), query.get('interval'), query.get('start'), query.get('end'), query.get('limit')])).toEqual([
    ['spot', '1', String(day), String(day + DAY_MS - 1), '1000'],
    ['spot', '1', String(day), String(day + 440 * 60_000 - 1), '1000'],
  ]);
});

test('minutes that the exchange does not have are missing, and nothing is made up for them', async () => {
  exchange.candles.set('BTCUSDT', minutes(day, [0, 700, 1_439]));
  expect(missingTimes(await history.day('BTCUSDT', '1m', day, signal))).toEqual([0, 700, 1_439].map((minute) => day + minute * 60_000));
});

test('a symbol that is not known is refused for good', async () => {
  await expect(history.day('NOPE', '1m', day, signal)).rejects.toThrow(new RefusedError('the exchange refuses NOPE: 10001 params error: Symbol Is Invalid'));
});

const status = (code: number, headers = {}): Fault => (response) => response.writeHead(code, headers).end('no');
const body = (result: object, code = 0): Fault => (response) => answer(response, day + 2 * DAY_MS, result, code, 'words');
const list = (...rows: unknown[]) => body({ symbol: 'BTCUSDT', list: rows });

test.each<[string, Fault, RegExp]>([
  ['503', status(503), /answered with 503/],
  ['a connection that breaks', (response) => response.destroy(), /did not answer/],
  ['silence', () => undefined, /^the exchange did not answer within \d+ ms$/],
  ['no JSON', (response) => response.writeHead(200).end('<html>'), /did not answer/],
  ['another form', body({ list: 3 }), /another form than it should: /],
  ['another symbol', body({ symbol: 'ETHUSDT', list: [] }), /asked for BTCUSDT and answers for "ETHUSDT"/],
  ['a number that is none', list(row(day, { 1: '9e4' })), /another form/],
  ['a high below its low', list(row(day, { 2: '1' })), /cannot be/],
  ['a candle between two minutes', list(row(day + 1_000, { 2: '90002', 5: '1' })), /cannot be/],
  ['two candles for one minute', list(row(day), row(day, { 5: '3' })), /two candles for 2025-12-10T00:00/],
  ['an overload', body({}, 10_016), /10016/],
])('%s is a matter of later', async (_what, fault, message) => {
  exchange.faults.push(fault);
  const failed = history.day('BTCUSDT', '1m', day, signal);
  await expect(failed).rejects.toThrow(TemporaryError);
  await expect(failed).rejects.toThrow(message);
});

test.each<[string, Fault, number]>([
  ['403 closes the door for ten minutes', status(403), 600_000],
  ['429 says how long', status(429, { 'retry-after': '7' }), 7_000],
  ['too many visits', body({}, 10_006), 5_000],
])('%s', async (_what, fault, retryAfterMs) => {
  exchange.faults.push(fault);
  await expect(history.day('BTCUSDT', '1m', day, signal)).rejects.toMatchObject({ name: 'TemporaryError', retryAfterMs });
  // Nothing else is asked meanwhile.
  const waiting = new AbortController();
  const next = history.day('BTCUSDT', '1m', day, waiting.signal);
  await new Promise((resolve) => setTimeout(resolve, 50));
  waiting.abort();
  await expect(next).rejects.toThrow('abort');
  expect(exchange.queries).toHaveLength(1);
});

test('a day that is not over by the exchange\'s clock is not taken', async () => {
  exchange.now = day + DAY_MS - 2_000;
  await expect(history.day('BTCUSDT', '1m', day, signal)).rejects.toMatchObject({ name: 'TemporaryError', retryAfterMs: 2_000 });
});

test('requests keep their pace', async () => {
  const slow = new KlineHistory({ url: exchange.url, paceMs: 60 });
  const started = performance.now();
  await Promise.all([slow.day('BTCUSDT', '1m', day, signal), slow.day('BTCUSDT', '1m', day, signal)]);
  expect(performance.now() - started).toBeGreaterThan(170);
});
