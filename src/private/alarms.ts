import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

/** An alarm in words: what it means, where it lies, how long before it fires. */
export interface AlarmOptions {
  readonly metric: cloudwatch.IMetric;
  readonly description: string;
  readonly threshold: number;
  /** Periods of the metric in a row that must be beyond the threshold. */
  readonly periods?: number;
  /** Periods of them that must be beyond it, in any order. Left out, CloudWatch wants all of them. */
  readonly breaching?: number;
  readonly comparison?: cloudwatch.ComparisonOperator;
  readonly missing?: cloudwatch.TreatMissingData;
  readonly actions?: cloudwatch.IAlarmAction[];
}

/** An alarm that tells the same actions when it fires and when it is over. */
export function alarm(scope: Construct, id: string, options: AlarmOptions): cloudwatch.Alarm {
  const result = new cloudwatch.Alarm(scope, id, {
    metric: options.metric,
    alarmDescription: options.description,
    threshold: options.threshold,
    evaluationPeriods: options.periods ?? 1,
    datapointsToAlarm: options.breaching,
    comparisonOperator: options.comparison ?? cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    treatMissingData: options.missing ?? cloudwatch.TreatMissingData.NOT_BREACHING,
  });
  for (const action of options.actions ?? []) {
    result.addAlarmAction(action);
    result.addOkAction(action);
  }
  return result;
}
