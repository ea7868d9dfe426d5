import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { StreamReplay, StreamReplayProps } from '../../../src/constructs/messaging/stream-replay';
import { testStack } from '../../support/apps';
import { givenFunction } from '../../support/given';
import { resourcesOf } from '../../support/templates';

const FROM = new Date('2025-12-10T00:05:00.750Z');

function define(change: Partial<StreamReplayProps> = {}) {
  const stack = testStack();
  const stream = kinesis.Stream.fromStreamArn(stack, 'Stream', 'arn:aws:kinesis:us-east-1:111111111111:stream/market-data');
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  const handler = new lambda.Function(stack, 'Fill', { runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromInline('exports.handler = () => {}'), role });
  const replay = new StreamReplay(stack, 'Replay', { stream, handler, startAt: FROM, ...change });
  return { stack, replay, role, template: Template.fromStack(stack) };
}

test('reads from the moment on, one call per shard at a time', () => {
  define().template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    EventSourceArn: 'arn:aws:kinesis:us-east-1:111111111111:stream/market-data',
    StartingPosition: 'AT_TIMESTAMP',
    StartingPositionTimestamp: Date.UTC(2025, 11, 10, 0, 5) / 1000,
    BatchSize: 100,
    ParallelizationFactor: 1,
    Enabled: true,
  });
});

test('sets aside what fails five times, piece by piece, and says so', () => {
  const { stack, replay, template } = define();
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 5,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    DestinationConfig: { OnFailure: { Destination: stack.resolve(replay.failedQueue.queueArn) } },
  });
  template.hasResource('AWS::SQS::Queue', { DeletionPolicy: 'Retain', Properties: { MessageRetentionPeriod: 1209600, SqsManagedSseEnabled: true } });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 0 });
});

test('lets the function read this stream and set aside, before it is called, and nothing else', () => {
  const { stack, role, replay, template } = define();
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
    Roles: [stack.resolve(role.roleName)],
    PolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Action: ['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'],
          Resource: 'arn:aws:kinesis:us-east-1:111111111111:stream/market-data',
        },
        { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: stack.resolve(replay.failedQueue.queueArn) },
      ],
    },
  });
  template.resourceCountIs('AWS::IAM::Policy', 0);
  const [mapping] = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping');
  expect(mapping.DependsOn).toEqual([stack.getLogicalId(replay.policy.node.defaultChild as iam.CfnManagedPolicy)]);
});

test('can be switched off', () => {
  define({ enabled: false }).template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { Enabled: false, StartingPosition: Match.anyValue() });
});

test.each<[string, Partial<StreamReplayProps>, RegExp]>([
  ['no moment', { startAt: new Date('yesterday') }, /`startAt` must be a moment such as new Date\('2025-12-10T00:00:00Z'\), got: Invalid Date/],
  ['a function without a role', { handler: givenFunction(testStack(), 'Fill') }, /`handler` must have a role.*import the function with its role/],
  ['too much at a time', { batchSize: 10_001 }, /`batchSize` must be a whole number from 1 to 10000, got: 10001/],
  ['too many at a time', { parallelCalls: 11 }, /`parallelCalls` must be a whole number from 1 to 10, got: 11/],
])('fails with %s', (_, change, message) => {
  expect(() => define(change)).toThrow(message);
});
