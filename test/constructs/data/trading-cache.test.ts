import { Duration, Lazy, RemovalPolicy, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CacheDurability, CacheEngine } from '../../../src/constructs/data/cache-engine';
import { CacheProfile, EvictionPolicy } from '../../../src/constructs/data/cache-profile';
import { TradingCache, type TradingCacheProps } from '../../../src/constructs/data/trading-cache';
import { givenVpc, testStack } from '../../support/apps';
import { resourcesOf, statementsOf } from '../../support/templates';

function synthesised(props: Partial<TradingCacheProps> = {}) {
  const stack = testStack();
  const cache = new TradingCache(stack, 'Cache', { vpc: givenVpc(stack), ...props });
  return { stack, cache, template: Template.fromStack(stack) };
}

test('fails over between zones, speaks TLS only, asks for the token and takes snapshots', () => {
  const { stack, cache, template } = synthesised();
  template.hasResource('AWS::ElastiCache::ReplicationGroup', {
    DeletionPolicy: 'Retain',
    UpdatePolicy: Match.absent(),
    Properties: {
      Engine: 'valkey', EngineVersion: '8.0', NumCacheClusters: 2, AutomaticFailoverEnabled: true, MultiAZEnabled: true, Port: 6380,
      TransitEncryptionEnabled: true, TransitEncryptionMode: 'required', AtRestEncryptionEnabled: true, SnapshotRetentionLimit: 15,
      AuthToken: { 'Fn::Join': ['', ['{{resolve:secretsmanager:', stack.resolve(cache.authToken.secretArn), ':SecretString:::}}']] },
      NumNodeGroups: Match.absent(), ClusterMode: Match.absent(), Durability: Match.absent(),
    },
  });
});

test.each<[string, CacheProfile, Record<string, string>]>([
  ['a projection forgets what was used longest ago', CacheProfile.projection(), { 'maxmemory-policy': 'allkeys-lru', 'reserved-memory-percent': '25' }],
  ['sessions that expire soonest go first', CacheProfile.sessions(), { 'maxmemory-policy': 'volatile-ttl' }],
  ['a queue forgets nothing and has room for its snapshot', CacheProfile.queue(), { 'maxmemory-policy': 'noeviction', 'reserved-memory-percent': '50' }],
  ['settings can be changed', CacheProfile.projection({ evictionPolicy: EvictionPolicy.ALL_KEYS_LFU, idleTimeout: Duration.minutes(5) }), { 'maxmemory-policy': 'allkeys-lfu', 'timeout': '300' }],
])('%s', (_, profile, parameters) => {
  const { template } = synthesised({ profile });
  template.hasResourceProperties('AWS::ElastiCache::ParameterGroup', { CacheParameterGroupFamily: 'valkey8', Properties: Match.objectLike(parameters) });
});

test('has shards that are added without a replacement', () => {
  const { stack, cache, template } = synthesised({ shards: 3, replicas: 2 });
  template.hasResource('AWS::ElastiCache::ReplicationGroup', {
    UpdatePolicy: { UseOnlineResharding: true },
    Properties: { ClusterMode: 'enabled', NumNodeGroups: 3, ReplicasPerNodeGroup: 2, NumCacheClusters: Match.absent() },
  });
  template.hasResourceProperties('AWS::ElastiCache::ParameterGroup', { Properties: Match.objectLike({ 'cluster-enabled': 'yes' }) });
  expect(JSON.stringify(stack.resolve(cache.endpointAddress))).toContain('ConfigurationEndPoint.Address');
  expect(cache.nodeNames).toHaveLength(9);
  expect(JSON.stringify(stack.resolve(cache.nodeNames[8]))).toContain('-0003-003');
});

test('watches every node: ten to an alarm', () => {
  const { cache, template } = synthesised({ shards: 6 });
  expect([cache.memoryAlarms, cache.cpuAlarms, cache.connectionAlarms].map((alarms) => alarms.length)).toEqual([2, 2, 2]);
  const watched = Object.values(template.findResources('AWS::CloudWatch::Alarm')).flatMap(({ Properties }) => (Properties as { Metrics: Array<{ MetricStat?: { Metric: { MetricName: string } } }> }).Metrics)
    .filter(({ MetricStat }) => MetricStat?.Metric.MetricName === 'DatabaseMemoryUsagePercentage');
  expect(watched).toHaveLength(12);
});

test('alarms at four fifths of the connections that the role allows', () => {
  synthesised({ profile: CacheProfile.projection({ connectionLimit: 1000 }) }).template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Threshold: 800, Metrics: Match.arrayWith([Match.objectLike({ Expression: 'MAX([n1, n2])' })]),
  });
});

test('keeps every write that it acknowledged when that is asked for', () => {
  synthesised({ durability: CacheDurability.SYNC, shards: 1, profile: CacheProfile.queue() }).template.hasResourceProperties('AWS::ElastiCache::ReplicationGroup', {
    Durability: 'sync', Engine: 'valkey', EngineVersion: '9.0', ClusterMode: 'enabled', NumNodeGroups: 1,
  });
});

test('can be Redis', () => {
  const { template } = synthesised({ engine: CacheEngine.REDIS_7_1 });
  template.hasResourceProperties('AWS::ElastiCache::ReplicationGroup', { Engine: 'redis', EngineVersion: '7.1' });
  template.hasResourceProperties('AWS::ElastiCache::ParameterGroup', { CacheParameterGroupFamily: 'redis7' });
});

test('lets nobody in by itself', () => {
  const { stack, cache } = synthesised();
  expect(Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::EC2::SecurityGroupIngress')).toEqual([]);
  expect(cache.connections.defaultPort?.toString()).toBe('6380');
});

test('leaves a last snapshot when that is said, and the token that opens it', () => {
  const { template } = synthesised({ removalPolicy: RemovalPolicy.SNAPSHOT });
  template.hasResource('AWS::ElastiCache::ReplicationGroup', { DeletionPolicy: 'Snapshot' });
  template.hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: 'Retain' });
});

