import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { SettlementQueue } from '../../../src';
import { testStack } from '../../support/apps';

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
