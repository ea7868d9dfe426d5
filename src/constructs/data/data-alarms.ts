import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

/** What makes an alarm of a store fire, and whom it calls. */
export interface DataAlarm {
  /** What has happened and what to do, as the person on call reads it. */
  readonly description: string;
  readonly metric: cloudwatch.IMetric;
  readonly threshold: number;
  /** Periods that are looked at. */
  readonly periods: number;
  /** Periods of them that must be beyond the threshold; all of them unless given. */
  readonly breaching?: number;
  /** Fires above the threshold or at it, unless said otherwise. */
  readonly comparison?: cloudwatch.ComparisonOperator;
  /** Silence is good news, unless said otherwise. */
  readonly missing?: cloudwatch.TreatMissingData;
  readonly actions?: cloudwatch.IAlarmAction[];
}

/** Defines an alarm that reports both that something broke and that it is well again. */
export function dataAlarm(scope: Construct, id: string, alarm: DataAlarm): cloudwatch.Alarm {
  const result = new cloudwatch.Alarm(scope, id, {
    alarmDescription: alarm.description,
    metric: alarm.metric,
    threshold: alarm.threshold,
    evaluationPeriods: alarm.periods,
    datapointsToAlarm: alarm.breaching ?? alarm.periods,
    comparisonOperator: alarm.comparison ?? cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: alarm.missing ?? cloudwatch.TreatMissingData.NOT_BREACHING,
  });
  for (const action of alarm.actions ?? []) {
    result.addAlarmAction(action);
    result.addOkAction(action);
  }
  return result;
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
