import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { BackupRetention } from './backup-retention';
import { dataAlarm, isOverduePeriod, minuteMetric, overdueAlarm } from './data-alarms';
import { Faults } from '../../private/faults';

/** Properties of `TradingBackup`. */
export interface TradingBackupProps {
  /**
   * What is backed up, for example `backup.BackupResource.fromDynamoDbTable(trades.table)`.
   *
   * @default - nothing until `select` is called
   */
  readonly resources?: backup.BackupResource[];

  /**
   * When backups start, in UTC.
   *
   * @default - every day at 05:00
   */
  readonly schedule?: events.Schedule;

  /**
   * How long a backup is kept.
   *
   * @default BackupRetention.FULL
   */
  readonly retention?: BackupRetention;

  /**
   * How long no backup may end well before the alarm fires: whole hours, at most seven days. Longer than the schedule's interval.
   *
   * @default Duration.hours(28)
   */
  readonly overdueAfter?: Duration;

  /**
   * Vault of another region that every backup is copied to, for the loss of this one.
   *
   * @default - no copies
   */
  readonly copyTo?: backup.IBackupVault;

  /**
   * Key that encrypts the backups of services that AWS Backup stores itself, such as DynamoDB.
   *
   * @default - the key of AWS Backup in this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Makes the vault refuse to shorten or delete what it holds. With `changeableFor` nobody can ever take the lock away after that
   * time, AWS included.
   *
   * @default - deletion is refused by the policy of the vault, which an administrator can change
   */
  readonly lock?: backup.LockConfiguration;

  /**
   * Role that AWS Backup reads the resources with.
   *
   * @default - a role with the policy that AWS maintains for it
   */
  readonly role?: iam.IRole;

