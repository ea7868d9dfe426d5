import { History } from './history';
import { Replay, type ReplaySink } from './replay';
import { ReplayClock } from './replay-clock';
import { type Candle, parseDay } from '../../adapters/candles/candle';
import { CandleReader } from '../../adapters/candles/candle-reader';
import { logger, until } from '../testing/harness';
import { minutesOf } from '../testing/history-store';

const day = parseDay('2025-12-10');
const history = new History(new CandleReader({
  index: { days: () => Promise.resolve([{ day, status: 'complete', candles: 1_440, key: 'k', sha256: 'x', source: 'bybit' }]) },
  files: { read: (symbol, interval) => Promise.resolve({ symbol, interval, day, source: 'bybit', candles: minutesOf(day) }) },
}), logger);
const request = { symbol: 'BTCUSDT', interval: '1m', from: day, speed: 'max' } as const;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('one lot is on its way, and no more is made before it was taken', async () => {
  const lots: Candle[][] = [];
  let take: () => void = () => undefined;
  const sink: ReplaySink = {
    bars: (json) => new Promise((resolve) => {
      lots.push(JSON.parse(json) as Candle[]);
      take = () => resolve(true);
    }),
    gap: () => undefined,
    isBusy: () => false,
  };
  const replay = new Replay(request, history, sink);
  const end = replay.run();
  for (let n = 1; n <= 15; n++) {
    await until(() => lots.length === n);
    await pause(5);
    expect(lots).toHaveLength(n);
    // What was not taken is not counted.
    expect(replay.bars).toBe((n - 1) * 100);
    take();
  }
  expect(await end).toMatchObject({ reason: 'end', bars: 1_440 });
  expect(lots.flat()).toEqual(minutesOf(day));
  expect(Math.max(...lots.map((lot) => JSON.stringify(lot).length))).toBeLessThan(20_000);
});

test('a task that cannot keep up lets its replays wait, and others have their turn between two lots', async () => {
  let [busy, sent, turns] = [true, 0, 0];
  const turnsAt: number[] = [];
  const sink: ReplaySink = {
    bars: (json) => {
      sent += (JSON.parse(json) as unknown[]).length;
      turnsAt.push(turns);
      return Promise.resolve(true);
    },
    gap: () => undefined,
    isBusy: () => busy,
  };
  const end = new Replay(request, history, sink).run();
  await pause(100);
  expect(sent).toBe(0);
  let running = true;
  const other = (): void => {
    turns += 1;
    if (running) setImmediate(other);
  };
  other();
  busy = false;
  expect(await end).toMatchObject({ bars: 1_440 });
  running = false;
  expect(sent).toBe(1_440);
  expect(turnsAt.at(-1)! - turnsAt[0]).toBeGreaterThanOrEqual(14);
});

test('a client that is gone ends it', async () => {
  const replay = new Replay(request, history, { bars: () => Promise.resolve(false), gap: () => undefined, isBusy: () => false });
  expect(await replay.run()).toEqual({ reason: 'stopped', bars: 0, next: day });
});

test('the clock runs at its speed, stands still, and jumps', () => {
  let now = 1_000;
  const clock = new ReplayClock(day, 60, () => now);
  expect(clock.waitFor(day + 60_000)).toBe(1_000);
  now += 400;
  expect(clock.waitFor(day + 60_000)).toBe(600);
  clock.stop();
  now += 5_000;
  clock.stop();
  expect(clock.waitFor(day + 60_000)).toBe(600);
  clock.start();
  clock.start();
  now += 600;
  expect(clock.waitFor(day + 60_000)).toBe(0);
  clock.stop();
  now += 100;
  clock.jump(day + 86_400_000);
  now += 100;
  clock.start();
  expect(clock.waitFor(day + 86_460_000)).toBe(1_000);
  expect(new ReplayClock(day, Infinity, () => now).waitFor(day + 9e9)).toBe(0);
});
