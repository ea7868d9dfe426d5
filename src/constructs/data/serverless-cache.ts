import { Duration, Names, RemovalPolicy, Size, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { CacheEngine } from './cache-engine';
import { CacheGrants } from './cache-grants';
import type { CacheOptions } from './cache-options';
import { dataAlarm, minuteMetric } from './data-alarms';
import type { IMarketCache } from './market-cache';
import { Faults } from '../../private/faults';
import { checkWhole } from '../../private/whole';

/** Properties of `ServerlessCache`. */
export interface ServerlessCacheProps extends CacheOptions {
  /**
   * Engine; of its version only the number before the dot counts.
   *
   * @default CacheEngine.VALKEY_8_0
   */
  readonly engine?: CacheEngine;

  /**
   * Most that the cache stores: from 1 GiB to 5,000 GiB. Beyond it keys are given up, those that expire first.
   *
   * @default Size.gibibytes(5)
   */
  readonly maxStorage?: Size;

  /**
   * Most work per second, in ECPU: from 1,000 to 15,000,000. A command on up to a kilobyte is one. Beyond it commands are refused.
   *
   * @default 10000
   */
  readonly maxEcpuPerSecond?: number;

  /**
   * How long daily snapshots are kept: from 0 days, which takes none, to 35.
   *
   * @default Duration.days(15)
   */
  readonly snapshotRetention?: Duration;

  /**
   * What happens to the cache and its token when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** A serverless cache has fixed ports: this one takes writes, the next one up reads that may be a moment old. */
const PORT = 6379;

/** Commands that clients need. INFO counts as dangerous, and they ask it whether the cache is ready. */
const ACCESS = 'on ~* &* +@all -@dangerous +info';

/**
 * A cache without nodes to choose: ElastiCache Serverless, over several zones, paid by what is stored and done, with a limit on both.
 * Clients present a token as the user `default` and speak the cluster protocol over TLS.
 */
export class ServerlessCache extends Construct implements IMarketCache {
  /** The cache. */
  public readonly cache: elasticache.CfnServerlessCache;
  /** User that clients sign in as. */
  public readonly user: elasticache.CfnUser;
  /** Users of the cache. */
  public readonly userGroup: elasticache.CfnUserGroup;
  /** Token that clients present. */
  public readonly authToken: secretsmanager.Secret;
  /** Security group of the endpoints. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Gives principals the token. */
  public readonly grants: CacheGrants;
  /** Network connections of the cache. */
  public readonly connections: ec2.Connections;
  /** Host name of the endpoint that takes writes. */
  public readonly endpointAddress: string;
  /** TCP port of the endpoint. */
  public readonly endpointPort: string;
  /** Fires when the cache holds 80 % of what it may store. */
  public readonly storageAlarm: cloudwatch.Alarm;
  /** Fires when commands are refused, because the load grew faster than the cache, or beyond its limit. */
  public readonly throttleAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: ServerlessCacheProps) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const engine = props.engine ?? CacheEngine.VALKEY_8_0;
    const maxStorage = props.maxStorage ?? Size.gibibytes(5);
    const maxEcpu = props.maxEcpuPerSecond ?? 10_000;
    const snapshotRetention = props.snapshotRetention ?? Duration.days(15);
    const { subnetIds } = props.vpc.selectSubnets(props.vpcSubnets ?? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED });
    this.validate(subnetIds, maxStorage, maxEcpu, snapshotRetention);
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc: props.vpc, description: 'Serverless cache', allowAllOutbound: false });
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: ec2.Port.tcpRange(PORT, PORT + 1) });
    this.authToken = new secretsmanager.Secret(this, 'AuthToken', {
      description: 'Token that clients of the cache present',
      encryptionKey: props.credentialsKey,
      removalPolicy,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    this.grants = new CacheGrants(this.authToken);
    // ElastiCache demands names for all three and makes none itself: 40 small letters, digits and single hyphens.
    const name = `c${Names.uniqueResourceName(this, { maxLength: 34, allowedSpecialCharacters: '' }).toLowerCase()}`;
    this.user = new elasticache.CfnUser(this, 'User', {
      userId: `${name}-user`,
      // Clients that present nothing but a token are this user.
      userName: 'default',
      engine: engine.name,
      accessString: ACCESS,
      // Unwrapped as a dynamic reference: the template names the secret, CloudFormation reads it.
      passwords: [this.authToken.secretValue.unsafeUnwrap()],
    });
    this.userGroup = new elasticache.CfnUserGroup(this, 'UserGroup', { userGroupId: name, engine: engine.name, userIds: [this.user.ref] });
    this.cache = new elasticache.CfnServerlessCache(this, 'Resource', {
      serverlessCacheName: name,
      description: `Cache of ${this.node.path}`.slice(0, 255),
      engine: engine.name,
      majorEngineVersion: String(engine.majorVersion),
      cacheUsageLimits: { dataStorage: { unit: 'GB', maximum: maxStorage.toGibibytes() }, ecpuPerSecond: { maximum: maxEcpu } },
      dailySnapshotTime: '04:00',
      snapshotRetentionLimit: snapshotRetention.toDays(),
      kmsKeyId: props.encryptionKey?.keyArn,
      securityGroupIds: [this.securityGroup.securityGroupId],
      subnetIds,
      userGroupId: this.userGroup.ref,
    });
    this.cache.applyRemovalPolicy(removalPolicy);
    this.endpointAddress = this.cache.attrEndpointAddress;
    this.endpointPort = this.cache.attrEndpointPort;
    const actions = props.alarmActions;
    this.storageAlarm = dataAlarm(this, 'StorageAlarm', {
      description: `The cache holds 80 % of the ${maxStorage.toGibibytes()} GiB it may store: at the limit keys are given up.`,
      metric: this.metricBytesUsed(), threshold: 0.8 * maxStorage.toBytes(), periods: 5, actions,
    });
    this.throttleAlarm = dataAlarm(this, 'ThrottleAlarm', {
      description: 'The cache refuses commands: the load grew faster than it can, or beyond `maxEcpuPerSecond`.',
      metric: this.metricThrottledCommands(), threshold: 1, periods: 5, breaching: 3, actions,
    });
  }

  /**
   * Bytes that the cache holds.
   *
   * @param options what to change about the metric
   */
  public metricBytesUsed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('BytesUsedForCache', options);
  }

  /**
   * Commands per minute that were refused.
   *
   * @param options what to change about the metric
   */
  public metricThrottledCommands(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ThrottledCmds', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * Work per minute, in ECPU.
   *
   * @param options what to change about the metric
   */
  public metricProcessingUnits(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ElastiCacheProcessingUnits', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * Connections that are open.
   *
   * @param options what to change about the metric
   */
  public metricConnections(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('CurrConnections', options);
  }

  /**
   * A metric of ElastiCache for the cache.
   *
   * @param metricName name of the metric, such as 'ElastiCacheProcessingUnits'
   * @param options what to change about the metric
   */
  public metric(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return minuteMetric('AWS/ElastiCache', metricName, { clusterId: this.cache.ref }, cloudwatch.Stats.MAXIMUM, options);
  }

  private validate(subnetIds: string[], maxStorage: Size, maxEcpu: number, snapshotRetention: Duration): void {
    const faults = new Faults(this.node.path);
    faults.check(Token.isUnresolved(subnetIds) || (subnetIds.length >= 2 && subnetIds.length <= 3), `\`vpcSubnets\` must select two or three subnets, each in another zone, got: ${subnetIds.length}`);
    faults.check(!maxStorage.isUnresolved() && maxStorage.toGibibytes() >= 1 && maxStorage.toGibibytes() <= 5000,
      `\`maxStorage\` must be from 1 to 5,000 GiB, got: ${maxStorage.isUnresolved() ? 'a token' : maxStorage.toGibibytes()}`);
    checkWhole(faults, 'maxEcpuPerSecond', maxEcpu, 1000, 15_000_000);
    faults.check(snapshotRetention.isUnresolved() || (snapshotRetention.toDays() >= 0 && snapshotRetention.toDays() <= 35), `\`snapshotRetention\` must be from 0 to 35 days, got: ${snapshotRetention.toHumanString()}`);
    faults.throwIfAny();
  }
}
