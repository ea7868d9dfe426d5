import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as targets from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { TradingFunction } from '../../constructs/compute/trading-function';
import { alarm } from '../../private/alarms';

/** Properties of `ScheduledFunction`. */
export interface ScheduledFunctionProps {
  /** The function. */
  readonly target: TradingFunction;
  /** When it runs, by what it is given. */
  readonly runs: { [id: string]: ScheduledRun };
  /** What does not happen when it fails, for the alarm. */
  readonly loss: string;
  /**
   * Who is told about alarms.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/** When a function runs, and what it is given. */
export interface ScheduledRun {
  /** When. */
  readonly schedule: scheduler.ScheduleExpression;
  /** What it is given. */
  readonly input: { [name: string]: string };
}

/** A function that EventBridge calls at set times, under a role that may call it and nothing else, with an alarm when calls fail. */
export class ScheduledFunction extends Construct {
  /** Role with which the scheduler calls the function. */
  public readonly role: iam.Role;
  /** The schedules. */
  public readonly schedules: scheduler.Schedule[];
  /** Fires when a call in each of three periods of five minutes fails. */
  public readonly failureAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: ScheduledFunctionProps) {
    super(scope, id);
    const target = props.target.function;
    this.role = new iam.Role(this, 'Role', {
      description: `EventBridge calls ${target.node.path}`,
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } } }),
    });
    // The function by its own name, not every version of it.
    this.role.addToPolicy(new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] }));
    const role = iam.Role.fromRoleArn(this, 'Caller', this.role.roleArn, { mutable: false });
    this.schedules = Object.entries(props.runs).map(([name, { schedule, input }]) => new scheduler.Schedule(this, name, {
      schedule,
      target: new targets.LambdaInvoke(target, {
        role,
        input: scheduler.ScheduleTargetInput.fromObject(input),
        // The next one comes anyway; one that is late is worth nothing.
        retryAttempts: 0,
        maxEventAge: Duration.minutes(1),
      }),
    }));
    for (const schedule of this.schedules) schedule.node.addDependency(this.role);
    this.failureAlarm = alarm(this, 'FailureAlarm', {
      metric: props.target.metricErrors({ period: Duration.minutes(5), statistic: cloudwatch.Stats.SUM }),
      description: `${props.loss} Look at the logs of ${target.node.path}.`,
      threshold: 0,
      periods: 3,
      actions: props.alarmActions,
    });
  }
}
