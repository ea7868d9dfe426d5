import { nextRun } from './schedule';

const NOW = Date.parse('2026-03-07T12:00:00Z'); // a Saturday

test.each([
  ['rate(5 minutes)', 'UTC', '2026-03-07T12:05:00.000Z'],
  ['rate(1 day)', 'UTC', '2026-03-08T12:00:00.000Z'],
  ['cron(5 0 * * ? *)', 'Etc/UTC', '2026-03-08T00:05:00.000Z'],
  ['cron(0 9 ? * 2-6 *)', 'UTC', '2026-03-09T09:00:00.000Z'],
  ['cron(0 9 ? * MON *)', 'UTC', '2026-03-09T09:00:00.000Z'],
  ['cron(0 0 1 * ? *)', 'America/New_York', '2026-04-01T04:00:00.000Z'],
  ['at(2026-03-07T13:00:00)', 'UTC', '2026-03-07T13:00:00.000Z'],
])('%s in %s', (expression, zone, expected) => {
  expect(new Date(nextRun(expression, zone, NOW)!).toISOString()).toBe(expected);
});

test('what is over never comes again', () => {
  expect(nextRun('at(2020-01-01T00:00:00)', 'UTC', NOW)).toBeUndefined();
  expect(nextRun('cron(0 0 1 1 ? 2026)', 'UTC', NOW)).toBeUndefined();
});

test('fails on anything else, naming it', () => {
  expect(() => nextRun('every day', 'UTC', NOW)).toThrow('every day');
});
