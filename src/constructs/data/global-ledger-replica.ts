import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { BackupRetention } from './backup-retention';
import { dataAlarm, minuteMetric } from './data-alarms';
import type { IGlobalLedger } from './global-ledger';
import { checkPostgresVersion, LEDGER_PORT, monitoringRole, SECURE_PARAMETERS } from './ledger-access';
import type { ILedgerDatabase } from './ledger-database';
import { LedgerGrants } from './ledger-grants';
import type { PlacedStoreOptions } from './placed-store-options';
import { Faults } from '../../private/faults';

/** Properties of `GlobalLedgerReplica`. */
export interface GlobalLedgerReplicaProps extends PlacedStoreOptions {
  /** Global database that the region takes part in. */
  readonly globalLedger: IGlobalLedger;

  /**
   * Instances that stand by and serve reads meanwhile. None is a headless copy: the data is there, and whoever switches to this region
   * adds an instance first, which takes minutes.
   *
   * @default 1
   */
  readonly instances?: number;

  /**
   * Class of the instances. Equal to the primary's, or the region cannot take over its load.
   *
   * @default - db.r7g.large
   */
  readonly instanceType?: ec2.InstanceType;

  /**
   * Version of Aurora PostgreSQL: exactly that of the primary.
   *
   * @default rds.AuroraPostgresEngineVersion.VER_17_9
   */
  readonly engineVersion?: rds.AuroraPostgresEngineVersion;

  /**
   * Key of this region that encrypts the data and the backups.
   *
   * @default - a key is defined: a copy in another region must name one
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How far this region may be behind before the alarm fires: what a loss of the primary region would cost. At least a second.
   *
   * @default Duration.seconds(30)
   */
  readonly maxLag?: Duration;

  /**
   * How far back the copy can be restored once it is the primary.
   *
   * @default BackupRetention.FULL
   */
  readonly backupRetention?: BackupRetention;

