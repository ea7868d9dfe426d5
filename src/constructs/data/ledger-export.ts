import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { DataExport } from './data-export';
import type { ScheduledExportOptions } from './export-options';
import { exportPrefix, exportRole } from './scheduled-export';

/** Properties of `LedgerExport`. */
export interface LedgerExportProps extends ScheduledExportOptions {
  /** Aurora cluster to export, for example `ledger.cluster`. */
  readonly cluster: rds.IDatabaseCluster;
}

/**
 * An export of an Aurora cluster to a bucket of backups every night: Aurora clones the storage and writes the clone as Parquet, so
 * the cluster itself has no load and what is read is of one moment. An export that is not accepted, and one that is not complete in
 * time, raise an alarm. It can be read without a database, and it cannot be restored as one: that is what backups are for.
 */
export class LedgerExport extends DataExport {
  /** Role that RDS writes the objects with. */
  public readonly exportRole: iam.Role;

  public constructor(scope: Construct, id: string, props: LedgerExportProps) {
    super(scope, id, props);
    const { cluster, destination: { bucket, encryptionKey } } = props;
    const prefix = exportPrefix(this, 'aurora', props.prefix);
    const statement = (actions: string[], ...resources: string[]) => new iam.PolicyStatement({ actions, resources });
    const keyActions = ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext'];
    this.exportRole = exportRole(this, 'ExportRole', 'export.rds.amazonaws.com', `Writes the export of the ledger of ${this.node.path}`, [
      statement(['s3:GetBucketLocation', 's3:ListBucket'], bucket.bucketArn),
      // RDS tries the bucket with an object that it deletes again; locked versions stay.
      statement(['s3:DeleteObject', 's3:GetObject', 's3:PutObject'], bucket.arnForObjects(`${prefix}/*`)),
      statement(keyActions, encryptionKey.keyArn),
    ]);
    const clusterArn = Stack.of(this).formatArn({
      service: 'rds', resource: 'cluster', resourceName: cluster.clusterIdentifier, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this._start(props, {
      subject: `the ledger of ${this.node.path}`,
      operation: 'rds:startExportTask',
      input: {
        ExportTaskIdentifier: 'ledger-<aws.scheduler.execution-id>',
        SourceArn: clusterArn,
        S3BucketName: bucket.bucketName,
        S3Prefix: prefix,
        IamRoleArn: this.exportRole.roleArn,
        KmsKeyId: encryptionKey.keyArn,
      },
      statements: [
        statement(['rds:StartExportTask'], clusterArn),
        new iam.PolicyStatement({
          actions: ['iam:PassRole'], resources: [this.exportRole.roleArn], conditions: { StringEquals: { 'iam:PassedToService': 'export.rds.amazonaws.com' } },
        }),
        statement(keyActions, encryptionKey.keyArn),
      ],
      lastObject: `${prefix}/*/export_info_*.json`,
    });
  }
}