test('counts clients that are said later to those that were said before', () => {
  const { cache } = synthesised({ profile: CacheProfile.projection({ connectionLimit: 100 }), clients: [{ name: 'streamer', instances: 2, connectionsEach: 20 }] });
  cache.addClients({ name: 'api', instances: 6, connectionsEach: 10 });
  expect(() => cache.addClients({ name: 'worker', instances: 1, connectionsEach: 1 })).toThrow(/got: 101 \(streamer 2 × 20, api 6 × 10, worker 1 × 1\)/);
});

test('lets a principal read the token and nothing else', () => {
  const stack = testStack();
  const cache = new TradingCache(stack, 'Cache', { vpc: givenVpc(stack) });
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
  cache.grants.connect(role);
  const statements = statementsOf(stack, stack.getLogicalId(role.node.defaultChild as iam.CfnRole));
  expect(statements.map(({ actions, resources }) => [actions, resources])).toEqual([
    [['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], [stack.resolve(cache.authToken.secretArn)]],
  ]);
});

test('has a metric for each thing that it watches', () => {
  const { cache } = synthesised();
  const metrics = [
    cache.metricMemoryUsage(), cache.metricEngineCpuUtilization(), cache.metricConnections(), cache.metricEvictions(), cache.metricReplicationLag(),
  ];
  expect(metrics.map(({ label }) => label)).toEqual(['DatabaseMemoryUsagePercentage', 'EngineCPUUtilization', 'CurrConnections', 'Evictions', 'ReplicationLag']);
});

test('stands for a cache that exists already, into which services are let', () => {
  const own = testStack();
  const group = ec2.SecurityGroup.fromSecurityGroupId(own, 'Group', 'sg-0123456789abcdef0');
  const given = TradingCache.fromCacheAttributes(own, 'Given', { endpointAddress: 'cache.example', securityGroups: [group] });
  expect([given.endpointAddress, given.endpointPort]).toEqual(['cache.example', '6379']);
  given.connections.allowDefaultPortFrom(ec2.SecurityGroup.fromSecurityGroupId(own, 'Service', 'sg-0fedcba9876543210'));
  Template.fromStack(own).hasResourceProperties('AWS::EC2::SecurityGroupIngress', { GroupId: 'sg-0123456789abcdef0', FromPort: 6379 });
});

test.each<[string, Partial<TradingCacheProps>, RegExp]>([
  ['no replica', { replicas: 0 }, /`replicas` must be a whole number from 1 to 5.*got: 0/],
  ['six replicas', { replicas: 6 }, /`replicas` must be a whole number from 1 to 5/],
  ['no shard', { shards: 0 }, /`shards` must be a whole number from 1 to 250/],
  ['shards that are a token', { shards: Lazy.number({ produce: () => 2 }) }, /`shards` must be.*got: an unresolved token/],
  ['more than 500 nodes', { shards: 200, replicas: 2 }, /must not make more than 500 nodes, got: 600/],
  ['a type without its prefix', { nodeType: 'r7g.large' }, /`nodeType` must begin with 'cache.', got: 'r7g.large'/],
  ['durability on Redis', { durability: CacheDurability.SYNC, shards: 1, engine: CacheEngine.REDIS_7_1 }, /`durability` needs Valkey 9.0 or newer, got: redis 7.1/],
  ['durability without shards', { durability: CacheDurability.ASYNC }, /`durability` needs cluster mode; set `shards`/],
  ['durability on a burstable node', { durability: CacheDurability.SYNC, shards: 1, nodeType: 'cache.t4g.medium' }, /`durability` needs a `nodeType` of R6g.*got: 'cache.t4g.medium'/],
  ['more clients than connections', { clients: [{ name: 'streamer', instances: 2, connectionsEach: 10 }, { name: 'api', instances: 700, connectionsEach: 100 }] }, /`clients` must not open more than the 65000 connections.*got: 70020 \(streamer 2 × 10, api 700 × 100\); share/],
  ['clients that are a token', { clients: [{ name: 'api', instances: Token.asNumber({ Ref: 'Tasks' }), connectionsEach: 2 }] }, /`clients.api.instances` must be a whole number.*got: an unresolved token/],
  ['a limit that is a token', { profile: CacheProfile.queue({ connectionLimit: Token.asNumber({ Ref: 'Limit' }) }) }, /`profile.connectionLimit` must be.*got: an unresolved token/],
  ['more connections than the engine has', { profile: CacheProfile.queue({ connectionLimit: 65_001 }) }, /`profile.connectionLimit` must be a whole number from 1 to 65000/],
  ['all memory reserved', { profile: CacheProfile.queue({ reservedMemoryPercent: 91 }) }, /`profile.reservedMemoryPercent` must be a whole number from 0 to 90, got: 91/],
  ['snapshots for 36 days', { profile: CacheProfile.queue({ snapshotRetention: Duration.days(36) }) }, /`profile.snapshotRetention` must be a whole number from 0 to 35, got: 36/],
  ['an idle timeout of a second', { profile: CacheProfile.queue({ idleTimeout: Duration.seconds(1) }) }, /`profile.idleTimeout` must be 0 or at least 20 seconds/],
])('fails with %s', (_, props, message) => {
  expect(() => synthesised(props)).toThrow(message);
});

test('fails with everything that is wrong at once', () => {
  expect(() => synthesised({ replicas: 0, durability: CacheDurability.SYNC })).toThrow(/`replicas`.*`durability` needs cluster mode/);
});