  /**
   * What happens to the cluster and its key when they leave the stack. DESTROY also turns deletion protection off.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * The copy of a ledger in another region: an Aurora cluster of the same global database, warm or headless, with alarms on how far it
 * is behind. Its readers serve reads; its writer endpoint answers after a switchover, which loses nothing, or a failover, which
 * loses what had not arrived.
 */
export class GlobalLedgerReplica extends Construct implements ILedgerDatabase {
  /** The cluster. */
  public readonly cluster: rds.IDatabaseCluster;
  /** The cluster as CloudFormation has it. */
  public readonly cfnCluster: rds.CfnDBCluster;
  /** Its instances. */
  public readonly instances: rds.CfnDBInstance[];
  /** Key that encrypts the data. */
  public readonly encryptionKey: kms.IKey;
  /** Security group of the instances. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Subnets of the instances. */
  public readonly subnetGroup: rds.SubnetGroup;
  /** Settings of the engine. */
  public readonly parameterGroup: rds.ParameterGroup;
  /** Role that RDS reports the operating system's metrics with; a headless copy has none. */
  public readonly monitoringRole?: iam.Role;
  /** Gives principals access to the database. */
  public readonly grants: LedgerGrants;
  /** Network connections of the cluster. */
  public readonly connections: ec2.Connections;
  /** Identifier of the cluster in IAM policies. */
  public readonly clusterResourceIdentifier: string;
  /** Endpoint that takes writes once this region is the primary. */
  public readonly writerEndpoint: rds.Endpoint;
  /** Endpoint of the readers. */
  public readonly readerEndpoint: rds.Endpoint;
  /** Name of the database. */
  public readonly databaseName: string;
  /** Fires when a loss of the primary region would cost more than `maxLag`. */
  public readonly lagAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: GlobalLedgerReplicaProps) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const count = props.instances ?? 1;
    const maxLag = props.maxLag ?? Duration.seconds(30);
    const retention = props.backupRetention ?? BackupRetention.FULL;
    const engine = rds.DatabaseClusterEngine.auroraPostgres({ version: props.engineVersion ?? rds.AuroraPostgresEngineVersion.VER_17_9 });
    this.validate(props, count, maxLag);
    this.databaseName = props.globalLedger.databaseName;
    this.encryptionKey = props.encryptionKey ?? new kms.Key(this, 'Key', { description: 'Copy of the ledger', enableKeyRotation: true, removalPolicy });
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc: props.vpc, description: 'Copy of the ledger database', allowAllOutbound: false });
    this.subnetGroup = new rds.SubnetGroup(this, 'SubnetGroup', {
      description: 'Copy of the ledger database', vpc: props.vpc, vpcSubnets: props.vpcSubnets ?? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED }, removalPolicy,
    });
    this.parameterGroup = new rds.ParameterGroup(this, 'Parameters', { engine, description: 'Copy of the ledger database', parameters: SECURE_PARAMETERS });
    // The resource itself: the L2 insists on an administrator and a writer, and a secondary cluster has neither.
    this.cfnCluster = new rds.CfnDBCluster(this, 'Resource', {
      engine: engine.engineType,
      engineVersion: engine.engineVersion?.fullVersion,
      globalClusterIdentifier: props.globalLedger.globalClusterIdentifier,
      dbSubnetGroupName: this.subnetGroup.subnetGroupName,
      dbClusterParameterGroupName: this.parameterGroup.bindToCluster({}).parameterGroupName,
      vpcSecurityGroupIds: [this.securityGroup.securityGroupId],
      port: LEDGER_PORT,
      storageEncrypted: true,
      kmsKeyId: this.encryptionKey.keyArn,
      enableIamDatabaseAuthentication: true,
      enableCloudwatchLogsExports: ['postgresql'],
      backupRetentionPeriod: retention.duration.toDays(),
      copyTagsToSnapshot: true,
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    });
    this.cfnCluster.applyRemovalPolicy(removalPolicy);
    retention._explain(this.cfnCluster);
    if (Construct.isConstruct(props.globalLedger)) this.node.addDependency(props.globalLedger);
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: ec2.Port.tcp(LEDGER_PORT) });
    this.clusterResourceIdentifier = this.cfnCluster.attrDbClusterResourceId;
    this.cluster = rds.DatabaseCluster.fromDatabaseClusterAttributes(this, 'Cluster', {
      clusterIdentifier: this.cfnCluster.ref,
      clusterResourceIdentifier: this.clusterResourceIdentifier,
      engine,
      port: LEDGER_PORT,
      securityGroups: [this.securityGroup],
      clusterEndpointAddress: this.cfnCluster.attrEndpointAddress,
      readerEndpointAddress: this.cfnCluster.attrReadEndpointAddress,
    });
    this.writerEndpoint = this.cluster.clusterEndpoint;
    this.readerEndpoint = this.cluster.clusterReadEndpoint;
    this.grants = new LedgerGrants(this, this);
    if (count > 0) this.monitoringRole = monitoringRole(this);
    this.instances = Array.from({ length: count }, (_, index) => this.createInstance(index, props, removalPolicy));
    this.lagAlarm = dataAlarm(this, 'LagAlarm', {
      description: `The copy of the ledger is more than ${maxLag.toHumanString()} behind ${props.globalLedger.primaryRegion}: losing that region now would lose as much. `
        + 'Look at the write load of the primary and at the AWS Health Dashboard of both regions.',
      metric: this.metricRpoLag(),
      threshold: maxLag.toMilliseconds(),
      periods: 5,
      breaching: 3,
      // Instances report the lag: where there are some, silence means that none of them runs.
      missing: count > 0 ? cloudwatch.TreatMissingData.BREACHING : cloudwatch.TreatMissingData.MISSING,
      actions: props.alarmActions,
    });
  }

  /**
   * Milliseconds of commits that a loss of the primary region would cost.
   *
   * @param options what to change about the metric
   */
  public metricRpoLag(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('AuroraGlobalDBRPOLag', options);
  }

  /**
   * Milliseconds until a change of the primary region can be read here.
   *
   * @param options what to change about the metric
   */
  public metricReplicationLag(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('AuroraGlobalDBReplicationLag', options);
  }

  private metric(name: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return minuteMetric('AWS/RDS', name, { DBClusterIdentifier: this.cfnCluster.ref }, cloudwatch.Stats.MAXIMUM, options);
  }

  private createInstance(index: number, props: GlobalLedgerReplicaProps, removalPolicy: RemovalPolicy): rds.CfnDBInstance {
    const type = props.instanceType ?? ec2.InstanceType.of(ec2.InstanceClass.R7G, ec2.InstanceSize.LARGE);
    const instance = new rds.CfnDBInstance(this, `Instance${index + 1}`, {
      engine: 'aurora-postgresql',
      dbClusterIdentifier: this.cfnCluster.ref,
      dbInstanceClass: `db.${type.toString()}`,
      dbSubnetGroupName: this.subnetGroup.subnetGroupName,
      publiclyAccessible: false,
      promotionTier: Math.min(index, 1),
      autoMinorVersionUpgrade: true,
      enablePerformanceInsights: true,
      performanceInsightsKmsKeyId: this.encryptionKey.keyArn,
      monitoringInterval: 60,
      monitoringRoleArn: this.monitoringRole?.roleArn,
    });
    instance.applyRemovalPolicy(removalPolicy);
    return instance;
  }

  private validate(props: GlobalLedgerReplicaProps, count: number, maxLag: Duration): void {
    const faults = new Faults(this.node.path);
    const { region } = Stack.of(this);
    const { primaryRegion } = props.globalLedger;
    faults.check(!Token.isUnresolved(region) && !Token.isUnresolved(primaryRegion),
      '`globalLedger` needs concrete regions on both sides; give both stacks an `env` with a region');
    faults.check(region !== primaryRegion, `\`globalLedger\` has its primary in ${primaryRegion}, where this copy would be too; put the copy into a stack of another region`);
    faults.check(Number.isInteger(count) && count >= 0 && count <= 16, `\`instances\` must be a whole number from 0 to 16, got: ${Token.isUnresolved(count) ? 'a token' : count}`);
    faults.check(maxLag.isUnresolved() || maxLag.toMilliseconds() >= 1000, `\`maxLag\` must be at least a second, which is usual, got: ${maxLag.toHumanString()}`);
    props.backupRetention?._checkRestorable(faults, 'backupRetention');
    checkPostgresVersion(faults, 'Aurora PostgreSQL', props.engineVersion?.auroraPostgresMajorVersion, props.engineVersion?.auroraPostgresFullVersion);
    faults.throwIfAny();
  }
}
