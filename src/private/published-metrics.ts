import { Duration, Names } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import type { ServiceRendering } from './service-rendering';

/** Namespace of what services publish themselves, with their logs. */
const NAMESPACE = 'TradingPlatform';

/** A metric that a service publishes itself: the maximum of a minute. */
export function publishedMetric(
  metricName: string, dimensionsMap: { [name: string]: string }, options: cloudwatch.MetricOptions = {},
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: NAMESPACE, metricName, dimensionsMap, statistic: cloudwatch.Stats.MAXIMUM, period: Duration.minutes(1), ...options,
  });
}

/** Names a service among the metrics of the account, in which there may be other systems; one that was named by its user keeps that. */
export function nameAmongMetrics(
  scope: Construct, { manifest, environment }: ServiceRendering, container: ecs.ContainerDefinition,
): string | undefined {
  if (manifest.metricsName === undefined) return undefined;
  const given = environment[manifest.metricsName];
  if (given !== undefined) return given;
  const name = Names.uniqueResourceName(scope, { maxLength: 200, separator: '-' });
  container.addEnvironment(manifest.metricsName, name);
  return name;
}
