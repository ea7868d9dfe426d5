import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { ScheduledExportOptions } from './export-options';
import { checkExport, ExportCall, ExportSchedule } from './scheduled-export';
import { Faults } from '../../private/faults';

/** What every export on a schedule has: the call, what sees that it is complete, and alarms on both. */
export abstract class DataExport extends Construct {
  private nightly?: ExportSchedule;

  /**
   * @param scope scope of the export
   * @param id id of the export
   * @param options where it goes, and when
   */
  protected constructor(scope: Construct, id: string, options: ScheduledExportOptions) {
    super(scope, id);
    const faults = new Faults(this.node.path);
    checkExport(faults, options);
    faults.throwIfAny();
  }

  /** The schedule. */
  public get schedule(): scheduler.CfnSchedule {
    return this.parts.schedule;
  }

  /** Group of the schedule alone, because the scheduler counts by group. */
  public get scheduleGroup(): scheduler.CfnScheduleGroup {
    return this.parts.group;
  }

  /** Role that the scheduler starts the export with. */
  public get role(): iam.Role {
    return this.parts.role;
  }

  /** Sees the last object of each export. */
  public get completedRule(): events.Rule {
    return this.parts.rule;
  }

  /** Fires when an export is not accepted. */
  public get failedAlarm(): cloudwatch.Alarm {
    return this.parts.failedAlarm;
  }

  /** Fires when no export was complete in time. */
  public get overdueAlarm(): cloudwatch.Alarm {
    return this.parts.overdueAlarm;
  }

  /**
   * Exports per hour that were complete.
   *
   * @param options what to change about the metric
   */
  public metricCompleted(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.parts.metricCompleted(options);
  }

  /**
   * Calls in five minutes that were refused or that the scheduler gave up on.
   *
   * @param options what to change about the metric
   */
  public metricFailedCalls(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.parts.metricFailedCalls(options);
  }

  /**
   * Puts the call on its schedule.
   *
   * @internal
   */
  protected _start(options: ScheduledExportOptions, call: ExportCall): void {
    this.nightly = new ExportSchedule(this, 'Schedule', options, call);
  }

  private get parts(): ExportSchedule {
    if (this.nightly === undefined) throw new Error(`${this.node.path}: the export has not been put on its schedule`);
    return this.nightly;
  }
}
