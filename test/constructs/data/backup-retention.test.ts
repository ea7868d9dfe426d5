import { Duration, Token } from 'aws-cdk-lib';
import { BackupRetention } from '../../../src/constructs/data/backup-retention';

const reason = 'a copy of staging data, made again every night';

test('is 35 days unless something else is said', () => {
  expect(BackupRetention.FULL.duration.toDays()).toBe(35);
  expect(BackupRetention.FULL.reason).toBeUndefined();
});

test.each([35, 36, 3650])('keeps %i days without a reason', (days) => {
  expect(BackupRetention.of(Duration.days(days)).duration.toDays()).toBe(days);
});

test.each([1, 34])('keeps %i days with a reason', (days) => {
  const retention = BackupRetention.shorter(Duration.days(days), reason);
  expect([retention.duration.toDays(), retention.reason]).toEqual([days, reason]);
});

test('fails with less than 35 days that nobody meant, and names the way to mean it', () => {
  expect(() => BackupRetention.of(Duration.days(34))).toThrow(/`duration` must be at least 35 days, got: 34 days; keep less on purpose with `BackupRetention.shorter/);
});

test.each<[string, () => BackupRetention, RegExp]>([
  ['no days at all', () => BackupRetention.shorter(Duration.days(0), reason), /from 1 to 34 days, got: 0 /],
  ['a shorter one that is not shorter', () => BackupRetention.shorter(Duration.days(35), reason), /from 1 to 34 days, got: 35 days/],
  ['no reason', () => BackupRetention.shorter(Duration.days(7), ' '), /`reason` must say in 10 characters or more/],
  ['half a day', () => BackupRetention.shorter(Duration.hours(36), reason), /`duration` must be a whole number of days/],
  ['a token', () => BackupRetention.of(Duration.days(Token.asNumber({ Ref: 'Days' }))), /`duration` must be a whole number of days, got: an unresolved token/],
  ['a token with a reason', () => BackupRetention.shorter(Duration.days(Token.asNumber({ Ref: 'Days' })), reason), /got: an unresolved token/],
])('fails with %s', (_, make, message) => {
  expect(make).toThrow(message);
});
