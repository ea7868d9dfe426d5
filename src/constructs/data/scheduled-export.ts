import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { IBackupBucket } from './backup-bucket';
import { dataAlarm, isOverduePeriod, minuteMetric, overdueAlarm } from './data-alarms';
import type { ScheduledExportOptions } from './export-options';
import { Faults } from '../../private/faults';

/** What an export is made of. */
export interface ExportCall {
  readonly subject: string;
  /** Service and operation as EventBridge Scheduler names them, such as `dynamodb:exportTableToPointInTime`. */
  readonly operation: string;
  readonly input: Record<string, unknown>;
  readonly statements: iam.PolicyStatement[];
  /** Keys of the object that an export writes last, with `*` for what is not known before. */
  readonly lastObject: string;
}

/** Folder of the exports of a construct. */
export function exportPrefix(scope: Construct, kind: string, prefix?: string): string {
  return prefix ?? `${kind}/${scope.node.path.replace(/[^A-Za-z0-9/_-]/g, '-')}`;
}

/** Faults of the options that all exports have. */
export function checkExport(faults: Faults, options: ScheduledExportOptions): void {
  const { overdueAfter, prefix } = options;
  faults.check(overdueAfter === undefined || isOverduePeriod(overdueAfter), `\`overdueAfter\` must be whole hours from 2 to 168, got: ${overdueAfter?.toHumanString()}`);
  faults.check(prefix === undefined || /^[^/*].*[^/]$/.test(prefix), `\`prefix\` must be a folder without a slash at either end, got: '${prefix}'`);
}

/** A role with one policy of its own that is not inline, so that it can be looked at and reused as a whole. */
export function exportRole(scope: Construct, id: string, service: string, description: string, statements: iam.PolicyStatement[]): iam.Role {
  const role = new iam.Role(scope, id, {
    description,
    assumedBy: new iam.ServicePrincipal(service, { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } } }),
  });
  new iam.ManagedPolicy(scope, `${id}Policy`, { description, roles: [role], statements });
  return role;
}

/**
 * Calls an AWS operation on a schedule, without any code of ours, and watches both that the call is accepted and that its last object
 * arrives: EventBridge sees it, writes it to the log of the bucket, and counts it.
 */
export class ExportSchedule extends Construct {
  public readonly group: scheduler.CfnScheduleGroup;
  public readonly schedule: scheduler.CfnSchedule;
  public readonly role: iam.Role;
  public readonly rule: events.Rule;
  public readonly failedAlarm: cloudwatch.Alarm;
  public readonly overdueAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, options: ScheduledExportOptions, call: ExportCall) {
    super(scope, id);
    const { destination, alarmActions: actions } = options;
    const overdueAfter = options.overdueAfter ?? Duration.hours(30);
    this.role = exportRole(this, 'Role', 'scheduler.amazonaws.com', `Starts the export of ${call.subject}`, call.statements);
    // A group of its own, because the scheduler counts by group.
    this.group = new scheduler.CfnScheduleGroup(this, 'Group');
    const expression = options.schedule ?? scheduler.ScheduleExpression.cron({ hour: '1', minute: '30' });
    this.schedule = new scheduler.CfnSchedule(this, 'Resource', {
      description: `Export of ${call.subject}`,
      groupName: this.group.ref,
      scheduleExpression: expression.expressionString,
      scheduleExpressionTimezone: expression.timeZone?.timezoneName,
      flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: 15 },
      target: {
        arn: `arn:${Stack.of(this).partition}:scheduler:::aws-sdk:${call.operation}`,
        roleArn: this.role.roleArn,
        input: Stack.of(this).toJsonString(call.input),
        retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 5 },
      },
    });
    // Access is part of what the schedule needs: without it the first run would fail.
    this.schedule.node.addDependency(this.node.findChild('RolePolicy'));
    this.rule = this.watch(destination, call);
    this.failedAlarm = dataAlarm(this, 'FailedAlarm', {
      description: `The export of ${call.subject} could not be started: see the call ${call.operation} in CloudTrail.`,
      metric: this.metricFailedCalls(), threshold: 1, periods: 1, actions,
    });
    this.overdueAlarm = overdueAlarm(this, 'OverdueAlarm', {
      description: `No export of ${call.subject} has been complete for ${overdueAfter.toHumanString()}. A new alarm stays on until the first export.`,
      hourlyMetric: this.metricCompleted(), overdueAfter, actions,
    });
  }

  public metricCompleted(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return minuteMetric('AWS/Events', 'TriggeredRules', { RuleName: this.rule.ruleName }, cloudwatch.Stats.SUM, { period: Duration.hours(1), ...options });
  }

  public metricFailedCalls(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    const metric = (name: string) => minuteMetric('AWS/Scheduler', name, { ScheduleGroup: this.group.ref }, cloudwatch.Stats.SUM, { period: Duration.minutes(5) });
    return new cloudwatch.MathExpression({
      expression: 'FILL(errors, 0) + FILL(dropped, 0)',
      usingMetrics: { errors: metric('TargetErrorCount'), dropped: metric('InvocationDroppedCount') },
      label: 'Calls that were refused',
      period: Duration.minutes(5),
      ...options,
    });
  }

  private watch(destination: IBackupBucket, call: ExportCall): events.Rule {
    return new events.Rule(this, 'Completed', {
      description: `Export of ${call.subject} is complete`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [destination.bucket.bucketName] }, object: { key: events.Match.wildcard(call.lastObject) } },
      },
      // The target of the library would define the log's policy with a function; the log has its policy already.
      targets: [{ bind: () => ({ arn: Stack.of(this).formatArn({ service: 'logs', resource: `log-group:${destination.completionLog.logGroupName}` }) }) }],
    });
  }
}
