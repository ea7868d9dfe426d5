import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DataExport } from './data-export';
import type { ScheduledExportOptions } from './export-options';
import { exportPrefix } from './scheduled-export';

/** Properties of `TableExport`. */
export interface TableExportProps extends ScheduledExportOptions {
  /** Table to export. Point-in-time recovery must be on, as it is for the tables of this library. */
  readonly table: dynamodb.ITable;
}

/**
 * A full export of a DynamoDB table to a bucket of backups every night, as it was at one moment, without any load on the table. An
 * export that is not accepted, and one that is not complete in time, raise an alarm.
 */
export class TableExport extends DataExport {
  public constructor(scope: Construct, id: string, props: TableExportProps) {
    super(scope, id, props);
    const { table, destination: { bucket, encryptionKey } } = props;
    const prefix = exportPrefix(this, 'dynamodb', props.prefix);
    const write = { actions: ['s3:AbortMultipartUpload', 's3:PutObject', 's3:PutObjectAcl'], resources: [bucket.arnForObjects(`${prefix}/*`)] };
    const statements = [
      new iam.PolicyStatement({ actions: ['dynamodb:ExportTableToPointInTime'], resources: [table.tableArn] }),
      new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [encryptionKey.keyArn] }),
    ];
    this._start(props, {
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
    // Who may write to the backups is said by the bucket, where it can be; a bucket from elsewhere cannot be told.
    const { statementAdded } = bucket.addToResourcePolicy(new iam.PolicyStatement({ ...write, principals: [this.role] }));
    if (!statementAdded) this.allow(write);
  }

  private allow(statement: { actions: string[]; resources: string[] }): void {
    new iam.ManagedPolicy(this, 'BucketPolicy', { roles: [this.role], statements: [new iam.PolicyStatement(statement)] });
  }
}
