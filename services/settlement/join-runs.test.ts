import { joinRuns } from './join-runs';
import { FUNDING, newPartition, runOf } from './testing/tables';
import { Venue } from './testing/venue';

const { partition, salt } = newPartition();
const { events } = new Venue(partition, salt).run([...FUNDING]);
const run = (first: number, last: number, epoch = 1) => runOf(events, first, last, epoch);
const joined = (...runs: ReturnType<typeof run>[]): [number, number[]] => {
  const { run: one, messages } = joinRuns(runs);
  return [messages, one.events.map(({ seq }) => seq)];
};

test('runs are joined while each begins where the one before ends', () => {
  expect(joined(run(1, 1), run(2, 2), run(3, 3))).toEqual([3, [1, 2, 3]]);
  expect(joined(run(1, 1))).toEqual([1, [1]]);
});

test('a gap, a repetition and another leader end it', () => {
  expect(joined(run(1, 1), run(3, 3))).toEqual([1, [1]]);
  expect(joined(run(1, 2), run(2, 3))).toEqual([1, [1, 2]]);
  expect(joined(run(1, 1), run(2, 2, 2), run(3, 3, 2))).toEqual([1, [1]]);
});

test('traces of the runs that are joined come along', () => {
  const trace = (seq: number) => ({ seq, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) });
  expect(joinRuns([{ ...run(1, 1), traces: [trace(1)] }, run(2, 2), { ...run(3, 3), traces: [trace(3)] }]).run.traces).toEqual([trace(1), trace(3)]);
  expect(joinRuns([{ ...run(1, 1), traces: [trace(1)] }, { ...run(3, 3), traces: [trace(3)] }]).run.traces).toEqual([trace(1)]);
  expect(joinRuns([run(1, 1), run(2, 2)]).run).not.toHaveProperty('traces');
});
