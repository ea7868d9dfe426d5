import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { BackupRetention } from './backup-retention';
import { dataAlarm } from './data-alarms';
import { checkPostgresVersion, createLedgerAdmin, LEDGER_PORT, monitoringRole, rotateLedgerAdmin, SECURE_PARAMETERS } from './ledger-access';
import type { ILedgerDatabase } from './ledger-database';
import { LedgerGrants } from './ledger-grants';
import type { LedgerOptions } from './ledger-options';
import { Faults } from '../../private/faults';

/** Properties of `LedgerInstance`. */
export interface LedgerInstanceProps extends LedgerOptions {
  /**
   * Class of the instance and its standby.
   *
   * @default - db.t4g.medium
   */
  readonly instanceType?: ec2.InstanceType;

  /**
   * Version of PostgreSQL, 15 or newer.
   *
   * @default rds.PostgresEngineVersion.VER_17
   */
  readonly engineVersion?: rds.PostgresEngineVersion;

  /**
   * Storage at the start, from 20 GiB.
   *
   * @default Size.gibibytes(50)
   */
  readonly storage?: Size;

  /**
   * Storage that the instance may grow to by itself.
   *
   * @default - four times `storage`
   */
  readonly maxStorage?: Size;
}

/**
 * The ledger at the size of a small simulator: one RDS for PostgreSQL instance with a synchronous standby in another zone. It costs a
 * fraction of a cluster and fails over in about a minute, without a reader that could serve meanwhile: the standby is invisible,
 * so the endpoint of the readers is that of the writer. Everything else is as in `LedgerDatabase`.
 */
export class LedgerInstance extends Construct implements ILedgerDatabase {
  /**
   * A ledger in an instance that the program has already.
   *
   * @param instance an instance with IAM authentication and the users of the services
   * @param databaseName name of the database
   * @throws Error when the instance does not know its identifier in IAM policies
   */
  public static fromDatabaseInstance(instance: rds.IDatabaseInstance, databaseName: string): ILedgerDatabase {
    const faults = new Faults(instance.node.path);
    faults.check(instance.instanceResourceId !== undefined, '`instance` must have an `instanceResourceId`, `db-…`, which IAM policies name it by');
    faults.throwIfAny();
    return {
      clusterResourceIdentifier: instance.instanceResourceId ?? '',
      writerEndpoint: instance.instanceEndpoint,
      readerEndpoint: instance.instanceEndpoint,
      connections: instance.connections,
      databaseName,
    };
  }

