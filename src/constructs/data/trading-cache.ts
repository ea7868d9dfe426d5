import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { CacheAttributes } from './cache-attributes';
import { CacheDurability, CacheEngine } from './cache-engine';
import { CacheGrants } from './cache-grants';
import type { CacheClients, CacheOptions } from './cache-options';
import { CacheProfile } from './cache-profile';
import { dataAlarm, minuteMetric } from './data-alarms';
import type { IMarketCache } from './market-cache';
import { Faults } from '../../private/faults';
import { ImportedCache } from '../../private/imported-cache';
import { checkWhole } from '../../private/whole';

/** Properties of `TradingCache`. */
export interface TradingCacheProps extends CacheOptions {
  /**
   * What the cache is for.
   *
   * @default CacheProfile.projection()
   */
  readonly profile?: CacheProfile;

  /**
   * Engine and version.
   *
   * @default CacheEngine.VALKEY_8_0; CacheEngine.VALKEY_9_0 with `durability`
   */
  readonly engine?: CacheEngine;

  /**
   * Type of the nodes.
   *
   * @default 'cache.r7g.large'
   */
  readonly nodeType?: string;

  /**
   * Shards that the keys are spread over, at least one. Clients must then speak the cluster protocol. Shards are added and removed
   * while the cache runs; a cache without them gets them as a new one, with a new id of the construct.
   *
   * @default - cluster mode is off: one primary has all keys
   */
  readonly shards?: number;

  /**
   * Standby nodes of each shard, each in another zone while there are zones left: from 1 to 5.
   *
   * @default 1
   */
  readonly replicas?: number;

  /**
   * Whether acknowledged writes outlive the nodes. Needs shards, Valkey 9.0 and a node type that can do it; cannot be given or taken
   * later, only changed from one kind to the other.
   *
   * @default - what a failover loses is lost
   */
  readonly durability?: CacheDurability;

  /**
   * Clients that are known beforehand; `addClients` adds others. Together they must fit into `profile.connectionLimit`.
   *
   * @default - none
   */
  readonly clients?: CacheClients[];

  /**
   * What ElastiCache shows beside the cache.
   *
   * @default - the path of the construct
   */
  readonly description?: string;

  /**
   * What happens to the cache and its token when they leave the stack. SNAPSHOT keeps a last snapshot of the cache, which then costs
   * nothing but storage.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** A port of our own; the well-known one is what scanners try first. */
const PORT = 6380;

/** More than ElastiCache has connections for, so that a slip of the pen is not a client. */
const MOST_CLIENTS = 100_000;

/** CloudWatch takes ten metrics into one alarm. */
const NODES_PER_ALARM = 10;

const DURABLE_NODES = /^cache\.(r6g|r7g|r8g|m6g|m7g|m8g|c7gn|c8gn)\./;

/**
 * A cache whose settings follow from its role: Valkey or Redis over several zones, with or without shards, with TLS, a token, daily
 * snapshots and alarms on memory, processor and connections. With durability it keeps every write it acknowledged.
 */
export class TradingCache extends Construct implements IMarketCache {
  /**
   * A cache that exists already. Its settings and alarms are its owner's.
   *
   * @param scope scope of the import
   * @param id id of the import
   * @param attributes where it is
   */
  public static fromCacheAttributes(scope: Construct, id: string, attributes: CacheAttributes): IMarketCache {
    return new ImportedCache(scope, id, attributes);
  }

  /** The replication group. */
  public readonly replicationGroup: elasticache.CfnReplicationGroup;
  /** Settings of the engine. */
  public readonly parameterGroup: elasticache.CfnParameterGroup;
  /** Subnets that the nodes are placed in. */
  public readonly subnetGroup: elasticache.CfnSubnetGroup;
  /** Token that clients present. */
  public readonly authToken: secretsmanager.Secret;
  /** Security group of the nodes. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Gives principals the token. */
  public readonly grants: CacheGrants;
  /** Network connections of the nodes. */
  public readonly connections: ec2.Connections;
  /** Host name to connect to: the primary's, or with shards the one that tells clients where the shards are. */
  public readonly endpointAddress: string;
  /** TCP port of the endpoint. */
  public readonly endpointPort: string;
  /** Names of the nodes as CloudWatch knows them. */
  public readonly nodeNames: string[];
  /** Fire when a node is 80 % full; one for ten nodes. */
  public readonly memoryAlarms: cloudwatch.Alarm[];
  /** Fire when the engine of a node, which has one thread for commands, is busy for 80 % of the time; one for ten nodes. */
  public readonly cpuAlarms: cloudwatch.Alarm[];
  /** Fire when a node has 80 % of its connections; one for ten nodes. */
  public readonly connectionAlarms: cloudwatch.Alarm[];
  private readonly connectionLimit: number;
  private readonly clients: CacheClients[] = [];

