import { Duration, Fn, Names, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { dataAlarm, minuteMetric } from './data-alarms';
import { LEDGER_PORT } from './ledger-access';
import type { ILedgerDatabase } from './ledger-database';
import { LedgerGrants } from './ledger-grants';
import type { PlacedStoreOptions } from './placed-store-options';
import { Faults } from '../../private/faults';

/** Properties of `LedgerProxy`. */
export interface LedgerProxyProps extends PlacedStoreOptions {
  /** Ledger that the proxy connects to. IAM authentication must be on. */
  readonly ledger: ILedgerDatabase;

  /** Cluster of the ledger, for example `ledger.cluster`. */
  readonly cluster: rds.IDatabaseCluster;

  /**
   * Users of the database that may come through the proxy.
   *
   * @default - 'settlement' and 'api', those of the services of this package
   */
  readonly users?: string[];

  /**
   * Share of the cluster's connections that the proxy may hold, in percent: from 1 to 100.
   *
   * @default 80
   */
  readonly maxConnectionsPercent?: number;

  /**
   * After how long without a query a client is disconnected: from a second to eight hours.
   *
   * @default Duration.minutes(30)
   */
  readonly idleClientTimeout?: Duration;
}

/** A proxy for PostgreSQL listens on this port, whatever the port of the cluster is. */
const PORT = 5432;

/**
 * Connections to a ledger that are shared between many clients and outlive a failover: an RDS Proxy that clients sign in to with IAM
 * tokens, and that signs in to the ledger with IAM tokens itself, so that there is no password anywhere. It stands for the ledger.
 */
export class LedgerProxy extends Construct implements ILedgerDatabase {
  /** The proxy. */
  public readonly proxy: rds.DatabaseProxy;
  /** Its endpoint to the readers. */
  public readonly readerProxyEndpoint: rds.CfnDBProxyEndpoint;
  /** Role that the proxy signs in to the ledger with. */
  public readonly role: iam.Role;
  /** Security group of the proxy. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Gives principals access to the database through the proxy. */
  public readonly grants: LedgerGrants;
  /** Fires when clients wait for a connection for more than a second. */
  public readonly borrowAlarm: cloudwatch.Alarm;
  /** Network connections of the proxy. */
  public readonly connections: ec2.Connections;
  /** Identifier of the proxy in IAM policies, `prx-…`. */
  public readonly clusterResourceIdentifier: string;
  /** Endpoint that takes writes. */
  public readonly writerEndpoint: rds.Endpoint;
  /** Endpoint of the readers. */
  public readonly readerEndpoint: rds.Endpoint;
  /** Name of the database. */
  public readonly databaseName: string;

  public constructor(scope: Construct, id: string, props: LedgerProxyProps) {
    super(scope, id);
    const users = props.users ?? ['settlement', 'api'];
    const percent = props.maxConnectionsPercent ?? 80;
    const idle = props.idleClientTimeout ?? Duration.minutes(30);
    const faults = new Faults(this.node.path);
    faults.check(users.length > 0, '`users` must not be empty, or nobody can come through the proxy');
    faults.check(!users.some((user) => user.includes('*')), `\`users\` must name each user, got: ${users.join(', ')}`);
    faults.check(Token.isUnresolved(percent) || (percent >= 1 && percent <= 100), `\`maxConnectionsPercent\` must be from 1 to 100, got: ${percent}`);
    faults.check(idle.isUnresolved() || (idle.toSeconds() >= 1 && idle.toSeconds() <= 28_800), `\`idleClientTimeout\` must be from a second to eight hours, got: ${idle.toHumanString()}`);
    faults.throwIfAny();
    const vpcSubnets = props.vpcSubnets ?? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
    this.databaseName = props.ledger.databaseName;
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc: props.vpc, description: 'Proxy of the ledger', allowAllOutbound: false });
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: ec2.Port.tcp(PORT) });
    this.role = new iam.Role(this, 'Role', { description: 'The proxy signs in to the ledger', assumedBy: new iam.ServicePrincipal('rds.amazonaws.com') });
    new iam.ManagedPolicy(this, 'Policy', {
      description: 'Users of the ledger that come through the proxy',
      roles: [this.role],
      statements: [new iam.PolicyStatement({
        actions: ['rds-db:connect'],
        resources: users.map((user) => Stack.of(this).formatArn({ service: 'rds-db', resource: `dbuser:${props.ledger.clusterResourceIdentifier}`, resourceName: user })),
      })],
    });
    // The cluster without its security groups: the library would open them on a port that it refers to, which rules cannot read.
    const target = rds.DatabaseCluster.fromDatabaseClusterAttributes(this, 'Target', {
      clusterIdentifier: props.cluster.clusterIdentifier,
      port: LEDGER_PORT,
      engine: props.cluster.engine ?? rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_17_9 }),
    });
    this.proxy = new rds.DatabaseProxy(this, 'Resource', {
      // RDS wants a name; the library's own would be the construct's id, which another proxy of the account may have.
      dbProxyName: Names.uniqueResourceName(this, { maxLength: 60, separator: '-' }),
      proxyTarget: rds.ProxyTarget.fromCluster(target),
      defaultAuthScheme: rds.DefaultAuthScheme.IAM_AUTH,
      iamAuth: true,
      requireTLS: true,
      role: this.role,
      vpc: props.vpc,
      vpcSubnets,
      securityGroups: [this.securityGroup],
      maxConnectionsPercent: percent,
      idleClientTimeout: idle,
      borrowTimeout: Duration.seconds(5),
    });
    this.readerProxyEndpoint = new rds.CfnDBProxyEndpoint(this, 'ReaderEndpoint', {
      dbProxyName: this.proxy.dbProxyName,
      dbProxyEndpointName: Names.uniqueResourceName(this, { maxLength: 60, separator: '-', allowedSpecialCharacters: '-' }),
      targetRole: 'READ_ONLY',
      vpcSubnetIds: props.vpc.selectSubnets(vpcSubnets).subnetIds,
      vpcSecurityGroupIds: [this.securityGroup.securityGroupId],
    });
    this.proxy.node.addDependency(props.cluster);
    this.securityGroup.connections.allowToDefaultPort(props.ledger, 'The proxy connects to the ledger');
    // The last part of the ARN, …:db-proxy:prx-….
    this.clusterResourceIdentifier = Fn.select(6, Fn.split(':', this.proxy.dbProxyArn));
    this.writerEndpoint = new rds.Endpoint(this.proxy.endpoint, PORT);
    this.readerEndpoint = new rds.Endpoint(this.readerProxyEndpoint.attrEndpoint, PORT);
    this.grants = new LedgerGrants(this, this);
    this.borrowAlarm = dataAlarm(this, 'BorrowAlarm', {
      description: 'Clients of the ledger wait for a connection for more than a second: transactions are too long, or the ledger is too small.',
      metric: this.metricBorrowLatency(),
      threshold: Duration.seconds(1).toMilliseconds() * 1000,
      periods: 5,
      breaching: 3,
      actions: props.alarmActions,
    });
  }

  /**
   * Microseconds that a client waits for a connection to the ledger.
   *
   * @param options what to change about the metric
   */
  public metricBorrowLatency(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('DatabaseConnectionsBorrowLatency', { statistic: cloudwatch.Stats.AVERAGE, ...options });
  }

  /**
   * Connections of clients to the proxy.
   *
   * @param options what to change about the metric
   */
  public metricClientConnections(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ClientConnections', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * Connections of the proxy to the ledger.
   *
   * @param options what to change about the metric
   */
  public metricDatabaseConnections(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('DatabaseConnections', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  private metric(name: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return minuteMetric('AWS/RDS', name, { ProxyName: this.proxy.dbProxyName }, cloudwatch.Stats.MAXIMUM, options);
  }
}
