import { RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { BackupRetention } from './backup-retention';
import { dataAlarm, minuteMetric } from './data-alarms';
import { tableThrottleAlarm, tableThrottleEvents } from './table-throttling';
import { Faults } from '../../private/faults';
import { checkWhole } from '../../private/whole';

/** A copy of a table in another region. */
export interface TableReplica {
  /** Region of the copy, as a plain text such as 'us-west-2'. */
  readonly region: string;

  /**
   * Key of that region that encrypts the copy. Needed exactly when the table itself has a key of its own.
   *
   * @default - the key of DynamoDB in the account there
   */
  readonly encryptionKey?: kms.IKey;
}

/** What can be chosen for every table of the platform. */
export interface TradingTableOptions {
  /**
   * Key that encrypts the table. It can be changed while the table serves.
   *
   * @default - the key of DynamoDB in this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How far back the table can be restored to any second.
   *
   * @default BackupRetention.FULL
   */
  readonly pointInTimeRecovery?: BackupRetention;

  /**
   * Copies in other regions. The stack needs a concrete region.
   *
   * @default - the table lives in one region
   */
  readonly replicas?: TableReplica[];

  /**
   * What a reader of a copy sees. STRONG loses nothing with a region and never shows an old item; it needs an empty table, three
   * regions of one set (or two and a witness), and knows neither expiry nor transactions.
   *
   * @default dynamodb.MultiRegionConsistency.EVENTUAL
   */
  readonly consistency?: dynamodb.MultiRegionConsistency;

  /**
   * Third region that only takes part in the vote of STRONG consistency and holds no readable copy.
   *
   * @default - none
   */
  readonly witnessRegion?: string;

  /**
   * Most read request units per second that the table spends: a brake for a runaway client. Calls above it are throttled.
   *
   * @default - no limit but the account's
   */
  readonly maxReadRequestUnits?: number;

  /**
   * Most write request units per second that the table spends.
   *
   * @default - no limit but the account's
   */
  readonly maxWriteRequestUnits?: number;

  /**
   * Who is told when an alarm of the table changes its state.
   *
   * @default - nobody; the alarms exist
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * What happens to the table when it leaves the stack. DESTROY also turns its deletion protection off.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Properties of `TradingTable`. */
export interface TradingTableProps extends TradingTableOptions {
  /** Attribute that items are spread by. */
  readonly partitionKey: dynamodb.Attribute;

  /**
   * Attribute that items of one partition are ordered by.
   *
   * @default - one item per partition key
   */
  readonly sortKey?: dynamodb.Attribute;

  /**
   * Other ways to look items up.
   *
   * @default - none
   */
  readonly globalSecondaryIndexes?: dynamodb.GlobalSecondaryIndexPropsV2[];

  /**
   * Numeric attribute with the second of the epoch after which DynamoDB may delete an item. Items without it stay.
   *
   * @default - items stay
   */
  readonly timeToLiveAttribute?: string;

  /**
   * Whether changes can be read as a stream, with the item before and after.
   *
   * @default - only if there are replicas, which need it
   */
  readonly stream?: boolean;

  /**
   * Policy of the table and of each of its copies.
   *
   * @default - none
   */
  readonly resourcePolicy?: iam.PolicyDocument;
}

/**
 * A DynamoDB table as the platform has them: on demand, encrypted, restorable to any second of 35 days, protected from deletion,
 * with alarms on throttling and, if it has copies, on their delay.
 */
export class TradingTable extends Construct {
  /**
   * A table that exists already, as every construct and service of this library takes it: with the keys and attributes of the class
   * that stands for it. Its settings and alarms are its owner's.
   *
   * @param scope scope of the import
   * @param id id of the import
   * @param attributes name or ARN, key and indexes of the table
   */
  public static fromTradingTableAttributes(scope: Construct, id: string, attributes: dynamodb.TableAttributesV2): dynamodb.ITable {
    return dynamodb.TableV2.fromTableAttributes(scope, id, attributes);
  }

  /** The table. */
  public readonly table: dynamodb.TableV2;
  /** Gives principals access to the table. */
  public readonly grants: dynamodb.TableGrants;
  /** One alarm for the table and one for each index: calls were refused for want of capacity. */
  public readonly throttleAlarms: cloudwatch.Alarm[];
  /** One alarm for each replica of EVENTUAL consistency: it is more than 30 seconds behind. */
  public readonly replicationAlarms: cloudwatch.Alarm[];

  public constructor(scope: Construct, id: string, props: TradingTableProps) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const replicas = props.replicas ?? [];
    const retention = props.pointInTimeRecovery ?? BackupRetention.FULL;
    this.validate(props, replicas);
    this.table = new dynamodb.TableV2(this, 'Resource', {
      partitionKey: props.partitionKey,
      sortKey: props.sortKey,
      globalSecondaryIndexes: props.globalSecondaryIndexes,
      timeToLiveAttribute: props.timeToLiveAttribute,
      // Replicas bring a stream of the same kind by themselves.
      dynamoStream: props.stream ? dynamodb.StreamViewType.NEW_AND_OLD_IMAGES : undefined,
      billing: dynamodb.Billing.onDemand({ maxReadRequestUnits: props.maxReadRequestUnits, maxWriteRequestUnits: props.maxWriteRequestUnits }),
      encryption: encryption(props.encryptionKey, replicas),
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: true,
        recoveryPeriodInDays: retention.duration.toDays(),
      },
      replicas: replicas.map(({ region }) => ({ region, resourcePolicy: props.resourcePolicy })),
      multiRegionConsistency: props.consistency,
      witnessRegion: props.witnessRegion,
      resourcePolicy: props.resourcePolicy,
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
    });
    retention._explain(this.table.node.defaultChild as dynamodb.CfnGlobalTable);
    this.grants = this.table.grants;
    const indexes = (props.globalSecondaryIndexes ?? []).map(({ indexName }) => indexName);
    this.throttleAlarms = [undefined, ...indexes].map((index) => tableThrottleAlarm(this, this.table, index, props.alarmActions));
    this.replicationAlarms = props.consistency === dynamodb.MultiRegionConsistency.STRONG ? [] : replicas.map(({ region }) => dataAlarm(this, `ReplicationAlarm${region}`, {
      description: `The copy of the table in ${region} is more than 30 seconds behind: a switch of region now would lose that much. Look at the AWS Health Dashboard of both regions.`,
      metric: this.metricReplicationLatency(region),
      threshold: 30_000,
      periods: 5,
      breaching: 3,
      actions: props.alarmActions,
    }));
  }

  /**
   * Calls per minute that were refused for want of capacity, reads and writes together.
   *
   * @param indexName a global secondary index; the table itself unless given
   * @param options what to change about the metric
   */
  public metricThrottleEvents(indexName?: string, options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return tableThrottleEvents(this.table, indexName, options);
  }

  /**
   * Milliseconds until a change is seen in a replica of EVENTUAL consistency.
   *
   * @param receivingRegion region of the replica
   * @param options what to change about the metric
   */
  public metricReplicationLatency(receivingRegion: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const dimensions = { TableName: this.table.tableName, ReceivingRegion: receivingRegion };
    return minuteMetric('AWS/DynamoDB', 'ReplicationLatency', dimensions, cloudwatch.Stats.AVERAGE, options);
  }

  /**
   * Milliseconds that DynamoDB takes for a call of an operation.
   *
   * @param operation name of the operation, such as 'PutItem'
   * @param options what to change about the metric
   */
  public metricRequestLatency(operation: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const dimensions = { TableName: this.table.tableName, Operation: operation };
    return minuteMetric('AWS/DynamoDB', 'SuccessfulRequestLatency', dimensions, cloudwatch.Stats.AVERAGE, options);
  }

  private validate(props: TradingTableProps, replicas: TableReplica[]): void {
    const faults = new Faults(this.node.path);
    props.pointInTimeRecovery?._checkRestorable(faults, 'pointInTimeRecovery');
    const { maxReadRequestUnits, maxWriteRequestUnits } = props;
    for (const [name, value] of Object.entries({ maxReadRequestUnits, maxWriteRequestUnits })) {
      if (value !== undefined) checkWhole(faults, name, value, 1, Infinity);
    }
    this.validateRegions(props, replicas, faults);
    faults.throwIfAny();
  }

  private validateRegions(props: TradingTableProps, replicas: TableReplica[], faults: Faults): void {
    const own = Stack.of(this).region;
    const regions = replicas.map(({ region }) => region);
    const strong = props.consistency === dynamodb.MultiRegionConsistency.STRONG;
    const several = replicas.length > 0 || strong;
    faults.check(!several || !Token.isUnresolved(own), '`replicas` need a stack with a concrete region; give the stack an `env` with one');
    faults.check(!regions.some((region) => Token.isUnresolved(region)), '`replicas` must name their regions as plain text, got a token');
    faults.check(!regions.includes(own), `\`replicas\` must not hold the region of the table itself, got: ${own}; name another region`);
    faults.check(new Set(regions).size === regions.length, `\`replicas\` must hold each region once, got: ${regions.join(', ')}`);
    for (const { region, encryptionKey } of replicas) {
      faults.check((encryptionKey === undefined) === (props.encryptionKey === undefined), props.encryptionKey === undefined
        ? `\`replicas\` has a key for ${region} while the table has none; set \`encryptionKey\` too, or take the replica's key away`
        : `\`replicas\` must have an \`encryptionKey\` of ${region}, because the table has its own key, which is of no use in another region`);
    }
    faults.check(strong || props.witnessRegion === undefined, `\`witnessRegion\` is for STRONG \`consistency\` only, got: ${props.witnessRegion}`);
    if (!strong) return;
    faults.check(regions.length === 2 ? props.witnessRegion === undefined : regions.length === 1 && props.witnessRegion !== undefined,
      `STRONG \`consistency\` needs two \`replicas\`, or one and a \`witnessRegion\`, got: ${regions.length} and ${props.witnessRegion ?? 'no witness'}`);
    faults.check(props.timeToLiveAttribute === undefined,
      `STRONG \`consistency\` knows no expiry, and items of this table expire by \`${props.timeToLiveAttribute}\`; use EVENTUAL`);
  }
}

function encryption(key: kms.IKey | undefined, replicas: TableReplica[]): dynamodb.TableEncryptionV2 {
  if (key === undefined) return dynamodb.TableEncryptionV2.awsManagedKey();
  const arns = replicas.map(({ region, encryptionKey }) => [region, encryptionKey?.keyArn ?? '']);
  return dynamodb.TableEncryptionV2.customerManagedKey(key, Object.fromEntries(arns) as { [region: string]: string });
}