  /**
   * Who is told when an alarm of the backups changes its state.
   *
   * @default - nobody; the alarms exist
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * What happens to the vault when it leaves the stack. A vault that holds backups cannot be deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Daily backups of tables and databases in a vault that nobody deletes from, kept for 35 days and copied to another region if one is
 * given, with alarms on backups that fail, do not fit into their window, or are missing.
 */
export class TradingBackup extends Construct {
  /** The vault. */
  public readonly vault: backup.BackupVault;
  /** The plan. */
  public readonly plan: backup.BackupPlan;
  /** Role that AWS Backup reads the resources with. */
  public readonly role: iam.IRole;
  /** Fires when a backup failed, was aborted or did not fit into its window. */
  public readonly failedAlarm: cloudwatch.Alarm;
  /** Fires when no backup has ended well for longer than `overdueAfter`. */
  public readonly overdueAlarm: cloudwatch.Alarm;
  /** Fires when a copy to the other region failed. */
  public readonly copyFailedAlarm?: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: TradingBackupProps = {}) {
    super(scope, id);
    const retention = props.retention ?? BackupRetention.FULL;
    const overdueAfter = props.overdueAfter ?? Duration.hours(28);
    this.validate(props, retention.duration.toDays(), overdueAfter);
    this.vault = new backup.BackupVault(this, 'Vault', {
      encryptionKey: props.encryptionKey,
      blockRecoveryPointDeletion: true,
      lockConfiguration: props.lock,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    this.plan = new backup.BackupPlan(this, 'Resource', {
      backupVault: this.vault,
      backupPlanRules: [new backup.BackupPlanRule({
        ruleName: 'Scheduled',
        scheduleExpression: props.schedule ?? events.Schedule.cron({ hour: '5', minute: '0' }),
        startWindow: Duration.hours(1),
        completionWindow: Duration.hours(8),
        deleteAfter: retention.duration,
        copyActions: props.copyTo === undefined ? undefined : [{ destinationBackupVault: props.copyTo, deleteAfter: retention.duration }],
      })],
    });
    retention._explain(this.plan.node.defaultChild as backup.CfnBackupPlan);
    this.role = props.role ?? new iam.Role(this, 'Role', {
      description: 'AWS Backup reads what it backs up',
      assumedBy: new iam.ServicePrincipal('backup.amazonaws.com'),
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSBackupServiceRolePolicyForBackup')],
    });
    if ((props.resources ?? []).length > 0) this.select('Selection', props.resources ?? []);
    const actions = props.alarmActions;
    this.failedAlarm = dataAlarm(this, 'FailedAlarm', {
      description: 'A backup failed or did not fit into its eight hours: the jobs of the vault in AWS Backup say which and why.',
      metric: this.metricFailedJobs(), threshold: 1, periods: 1, actions,
    });
    this.overdueAlarm = overdueAlarm(this, 'OverdueAlarm', {
      description: `No backup has ended well for ${overdueAfter.toHumanString()}: what is lost now is lost from the last one on.`,
      hourlyMetric: this.metricCompletedJobs(), overdueAfter, actions,
    });
    if (props.copyTo !== undefined) {
      this.copyFailedAlarm = dataAlarm(this, 'CopyFailedAlarm', {
        description: 'A backup could not be copied to the other region: its vault or its key may refuse.',
        metric: this.metricFailedCopies(), threshold: 1, periods: 1, actions,
      });
    }
  }

  /**
   * Adds to what is backed up.
   *
   * @param id id of the selection below the plan
   * @param resources what to add
   */
  public select(id: string, resources: backup.BackupResource[]): backup.BackupSelection {
    // The role has its policy already; an imported one is the user's own affair.
    return this.plan.addSelection(id, { resources, role: this.role, disableDefaultBackupPolicy: true });
  }

  /**
   * Backups per hour that ended well.
   *
   * @param options what to change about the metric
   */
  public metricCompletedJobs(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('NumberOfBackupJobsCompleted', options);
  }

  /**
   * Copies to the other region per hour that failed.
   *
   * @param options what to change about the metric
   */
  public metricFailedCopies(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('NumberOfCopyJobsFailed', options);
  }

  /**
   * Backups per hour that failed, were aborted, or did not start or end in time.
   *
   * @param options what to change about the metric
   */
  public metricFailedJobs(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return new cloudwatch.MathExpression({
      expression: 'FILL(failed, 0) + FILL(aborted, 0) + FILL(expired, 0)',
      usingMetrics: {
        failed: this.metric('NumberOfBackupJobsFailed'),
        aborted: this.metric('NumberOfBackupJobsAborted'),
        expired: this.metric('NumberOfBackupJobsExpired'),
      },
      label: 'Backups that failed',
      period: Duration.hours(1),
      ...options,
    });
  }

  private metric(name: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return minuteMetric('AWS/Backup', name, { BackupVaultName: this.vault.backupVaultName }, cloudwatch.Stats.SUM, { period: Duration.hours(1), ...options });
  }

  private validate(props: TradingBackupProps, days: number, overdueAfter: Duration): void {
    const faults = new Faults(this.node.path);
    const copyRegion = props.copyTo?.env.region;
    faults.check(isOverduePeriod(overdueAfter), `\`overdueAfter\` must be whole hours from 2 to 168, got: ${overdueAfter.toHumanString()}`);
    faults.check(copyRegion === undefined || Token.isUnresolved(copyRegion) || copyRegion !== Stack.of(this).region,
      `\`copyTo\` must be a vault of another region, got one in ${copyRegion}, which would be lost together with the original`);
    const { minRetention, maxRetention } = props.lock ?? {};
    if (minRetention !== undefined && !minRetention.isUnresolved()) {
      faults.check(days >= minRetention.toDays(), `\`retention\` must be at least \`lock.minRetention\` of ${minRetention.toHumanString()}, or every backup fails, got: ${days} days`);
    }
    if (maxRetention !== undefined && !maxRetention.isUnresolved()) {
      faults.check(days <= maxRetention.toDays(), `\`retention\` must be at most \`lock.maxRetention\` of ${maxRetention.toHumanString()}, or every backup fails, got: ${days} days`);
    }
    faults.throwIfAny();
  }
}
