import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { TradingFunction } from '../../constructs/compute/trading-function';
import { alarm } from '../../private/alarms';
import { ServiceDefinition } from '../../private/services.generated';

/** What the archive of the audit trail is made from. */
export interface AuditArchivingProps {
  readonly vpc: ec2.IVpc;
  readonly awsApiPeers: ec2.IConnectable[];
  readonly encryptionKey: kms.IKey;
  readonly table: dynamodb.ITable;
  readonly archive: s3.IBucket;
  readonly alarmActions: cloudwatch.IAlarmAction[];
}

/** The function that archives the audit trail, and what tells when it is not what it was or does not come. */
export class AuditArchiving extends Construct {
  public readonly archiver: TradingFunction;
  public readonly breakAlarm: cloudwatch.Alarm;
  public readonly lagAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, { table, archive, alarmActions: actions, ...common }: AuditArchivingProps) {
    super(scope, id);
    this.archiver = new TradingFunction(this, 'Archiver', {
      ...common, definition: ServiceDefinition.auditArchiver({ auditTable: table, archiveBucket: archive }),
    });
    const dimensionsMap = { FunctionName: this.archiver.function.functionName };
    this.breakAlarm = alarm(this, 'BreakAlarm', {
      metric: new cloudwatch.Metric({
        namespace: 'TradingPlatform', metricName: 'AuditChainBreaks', dimensionsMap, statistic: cloudwatch.Stats.SUM, period: Duration.minutes(1),
      }),
      description: 'An entry of the audit trail was changed, removed or forged. Compare table and archive with `audit:verify` and keep both as they are.',
      threshold: 0,
      actions,
    });
    this.lagAlarm = alarm(this, 'LagAlarm', {
      metric: new cloudwatch.Metric({
        namespace: 'AWS/Lambda', metricName: 'IteratorAge', dimensionsMap, statistic: cloudwatch.Stats.MAXIMUM, period: Duration.minutes(5),
      }),
      description: 'An entry of the audit trail waits for its archive for more than an hour. DynamoDB keeps changes for a day, and then they are lost to the archive.',
      threshold: Duration.hours(1).toMilliseconds(),
      actions,
    });
  }
}
