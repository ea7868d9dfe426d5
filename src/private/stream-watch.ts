import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type { Construct } from 'constructs';
import { alarm } from './alarms';

/** A metric of one minute of a stream. */
export function streamMetric(
  stream: kinesis.IStream, metricName: string, statistic: string, options: cloudwatch.MetricOptions = {},
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/Kinesis', metricName, dimensionsMap: { StreamName: stream.streamName }, statistic, period: Duration.minutes(1), ...options,
  });
}

/** Fires when a stream refuses records in two of five minutes: below that the writers' retries are enough. */
export function throttledWrites(scope: Construct, stream: kinesis.IStream, what: string, actions?: cloudwatch.IAlarmAction[]): cloudwatch.Alarm {
  return alarm(scope, 'WriteThrottleAlarm', {
    metric: streamMetric(stream, 'WriteProvisionedThroughputExceeded', cloudwatch.Stats.SUM),
    description: `${what} refuses records: a shard takes more than 1 MB or 1,000 records a second.`,
    threshold: 0,
    periods: 5,
    breaching: 2,
    actions,
  });
}
