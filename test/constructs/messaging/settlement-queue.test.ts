import { Duration, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { SettlementQueue, SettlementQueueProps } from '../../../src/constructs/messaging/settlement-queue';
import { testStack } from '../../support/apps';
import { statementsOf } from '../../support/templates';

const stack = testStack();
const encryptionKey = new kms.Key(stack, 'Key');
const settlement = new SettlementQueue(stack, 'Settlement', { encryptionKey });
const template = Template.fromStack(stack);

test('is a FIFO queue in high-throughput mode, encrypted with the given key', () => {
  template.resourceCountIs('AWS::SQS::Queue', 2);
  template.allResourcesProperties('AWS::SQS::Queue', {
    FifoQueue: true,
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
    KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
    MessageRetentionPeriod: 1209600,
  });
  template.allResources('AWS::SQS::Queue', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
});

test('moves no message away by itself, so that a poisoned one stops its partition', () => {
  template.hasResourceProperties('AWS::SQS::Queue', {
    RedrivePolicy: { maxReceiveCount: 1000, deadLetterTargetArn: stack.resolve(settlement.deadLetterQueue.queueArn) },
  });
});

test('hides a message for at least six times the timeout of the function that settles it', () => {
  template.hasResourceProperties('AWS::SQS::Queue', { RedrivePolicy: Match.anyValue(), VisibilityTimeout: 45 });
});

test('alarms on the first copy in the dead-letter queue', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Namespace: 'AWS/SQS',
    Threshold: 1,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Dimensions: [{ Name: 'QueueName', Value: stack.resolve(settlement.deadLetterQueue.queueName) }],
  });
});

test('refuses calls without TLS', () => {
  template.resourceCountIs('AWS::SQS::QueuePolicy', 2);
  template.allResourcesProperties('AWS::SQS::QueuePolicy', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })]) },
  });
});

test('alarms when the oldest message is older than what a region may cost', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'ApproximateAgeOfOldestMessage', Threshold: 60, EvaluationPeriods: 3, DatapointsToAlarm: 2 });
});

test('lets a matcher send, and settlement consume and set aside, with the key through SQS only', () => {
  const own = testStack();
  const queues = new SettlementQueue(own, 'Settlement', { encryptionKey: new kms.Key(own, 'Key') });
  const [matcher, settler] = ['Matcher', 'Settler'].map((id) => new iam.Role(own, id, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }));
  queues.grants.send(matcher);
  queues.grants.consume(settler);
  const of = (role: iam.Role) => statementsOf(own, own.getLogicalId(role.node.defaultChild as iam.CfnRole));
  expect(of(matcher).map(({ actions, resources }) => [actions, resources[0]])).toEqual([
    [['sqs:SendMessage'], own.resolve(queues.queue.queueArn)],
    [['kms:Decrypt', 'kms:GenerateDataKey'], expect.anything()],
  ]);
  expect(of(settler).map(({ actions }) => actions)).toEqual([
    ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], ['kms:Decrypt'], ['sqs:SendMessage'], ['kms:Decrypt', 'kms:GenerateDataKey'],
  ]);
  expect(of(settler)[2].resources).toEqual([own.resolve(queues.deadLetterQueue.queueArn)]);
  for (const { actions, condition } of [...of(matcher), ...of(settler)]) if (actions[0].startsWith('kms:')) expect(JSON.stringify(condition)).toContain('sqs.');
});

test('gives both queues the name that was asked for', () => {
  const own = testStack();
  new SettlementQueue(own, 'Settlement', { queueName: 'events.fifo' });
  const names = Object.values(Template.fromStack(own).findResources('AWS::SQS::Queue')).map(({ Properties }) => (Properties as { QueueName: string }).QueueName);
  expect(names.sort()).toEqual(['events-dead.fifo', 'events.fifo']);
});

test('stands for queues that exist already', () => {
  const own = testStack();
  const arn = (name: string) => `arn:aws:sqs:us-east-1:111111111111:${name}`;
  const given = SettlementQueue.fromSettlementQueueAttributes(own, 'Given', { queueArn: arn('events.fifo'), deadLetterQueueArn: arn('dead.fifo') });
  expect([given.queue.queueName, given.queue.fifo, given.deadLetterQueue.queueName]).toEqual(['events.fifo', true, 'dead.fifo']);
  expect(() => SettlementQueue.fromSettlementQueueAttributes(own, 'Plain', { queueArn: arn('events'), deadLetterQueueArn: arn('dead') }))
    .toThrow(/`queueArn` must be that of a FIFO queue, which ends in '.fifo', got: 'arn:.*:events'.*`deadLetterQueueArn`/);
});

test.each<[string, SettlementQueueProps, RegExp]>([
  ['a FIFO name without .fifo', { queueName: 'events' }, /`queueName` must be at most 70 letters.*with '.fifo' at the end, got: 'events'/],
  ['a name that leaves no room for its dead-letter queue', { queueName: `${'e'.repeat(71)}.fifo` }, /`queueName` must be at most 70 letters/],
  ['a name that is a token', { queueName: Token.asString({ Ref: 'Name' }) }, /`queueName`.*got: an unresolved token/],
  ['a message that comes back while it is settled', { visibilityTimeout: Duration.seconds(30) }, /`visibilityTimeout` must be above the 30 seconds/],
  ['a token as its time', { visibilityTimeout: Duration.seconds(Token.asNumber({ Ref: 'Seconds' })) }, /`visibilityTimeout` must be a plain value, got an unresolved token/],
  ['half a minute of age', { maxAge: Duration.seconds(30) }, /`maxAge` must be whole minutes, at least 1, got: 30 seconds/],
])('fails with %s', (_, props, message) => {
  expect(() => new SettlementQueue(testStack(), 'Settlement', props)).toThrow(message);
});
