import { Stack, Validations } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { acknowledge, Acknowledgement } from '../../src';
import { testStack } from '../support/apps';

const good: Acknowledgement = {
  rule: 'AwsSolutions::AwsSolutions-S1',
  reason: 'Access to this bucket is recorded by CloudTrail data events.',
  owner: 'platform',
  control: 'CloudTrail data events',
  reviewBy: '2027-05-31',
};

const recorded = (scope: Stack | s3.Bucket): Record<string, string> => Object.assign({}, ...scope.node.metadata
  .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
  .map(({ data }) => data as Record<string, string>)) as Record<string, string>;

test('records the rule with its pack, and the reason with owner, control and date', () => {
  const stack = testStack();
  acknowledge(stack, good);
  expect(recorded(stack)).toEqual({
    'AwsSolutions::AwsSolutions-S1': 'Access to this bucket is recorded by CloudTrail data events. Owner: platform. Control: CloudTrail data events. Review by 2027-05-31.',
  });
});

test('resolves tokens in a finding as the rule pack sees them', () => {
  const stack = testStack();
  const bucket = new s3.Bucket(stack, 'Bucket');
  acknowledge(bucket, { ...good, rule: `AwsSolutions::AwsSolutions-IAM5[Resource::${bucket.arnForObjects('mine/*')}]` });
  expect(stack.node.findAll().flatMap((construct) => construct.node.validate())).toEqual([]);
  expect(Object.keys(recorded(bucket))).toEqual(['AwsSolutions::AwsSolutions-IAM5[Resource::<Bucket83908E77.Arn>/mine/*]']);
});

test.each(['AwsSolutions-S1', 'S1', '', '::AwsSolutions-S1', 'AwsSolutions::', 'AwsSolutions:AwsSolutions-S1'])('fails for the bare rule %j', (rule) => {
  expect(() => acknowledge(testStack(), { ...good, rule })).toThrow(/`rule` must be 'Pack::Rule'/);
});

test.each(['', 'ok', 'too short', '                              ', 'This finding is a false positive.', 'We decided that this is not needed.', 'This is accepted, TODO'])(
  'fails for the reason %j', (reason) => {
    expect(() => acknowledge(testStack(), { ...good, reason })).toThrow(/`reason` of AwsSolutions::AwsSolutions-S1 must say/);
  });

test.each(['2027-02-30', 'soon', '31.05.2027', '2027-5-1', ''])('fails for the date %j', (reviewBy) => {
  expect(() => acknowledge(testStack(), { ...good, reviewBy })).toThrow(/`reviewBy` of .* must be a date such as/);
});

test('fails with everything that is wrong at once, and records nothing', () => {
  const stack = testStack();
  expect(() => acknowledge(stack, good, { ...good, rule: 'S3', owner: ' ', control: '' })).toThrow(/`rule`.*`owner`.*`control`/);
  expect(recorded(stack)).toEqual({});
});