  /** The instance. */
  public readonly instance: rds.DatabaseInstance;
  /** Name of the database. */
  public readonly databaseName = 'trading';
  /** Administrator of the database: host, port, dbname, username and password, filled in once the instance exists. */
  public readonly adminSecret: secretsmanager.ISecret;
  /** Security group of the instance. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** When the administrator's password is rotated. */
  public readonly rotation: secretsmanager.RotationSchedule;
  /** Security group of the function that rotates the password. */
  public readonly rotationSecurityGroup: ec2.SecurityGroup;
  /** Gives principals access to the database. */
  public readonly grants: LedgerGrants;
  /** Network connections of the instance. */
  public readonly connections: ec2.Connections;
  /** Identifier of the instance in IAM policies, `db-…`. */
  public readonly clusterResourceIdentifier: string;
  /** Endpoint that takes writes. */
  public readonly writerEndpoint: rds.Endpoint;
  /** The same endpoint: the standby serves nobody. */
  public readonly readerEndpoint: rds.Endpoint;
  /** Role that RDS reports the operating system's metrics with. */
  public readonly monitoringRole: iam.Role;
  /** Fires when the processor is above 80 % for a quarter of an hour. */
  public readonly cpuAlarm: cloudwatch.Alarm;
  /** Fires when less than a tenth of the first storage is free: growing by itself has stopped or is too slow. */
  public readonly storageAlarm: cloudwatch.Alarm;
  /** Fires when less than 5 % of the memory of a t4g.medium, 200 MiB, is left. */
  public readonly memoryAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: LedgerInstanceProps) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const vpcSubnets = props.vpcSubnets ?? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
    const storage = props.storage ?? Size.gibibytes(50);
    const version = props.engineVersion ?? rds.PostgresEngineVersion.VER_17;
    const retention = props.backupRetention ?? BackupRetention.FULL;
    this.validate(props, storage, version);
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc: props.vpc, description: 'Ledger database', allowAllOutbound: false });
    const admin = createLedgerAdmin(this, props.credentialsKey, removalPolicy);
    this.monitoringRole = monitoringRole(this);
    this.instance = new rds.DatabaseInstance(this, 'Resource', {
      engine: rds.DatabaseInstanceEngine.postgres({ version }),
      instanceType: props.instanceType ?? ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MEDIUM),
      multiAz: true,
      vpc: props.vpc,
      vpcSubnets,
      publiclyAccessible: false,
      securityGroups: [this.securityGroup],
      port: LEDGER_PORT,
      credentials: rds.Credentials.fromSecret(admin),
      databaseName: this.databaseName,
      iamAuthentication: true,
      storageType: rds.StorageType.GP3,
      allocatedStorage: storage.toGibibytes(),
      maxAllocatedStorage: (props.maxStorage ?? Size.gibibytes(4 * storage.toGibibytes())).toGibibytes(),
      storageEncrypted: true,
      storageEncryptionKey: props.encryptionKey,
      backupRetention: retention.duration,
      deleteAutomatedBackups: false,
      copyTagsToSnapshot: true,
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
      autoMinorVersionUpgrade: true,
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: props.encryptionKey,
      monitoringInterval: Duration.minutes(1),
      monitoringRole: this.monitoringRole,
      cloudwatchLogsExports: ['postgresql', 'upgrade'],
      caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
      parameters: SECURE_PARAMETERS,
    });
    retention._explain(this.instance.node.defaultChild as rds.CfnDBInstance);
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: ec2.Port.tcp(LEDGER_PORT) });
    this.clusterResourceIdentifier = this.instance.instanceResourceId ?? '';
    this.writerEndpoint = this.instance.instanceEndpoint;
    this.readerEndpoint = this.instance.instanceEndpoint;
    this.adminSecret = this.instance.secret ?? admin;
    this.grants = new LedgerGrants(this, this);
    const { rotation, securityGroup } = rotateLedgerAdmin(this, { ...props, vpcSubnets, ledger: this, adminSecret: this.adminSecret });
    this.rotation = rotation;
    this.rotationSecurityGroup = securityGroup;
    const actions = props.alarmActions;
    this.cpuAlarm = dataAlarm(this, 'CpuAlarm', {
      description: 'The processor of the ledger has been above 80 % for a quarter of an hour: see Performance Insights, or take the next class.',
      metric: this.metricCpuUtilization(), threshold: 80, periods: 15, actions,
    });
    this.storageAlarm = dataAlarm(this, 'StorageAlarm', {
      description: 'The ledger is running out of storage and does not grow: it has reached `maxStorage`, or grew less than six hours ago.',
      metric: this.metricFreeStorage(),
      threshold: storage.toBytes() / 10,
      periods: 5,
      comparison: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      actions,
    });
    this.memoryAlarm = dataAlarm(this, 'MemoryAlarm', {
      description: 'The ledger has less than 200 MiB of memory left: too many connections or too large queries.',
      metric: this.metricFreeableMemory(),
      threshold: Size.mebibytes(200).toBytes(),
      periods: 10,
      comparison: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      actions,
    });
  }

  /**
   * Share of the processor in use, in percent.
   *
   * @param options what to change about the metric
   */
  public metricCpuUtilization(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.instance.metricCPUUtilization({ period: Duration.minutes(1), ...options });
  }

  /**
   * Storage that is left, in bytes.
   *
   * @param options what to change about the metric
   */
  public metricFreeStorage(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.instance.metricFreeStorageSpace({ period: Duration.minutes(1), statistic: cloudwatch.Stats.MINIMUM, ...options });
  }

  /**
   * Memory that is left, in bytes.
   *
   * @param options what to change about the metric
   */
  public metricFreeableMemory(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.instance.metricFreeableMemory({ period: Duration.minutes(1), ...options });
  }

  /**
   * Connections that are open.
   *
   * @param options what to change about the metric
   */
  public metricDatabaseConnections(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.instance.metricDatabaseConnections({ period: Duration.minutes(1), statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  private validate(props: LedgerInstanceProps, storage: Size, version: rds.PostgresEngineVersion): void {
    const faults = new Faults(this.node.path);
    checkPostgresVersion(faults, 'PostgreSQL', version.postgresMajorVersion, version.postgresFullVersion);
    props.backupRetention?._checkRestorable(faults, 'backupRetention');
    const max = props.maxStorage;
    const known = !storage.isUnresolved() && max?.isUnresolved() !== true;
    faults.check(known, '`storage` and `maxStorage` must be plain sizes, because the alarm on storage follows from them, got a token');
    if (known) {
      faults.check(storage.toGibibytes() >= 20, `\`storage\` must be at least 20 GiB, got: ${storage.toGibibytes()} GiB`);
      faults.check(max === undefined || max.toGibibytes() >= storage.toGibibytes() * 1.1,
        `\`maxStorage\` must be at least a tenth above \`storage\`, or the instance cannot grow, got: ${max?.toGibibytes()} GiB`);
    }
    faults.throwIfAny();
  }
}
