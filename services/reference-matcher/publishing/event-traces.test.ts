import { EventTraces } from './event-traces';
import type { Event } from '../../domain';

const context = (digit: string) => ({ traceId: digit.repeat(32), spanId: digit.repeat(16) });
const events = (first: number, last: number): Event[] => (
  Array.from({ length: last - first + 1 }, (_, i) => ({ type: 'upgraded', partition: 0, seq: first + i, time: 1, version: 1 })));

test('a run has the traces of its own events, and published ones are forgotten', () => {
  const traces = new EventTraces();
  traces.note(events(3, 5), context('a'));
  traces.note([], context('c'));
  traces.note(events(8, 8), context('b'));
  expect(traces.of(events(1, 2))).toBeUndefined();
  expect(traces.of(events(1, 5))).toEqual([{ seq: 3, ...context('a') }]);
  expect(traces.of(events(3, 9))).toEqual([{ seq: 3, ...context('a') }, { seq: 8, ...context('b') }]);
  traces.forget(5);
  expect(traces.of(events(3, 9))).toEqual([{ seq: 8, ...context('b') }]);
});

test('what nobody publishes does not fill the memory', () => {
  const traces = new EventTraces();
  for (let seq = 1; seq <= 10_000; seq++) traces.note(events(seq, seq), context('a'));
  const kept = traces.of(events(1, 10_000))!;
  expect(kept.length).toBeLessThanOrEqual(4_096);
  expect(kept.at(-1)).toMatchObject({ seq: 10_000 });
});
