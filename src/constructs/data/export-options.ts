import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type { IBackupBucket } from './backup-bucket';

/** What can be chosen for every export. */
export interface ScheduledExportOptions {
  /** Where the export goes. */
  readonly destination: IBackupBucket;

  /**
   * When the export starts.
   *
   * @default - every day at 01:30 UTC
   */
  readonly schedule?: scheduler.ScheduleExpression;

  /**
   * Folder of the exports in the bucket, without a slash at either end.
   *
   * @default - a folder of the kind of the source and the path of the construct
   */
  readonly prefix?: string;

  /**
   * How long no export may be complete before the alarm fires: whole hours, at most seven days. Longer than the schedule's interval.
   *
   * @default Duration.hours(30)
   */
  readonly overdueAfter?: Duration;

  /**
   * Who is told when an alarm of the export changes its state.
   *
   * @default - nobody; the alarms exist
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}
