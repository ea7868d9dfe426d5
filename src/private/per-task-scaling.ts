import { Names } from 'aws-cdk-lib';
import * as appscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ecs from 'aws-cdk-lib/aws-ecs';

/** A load that is shared by the tasks of a service, and how much of it each should have. */
export interface PerTaskTarget {
  readonly service: ecs.BaseService;
  readonly metric: cloudwatch.Metric;
  readonly target: number;
}

/**
 * Keeps a metric, divided by the number of running tasks, at a target. On the resource itself: the L2 takes no expressions, and the load
 * alone would fall behind as soon as tasks were added.
 */
export function trackPerTask(scaling: ecs.ScalableTaskCount, id: string, { service, metric, target }: PerTaskTarget): void {
  const { metricStat } = metric.toMetricConfig();
  if (metricStat === undefined) throw new Error(`${service.node.path}: the metric of '${id}' must be one metric, got an expression`);
  const tasks = { ClusterName: service.cluster.clusterName, ServiceName: service.serviceName };
  new appscaling.CfnScalingPolicy(scaling, id, {
    policyName: `${Names.uniqueResourceName(scaling, { maxLength: 200 })}${id}`,
    policyType: 'TargetTrackingScaling',
    scalingTargetId: (scaling.node.findChild('Target') as appscaling.ScalableTarget).scalableTargetId,
    targetTrackingScalingPolicyConfiguration: {
      targetValue: target,
      scaleInCooldown: 300,
      scaleOutCooldown: 30,
      customizedMetricSpecification: {
        metrics: [
          {
            id: 'load',
            returnData: false,
            metricStat: {
              metric: {
                namespace: metricStat.namespace,
                metricName: metricStat.metricName,
                dimensions: (metricStat.dimensions ?? []).map(({ name, value }) => ({ name, value: String(value) })),
              },
              stat: metricStat.statistic,
            },
          },
          {
            id: 'tasks',
            returnData: false,
            metricStat: {
              metric: {
                namespace: 'ECS/ContainerInsights',
                metricName: 'RunningTaskCount',
                dimensions: Object.entries(tasks).map(([name, value]) => ({ name, value })),
              },
              stat: 'Average',
            },
          },
          { id: 'share', expression: 'load / tasks', label: 'Load of a task', returnData: true },
        ],
      },
    },
  });
}
