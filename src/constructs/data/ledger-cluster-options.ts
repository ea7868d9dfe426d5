import { Duration } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { LedgerCapacity } from './ledger-capacity';
import type { LedgerOptions } from './ledger-options';

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
export interface LedgerClusterProps extends LedgerOptions {
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
}
