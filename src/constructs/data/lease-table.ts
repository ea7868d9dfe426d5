import { RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { BackupRetention } from './backup-retention';
import { tableThrottleAlarm, tableThrottleEvents } from './table-throttling';

/** Properties of `LeaseTable`. */
export interface LeaseTableProps {
  /**
   * Key that encrypts the table. It can be changed while the table serves.
   *
   * @default - the key of DynamoDB in this account: a lease says who leads, and no trader's data
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Who is told when an alarm of the table changes its state.
   *
   * @default - nobody; the alarms exist
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * What happens to the table when it leaves the stack. DESTROY also turns its deletion protection off. A lost table is a lost
   * epoch: old leaders are no longer fenced.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Who leads each partition of the journal, and under which epoch: one item per partition, by conditional writes. */
export class LeaseTable extends Construct {
  /**
   * A table that exists already, with the string `partition` as its key. Its settings and alarms are its owner's.
   *
   * @param scope scope of the import
   * @param id id of the import
   * @param attributes name or ARN, and key of the table
   */
  public static fromLeaseTableAttributes(scope: Construct, id: string, attributes: dynamodb.TableAttributes): dynamodb.ITable {
    return dynamodb.Table.fromTableAttributes(scope, id, attributes);
  }

  /** The table; its key is the string attribute `partition`. */
  public readonly table: dynamodb.Table;
  /** Gives principals access to the table. */
  public readonly grants: dynamodb.TableGrants;
  /** Fires when leases cannot be renewed for want of capacity: leaders then change without need. */
  public readonly throttleAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: LeaseTableProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.table = new dynamodb.Table(this, 'Resource', {
      partitionKey: { name: 'partition', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      ...(props.encryptionKey === undefined
        ? { encryption: dynamodb.TableEncryption.AWS_MANAGED }
        : { encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED, encryptionKey: props.encryptionKey }),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: BackupRetention.FULL.duration.toDays() },
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
    });
    this.grants = this.table.grants;
    this.throttleAlarm = tableThrottleAlarm(this, this.table, undefined, props.alarmActions);
  }

  /**
   * Calls per minute that were refused for want of capacity, reads and writes together.
   *
   * @param options what to change about the metric
   */
  public metricThrottleEvents(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return tableThrottleEvents(this.table, undefined, options);
  }
}
