import { WorkloadEncoder } from './lib/journal-encoder';
import { newCore } from './lib/journal-runs';
import { buildWorkload } from './lib/matching-workload';
import { decodeCommandBatch } from '../services/domain';

test('the benchmark\'s frames are those that the codec reads, and the core refuses none of their commands', () => {
  const workload = buildWorkload('S1K');
  const encoder = new WorkloadEncoder(workload);
  const [applied, replayed] = [newCore(workload), newCore(workload)];
  const counts: Record<string, number> = {};
  for (let n = 0; n < 40; n++) {
    const frame = encoder.frame(250);
    for (const command of decodeCommandBatch(frame).commands) {
      for (const { type } of applied.apply(command)) counts[type] = (counts[type] ?? 0) + 1;
    }
    expect(replayed.replay(frame)).toBe(250);
  }
  expect(Object.keys(counts).filter((type) => type.endsWith('rejected'))).toEqual([]);
  expect(Object.keys(counts)).toEqual(expect.arrayContaining(['order_accepted', 'order_amended', 'order_cancelled', 'trade']));
  expect(replayed.lastSeq).toBe(applied.lastSeq);
  expect(replayed.stateHash()).toBe(applied.stateHash());
});
