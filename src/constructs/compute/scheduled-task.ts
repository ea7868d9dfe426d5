import { Duration, RemovalPolicy, Size, Stack, TimeZone, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { HardenedTask } from './hardened-task';
import { TaskOptions } from './task-options';
import { alarm } from '../../private/alarms';
import { checkEgress, connectivity } from '../../private/connectivity';
import { logKey } from '../../private/encrypted-logs';
import { checkFargateSize } from '../../private/fargate-sizes';
import { Faults } from '../../private/faults';
import { serviceRole } from '../../private/service-role';
import { ServiceDefinition } from '../../private/services.generated';

/** Properties of `ScheduledTask`. */
export interface ScheduledTaskProps extends TaskOptions {
  /** The task and what it needs, a container of this package that ends by itself. */
  readonly definition: ServiceDefinition;

  /**
   * When the task is started.
   *
   * @default - every day at 00:05 UTC, when the day before is complete everywhere
   */
  readonly schedule?: scheduler.ScheduleExpression;

  /**
   * How often a start is tried again that ECS refused, from 0 to 185. A task that started and failed is not started again.
   *
   * @default 10
   */
  readonly retryAttempts?: number;

  /**
   * How long after its time a start may still be tried, from one minute to a day.
   *
   * @default Duration.hours(2)
   */
  readonly maxEventAge?: Duration;

  /**
   * Who is told when a run could not be started or failed.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/**
 * A container of this package that runs on Fargate at set times, such as the nightly history. Starts that ECS refuses are tried again; what
 * could not be started and what failed ends up in one queue, with an alarm on the first of them.
 */
export class ScheduledTask extends Construct implements ec2.IConnectable {
  /** The schedule. */
  public readonly schedule: scheduler.CfnSchedule;
  /** Task definition. */
  public readonly taskDefinition: ecs.TaskDefinition;
  /** Role of the code: what the manifest asks for. */
  public readonly taskRole: iam.Role;
  /** Role of the schedule: starting this task on this cluster. */
  public readonly scheduleRole: iam.Role;
  /** Logs of the task. */
  public readonly logGroup: logs.LogGroup;
  /** Starts that were given up, and state changes of tasks that failed. */
  public readonly failures: sqs.Queue;
  /** Finds tasks that failed. */
  public readonly failureRule: events.Rule;
  /** Fires when `failures` holds something. */
  public readonly failureAlarm: cloudwatch.Alarm;
  /** Security group of the task. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Network connections of the task. */
  public readonly connections: ec2.Connections;

  public constructor(scope: Construct, id: string, props: ScheduledTaskProps) {
    super(scope, id);
    const { cluster } = props;
    const rendering = props.definition._rendering();
    const { manifest } = rendering;
    const retryAttempts = props.retryAttempts ?? 10;
    const maxAge = props.maxEventAge ?? Duration.hours(2);
    const faults = new Faults(this.node.path);
    faults.check(manifest.kind === 'container', `\`definition\` must be a container, got the function '${manifest.serviceName}'; use TradingFunction`);
    checkEgress(faults, cluster.vpc, manifest, props.vpcSubnets);
    checkFargateSize(faults, props.cpu ?? 512, (props.memory ?? Size.mebibytes(1024)).toMebibytes());
    faults.check(Token.isUnresolved(retryAttempts) || (Number.isInteger(retryAttempts) && retryAttempts >= 0 && retryAttempts <= 185), `\`retryAttempts\` must be a whole number from 0 to 185, got: ${retryAttempts}`);
    faults.check(maxAge.isUnresolved() || (maxAge.toSeconds() >= 60 && maxAge.toSeconds() <= 86_400), `\`maxEventAge\` must be from one minute to a day, got: ${maxAge.toHumanString()}`);
    faults.throwIfAny();

    const task = new HardenedTask(this, 'Task', rendering, { ...props, encryptionKey: logKey(this, 'LogKey', props.encryptionKey) });
    // It answers no requests: it is well while it runs.
    (task.taskDefinition.node.defaultChild as ecs.CfnTaskDefinition).addPropertyDeletionOverride('ContainerDefinitions.0.HealthCheck');
    this.taskDefinition = task.taskDefinition;
    this.taskRole = task.taskRole;
    this.logGroup = task.logGroup;
    const network = connectivity(this, cluster.vpc, rendering, props);
    this.securityGroup = network.securityGroup;
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup] });
    this.failures = new sqs.Queue(this, 'Failures', {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.scheduleRole = this.createScheduleRole(cluster);
    const when = props.schedule ?? scheduler.ScheduleExpression.cron({ minute: '5', hour: '0', timeZone: TimeZone.ETC_UTC });
    this.schedule = new scheduler.CfnSchedule(this, 'Resource', {
      description: `Runs ${manifest.serviceName}`,
      scheduleExpression: when.expressionString,
      scheduleExpressionTimezone: when.timeZone?.timezoneName,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: cluster.clusterArn,
        roleArn: this.scheduleRole.roleArn,
        deadLetterConfig: { arn: this.failures.queueArn },
        retryPolicy: { maximumRetryAttempts: retryAttempts, maximumEventAgeInSeconds: maxAge.toSeconds() },
        ecsParameters: {
          taskDefinitionArn: this.taskDefinition.taskDefinitionArn,
          launchType: 'FARGATE',
          taskCount: 1,
          enableExecuteCommand: false,
          propagateTags: 'TASK_DEFINITION',
          networkConfiguration: {
            awsvpcConfiguration: {
              assignPublicIp: 'DISABLED',
              subnets: cluster.vpc.selectSubnets(network.vpcSubnets).subnetIds,
              securityGroups: [this.securityGroup.securityGroupId],
            },
          },
        },
      },
    });
    this.failureRule = new events.Rule(this, 'FailureRule', {
      description: `${manifest.serviceName} did not start or ended with an error`,
      eventPattern: {
        source: ['aws.ecs'],
        detailType: ['ECS Task State Change'],
        detail: {
          clusterArn: [cluster.clusterArn],
          taskDefinitionArn: [this.taskDefinition.taskDefinitionArn],
          lastStatus: ['STOPPED'],
          $or: [{ stopCode: ['TaskFailedToStart'] }, { containers: { exitCode: [{ 'anything-but': 0 }] } }],
        },
      },
      targets: [new targets.SqsQueue(this.failures)],
    });
    this.failureAlarm = alarm(this, 'FailureAlarm', {
      metric: this.metricFailures(),
      description: `A run of ${manifest.serviceName} could not be started or failed. The queue says which; start it again by hand for the same day.`,
      threshold: 0,
      actions: props.alarmActions,
    });
  }

  /** Runs that failed and nobody looked at yet. Maximum of five minutes unless said otherwise. */
  public metricFailures(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.failures.metricApproximateNumberOfMessagesVisible({ statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  private createScheduleRole(cluster: ecs.ICluster): iam.Role {
    return serviceRole(this, 'ScheduleRole', {
      description: 'Starts the task at its times',
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } } }),
      statements: [
        new iam.PolicyStatement({
          actions: ['ecs:RunTask'],
          resources: [this.taskDefinition.taskDefinitionArn],
          conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
        }),
        new iam.PolicyStatement({
          actions: ['iam:PassRole'],
          resources: [this.taskRole.roleArn, this.taskDefinition.obtainExecutionRole().roleArn],
          conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
        }),
        new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.failures.queueArn] }),
      ],
    });
  }
}
