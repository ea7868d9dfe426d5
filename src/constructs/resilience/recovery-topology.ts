import { Duration } from 'aws-cdk-lib';

/** How data reaches the other region. */
export enum RegionReplication {
  /** It does not. */
  NONE = 'none',
  /** Copies of backups. */
  BACKUPS = 'backups',
  /** Continuously, after the fact: Aurora Global Database, DynamoDB global tables. */
  ASYNCHRONOUS = 'asynchronous',
  /** Before anyone says yes: DynamoDB with strong consistency over regions, Aurora DSQL. */
  SYNCHRONOUS = 'synchronous',
}

/** What a system consists of, as far as its recovery depends on it. */
export interface RecoveryTopology {
  /** Zones over which everything is spread. */
  readonly zones: number;

  /** Readers of the database in other zones than the writer. */
  readonly databaseReaders: number;

  /** Whether accepted orders are kept in several zones before anyone says yes. */
  readonly synchronousJournal: boolean;

  /**
   * Whether a standby of the matcher runs in another zone.
   *
   * @default true
   */
  readonly standbyMatcher?: boolean;

  /**
   * Share of the peak that the remaining zones carry when one is lost, before anything is started: 1 is the whole peak.
   *
   * @default 1
   */
  readonly capacityWithoutZone?: number;

  /** Region of the system. */
  readonly primaryRegion: string;

  /**
   * Region that takes over.
   *
   * @default - none
   */
  readonly secondaryRegion?: string;

  /**
   * How data reaches the secondary region.
   *
   * @default RegionReplication.NONE
   */
  readonly replication?: RegionReplication;

  /**
   * Time between two backups that are copied to the secondary region.
   *
   * @default Duration.days(1)
   */
  readonly backupInterval?: Duration;

  /**
   * Database instances that run in the secondary region.
   *
   * @default 0
   */
  readonly secondaryDatabaseInstances?: number;

  /**
   * Whether the switch to the secondary region is prepared as a plan, such as `RegionSwitchPlan`, rather than done by hand.
   *
   * @default false
   */
  readonly regionSwitchPlan?: boolean;
}

/** What a recovery objective asks of a topology. */
export interface RequiredTopology {
  /** Least number of zones. */
  readonly zones: number;
  /** A reader of the database in another zone than the writer. */
  readonly readerInAnotherZone: boolean;
  /** A standby of the matcher in another zone. */
  readonly standbyMatcher: boolean;
  /** Capacity for the whole peak in the zones that remain, running already. */
  readonly capacityWithoutZone: boolean;
  /** Orders that are kept in several zones before anyone says yes. */
  readonly synchronousJournal: boolean;
  /** A region that takes over. */
  readonly secondaryRegion: boolean;
  /** Least that must be done for data to reach it. */
  readonly replication: RegionReplication;
  /** A database instance that runs there already. */
  readonly warmSecondary: boolean;
  /** A prepared plan for the switch. */
  readonly regionSwitchPlan: boolean;
}

/** What alarms compare with, so that somebody knows before the objective is broken. */
export interface RecoveryThresholds {
  /** How far a standby or a reader in another zone may be behind: half of the zone's RTO. */
  readonly standbyLag: Duration;
  /** How long failed health checks may take to count: a third of the zone's RTO. */
  readonly detection: Duration;
  /**
   * How far the secondary region may be behind: half of the region's RPO.
   *
   * @default - there is no region objective, or its RPO is 0
   */
  readonly regionLag?: Duration;
}