  public constructor(scope: Construct, id: string, props: TradingCacheProps) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const profile = props.profile ?? CacheProfile.projection();
    const engine = props.engine ?? (props.durability === undefined ? CacheEngine.VALKEY_8_0 : CacheEngine.VALKEY_9_0);
    const nodeType = props.nodeType ?? 'cache.r7g.large';
    const replicas = props.replicas ?? 1;
    const clusterMode = props.shards !== undefined;
    this.validate(props, profile, engine, nodeType, replicas);
    this.connectionLimit = profile.connectionLimit;
    this.addClients(...props.clients ?? []);
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc: props.vpc, description: 'Cache', allowAllOutbound: false });
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: ec2.Port.tcp(PORT) });
    this.authToken = new secretsmanager.Secret(this, 'AuthToken', {
      description: 'Token that clients of the cache present',
      encryptionKey: props.credentialsKey,
      // A secret has no snapshot: whoever restores the cache needs its token.
      removalPolicy: removalPolicy === RemovalPolicy.SNAPSHOT ? RemovalPolicy.RETAIN : removalPolicy,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    this.grants = new CacheGrants(this.authToken);
    this.subnetGroup = new elasticache.CfnSubnetGroup(this, 'SubnetGroup', {
      description: 'Subnets of the cache',
      subnetIds: props.vpc.selectSubnets(props.vpcSubnets ?? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED }).subnetIds,
    });
    this.parameterGroup = new elasticache.CfnParameterGroup(this, 'Parameters', {
      description: 'Settings of the cache',
      cacheParameterGroupFamily: engine.parameterGroupFamily,
      properties: profile._parameters(clusterMode),
    });
    this.replicationGroup = new elasticache.CfnReplicationGroup(this, 'Resource', {
      replicationGroupDescription: (props.description ?? `Cache of ${this.node.path}`).slice(0, 255),
      engine: engine.name,
      engineVersion: engine.version,
      cacheNodeType: nodeType,
      ...(clusterMode
        ? { clusterMode: 'enabled', numNodeGroups: props.shards, replicasPerNodeGroup: replicas }
        : { numCacheClusters: 1 + replicas }),
      durability: props.durability,
      port: PORT,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      atRestEncryptionEnabled: true,
      kmsKeyId: props.encryptionKey?.keyArn,
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      // Unwrapped as a dynamic reference: the template names the secret, CloudFormation reads it.
      authToken: this.authToken.secretValue.unsafeUnwrap(),
      autoMinorVersionUpgrade: true,
      snapshotRetentionLimit: profile.snapshotRetention.toDays(),
      snapshotWindow: '04:00-05:00',
      preferredMaintenanceWindow: 'sun:05:30-sun:06:30',
      cacheParameterGroupName: this.parameterGroup.ref,
      cacheSubnetGroupName: this.subnetGroup.ref,
      securityGroupIds: [this.securityGroup.securityGroupId],
    });
    this.replicationGroup.applyRemovalPolicy(removalPolicy);
    // Without it CloudFormation would replace the cache to change the number of shards.
    if (clusterMode) this.replicationGroup.cfnOptions.updatePolicy = { useOnlineResharding: true };
    this.endpointAddress = clusterMode ? this.replicationGroup.attrConfigurationEndPointAddress : this.replicationGroup.attrPrimaryEndPointAddress;
    this.endpointPort = clusterMode ? this.replicationGroup.attrConfigurationEndPointPort : this.replicationGroup.attrPrimaryEndPointPort;
    this.nodeNames = nodeNames(this.replicationGroup.ref, replicas, props.shards);
    const alarms = (alarmId: string, metricName: string, threshold: number, description: string) =>
      this.nodeAlarms(alarmId, metricName, threshold, description, props.alarmActions);
    this.memoryAlarms = alarms('MemoryAlarm', 'DatabaseMemoryUsagePercentage', 80,
      'A node of the cache is 80 % full: take a larger type or more shards, or see what is stored without an end.');
    this.cpuAlarms = alarms('CpuAlarm', 'EngineCPUUtilization', 80,
      'The one thread of a node that runs commands is busy for 80 % of the time: look for slow commands, or take more shards.');
    this.connectionAlarms = alarms('ConnectionAlarm', 'CurrConnections', 0.8 * profile.connectionLimit,
      `A node of the cache has 80 % of ${profile.connectionLimit} connections: clients leak them, or there are more clients than expected.`);
  }

  /**
   * Says what else will connect to the cache.
   *
   * @param clients kinds of clients
   * @throws Error that names all clients when together they exceed the connections of a node
   */
  public addClients(...clients: CacheClients[]): void {
    const faults = new Faults(this.node.path);
    for (const { name, instances, connectionsEach } of clients) {
      checkWhole(faults, `clients.${name}.instances`, instances, 0, MOST_CLIENTS);
      checkWhole(faults, `clients.${name}.connectionsEach`, connectionsEach, 1, MOST_CLIENTS);
    }
    faults.throwIfAny();
    this.clients.push(...clients);
    const total = this.clients.reduce((sum, { instances, connectionsEach }) => sum + instances * connectionsEach, 0);
    faults.check(total <= this.connectionLimit, `\`clients\` must not open more than the ${this.connectionLimit} connections of \`profile.connectionLimit\`, got: ${total} (`
      + `${this.clients.map(({ name, instances, connectionsEach }) => `${name} ${instances} × ${connectionsEach}`).join(', ')}); share connections in the clients, or give some of them a cache of their own`);
    faults.throwIfAny();
  }

  /**
   * Used share of the memory of the fullest node, in percent, over at most ten nodes.
   *
   * @param options what to change about the metric
   */
  public metricMemoryUsage(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metric('DatabaseMemoryUsagePercentage', undefined, options);
  }

  /**
   * Share of the time that the engine of the busiest node works, in percent, over at most ten nodes.
   *
   * @param options what to change about the metric
   */
  public metricEngineCpuUtilization(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metric('EngineCPUUtilization', undefined, options);
  }

  /**
   * Connections of the node that has most, over at most ten nodes.
   *
   * @param options what to change about the metric
   */
  public metricConnections(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metric('CurrConnections', undefined, options);
  }

  /**
   * Keys per minute that the node under most pressure gave up, over at most ten nodes.
   *
   * @param options what to change about the metric
   */
  public metricEvictions(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metric('Evictions', undefined, options);
  }

  /**
   * Seconds that the slowest replica is behind its primary, over at most ten nodes.
   *
   * @param options what to change about the metric
   */
  public metricReplicationLag(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metric('ReplicationLag', undefined, options);
  }

  /**
   * A metric of ElastiCache over nodes: the highest of them.
   *
   * @param metricName name of the metric, such as 'Evictions'
   * @param nodes names of at most ten nodes; the first ten unless given
   * @param options what to change about the metric
   */
  public metric(metricName: string, nodes?: string[], options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    const names = nodes ?? this.nodeNames.slice(0, NODES_PER_ALARM);
    const metrics = names.map((name, index) => [`n${index + 1}`, minuteMetric('AWS/ElastiCache', metricName, { CacheClusterId: name, CacheNodeId: '0001' }, cloudwatch.Stats.MAXIMUM)]);
    return new cloudwatch.MathExpression({
      expression: `MAX([${metrics.map(([name]) => name as string).join(', ')}])`,
      usingMetrics: Object.fromEntries(metrics) as { [name: string]: cloudwatch.IMetric },
      label: metricName,
      period: Duration.minutes(1),
      ...options,
    });
  }

  private nodeAlarms(
    id: string, metricName: string, threshold: number, description: string, actions?: cloudwatch.IAlarmAction[],
  ): cloudwatch.Alarm[] {
    const groups = Math.ceil(this.nodeNames.length / NODES_PER_ALARM);
    return Array.from({ length: groups }, (_, index) => dataAlarm(this, `${id}${index + 1}`, {
      description,
      metric: this.metric(metricName, this.nodeNames.slice(index * NODES_PER_ALARM, (index + 1) * NODES_PER_ALARM)),
      threshold,
      periods: 5,
      breaching: 3,
      actions,
    }));
  }

  private validate(props: TradingCacheProps, profile: CacheProfile, engine: CacheEngine, nodeType: string, replicas: number): void {
    const faults = new Faults(this.node.path);
    const { shards, durability } = props;
    checkWhole(faults, 'replicas', replicas, 1, 5, 'because a shard without one has nothing to fail over to');
    if (shards !== undefined) {
      checkWhole(faults, 'shards', shards, 1, 250, 'because names and alarms of the nodes follow from it');
      faults.check(!(shards * (1 + replicas) > 500), `\`shards\` and \`replicas\` must not make more than 500 nodes, got: ${shards * (1 + replicas)}`);
    }
    profile._check(faults);
    faults.check(Token.isUnresolved(nodeType) || nodeType.startsWith('cache.'), `\`nodeType\` must begin with 'cache.', got: '${nodeType}'`);
    if (durability !== undefined) {
      faults.check(engine.name === 'valkey' && engine.majorVersion >= 9, `\`durability\` needs Valkey 9.0 or newer, got: ${engine.name} ${engine.version}`);
      faults.check(shards !== undefined, '`durability` needs cluster mode; set `shards`, 1 is enough');
      faults.check(Token.isUnresolved(nodeType) || DURABLE_NODES.test(nodeType), `\`durability\` needs a \`nodeType\` of R6g, R7g, R8g, M6g, M7g, M8g, C7gn or C8gn, got: '${nodeType}'`);
    }
    faults.throwIfAny();
  }
}

/** ElastiCache numbers the nodes of a group, and with shards the shards too. */
function nodeNames(group: string, replicas: number, shards?: number): string[] {
  const pad = (value: number, digits: number) => String(value).padStart(digits, '0');
  const nodes = Array.from({ length: 1 + replicas }, (_, index) => pad(index + 1, 3));
  if (shards === undefined) return nodes.map((node) => `${group}-${node}`);
  return Array.from({ length: shards }, (_, index) => pad(index + 1, 4)).flatMap((shard) => nodes.map((node) => `${group}-${shard}-${node}`));
}
