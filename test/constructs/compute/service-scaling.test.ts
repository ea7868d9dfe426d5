import { Duration, Lazy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { TradingService } from '../../../src';
import { ServiceScaling } from '../../../src/constructs/compute/service-scaling';
import { TradingServiceProps } from '../../../src/constructs/compute/trading-service';
import { apiDefinition, platform } from '../../support/platform';

const connections = new cloudwatch.Metric({ namespace: 'AWS/ApplicationELB', metricName: 'ActiveConnectionCount', dimensionsMap: { LoadBalancer: 'app/x/1' }, statistic: 'Sum', period: Duration.minutes(1) });

function scaled(change: Partial<TradingServiceProps> = {}) {
  const parts = platform();
  const service = new TradingService(parts.stack, 'Api', { cluster: parts.cluster, definition: apiDefinition(parts), minCapacity: 3, maxCapacity: 30, ...change });
  return { ...parts, service };
}

interface Query {
  Id: string;
  Expression?: string;
  ReturnData?: boolean;
  MetricStat?: { Metric: { MetricName: string; Namespace: string; Dimensions: Array<{ Name: string; Value: unknown }> }; Stat: string };
}
interface Tracking { TargetValue: number; CustomizedMetricSpecification?: { Metrics: Query[] } }
interface Policy { Properties: { TargetTrackingScalingPolicyConfiguration: Tracking } }

/** The policy on a load per task. */
function perTask(template: Template) {
  const policies = Object.values(template.findResources('AWS::ApplicationAutoScaling::ScalingPolicy')) as unknown as Policy[];
  const [{ Properties: { TargetTrackingScalingPolicyConfiguration: { TargetValue, CustomizedMetricSpecification } } }] = policies
    .filter(({ Properties }) => Properties.TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification !== undefined);
  return { target: TargetValue, metrics: CustomizedMetricSpecification!.Metrics };
}

test('keeps CPU and memory at 70 % unless told otherwise', () => {
  const template = Template.fromStack(scaled().stack);
  for (const type of ['ECSServiceAverageCPUUtilization', 'ECSServiceAverageMemoryUtilization']) {
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: Match.objectLike({ TargetValue: 70, PredefinedMetricSpecification: { PredefinedMetricType: type } }),
    });
  }
});

test('follows the connections of a task, 70 % of what it was measured to carry, each counted twice by the load balancer', () => {
  const { stack, service } = scaled({ scaling: [ServiceScaling.cpu()] });
  service.addScaling(ServiceScaling.connections({ metric: connections, connectionsPerTask: 5000, countsPerConnection: 2 }));
  const { target, metrics } = perTask(Template.fromStack(stack));
  expect(target).toBe(7000);
  const [load, tasks, share] = metrics;
  expect(load.MetricStat).toMatchObject({ Metric: { Namespace: 'AWS/ApplicationELB', MetricName: 'ActiveConnectionCount', Dimensions: [{ Name: 'LoadBalancer', Value: 'app/x/1' }] }, Stat: 'Sum' });
  expect(tasks.MetricStat).toMatchObject({ Metric: { Namespace: 'ECS/ContainerInsights', MetricName: 'RunningTaskCount' }, Stat: 'Average' });
  expect(tasks.MetricStat!.Metric.Dimensions.map(({ Name }) => Name)).toEqual(['ClusterName', 'ServiceName']);
  expect(share).toMatchObject({ Expression: `${load.Id} / ${tasks.Id}`, ReturnData: true });
  expect([load, tasks].map(({ ReturnData }) => ReturnData)).toEqual([false, false]);
});

test('follows the messages that wait, per task', () => {
  const { stack, service } = scaled({ scaling: [ServiceScaling.cpu()] });
  service.addScaling(ServiceScaling.queueDepth({ queue: new sqs.Queue(stack, 'Work'), messagesPerTask: 25 }));
  const { target, metrics } = perTask(Template.fromStack(stack));
  expect(target).toBe(25);
  expect(metrics[0].MetricStat).toMatchObject({ Metric: { Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible' }, Stat: 'Maximum' });
});

test('leaves the number of tasks alone when it deploys, and sets it when it is fixed', () => {
  const [follows] = Object.values(Template.fromStack(scaled().stack).findResources('AWS::ECS::Service'));
  expect(follows.Properties.DesiredCount).toBeUndefined();
  const [fixed] = Object.values(Template.fromStack(scaled({ maxCapacity: 3 }).stack).findResources('AWS::ECS::Service'));
  expect(fixed.Properties.DesiredCount).toBe(3);
});

test('fails to follow anything with a fixed number of tasks, or the same twice', () => {
  expect(() => scaled({ maxCapacity: 3 }).service.addScaling(ServiceScaling.cpu())).toThrow(/Test\/Api: the number of tasks is fixed, so it cannot follow 'Cpu'; set `maxCapacity`/);
  expect(() => scaled().service.addScaling(ServiceScaling.memory(50))).toThrow(/follows 'Memory' already/);
  expect(() => scaled({ maxCapacity: 3, scaling: [ServiceScaling.cpu()] })).toThrow(/`scaling` needs `maxCapacity` above the minimum/);
});

test.each([
  [() => ServiceScaling.cpu(95), /ServiceScaling.cpu: `targetPercent` must be from 10 to 90, got: 95/],
  [() => ServiceScaling.memory(5), /ServiceScaling.memory: `targetPercent`/],
  [() => ServiceScaling.connections({ metric: connections, connectionsPerTask: 0, targetPercent: 100 }), /`connectionsPerTask` must be above 0, got: 0; `targetPercent` must be from 10 to 90, got: 100/],
  [() => ServiceScaling.connections({ metric: connections, connectionsPerTask: Lazy.number({ produce: () => 1 }) }), /`connectionsPerTask` must be a plain value, got an unresolved token/],
  [() => ServiceScaling.queueDepth({ queue: new sqs.Queue(platform().stack, 'Work'), messagesPerTask: -1 }), /`messagesPerTask` must be above 0, got: -1/],
])('fails for a rule that cannot be followed %#', (make, message) => {
  expect(make).toThrow(message);
});
