import { DAY_MS, parseDay } from '../../adapters/candles/candle';
import { replayBars } from '../http/answers';
import { ALICE, type Answer, call, Harness, type Task } from '../testing/harness';
import { HistoryStore, minutesOf } from '../testing/history-store';

const first = parseDay('2025-12-10');
const day = (n: number): number => first + n * DAY_MS;

let harness: Harness;
let store: HistoryStore;
let task: Task;
let token: string;

beforeAll(async () => {
  [harness, store] = await Promise.all([new Harness().start(), new HistoryStore().start()]);
  await store.write('BTCUSDT', day(0), 3);
  await store.write('BTCUSDT', day(4), 1, [700]);
  await store.write('BTCUSDT', day(5), 2);
  await store.write('BTCUSDT', day(7), 1);
  await store.damage('BTCUSDT', day(5), 'flip');
  await store.damage('BTCUSDT', day(6), 'delete');
  token = harness.pool.token(ALICE);
  task = await harness.task({ candles: store.options });
});
afterAll(async () => {
  await harness?.stop();
  await store?.stop();
});
beforeEach(() => {
  store.reads.length = 0;
  store.before = () => undefined;
});

type Page = ReturnType<typeof replayBars.parse>;

const ask = (query: Record<string, string | number>, of: Task = task, symbol = 'BTCUSDT'): Promise<Answer> => (
  call(of, 'GET', `/v1/replay/${symbol}/bars?${new URLSearchParams(query as Record<string, string>)}`, { token }));
const page = async (query: Record<string, string | number>, of: Task = task): Promise<Page> => {
  const { status, body } = await ask(query, of);
  expect([status, body.code]).toEqual([200, undefined]);
  return replayBars.parse(body);
};
const pages = async (query: Record<string, string | number>, of: Task = task): Promise<Page[]> => {
  const all = [await page(query, of)];
  for (let cursor = all[0].nextCursor; cursor !== undefined; cursor = all.at(-1)!.nextCursor) all.push(await page({ ...query, cursor }, of));
  return all;
};

test('pages hold every bar once, exactly as the files have them; each file is read once however many ask', async () => {
  const fresh = await harness.task({ candles: store.options });
  const query = { from: day(0), to: day(3), limit: 1_000 };
  const readers = await Promise.all(Array.from({ length: 5 }, () => pages(query, fresh)));
  for (const all of readers) {
    expect(all.map(({ bars }) => bars.length)).toEqual([1_000, 1_000, 1_000, 1_000, 320]);
    expect(all.flatMap(({ bars }) => bars)).toEqual([0, 1, 2].flatMap((n) => minutesOf(day(n))));
    expect(all.flatMap(({ gaps }) => gaps)).toEqual([]);
  }
  expect(store.reads).toEqual([0, 1, 2].map((n) => `data/BTCUSDT/2025/12/1${n}.parquet`));
  await pages({ ...query, interval: '15m' }, fresh);
  expect(store.reads).toHaveLength(3);
});

test('a range begins and ends where it says, also inside a day', async () => {
  const { bars, nextCursor } = await page({ from: day(0) + 1, to: day(0) + 5 * 60_000 });
  expect(bars).toEqual(minutesOf(day(0)).slice(1, 5));
  expect(nextCursor).toBeUndefined();
  // The page is full exactly where the day, or the range, ends.
  expect((await pages({ from: day(0), to: day(2), limit: 1_440 })).map(({ bars: { length } }) => length)).toEqual([1_440, 1_440]);
  expect((await pages({ from: day(0), to: day(2), limit: 1, interval: '1d' })).map(({ bars: { length } }) => length)).toEqual([1, 1]);
});

test('what is not whole is said to be so, and nothing stands in for it', async () => {
  const all = await pages({ from: day(2), to: day(8), interval: '1h' });
  expect(all.flatMap(({ gaps }) => gaps)).toEqual([
    { day: '2025-12-13', status: 'missing', minutes: 0, expected: 1_440 },
    { day: '2025-12-14', status: 'incomplete', minutes: 1_439, expected: 1_440 },
    { day: '2025-12-15', status: 'unreadable', minutes: 1_440, expected: 1_440 },
    { day: '2025-12-16', status: 'unreadable', minutes: 1_440, expected: 1_440 },
  ]);
  const bars = all.flatMap((one) => one.bars);
  const hours = [2, 4, 7].flatMap((n) => Array.from({ length: 24 }, (_, hour) => day(n) + hour * 3_600_000));
  expect(bars.map(({ openTime }) => openTime)).toEqual(hours);
  expect(bars.flatMap(({ openTime, missingMinutes }) => (missingMinutes === undefined ? [] : [[openTime, missingMinutes]])))
    .toEqual([[day(4) + 11 * 3_600_000, 1]]);
  expect(bars[1]).toEqual({
    openTime: day(2) + 3_600_000, open: '90000.1', high: '90120.25', low: '89000', close: '90000', volume: '5370.0000006', turnover: '740740.73406',
  });
});

test('a long range comes in pages of a month; one that nobody has is empty, and says of each day that it is missing', async () => {
  const all = await pages({ from: day(-50), to: day(1), interval: '1d' });
  expect(all.map(({ bars, gaps }) => [bars.length, gaps.length])).toEqual([[0, 31], [1, 19]]);
  expect((await page({ from: day(100), to: day(101) })).gaps).toEqual([{ day: '2026-03-20', status: 'missing', minutes: 0, expected: 1_440 }]);
});

test.each<[string, Record<string, string | number>, string]>([
  ['an end before the beginning', { from: 2, to: 1 }, 'invalid_range'],
  ['more than a year', { from: day(0), to: day(367) }, 'invalid_range'],
  ['a time that is none', { from: '2025-12-10', to: day(1) }, 'invalid_from'],
  ['no beginning', { to: day(1) }, 'missing_field'],
  ['an interval that there is not', { from: day(0), to: day(1), interval: '7m' }, 'invalid_field'],
  ['too many at once', { from: day(0), to: day(1), limit: 2_001 }, 'invalid_limit'],
  ['a cursor of somewhere else', { from: day(0), to: day(1), cursor: 'eA' }, 'invalid_cursor'],
  ['a cursor of another range', { from: day(0), to: day(1), cursor: Buffer.from(`bar:${day(2)}`).toString('base64url') }, 'invalid_cursor'],
])('%s is refused', async (_what, query, code) => {
  const { status, body } = await ask(query);
  expect([status, body.code]).toEqual([400, code]);
  expect(store.reads).toEqual([]);
});

test('a symbol that nobody knows, a system without history, and a store that is away are told apart', async () => {
  const range = { from: day(0), to: day(1) };
  expect((await ask(range, task, 'NOPE'))).toMatchObject({ status: 404, body: { code: 'unknown_symbol' } });
  const plain = await harness.task();
  expect(await ask(range, plain)).toMatchObject({ status: 404, body: { code: 'feature_not_here', feature: 'history' } });
  const fresh = await harness.task({ candles: store.options });
  store.before = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1'));
  const away = await ask(range, fresh);
  expect(away).toMatchObject({ status: 503, body: { code: 'history_unavailable' } });
  expect(JSON.stringify(away.body)).not.toContain('ECONNREFUSED');
  // And is asked again when it is back.
  store.before = () => undefined;
  expect((await page(range, fresh)).bars).toHaveLength(500);
});
