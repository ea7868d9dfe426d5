import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { alarm, AlarmOptions } from '../../private/alarms';

/** What makes an alarm of a store fire, and whom it calls. */
export interface DataAlarm extends AlarmOptions {
  readonly periods: number;
}

/** Defines an alarm that fires at its threshold already, after all of its periods unless fewer are said to be enough. */
export function dataAlarm(scope: Construct, id: string, options: DataAlarm): cloudwatch.Alarm {
  return alarm(scope, id, {
    ...options,
    breaching: options.breaching ?? options.periods,
    comparison: options.comparison ?? cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  });
}

/** A metric of one minute, which every option may change. */
export function minuteMetric(
  namespace: string, metricName: string, dimensionsMap: Record<string, string>, statistic: string, options: cloudwatch.MetricOptions = {},
): cloudwatch.Metric {
  return new cloudwatch.Metric({ namespace, metricName, dimensionsMap, statistic, period: Duration.minutes(1), ...options });
}

/**
 * An alarm on something that must happen again and again and did not. It looks at every hour, because a sum over a day would jump
 * with the minute at which a job ends.
 */
export function overdueAlarm(scope: Construct, id: string, options: {
  readonly description: string;
  readonly hourlyMetric: cloudwatch.IMetric;
  readonly overdueAfter: Duration;
  readonly actions?: cloudwatch.IAlarmAction[];
}): cloudwatch.Alarm {
  return dataAlarm(scope, id, {
    description: options.description,
    metric: options.hourlyMetric,
    threshold: 1,
    periods: options.overdueAfter.toHours(),
    comparison: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    missing: cloudwatch.TreatMissingData.BREACHING,
    actions: options.actions,
  });
}

/** CloudWatch looks back seven days at most. */
export function isOverduePeriod(duration: Duration): boolean {
  const hours = duration.toHours({ integral: false });
  return Number.isInteger(hours) && hours >= 2 && hours <= 168;
}
