import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { LedgerCapacity } from './ledger-capacity';

/** Readers that come and go with the load. */
export interface ReaderScaling {
  /** Most readers, those that are always there included: up to 15. */
  readonly maxReaders: number;

  /**
   * Processor use of the readers that is aimed at, in percent.
   *
   * @default 70
   */
  readonly targetCpuPercent?: number;
}

/** Properties of `LedgerCluster`. */
export interface LedgerClusterProps {
  /** VPC to place the instances in. */
  readonly vpc: ec2.IVpc;

  /**
   * Subnets of the instances.
   *
   * @default - the isolated subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * What the instances are made of.
   *
   * @default LedgerCapacity.provisioned()
   */
  readonly capacity?: LedgerCapacity;

  /**
   * Version of Aurora PostgreSQL, 15 or newer.
   *
   * @default rds.AuroraPostgresEngineVersion.VER_17_9
   */
  readonly engineVersion?: rds.AuroraPostgresEngineVersion;

  /**
   * Readers that are always there, each in another zone while there are zones left: from 0 to 15. Without one a failover takes up to
   * ten minutes instead of one.
   *
   * @default 1
   */
  readonly readers?: number;

  /**
   * Readers that come and go with the load.
   *
   * @default - none
   */
  readonly readerScaling?: ReaderScaling;

  /**
   * Whether the storage charges more for space and instances and nothing for I/O: cheaper once I/O is a quarter of the bill.
   *
   * @default false
   */
  readonly ioOptimized?: boolean;

  /**
   * How much the service says about queries. ADVANCED keeps it for 15 months.
   *
   * @default rds.DatabaseInsightsMode.STANDARD
   */
  readonly databaseInsights?: rds.DatabaseInsightsMode;

  /**
   * Most that the loss of this region may cost, once the ledger is global: at least 20 seconds. While every copy is further behind,
   * the writer holds commits back.
   *
   * @default - commits never wait for another region
   */
  readonly globalRecoveryPoint?: Duration;

  /**
   * Bucket that the database may write the results of queries to, below `ledger-exports/`, with its extension aws_s3.
   *
   * @default - none
   */
  readonly exportTo?: s3.IBucket;

  /**
   * Key that encrypts the data and the backups.
   *
   * @default - the key of RDS in this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Key that encrypts the administrator's secret.
   *
   * @default - the key of Secrets Manager in this account
   */
  readonly credentialsKey?: kms.IKey;

  /**
   * How far back the ledger can be restored to any second: from 1 to 35 days.
   *
   * @default Duration.days(35)
   */
  readonly backupRetention?: Duration;

  /**
   * What the rotation of the administrator's password reaches Secrets Manager through, on TCP 443.
   *
   * @default - any IPv4 address, which in an isolated subnet means what its endpoints offer
   */
  readonly awsApiPeers?: ec2.IConnectable[];

  /**
   * Who is told when an alarm of the ledger changes its state.
   *
   * @default - nobody; the alarms exist
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * What happens to the cluster and its secret when they leave the stack. DESTROY also turns deletion protection off.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}
