import { Duration } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';

/**
 * An OpenTelemetry collector beside the container of a service: reads its Prometheus metrics, takes its traces. A service whose manifest knows
 * a collector is told where it is, and begins to trace a share of its requests.
 */
export interface CollectorOptions {
  /**
   * Image of the collector, the AWS Distro for OpenTelemetry or one that is configured like it. Name it by its digest once you have
   * read it from your registry.
   *
   * @default - public.ecr.aws/aws-observability/aws-otel-collector:v0.45.0, which only a service with internet egress can pull
   */
  readonly image?: ecs.ContainerImage;

  /**
   * Port on which the service shows its metrics to Prometheus, at `/metrics`: 9464, unless its definition says otherwise.
   *
   * @default - they are not read; CloudWatch has those that alarms need without it
   */
  readonly prometheusPort?: number;

  /**
   * How often the metrics are read: 5 to 300 seconds.
   *
   * @default Duration.seconds(30)
   */
  readonly scrapeInterval?: Duration;

  /**
   * Namespace of the metrics in CloudWatch.
   *
   * @default 'Trading'
   */
  readonly metricNamespace?: string;

  /**
   * Memory of the collector in MiB, out of the task's.
   *
   * @default 256
   */
  readonly memoryMiB?: number;
}
