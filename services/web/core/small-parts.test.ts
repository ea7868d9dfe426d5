import { Diary, tagsOf } from './diary';
import { ageText, ClockOffset, STALE_MS, trustOf } from './freshness';
import { Store } from './store';

test('only what is fresh on a connection that stands is live', () => {
  expect(trustOf('live', 100)).toBe('live');
  expect(trustOf('live', STALE_MS + 1)).toBe('stale');
  for (const link of ['lost', 'connecting', 'off'] as const) expect(trustOf(link, 0)).toBe('stale');
  expect(trustOf('live', undefined)).toBe('unknown');
});

test('ages for people', () => {
  expect([-5, 400, 12_300, 200_000, 9_000_000].map(ageText)).toEqual(['0.0 s', '0.4 s', '12 s', '3 min', '2 h']);
});

test('the clock of the server is taken from the quickest answer', () => {
  const clock = new ClockOffset();
  clock.take(1_000, 6_100, 1_200);
  expect(clock.offsetMs).toBe(5_000);
  clock.take(2_000, 99_000, 4_000);
  expect(clock.offsetMs).toBe(5_000);
  clock.take(3_000, 7_505, 3_010);
  expect(clock.offsetMs).toBe(4_500);
});

test('many changes are told once, urgent ones at once', () => {
  const due: (() => void)[] = [];
  const store = new Store({ a: 1, b: 1 }, (work) => due.push(work));
  let told = 0;
  const leave = store.subscribe(() => told++);
  store.set({ a: 2 });
  store.set({ b: 2 });
  expect([told, store.shown(), store.now]).toEqual([0, { a: 1, b: 1 }, { a: 2, b: 2 }]);
  expect(due).toHaveLength(1);
  due[0]();
  expect([told, store.shown()]).toEqual([1, { a: 2, b: 2 }]);
  store.setNow({ a: 3 });
  expect([told, store.shown().a]).toEqual([2, 3]);
  leave();
  store.setNow({ a: 4 });
  expect(told).toBe(2);
});

test('tags as people type them', () => {
  expect(tagsOf('#Dip, patience  dip,,#')).toEqual(['dip', 'patience']);
});

test('a journal belongs to an account and survives what it cannot read', () => {
  const kept = new Map<string, string>();
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
  const diary = new Diary(storage, 'alice');
  diary.add({ id: '1', time: 1, symbol: 'BTCUSDT', text: ' first ', tags: [] });
  expect(diary.add({ id: '2', time: 2, symbol: 'BTCUSDT', text: 'second', tags: ['dip'] }).map(({ text }) => text)).toEqual(['second', 'first']);
  expect(new Diary(storage, 'bob').list()).toEqual([]);
  expect(diary.remove('1').map(({ id }) => id)).toEqual(['2']);
  kept.set('journal:alice', '{"not":"a list"}');
  expect(diary.list()).toEqual([]);
  kept.set('journal:alice', 'not JSON');
  expect(diary.list()).toEqual([]);
});
