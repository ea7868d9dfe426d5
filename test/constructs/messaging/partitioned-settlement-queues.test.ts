import { Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { PartitionedSettlementQueues } from '../../../src/constructs/messaging/partitioned-settlement-queues';
import { testStack } from '../../support/apps';
import { statementsOf } from '../../support/templates';

const stack = testStack();
const settlement = new PartitionedSettlementQueues(stack, 'Settlement', { partitions: 5 });
const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
settlement.grants.send(role);
const template = Template.fromStack(stack);

test('has a FIFO queue with a dead-letter queue and alarms of its own for each partition', () => {
  template.resourceCountIs('AWS::SQS::Queue', 10);
  template.allResourcesProperties('AWS::SQS::Queue', { FifoQueue: true, FifoThroughputLimit: 'perMessageGroupId', DeduplicationScope: 'messageGroup' });
  template.allResources('AWS::SQS::Queue', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  template.resourceCountIs('AWS::CloudWatch::Alarm', 10);
});

test('keeps the queues that are there when partitions are added', () => {
  const grown = testStack();
  new PartitionedSettlementQueues(grown, 'Settlement', { partitions: 6 });
  const ids = (of: Template) => Object.keys(of.findResources('AWS::SQS::Queue'));
  expect(ids(Template.fromStack(grown))).toEqual(expect.arrayContaining(ids(template)));
});

test('hands the queue of a partition to its matcher', () => {
  expect(settlement.forPartition(4)).toBe(settlement.queues[4]);
  expect(() => settlement.forPartition(5)).toThrow(/`partition` must be a whole number from 0 to 4, got: 5/);
});

test('grants all partitions at once', () => {
  const statements = statementsOf(stack, stack.getLogicalId(role.node.defaultChild as iam.CfnRole));
  expect(new Set(statements.flatMap(({ actions }) => actions))).toEqual(new Set(['sqs:SendMessage']));
  expect(statements.flatMap(({ resources }) => resources)).toEqual(settlement.queues.map(({ queue }) => stack.resolve(queue.queueArn) as unknown));
});

test('counts over all partitions', () => {
  expect(settlement.metricAgeOfOldestMessage().expression).toBe('MAX(METRICS())');
  expect(settlement.metricWaitingMessages().expression).toBe('SUM(METRICS())');
  expect(Object.keys(settlement.metricWaitingMessages().usingMetrics)).toEqual(['p0', 'p1', 'p2', 'p3', 'p4']);
});

test.each([0, 101, 2.5, Token.asNumber({ Ref: 'Partitions' })])('fails with %s partitions', (partitions) => {
  expect(() => new PartitionedSettlementQueues(testStack(), 'Settlement', { partitions })).toThrow(/`partitions` must be a whole number from 1 to 100/);
});
