import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { ScheduledExportOptions } from './export-options';
import { checkExport, exportPrefix, ExportSchedule } from './scheduled-export';
import { Faults } from '../../private/faults';

/** Properties of `TableExport`. */
export interface TableExportProps extends ScheduledExportOptions {
  /** Table to export. Point-in-time recovery must be on, as it is for the tables of this library. */
  readonly table: dynamodb.ITable;
}

/**
 * A full export of a DynamoDB table to a bucket of backups every night, as it was at one moment, without any load on the table. An
 * export that is not accepted, and one that is not complete in time, raise an alarm.
 */
export class TableExport extends Construct {
  /** The schedule. */
  public readonly schedule: scheduler.CfnSchedule;
  /** Role that the scheduler starts the export with. */
  public readonly role: iam.Role;
  /** Sees the last object of each export. */
  public readonly completedRule: events.Rule;
  /** Fires when an export is not accepted. */
  public readonly failedAlarm: cloudwatch.Alarm;
  /** Fires when no export was complete in time. */
  public readonly overdueAlarm: cloudwatch.Alarm;
  private readonly nightly: ExportSchedule;

  public constructor(scope: Construct, id: string, props: TableExportProps) {
    super(scope, id);
    const { table, destination: { bucket, encryptionKey } } = props;
    const faults = new Faults(this.node.path);
    checkExport(faults, props);
    faults.throwIfAny();
    const prefix = exportPrefix(this, 'dynamodb', props.prefix);
    const write = { actions: ['s3:AbortMultipartUpload', 's3:PutObject', 's3:PutObjectAcl'], resources: [bucket.arnForObjects(`${prefix}/*`)] };
    const statements = [
      new iam.PolicyStatement({ actions: ['dynamodb:ExportTableToPointInTime'], resources: [table.tableArn] }),
      new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [encryptionKey.keyArn] }),
    ];
    this.nightly = new ExportSchedule(this, 'Schedule', props, {
      subject: `the table of ${this.node.path}`,
      operation: 'dynamodb:exportTableToPointInTime',
      input: {
        TableArn: table.tableArn,
        S3Bucket: bucket.bucketName,
        S3Prefix: prefix,
        S3SseAlgorithm: 'KMS',
        S3SseKmsKeyId: encryptionKey.keyArn,
        ExportFormat: 'DYNAMODB_JSON',
        // The scheduler's own id of the run: a repeated call is the same export.
        ClientToken: '<aws.scheduler.execution-id>',
      },
      statements,
      lastObject: `${prefix}/AWSDynamoDB/*/manifest-summary.json`,
    });
    this.role = this.nightly.role;
    // Who may write to the backups is said by the bucket, where it can be; a bucket from elsewhere cannot be told.
    const { statementAdded } = bucket.addToResourcePolicy(new iam.PolicyStatement({ ...write, principals: [this.role] }));
    if (!statementAdded) this.allow(write);
    this.schedule = this.nightly.schedule;
    this.completedRule = this.nightly.rule;
    this.failedAlarm = this.nightly.failedAlarm;
    this.overdueAlarm = this.nightly.overdueAlarm;
  }

  /**
   * Exports per hour that were complete.
   *
   * @param options what to change about the metric
   */
  public metricCompleted(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.nightly.metricCompleted(options);
  }

  /**
   * Calls in five minutes that DynamoDB refused or the scheduler gave up on.
   *
   * @param options what to change about the metric
   */
  public metricFailedCalls(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.nightly.metricFailedCalls(options);
  }

  private allow(statement: { actions: string[]; resources: string[] }): void {
    new iam.ManagedPolicy(this, 'BucketPolicy', { roles: [this.role], statements: [new iam.PolicyStatement(statement)] });
  }
}
