import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { OrderJournal } from '../../../src';
import { testStack } from '../../support/apps';

test('keeps records for a week in one provisioned, encrypted shard', () => {
  const stack = testStack();
  new OrderJournal(stack, 'Journal');
  Template.fromStack(stack).hasResource('AWS::Kinesis::Stream', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      RetentionPeriodHours: 168,
      ShardCount: 1,
      StreamModeDetails: { StreamMode: 'PROVISIONED' },
      StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' },
    },
  });
});

test('encrypts with a given key and has a shard per partition', () => {
  const stack = testStack();
  const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1234');
  new OrderJournal(stack, 'Journal', { encryptionKey, partitions: 4, retention: Duration.days(30) });
  Template.fromStack(stack).hasResourceProperties('AWS::Kinesis::Stream', {
    ShardCount: 4,
    RetentionPeriodHours: 720,
    StreamEncryption: { KeyId: encryptionKey.keyArn },
  });
});

test.each([Duration.days(6), Duration.hours(167), Duration.days(366)])('fails for a retention of %s', (retention) => {
  expect(() => new OrderJournal(testStack(), 'Journal', { retention })).toThrow(/`retention` must be from 7 to 365 days/);
});

test.each([Duration.days(7), Duration.days(365)])('accepts a retention of %s', (retention) => {
  expect(() => new OrderJournal(testStack(), 'Journal', { retention })).not.toThrow();
});

test('fails with everything that is wrong at once', () => {
  expect(() => new OrderJournal(testStack(), 'Journal', { partitions: 0, retention: Duration.days(1) }))
    .toThrow(/`partitions`.*got: 0.*`retention`.*got: 1 day/);
});
