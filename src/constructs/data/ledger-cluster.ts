import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { BackupRetention } from './backup-retention';
import { dataAlarm, minuteMetric } from './data-alarms';
import { createLedgerAdmin, LEDGER_PORT, monitoringRole, rotateLedgerAdmin } from './ledger-access';
import type { LedgerAttributes } from './ledger-attributes';
import { LedgerCapacity } from './ledger-capacity';
import type { LedgerClusterProps } from './ledger-cluster-options';
import { checkLedgerCluster, exportToRole, ledgerParameters, scaleReaders } from './ledger-cluster-parts';
import type { ILedgerDatabase } from './ledger-database';
import { LedgerGrants } from './ledger-grants';
import { ImportedLedger } from '../../private/imported-ledger';

/**
 * The ledger with everything to choose: Aurora PostgreSQL, provisioned or serverless, with readers that come and go with the load,
 * storage without charges for I/O, exports to S3 and a bound on what a region may lose. Services sign in with IAM tokens over TLS, which
 * the server demands; the administrator's password is used by the setup of the schema only and is rotated every month.
 */
export class LedgerCluster extends Construct implements ILedgerDatabase {
  /**
   * A ledger in a PostgreSQL database that exists already. Its settings, alarms and backups are its owner's.
   *
   * @param scope scope of the import
   * @param id id of the import
   * @param attributes where it is, and what it is called
   */
  public static fromLedgerAttributes(scope: Construct, id: string, attributes: LedgerAttributes): ILedgerDatabase {
    return new ImportedLedger(scope, id, attributes);
  }

