import { App } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { TradingStack } from '../../../src';
import { JournalCluster } from '../../../src/constructs/messaging/journal-cluster';
import { MarketDataArchive } from '../../../src/constructs/messaging/market-data-archive';
import { MarketDataStream } from '../../../src/constructs/messaging/market-data-stream';
import { MessageBroker } from '../../../src/constructs/messaging/message-broker';
import { OrderJournal } from '../../../src/constructs/messaging/order-journal';
import { PartitionedSettlementQueues } from '../../../src/constructs/messaging/partitioned-settlement-queues';
import { SettlementQueue } from '../../../src/constructs/messaging/settlement-queue';
import { StreamFanOut } from '../../../src/constructs/messaging/stream-fan-out';
import { StreamReplay } from '../../../src/constructs/messaging/stream-replay';
import { givenVpc } from '../../support/apps';
import { givenAlarmAction } from '../../support/given';
import { accept, type Acceptance, packReport } from '../../support/rule-packs';

const DEAD_LETTERS: Acceptance = {
  rule: 'SQSRedrivePolicy', packs: ['Serverless'],
  reason: 'The queue is itself where messages end that nobody could take; what is in it waits for a person.',
  control: 'an alarm on the first message, which is kept for 14 days',
};

function build(app: App): void {
  const stack = new TradingStack(app, 'Messaging');
  const vpc = givenVpc(stack);
  const alarmActions = [givenAlarmAction(stack)];
  const stream = kinesis.Stream.fromStreamArn(stack, 'Stream', 'arn:aws:kinesis:us-east-1:111111111111:stream/market-data');
  const archive = new MarketDataArchive(stack, 'Archive', { stream, bucket: s3.Bucket.fromBucketName(stack, 'Store', 'cold-store'), alarmActions });
  for (const prefix of ['ticks', 'ticks-errors']) {
    accept(archive.role, {
      rule: `IAM5[Resource::arn:<AWS::Partition>:s3:::cold-store/${prefix}/*]`, packs: ['AwsSolutions'],
      reason: 'Firehose names its files by symbol, day and time, so their keys are open below a prefix of its own.',
      control: 'two prefixes that belong to the archive alone',
    });
  }
  accept(archive.deliveryStream, {
    rule: 'KDF1', packs: ['AwsSolutions'],
    reason: 'A delivery stream that reads a Kinesis stream keeps nothing itself: Firehose refuses encryption of its own on it.',
    control: 'the Kinesis stream and the bucket are encrypted',
  });
  new OrderJournal(stack, 'OrderJournal', { alarmActions });
  new MarketDataStream(stack, 'MarketData', { alarmActions });
  const queues = [new SettlementQueue(stack, 'Settlement', { alarmActions }), ...new PartitionedSettlementQueues(stack, 'Partitions', { partitions: 2, alarmActions }).queues];
  for (const { deadLetterQueue } of queues) accept(deadLetterQueue, DEAD_LETTERS);
  const handler = lambda.Function.fromFunctionAttributes(stack, 'Fill', {
    functionArn: 'arn:aws:lambda:us-east-1:111111111111:function:fill', role: iam.Role.fromRoleArn(stack, 'FillRole', 'arn:aws:iam::111111111111:role/fill'), sameEnvironment: true,
  });
  const replay = new StreamReplay(stack, 'Replay', { stream, handler, startAt: new Date('2025-12-10T00:00:00Z'), alarmActions });
  accept(replay.failedQueue, DEAD_LETTERS, { ...DEAD_LETTERS, rule: 'SQS3', packs: ['AwsSolutions'] });
  new StreamFanOut(stack, 'FanOut', { stream, alarmActions });
  const broker = new MessageBroker(stack, 'Broker', { vpc, queues: [{ name: 'orders' }], credentialsKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1a2b3c4d-0000-4000-8000-000000000000'), alarmActions });
  const rotation = 'ActiveMQ takes a new password only with a reboot of both instances, which a rotation by Secrets Manager must not start at noon.';
  const control = 'reachable from the security groups of its clients only; changed in a maintenance window';
  accept(broker.credentials!, { rule: 'SMG4', packs: ['AwsSolutions'], reason: rotation, control },
    { rule: 'SecretsManagerRotationEnabled', packs: ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5'], reason: rotation, control });
  new JournalCluster(stack, 'Journal', { vpc, alarmActions });
}

const report = packReport(build);

test('no rule of six packs finds anything that is not accepted', () => {
  expect(report.error).toBe('');
  expect(report.violations).toEqual([]);
});

test('every acceptance is of a finding that exists', () => {
  const found = new Set(report.suppressed.map(({ ruleName }) => ruleName.replace(/^.*?[-](?=[A-Z])/, '')));
  expect([...found].sort()).toEqual([
    'IAM5[Resource::arn:<AWS::Partition>:s3:::cold-store/ticks-errors/*]',
    'IAM5[Resource::arn:<AWS::Partition>:s3:::cold-store/ticks/*]',
    'KDF1',
    'SMG4',
    'SQS3',
    'SQSRedrivePolicy',
    'SecretsManagerRotationEnabled',
  ]);
});
