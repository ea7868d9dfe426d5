import { Duration, Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { MaintenanceDay, MaintenanceWindow } from '../../../src/constructs/governance/maintenance-window';

const { SUNDAY, MONDAY, SATURDAY } = MaintenanceDay;
const window = (day: MaintenanceDay, start: string, minutes = 60) => MaintenanceWindow.weekly({ day, start, duration: Duration.minutes(minutes) });

test('is written as each service takes it', () => {
  const sunday = window(SUNDAY, '03:00');
  expect(sunday.toRds()).toBe('sun:03:00-sun:04:00');
  expect(sunday.toElastiCache()).toBe('sun:03:00-sun:04:00');
  expect(sunday.toMq()).toEqual({ dayOfWeek: 'SUNDAY', timeOfDay: '03:00', timeZone: 'UTC' });
  expect(sunday.toArcBlockedWindows()).toEqual(['SUN:03:00-SUN:04:00']);
});

test('is written over midnight and over the end of the week', () => {
  expect(window(SUNDAY, '23:45', 30).toRds()).toBe('sun:23:45-mon:00:15');
  expect(window(SUNDAY, '23:45', 30).toArcBlockedWindows()).toEqual(['SUN:23:45-SUN:23:59', 'MON:00:00-MON:00:15']);
  expect(window(SATURDAY, '23:00').toArcBlockedWindows()).toEqual(['SAT:23:00-SAT:23:59']);
});

test('counts a month as four weeks', () => {
  expect(MaintenanceWindow.weekly({ day: SUNDAY, start: '03:00' }).monthly.toHours()).toBe(4);
  expect(window(SUNDAY, '03:00', 30).monthly.toHours()).toBe(2);
});

test('is staggered so that no two windows overlap', () => {
  expect(window(SUNDAY, '03:00').staggered(3).map((each) => each.toRds())).toEqual(['sun:03:00-sun:04:00', 'sun:05:00-sun:06:00', 'sun:07:00-sun:08:00']);
  fc.assert(fc.property(
    fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 30, max: 60 }),
    fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 600 }),
    (day, hour, minutes, count, pause) => {
      const windows = window(day, `${hour}`.padStart(2, '0') + ':00', minutes).staggered(count, Duration.minutes(pause));
      return windows.every((one, index) => windows.every((other, at) => index === at || !one.overlaps(other)));
    },
  ));
});

test('sees overlaps in both directions and around the week', () => {
  const late = window(SUNDAY, '23:30');
  expect(late.overlaps(window(MONDAY, '00:15'))).toBe(true);
  expect(window(MONDAY, '00:15').overlaps(late)).toBe(true);
  expect(late.overlaps(window(MONDAY, '00:30'))).toBe(false);
  expect(late.overlaps(late)).toBe(true);
});

test('fails for more than four hours a month', () => {
  expect(() => window(SUNDAY, '03:00', 61)).toThrow(/`duration` must keep planned maintenance within 4 hours a month.*got: 1 hour 1 minute a week/);
});

test.each([29, 0])('fails for %s minutes, which RDS does not take', (minutes) => {
  expect(() => window(SUNDAY, '03:00', minutes)).toThrow(/at least 30 as RDS asks for/);
});

test('fails for less than an hour in ElastiCache only', () => {
  expect(() => window(SUNDAY, '03:00', 59).toElastiCache()).toThrow(/at least 60 minutes for ElastiCache, got: 59 minutes/);
});

test.each(['24:00', '3:00', '03:60', 'noon', ''])('fails for a start of %j', (start) => {
  expect(() => window(SUNDAY, start)).toThrow(/`start` must be hours and minutes/);
});

test('fails with everything that is wrong at once', () => {
  expect(() => MaintenanceWindow.weekly({ day: 9 as MaintenanceDay, start: 'x', duration: Duration.hours(5) }))
    .toThrow(/`day` must be a day of the week, got: 9.*`start`.*`duration`/);
});

test('fails for values that only the deployment knows', () => {
  expect(() => window(SUNDAY, Lazy.string({ produce: () => '03:00' }))).toThrow(/`start` must be known/);
  expect(() => MaintenanceWindow.weekly({ day: SUNDAY, start: '03:00', duration: Duration.minutes(Lazy.number({ produce: () => 60 })) }))
    .toThrow(/`duration` must be known/);
});

test('fails when the week is too short', () => {
  expect(() => window(SUNDAY, '03:00').staggered(100)).toThrow(/must fit into a week/);
  expect(() => window(SUNDAY, '03:00').staggered(0)).toThrow(/`count` must be a whole number, at least 1, got: 0/);
});