  /** The cluster. */
  public readonly cluster: rds.DatabaseCluster;
  /** Name of the database. */
  public readonly databaseName = 'trading';
  /** Administrator of the database: host, port, dbname, username and password, filled in once the cluster exists. */
  public readonly adminSecret: secretsmanager.ISecret;
  /** Security group of the instances. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** When the administrator's password is rotated. */
  public readonly rotation: secretsmanager.RotationSchedule;
  /** Security group of the function that rotates the password. */
  public readonly rotationSecurityGroup: ec2.SecurityGroup;
  /** Role that RDS reports the operating system's metrics with. */
  public readonly monitoringRole: iam.Role;
  /** Role that the database writes to `exportTo` with. */
  public readonly exportRole?: iam.Role;
  /** Bounds of the readers that come and go; undefined without `readerScaling`. */
  public readonly readerTarget?: autoscaling.CfnScalableTarget;
  /** What makes readers come and go; undefined without `readerScaling`. */
  public readonly readerPolicy?: autoscaling.CfnScalingPolicy;
  /** Gives principals access to the database. */
  public readonly grants: LedgerGrants;
  /** Network connections of the cluster. */
  public readonly connections: ec2.Connections;
  /** Identifier of the cluster in IAM policies. */
  public readonly clusterResourceIdentifier: string;
  /** Endpoint that takes writes. */
  public readonly writerEndpoint: rds.Endpoint;
  /** Endpoint of the readers. */
  public readonly readerEndpoint: rds.Endpoint;
  /** Fires when the processors are above 80 % for a quarter of an hour. */
  public readonly cpuAlarm: cloudwatch.Alarm;
  /** Fires when a reader is more than a second behind the writer; without readers there is none. */
  public readonly replicaLagAlarm?: cloudwatch.Alarm;
  /** Fires when a serverless ledger has used 90 % of its largest size for a quarter of an hour. */
  public readonly capacityAlarm?: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: LedgerClusterProps) {
    super(scope, id);
    checkLedgerCluster(this, props);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const vpcSubnets = props.vpcSubnets ?? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
    const capacity = props.capacity ?? LedgerCapacity.provisioned();
    const readers = props.readers ?? 1;
    const retention = props.backupRetention ?? BackupRetention.FULL;
    const advanced = props.databaseInsights === rds.DatabaseInsightsMode.ADVANCED;
    const insights = {
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: props.encryptionKey,
      performanceInsightRetention: advanced ? rds.PerformanceInsightRetention.MONTHS_15 : rds.PerformanceInsightRetention.DEFAULT,
    };
    const instance = { publiclyAccessible: false, autoMinorVersionUpgrade: true, ...insights };
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc: props.vpc, description: 'Ledger database', allowAllOutbound: false });
    const admin = createLedgerAdmin(this, props.credentialsKey, removalPolicy);
    this.monitoringRole = monitoringRole(this);
    if (props.exportTo !== undefined) this.exportRole = exportToRole(this, props.exportTo);
    this.cluster = new rds.DatabaseCluster(this, 'Resource', {
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: props.engineVersion ?? rds.AuroraPostgresEngineVersion.VER_17_9 }),
      writer: capacity._instance('Writer', 0, instance),
      // The first reader is first in line for promotion.
      readers: Array.from({ length: readers }, (_, index) => capacity._instance(index === 0 ? 'Reader' : `Reader${index + 1}`, index === 0 ? 1 : 2, instance)),
      ...capacity._cluster(),
      vpc: props.vpc,
      vpcSubnets,
      securityGroups: [this.securityGroup],
      port: LEDGER_PORT,
      credentials: rds.Credentials.fromSecret(admin),
      defaultDatabaseName: this.databaseName,
      iamAuthentication: true,
      storageEncrypted: true,
      storageEncryptionKey: props.encryptionKey,
      storageType: props.ioOptimized ? rds.DBClusterStorageType.AURORA_IOPT1 : rds.DBClusterStorageType.AURORA,
      backup: { retention: retention.duration },
      copyTagsToSnapshot: true,
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
      cloudwatchLogsExports: ['postgresql'],
      monitoringInterval: Duration.minutes(1),
      monitoringRole: this.monitoringRole,
      ...(advanced ? { databaseInsightsMode: props.databaseInsights, ...insights } : {}),
      s3ExportRole: this.exportRole,
      parameters: ledgerParameters(props),
    });
    retention._explain(this.cluster.node.defaultChild as rds.CfnDBCluster);
    // The port as a number, where the cluster's own connections have a reference: rules read better, in any stack.
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: ec2.Port.tcp(LEDGER_PORT) });
    this.clusterResourceIdentifier = this.cluster.clusterResourceIdentifier;
    this.writerEndpoint = this.cluster.clusterEndpoint;
    this.readerEndpoint = this.cluster.clusterReadEndpoint;
    this.adminSecret = this.cluster.secret ?? admin;
    this.grants = new LedgerGrants(this, this);
    const { rotation, securityGroup } = rotateLedgerAdmin(this, { ...props, vpcSubnets, ledger: this, adminSecret: this.adminSecret });
    this.rotation = rotation;
    this.rotationSecurityGroup = securityGroup;
    if (props.readerScaling !== undefined) {
      [this.readerTarget, this.readerPolicy] = scaleReaders(this, this.cluster, readers, props.readerScaling);
    }
    const actions = props.alarmActions;
    this.cpuAlarm = dataAlarm(this, 'CpuAlarm', {
      description: 'The processors of the ledger have been above 80 % for a quarter of an hour: see Performance Insights, or take the next size.',
      metric: this.metricCpuUtilization(), threshold: 80, periods: 15, actions,
    });
    if (readers > 0) {
      this.replicaLagAlarm = dataAlarm(this, 'ReplicaLagAlarm', {
        description: 'A reader of the ledger is more than a second behind its writer: its queries are too large, or its class is too small.',
        metric: this.metricReplicaLag(), threshold: 1000, periods: 5, actions,
      });
    }
    if (capacity._isServerless) {
      this.capacityAlarm = dataAlarm(this, 'CapacityAlarm', {
        description: 'The ledger has used 90 % of its largest size for a quarter of an hour: raise `maxAcu` before queries wait.',
        metric: this.metricCapacityUtilization(), threshold: 90, periods: 15, actions,
      });
    }
  }

  /**
   * Share of the processors in use, in percent, over the instances of the cluster.
   *
   * @param options what to change about the metric
   */
  public metricCpuUtilization(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('CPUUtilization', { statistic: cloudwatch.Stats.AVERAGE, ...options });
  }

  /**
   * Milliseconds that the slowest reader is behind the writer.
   *
   * @param options what to change about the metric
   */
  public metricReplicaLag(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('AuroraReplicaLagMaximum', options);
  }

  /**
   * Connections of the instance that has most.
   *
   * @param options what to change about the metric
   */
  public metricDatabaseConnections(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('DatabaseConnections', options);
  }

  /**
   * Share of its largest size that a serverless ledger uses, in percent.
   *
   * @param options what to change about the metric
   */
  public metricCapacityUtilization(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ACUUtilization', options);
  }

  /**
   * Memory that is left on the instance that has least, in bytes.
   *
   * @param options what to change about the metric
   */
  public metricFreeableMemory(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('FreeableMemory', { statistic: cloudwatch.Stats.MINIMUM, ...options });
  }

  /**
   * Milliseconds that a commit takes.
   *
   * @param options what to change about the metric
   */
  public metricCommitLatency(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('CommitLatency', { statistic: cloudwatch.Stats.AVERAGE, ...options });
  }

  /**
   * A metric of RDS for the cluster.
   *
   * @param metricName name of the metric, such as 'Deadlocks'
   * @param options what to change about the metric
   */
  public metric(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return minuteMetric('AWS/RDS', metricName, { DBClusterIdentifier: this.cluster.clusterIdentifier }, cloudwatch.Stats.MAXIMUM, options);
  }
}
