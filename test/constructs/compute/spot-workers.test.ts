import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { ServiceDefinition } from '../../../src';
import { SpotWorkers, SpotWorkersProps } from '../../../src/constructs/compute/spot-workers';
import { Platform, platform, settlementDefinition } from '../../support/platform';

const streamer = ({ marketData, cache }: Platform) =>
  ServiceDefinition.streamer({ marketDataStream: marketData.stream, cache, cacheAuthToken: cache.authToken });

function define(change: Partial<SpotWorkersProps> = {}, withQueue = true) {
  const parts = platform();
  const queue = withQueue ? new sqs.Queue(parts.stack, 'Work') : undefined;
  const workers = new SpotWorkers(parts.stack, 'Workers', { cluster: parts.cluster, definition: streamer(parts), queue, ...change });
  return { ...parts, workers, queue };
}

interface Step { MetricIntervalLowerBound?: number; MetricIntervalUpperBound?: number; ScalingAdjustment: number }
interface Policy { Properties: { StepScalingPolicyConfiguration: { StepAdjustments: Step[] } } }
interface BacklogAlarm { Properties: { Threshold: number; AlarmActions: Array<{ Ref: string }>; Metrics?: Array<{ Expression?: string }> } }

/** The number of workers that the scaling policies set for a backlog, or undefined when none applies. */
function workersFor(template: Template, backlog: number): number | undefined {
  const policies = template.findResources('AWS::ApplicationAutoScaling::ScalingPolicy') as unknown as Record<string, Policy>;
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')) as unknown as BacklogAlarm[];
  for (const { Properties: { Threshold, AlarmActions } } of alarms.filter(({ Properties }) => Properties.Metrics?.some(({ Expression }) => Expression === 'waiting + working'))) {
    const { StepAdjustments } = policies[AlarmActions[0].Ref].Properties.StepScalingPolicyConfiguration;
    const over = backlog - Threshold;
    const step = StepAdjustments.find(({ MetricIntervalLowerBound, MetricIntervalUpperBound }) =>
      over >= (MetricIntervalLowerBound ?? -Infinity) && over < (MetricIntervalUpperBound ?? Infinity));
    if (step !== undefined) return step.ScalingAdjustment;
  }
  return undefined;
}

test('runs on Spot only, two minutes to stop, nothing must stay healthy', () => {
  const template = Template.fromStack(define().stack);
  template.hasResourceProperties('AWS::ECS::Service', {
    CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE_SPOT', Weight: 1 }],
    DeploymentConfiguration: Match.objectLike({ MinimumHealthyPercent: 0, MaximumPercent: 200 }),
    NetworkConfiguration: { AwsvpcConfiguration: Match.objectLike({ AssignPublicIp: 'DISABLED' }) },
  });
  template.hasResourceProperties('AWS::ECS::TaskDefinition', { ContainerDefinitions: [Match.objectLike({ StopTimeout: 120, ReadonlyRootFilesystem: true })] });
});

test('keeps a base on demand when told to', () => {
  Template.fromStack(define({ onDemandBase: 2 }).stack).hasResourceProperties('AWS::ECS::Service', {
    CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Base: 2, Weight: 0 }, { CapacityProvider: 'FARGATE_SPOT', Weight: 1 }],
  });
});

test('follows the queue from none to the maximum, counting what is in work', () => {
  const template = Template.fromStack(define({ maxCapacity: 12, messagesPerWorker: 5 }).stack);
  template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 0, MaxCapacity: 12 });
  expect([0, 1, 5, 6, 10, 11, 20, 21, 40, 41, 1000].map((backlog) => workersFor(template, backlog))).toEqual([0, 1, 1, 2, 2, 4, 4, 8, 8, 12, 12]);
});

test('never goes below the minimum', () => {
  const template = Template.fromStack(define({ minCapacity: 3, maxCapacity: 6, messagesPerWorker: 1 }).stack);
  expect([0, 1, 4, 5, 100].map((backlog) => workersFor(template, backlog))).toEqual([3, 3, 4, 6, 6]);
});

test('is a fixed number without a queue', () => {
  const { stack, workers } = define({ minCapacity: 4 }, false);
  expect(workers.scaling).toBeUndefined();
  Template.fromStack(stack).hasResourceProperties('AWS::ECS::Service', { DesiredCount: 4 });
});

test('alarms when work waits too long', () => {
  Template.fromStack(define({ maxWait: Duration.minutes(10) }).stack).hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'ApproximateAgeOfOldestMessage', Threshold: 600 });
});

test('encrypts its logs', () => {
  const { stack, workers } = define();
  const id = stack.getLogicalId(workers.logGroup.node.defaultChild as never);
  expect(Template.fromStack(stack).findResources('AWS::Logs::LogGroup')[id].Properties).toHaveProperty('KmsKeyId');
});

test.each([
  [{ minCapacity: -1 }, true, /`minCapacity` must be 0 or more/],
  [{ minCapacity: 5, maxCapacity: 4 }, true, /not above `maxCapacity`, got: 5 and 4/],
  [{ maxCapacity: 4 }, false, /`queue` must be given for the number of workers to follow it/],
  [{ messagesPerWorker: 0 }, true, /`messagesPerWorker` must be 1 or more/],
  [{ onDemandBase: 21 }, true, /`onDemandBase` must be from 0 to 20, got: 21/],
  [{ stopTimeout: Duration.seconds(121) }, true, /`stopTimeout` must be from 30 to 120 seconds.*got: 2 minutes 1 second/],
  [{ stopTimeout: Duration.seconds(10) }, true, /`stopTimeout` must be/],
] as Array<[Partial<SpotWorkersProps>, boolean, RegExp]>)('fails for %j', (change, withQueue, message) => {
  expect(() => define(change, withQueue)).toThrow(message);
});

test('fails for a matcher, which AWS must not take back', () => {
  const parts = platform();
  const journalConsumer = kinesis.StreamConsumer.fromStreamConsumerArn(parts.stack, 'Consumer', 'arn:aws:kinesis:us-east-1:111111111111:stream/journal/consumer/a:1');
  const definition = ServiceDefinition.referenceMatcher({
    journalStream: parts.journal.stream, journalConsumer, leaseTable: parts.leases.table, settlementQueue: parts.settlement.queue,
    snapshotBucket: parts.coldStore.bucket, cache: parts.cache, cacheAuthToken: parts.cache.authToken,
  } as never);
  expect(() => new SpotWorkers(parts.stack, 'Workers', { cluster: parts.cluster, definition })).toThrow(/must not put 'reference-matcher' on Spot.*use MatchingService/);
});

test('fails for a function', () => {
  const parts = platform();
  expect(() => new SpotWorkers(parts.stack, 'Workers', { cluster: parts.cluster, definition: settlementDefinition(parts) })).toThrow(/must be a container/);
});
