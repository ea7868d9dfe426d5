import { Duration, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { OrderJournal, OrderJournalProps } from '../../../src/constructs/messaging/order-journal';
import { testStack } from '../../support/apps';
import { givenAlarmAction } from '../../support/given';
import { statementsOf } from '../../support/templates';

function synthesised(props: OrderJournalProps = {}) {
  const stack = testStack();
  const journal = new OrderJournal(stack, 'Journal', props);
  return { stack, journal, template: Template.fromStack(stack) };
}

test('keeps records for a week in one provisioned, encrypted shard', () => {
  synthesised().template.hasResource('AWS::Kinesis::Stream', {
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

test('alarms when orders are refused, and before, at 70 % of its shards', () => {
  const stack = testStack();
  const action = givenAlarmAction(stack);
  new OrderJournal(stack, 'Journal', { partitions: 2, alarmActions: [action] });
  const template = Template.fromStack(stack);
  const told = { AlarmActions: ['arn:aws:sns:us-east-1:111111111111:alarms'], OKActions: ['arn:aws:sns:us-east-1:111111111111:alarms'] };
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'WriteProvisionedThroughputExceeded', Threshold: 0, DatapointsToAlarm: 2, EvaluationPeriods: 5, ...told });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'IncomingBytes', Threshold: 0.7 * 2 * 60 * 1024 * 1024, Period: 60, ...told });
});

test('lets writers append and readers read, with the key through Kinesis only', () => {
  const stack = testStack();
  const encryptionKey = new kms.Key(stack, 'Key');
  const { grants, stream } = new OrderJournal(stack, 'Journal', { encryptionKey });
  const [api, matcher] = ['Api', 'Matcher'].map((id) => new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') }));
  grants.append(api);
  grants.read(matcher);
  const of = (role: iam.Role) => statementsOf(stack, stack.getLogicalId(role.node.defaultChild as iam.CfnRole));
  expect(of(api).map(({ actions }) => actions)).toEqual([['kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:PutRecord', 'kinesis:PutRecords'], ['kms:GenerateDataKey']]);
  expect(of(matcher).map(({ actions }) => actions)).toEqual([['kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'], ['kms:Decrypt']]);
  for (const [onStream, onKey] of [of(api), of(matcher)]) {
    expect(onStream.resources).toEqual([stack.resolve(stream.streamArn)]);
    expect(JSON.stringify(onKey.condition)).toContain('kms:ViaService');
    expect(JSON.stringify(onKey.condition)).toContain('kinesis.');
  }
});

test('has a metric for what comes in, what is refused and how long an append takes', () => {
  const { journal } = synthesised();
  const metrics = [journal.metricIncomingBytes(), journal.metricIncomingRecords(), journal.metricThrottledWrites(), journal.metricAppendLatency()];
  expect(metrics.map(({ metricName }) => metricName))
    .toEqual(['IncomingBytes', 'IncomingRecords', 'WriteProvisionedThroughputExceeded', 'PutRecord.Latency']);
});

test('stands for a stream that exists already', () => {
  const given = OrderJournal.fromOrderJournalAttributes(testStack(), 'Given', { streamArn: 'arn:aws:kinesis:us-east-1:111111111111:stream/orders', partitions: 3 });
  expect([given.stream.streamName, given.partitions]).toEqual(['orders', 3]);
  expect(() => OrderJournal.fromOrderJournalAttributes(testStack(), 'Given', { streamArn: 'arn:aws:kinesis:us-east-1:111111111111:stream/orders', partitions: 0 }))
    .toThrow(/`partitions` must be a whole number from 1/);
});

test.each([Duration.days(6), Duration.hours(167), Duration.days(366)])('fails for a retention of %s', (retention) => {
  expect(() => synthesised({ retention })).toThrow(/`retention` must be from 7 to 365 days/);
});

test.each([Duration.days(7), Duration.days(365)])('accepts a retention of %s', (retention) => {
  expect(() => synthesised({ retention })).not.toThrow();
});

test.each<[string, OrderJournalProps, RegExp]>([
  ['snapshots that are older than the records', { maxSnapshotAge: Duration.days(7) }, /`maxSnapshotAge` must be below `retention` of 7 days, or the records after the snapshot are gone, got: 7 days/],
  ['a retention that is a token', { retention: Duration.days(Token.asNumber({ Ref: 'Days' })) }, /`retention` must be a plain value, got an unresolved token/],
  ['partitions that are a token', { partitions: Token.asNumber({ Ref: 'Partitions' }) }, /`partitions` must be a whole number.*got: an unresolved token/],
  ['everything that is wrong at once', { partitions: 0, retention: Duration.days(1) }, /`partitions`.*got: 0.*`retention`.*got: 1 day/],
])('fails with %s', (_, props, message) => {
  expect(() => synthesised(props)).toThrow(message);
});
