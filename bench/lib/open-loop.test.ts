import { ramp, runOpenLoop, steady } from './open-loop';

test('sends as many as asked, in order, none early, and keeps to the schedule over time', async () => {
  const startAt = performance.now() + 10;
  const sent: { index: number; late: number }[] = [];
  await runOpenLoop({ schedule: steady(startAt, 500), count: 400, send: (index, due) => sent.push({ index, late: performance.now() - due }) });
  const took = performance.now() - startAt;
  expect(sent.map(({ index }) => index)).toEqual(Array.from({ length: 400 }, (_, i) => i));
  expect(Math.min(...sent.map(({ late }) => late))).toBeGreaterThanOrEqual(0);
  expect(took).toBeGreaterThanOrEqual(798);
  expect(sent.map(({ late }) => late).sort((a, b) => a - b)[200]).toBeLessThan(5);
});

test('after a stall everything that was due is sent at once, and its due time is that of the schedule', async () => {
  const startAt = performance.now();
  const schedule = steady(startAt, 1_000);
  const late: number[] = [];
  await runOpenLoop({
    schedule,
    count: 300,
    send: (index, due) => {
      expect(due).toBe(schedule(index));
      late.push(performance.now() - due);
      // The process is busy with something else for 150 ms.
      if (index === 50) for (const end = performance.now() + 150; performance.now() < end;);
    },
  });
  expect(late[51]).toBeGreaterThan(140);
  expect(late[150]).toBeGreaterThan(40);
  expect(performance.now() - startAt).toBeLessThan(600);
});

test('a ramp begins and ends at its rates and never runs backwards', () => {
  const schedule = ramp(0, 50, 500, 10);
  // (50 + 500) / 2 sends per second, for ten seconds.
  expect(schedule(2_750)).toBeCloseTo(10_000, 6);
  expect(schedule(0)).toBe(0);
  expect(schedule(1)).toBeGreaterThan(18);
  expect(schedule(2_750) - schedule(2_749)).toBeCloseTo(2, 2);
  for (let i = 1; i <= 2_750; i++) expect(schedule(i)).toBeGreaterThan(schedule(i - 1));
  expect(ramp(7, 100, 100, 3)(100)).toBe(1_007);
});
