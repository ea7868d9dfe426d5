/** The multi-region exchange. */
import { Match } from 'aws-cdk-lib/assertions';
import { decided, Decoded, kept, type Noun, provided } from '../noun';

const subnet = (CidrBlock: string) => ({ CidrBlock });
const rules = (name: string) => ({ Rules: Match.arrayWith([Match.objectLike({ Name: name })]) });
const attributes = (Key: string, Value: string) => ({ LoadBalancerAttributes: Match.arrayWith([{ Key, Value }]) });
const xml = (part: string) => ({ Data: new Decoded(part) });

export const d2: Noun[] = [
  provided(4, 'p99 below 100 ms', 'ServiceLevelObjective.MULTI_REGION_EXCHANGE', 'observability', 'CloudWatch::Alarm', { ExtendedStatistic: 'p99', Threshold: 100 }),
  kept(23, 'services that scale and deploy apart', 'services'),
  provided(24, 'events that others react to', 'OrderHistoryTable', 'orderHistory', 'DynamoDB::GlobalTable', { StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' } }),
  provided(25, 'deployment over zones', 'TradingService.sizing', 'fargate', 'ECS::Service', { AvailabilityZoneRebalancing: 'ENABLED' }),
  provided(27, 'defence in depth: flow logs', 'TradingNetwork.flowLogRetention', 'network', 'EC2::FlowLog', { TrafficType: 'ALL' }),

  provided(32, 'CloudFront', 'TradingDistribution', 'edge', 'CloudFront::Distribution', { DistributionConfig: { HttpVersion: 'http2and3' } }),
  provided(33, 'protection against DDoS at the edge', 'TradingWebAcl.antiDdos', 'webAcl', 'WAFv2::WebACL', rules('AWSManagedRulesAntiDDoSRuleSet')),
  provided(38, 'TLS ended at CloudFront', 'PublicEndpoint.customDomain', 'edge', 'CloudFront::Distribution', {
    DistributionConfig: { ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021', SslSupportMethod: 'sni-only' } },
  }),
  decided(39, 'Cloudflare', '0012'),
  provided(41, 'domain of its own', 'CustomDomainOptions.domainName', 'edge', 'CloudFront::Distribution', { DistributionConfig: { Aliases: ['trade.example.com'] } }),
  provided(42, 'HTTPS enforced', 'TradingDistribution', 'edge', 'CloudFront::Distribution', {
    DistributionConfig: { DefaultCacheBehavior: { ViewerProtocolPolicy: 'redirect-to-https' } },
  }),
  provided(43, 'countries that may come', 'TradingDistribution.geoRestriction', 'edge', 'CloudFront::Distribution', {
    DistributionConfig: { Restrictions: { GeoRestriction: { RestrictionType: 'whitelist', Locations: ['US', 'DE'] } } },
  }),
  provided(44, 'caching per route', ['TradingDistribution.cachedRoutes', 'CachedRoute.of'], 'edge', 'CloudFront::Distribution', {
    DistributionConfig: { CacheBehaviors: [Match.objectLike({ PathPattern: '/v1/instruments' })] },
  }),

  provided(46, 'Application Load Balancer', 'TradingLoadBalancer', 'publicLoadBalancer', 'ElasticLoadBalancingV2::LoadBalancer', { Type: 'application' }),
  provided(47, 'traffic over the zones', 'TradingLoadBalancer.vpcSubnets', 'publicLoadBalancer', 'ElasticLoadBalancingV2::LoadBalancer', {
    Subnets: [Match.anyValue(), Match.anyValue(), Match.anyValue()],
  }),
  provided(51, 'TLS at the load balancer', 'TradingLoadBalancer.certificate', 'publicLoadBalancer', 'ElasticLoadBalancingV2::Listener', { Protocol: 'HTTPS', Port: 443 }),
  provided(52, 'WebSockets: connections that may be idle', 'TradingLoadBalancer.idleTimeout', 'publicLoadBalancer', 'ElasticLoadBalancingV2::LoadBalancer',
    attributes('idle_timeout.timeout_seconds', '300')),
  provided(53, 'Network Load Balancer', 'TradingNetworkLoadBalancer', 'networkLoadBalancer', 'ElasticLoadBalancingV2::LoadBalancer', { Type: 'network' }),
  provided(55, 'target group', ['LoadBalancerTargetOptions.deregistrationDelay', 'LoadBalancerTargetOptions.slowStart'], 'publicLoadBalancer', 'ElasticLoadBalancingV2::TargetGroup', {
    TargetType: 'ip', TargetGroupAttributes: Match.arrayWith([{ Key: 'deregistration_delay.timeout_seconds', Value: '60' }]),
  }),
  provided(56, 'health check', ['TradingLoadBalancer.healthCheck', 'LoadBalancerHealthCheck.interval'], 'publicLoadBalancer', 'ElasticLoadBalancingV2::TargetGroup', {
    HealthCheckPath: '/health', HealthCheckIntervalSeconds: 10, UnhealthyThresholdCount: 2,
  }),
  provided(57, 'certificates', 'TradingLoadBalancer.certificate', 'publicLoadBalancer', 'ElasticLoadBalancingV2::Listener', {
    Certificates: [Match.anyValue()], SslPolicy: Match.stringLikeRegexp('TLS13'),
  }),
  provided(58, 'access logs', 'TradingLoadBalancer.accessLogs', 'publicLoadBalancer', 'ElasticLoadBalancingV2::LoadBalancer', attributes('access_logs.s3.enabled', 'true')),

  provided(64, 'ECS with Fargate', 'TradingService', 'fargate', 'ECS::Service', { CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Weight: 1 }] }),
  kept(65, 'containers', 'services/reference-api/Dockerfile'),
  provided(66, 'circuit breaker of deployments', 'TradingService', 'fargate', 'ECS::Service', {
    DeploymentConfiguration: { DeploymentCircuitBreaker: { Enable: true, Rollback: true } },
  }),
  kept(67, 'retries', 'services/runtime/aws.ts'),
  kept(69, 'Node.js and TypeScript', 'services/reference-api/main.ts'),
  kept(70, 'gRPC between services', 'services/adapters/query/query.proto'),
  provided(71, 'Redis for sessions', 'CacheProfile.sessions', 'sessionCache', 'ElastiCache::ParameterGroup', { Properties: { 'maxmemory-policy': 'volatile-ttl' } }),
  provided(72, 'Prometheus', ['TradingService.collector', 'CollectorOptions.prometheusPort'], 'fargate', 'ECS::TaskDefinition', {
    ContainerDefinitions: Match.arrayWith([Match.objectLike({ Essential: false, Environment: [Match.objectLike({ Name: 'AOT_CONFIG_CONTENT' })] })]),
  }),

  provided(77, 'dedicated EC2 instances for the matcher', ['DedicatedCapacity', 'MatchingService.dedicatedCapacity'], 'matcher', 'ECS::CapacityProvider', {
    AutoScalingGroupProvider: { ManagedTerminationProtection: 'ENABLED' },
  }),
  provided(77, 'hardware of nobody else', 'DedicatedCapacity.dedicatedHardware', 'dedicatedHardware', 'EC2::LaunchTemplate', { LaunchTemplateData: { Placement: { Tenancy: 'dedicated' } } }),
  kept(78, 'matching engine of our own', 'services/reference-matcher'),
  kept(79, 'matching in memory', 'services/reference-matcher/core/engine'),
  kept(81, 'matching below a millisecond', 'docs/performance.md'),
  provided(82, 'snapshots of the book', ['ReferenceMatcherNeeds.snapshotBucket', 'ReferenceMatcherNeeds.snapshotInterval'], 'matcher', 'ECS::TaskDefinition', {
    ContainerDefinitions: [Match.objectLike({ Environment: Match.arrayWith([{ Name: 'SNAPSHOT_INTERVAL_SECONDS', Value: '300' }]) })],
  }, 2),
  kept(84, 'price-time priority', 'services/reference-matcher/core/engine/book.ts'),

  provided(89, 'Lambda for the user service', 'TradingFunction', 'userService', 'Lambda::Function', { TracingConfig: { Mode: 'Active' } }),
  provided(90, 'API Gateway', 'TradingRestApi', 'restApi', 'ApiGateway::RestApi'),
  provided(91, 'tokens (JWT)', 'TradingUserPool.accessTokenValidity', 'userPool', 'Cognito::UserPoolClient', { EnableTokenRevocation: true, AccessTokenValidity: 15 }),
  provided(93, 'several factors', 'TradingUserPool.mfa', 'userPool', 'Cognito::UserPool', { MfaConfiguration: 'ON', EnabledMfas: ['SOFTWARE_TOKEN_MFA'] }),
  provided(94, 'sessions', 'SessionsTable', 'sessions', 'DynamoDB::GlobalTable', { TimeToLiveSpecification: { Enabled: true } }),
  provided(95, 'rate limits', ['RateLimit.signIns', 'WebAclOptions.rateLimits'], 'webAcl', 'WAFv2::WebACL', rules('SignInsPerAddress')),
  provided(96, 'who may do what', 'TradingUserPool.groups', 'userPool', 'Cognito::UserPoolGroup', { GroupName: 'traders' }),

  provided(99, 'Aurora PostgreSQL', 'LedgerCluster', 'ledger', 'RDS::DBCluster', { Engine: 'aurora-postgresql', EngineVersion: Match.stringLikeRegexp('^1[5-9]') }),
  provided(102, 'writer and readers over zones', 'LedgerCluster.readers', 'ledger', 'RDS::DBInstance', {}, 3),
  provided(103, 'storage that grows by itself', 'LedgerCluster.ioOptimized', 'ledger', 'RDS::DBCluster', { StorageType: 'aurora' }),
  provided(104, 'Performance Insights', 'LedgerCluster.databaseInsights', 'ledger', 'RDS::DBInstance', { EnablePerformanceInsights: true }),
  provided(105, 'backups for 35 days', 'LedgerCluster.backupRetention', 'ledger', 'RDS::DBCluster', { BackupRetentionPeriod: 35 }),
  provided(107, 'readers that follow the load', ['LedgerCluster.readerScaling', 'ReaderScaling.maxReaders'], 'ledger', 'ApplicationAutoScaling::ScalableTarget', {
    ScalableDimension: 'rds:cluster:ReadReplicaCount', MaxCapacity: 5,
  }),
  provided(108, 'connections that are shared', 'LedgerProxy', 'ledger', 'RDS::DBProxy', { RequireTLS: true, EngineFamily: 'POSTGRESQL' }),
  provided(109, 'statistics of queries', 'LedgerCluster', 'ledger', 'RDS::DBClusterParameterGroup', { Parameters: { shared_preload_libraries: 'pg_stat_statements' } }),
  provided(110, 'automatic backups', 'TradingBackup', 'backups', 'Backup::BackupPlan'),

  provided(112, 'ElastiCache', 'TradingCache', 'bookCache', 'ElastiCache::ReplicationGroup'),
  provided(115, 'cluster mode with shards', 'TradingCache.shards', 'bookCache', 'ElastiCache::ReplicationGroup', { ClusterMode: 'enabled', NumNodeGroups: 3 }),
  provided(116, 'cache over zones', 'TradingCache.replicas', 'bookCache', 'ElastiCache::ReplicationGroup', { MultiAZEnabled: true, AutomaticFailoverEnabled: true }),
  provided(117, 'cache encrypted at rest', 'TradingCache.encryptionKey', 'bookCache', 'ElastiCache::ReplicationGroup', { AtRestEncryptionEnabled: true }),
  provided(118, 'snapshots of the cache', 'CacheSettings.snapshotRetention', 'bookCache', 'ElastiCache::ReplicationGroup', { SnapshotRetentionLimit: 7 }),
  provided(120, 'memory that is kept free', 'CacheSettings.reservedMemoryPercent', 'bookCache', 'ElastiCache::ParameterGroup', { Properties: { 'reserved-memory-percent': '50' } }),
  provided(121, 'what is evicted', ['CacheSettings.evictionPolicy', 'CacheProfile.queue'], 'bookCache', 'ElastiCache::ParameterGroup', { Properties: { 'maxmemory-policy': 'noeviction' } }),
  provided(122, 'limit of connections', 'CacheSettings.connectionLimit', 'bookCache', 'CloudWatch::Alarm', {
    AlarmDescription: Match.stringLikeRegexp('80 % of 20000 connections'), Threshold: 16_000,
  }),
  provided(123, 'durable cache', ['TradingCache.durability', 'CacheDurability'], 'durableCache', 'ElastiCache::ReplicationGroup', { Durability: Match.anyValue() }),

  provided(126, 'order history in DynamoDB', 'OrderHistoryTable', 'orderHistory', 'DynamoDB::GlobalTable'),
  provided(126, 'audit log in DynamoDB', 'AuditTable', 'audit', 'DynamoDB::GlobalTable', {
    Replicas: Match.arrayWith([Match.objectLike({ ResourcePolicy: Match.anyValue() })]),
  }),
  provided(128, 'capacity on demand', 'OrderHistoryTable', 'orderHistory', 'DynamoDB::GlobalTable', { BillingMode: 'PAY_PER_REQUEST' }),
  provided(129, 'global tables', ['TradingTableOptions.replicas', 'TableReplica.region'], 'orderHistory', 'DynamoDB::GlobalTable', {
    Replicas: Match.arrayWith([Match.objectLike({ Region: 'us-west-2' })]),
  }),
  provided(130, 'recovery of any second', 'TradingTableOptions.pointInTimeRecovery', 'orderHistory', 'DynamoDB::GlobalTable', {
    Replicas: Match.arrayWith([Match.objectLike({
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
    })]),
  }),
  provided(131, 'expiry', 'OrderHistoryTable', 'orderHistory', 'DynamoDB::GlobalTable', { TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true } }),
  provided(134, 'stream of changes', 'OrderHistoryTable', 'orderHistory', 'DynamoDB::GlobalTable', { StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' } }),
  provided(135, 'backups of tables', 'TradingBackup.resources', 'backups', 'Backup::BackupSelection'),
  provided(136, 'tables encrypted', 'TradingTableOptions.encryptionKey', 'orderHistory', 'DynamoDB::GlobalTable', { SSESpecification: { SSEEnabled: true, SSEType: 'KMS' } }),

  provided(139, 'Amazon MQ', 'MessageBroker', 'broker', 'AmazonMQ::Broker', { EngineType: 'ACTIVEMQ' }),
  decided(140, 'order flow through the broker', '0013'),
  provided(142, 'active and standby', 'MessageBroker', 'broker', 'AmazonMQ::Broker', { DeploymentMode: 'ACTIVE_STANDBY_MULTI_AZ' }),
  provided(143, 'broker over two zones', 'MessageBroker.vpcSubnets', 'broker', 'AmazonMQ::Broker', { SubnetIds: [Match.anyValue(), Match.anyValue()] }),
  provided(144, 'messages that outlive the broker', 'MessageBroker', 'broker', 'AmazonMQ::Broker', { StorageType: 'EFS' }),
  provided(145, 'dead-letter queue per queue', 'MessageBroker.queues', 'broker', 'AmazonMQ::Configuration', xml('individualDeadLetterStrategy')),
  provided(147, 'AMQP', ['MessageBroker.allowFrom', 'BrokerProtocol.AMQP'], 'broker', 'EC2::SecurityGroupIngress', { FromPort: 5671 }),
  provided(147, 'MQTT', ['MessageBroker.allowFrom', 'BrokerProtocol.MQTT'], 'broker', 'EC2::SecurityGroupIngress', { FromPort: 8883 }),
  provided(148, 'messages chosen by selectors', 'BrokerRoute.selector', 'broker', 'AmazonMQ::Configuration', xml('filteredDestination')),
  provided(149, 'depth of queues watched', 'BrokerQueue.depthThreshold', 'broker', 'CloudWatch::Alarm', { Threshold: 100 }),
  decided(150, 'broker that scales by itself', '0013'),

  provided(152, 'Kinesis for market data', 'MarketDataStream', 'marketData', 'Kinesis::Stream'),
  provided(155, 'enhanced fan-out', 'StreamFanOut', 'marketData', 'Kinesis::StreamConsumer'),
  provided(156, 'several shards', ['MarketDataStream.capacity', 'StreamCapacity.shards'], 'marketData', 'Kinesis::Stream', { ShardCount: 4 }),
  provided(157, 'stream encrypted', 'MarketDataStream.encryptionKey', 'marketData', 'Kinesis::Stream', { StreamEncryption: { EncryptionType: 'KMS' } }),
  provided(158, 'retention of 24 hours', 'MarketDataStream.retention', 'marketData', 'Kinesis::Stream', { RetentionPeriodHours: 24 }),
  provided(160, 'events handled as they come', 'StreamFanOut.lagThreshold', 'marketData', 'CloudWatch::Alarm', { MetricName: 'SubscribeToShardEvent.MillisBehindLatest' }),
  provided(161, 'replay from a moment', 'StreamReplay.startAt', 'replay', 'Lambda::EventSourceMapping', { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1765324800 }),
  provided(162, 'alarms of the stream', 'MarketDataStream.alarmActions', 'marketData', 'CloudWatch::Alarm', { MetricName: 'WriteProvisionedThroughputExceeded' }),
  provided(163, 'market data that stays', 'MarketDataArchive', 'archive', 'KinesisFirehose::DeliveryStream', { DeliveryStreamType: 'KinesisStreamAsSource' }),

  provided(169, '500 requests a second', ['ZoneSizing.forRequests', 'TradingService.sizing'], 'requestSizing', 'ApplicationAutoScaling::ScalableTarget', { MinCapacity: 6 }),
  provided(170, 'bursts of 1,000 requests a second', 'TradingService.maxCapacity', 'requestSizing', 'ApplicationAutoScaling::ScalableTarget', { MaxCapacity: 10 }),
  provided(171, 'more tasks at 70 %', 'ServiceScaling.cpu', 'fargate', 'ApplicationAutoScaling::ScalingPolicy', { TargetTrackingScalingPolicyConfiguration: { TargetValue: 70 } }),
  provided(175, '99.99 % availability', ['ServiceLevelObjective.MULTI_REGION_EXCHANGE', 'SloAlarms.objective'], 'observability', 'CloudWatch::CompositeAlarm', {}, 4),
  provided(176, 'planned maintenance below four hours a month', ['MaintenanceWindow.weekly', 'ZonalShift.blockedWindows'], 'maintenance', 'ARCZonalShift::ZonalAutoshiftConfiguration', {
    PracticeRunConfiguration: { BlockedWindows: [Match.stringLikeRegexp('SUN:03:00')] },
  }),
  provided(177, 'back within 15 minutes', ['RecoveryObjective.MULTI_REGION_EXCHANGE', 'RegionSwitchPlan.objective'], 'recovery', 'ARCRegionSwitch::Plan', { RecoveryTimeObjectiveMinutes: 15 }),
  provided(178, 'a minute of data lost at most', 'ResiliencePolicy.objective', 'recovery', 'ResilienceHub::ResiliencyPolicy', { Policy: { Region: { RpoInSecs: 60, RtoInSecs: 900 } } }),

  provided(182, 'us-east-1 as the primary region', 'RegionSwitchPlan.primaryRegion', 'recovery', 'ARCRegionSwitch::Plan', { PrimaryRegion: 'us-east-1' }),
  provided(183, 'us-west-2 for recovery', 'RegionSwitchPlan.secondaryRegion', 'recovery', 'ARCRegionSwitch::Plan', { Regions: ['us-east-1', 'us-west-2'] }),
  provided(183, 'ledger that other regions copy', 'GlobalLedger.primary', 'globalLedger', 'RDS::GlobalCluster', { DeletionProtection: true }),
  provided(183, 'ledger in the second region', 'GlobalLedgerReplica.globalLedger', 'ledgerCopy', 'RDS::DBCluster', { GlobalClusterIdentifier: 'trading-global' }),
  provided(183, 'drill of the loss of a region', 'RegionDrill.isolatedRegion', 'recovery', 'FIS::ExperimentTemplate', {
    Actions: Match.objectLike({}), Targets: Match.objectLike({}),
  }, 2),
  decided(185, 'EKS node groups of t3.xlarge', '0008'),
  provided(186, 'c5.2xlarge for dedicated instances', 'DedicatedCapacity.instanceType', 'matcher', 'EC2::LaunchTemplate', { LaunchTemplateData: { InstanceType: 'c5.2xlarge' } }),
  provided(187, 'functions with 1,024 MB', 'TradingFunction.definition', 'userService', 'Lambda::Function', { MemorySize: 1024 }),
  provided(189, '10.0.0.0/16', ['CidrPlan.document', 'TradingNetwork.cidrPlan'], 'network', 'EC2::VPC', { CidrBlock: '10.0.0.0/16' }),
  provided(190, 'private 10.0.1.0/24', 'CidrPlan.document', 'network', 'EC2::Subnet', subnet('10.0.1.0/24')),
  provided(190, 'private 10.0.2.0/24', 'CidrPlan.document', 'network', 'EC2::Subnet', subnet('10.0.2.0/24')),
  provided(191, 'public 10.0.3.0/24', 'CidrPlan.document', 'network', 'EC2::Subnet', subnet('10.0.3.0/24')),
  provided(191, 'public 10.0.4.0/24', 'CidrPlan.document', 'network', 'EC2::Subnet', subnet('10.0.4.0/24')),
  provided(183, 'a range of its own for the second region', 'CidrPlan.disasterRecovery', 'recoveryNetwork', 'EC2::VPC', { CidrBlock: '10.1.0.0/16' }),

  kept(195, 'GitHub', '.github/pull_request_template.md'),
  kept(196, 'GitHub Actions', '.github/workflows/build.yml'),
  provided(197, 'CodeDeploy', 'CodeDeployDelivery', 'codeDeploy', 'CodeDeploy::DeploymentGroup'),
  decided(198, 'Terraform', '0008'),
  kept(201, 'Jest', 'jest.config.json'),
  decided(202, 'Postman and Newman', '0014'),
  decided(203, 'k6', '0014'),
  decided(204, 'OWASP ZAP', '0014'),
  kept(208, 'review of pull requests', '.github/pull_request_template.md'),
  provided(210, 'blue/green deployment', 'DeploymentPlan.blueGreen', 'blueGreen', 'ECS::Service', { DeploymentConfiguration: { Strategy: 'BLUE_GREEN', BakeTimeInMinutes: 10 } }),
  provided(211, 'rollback by alarms', 'ProgressiveDelivery.rollbackAlarms', 'blueGreen', 'ECS::Service', {
    DeploymentConfiguration: { Alarms: { AlarmNames: ['orders'], Enable: true, Rollback: true } },
  }),

  decided(215, 'Reserved Instances', '0015'),
  provided(216, 'Spot for batches', 'SpotWorkers.spotCapacity', 'spotWorkers', 'AutoScaling::AutoScalingGroup', {
    MixedInstancesPolicy: { InstancesDistribution: { OnDemandBaseCapacity: 0 } },
  }),
  provided(217, 'scaling policies', 'TradingService.scaling', 'fargate', 'ApplicationAutoScaling::ScalingPolicy', {}, 3),
  decided(218, 'right-sizing', '0015'),
  provided(221, 'costs that are followed', 'CostAnomalyMonitor', 'governance', 'CE::AnomalyMonitor'),
  decided(221, 'Cost Explorer', '0015'),
  provided(222, 'budget alerts', ['TradingBudget.actualThresholds', 'TradingBudget.forecastThresholds'], 'governance', 'Budgets::Budget', {
    NotificationsWithSubscribers: Match.arrayWith([50, 80, 100].map((Threshold) =>
      Match.objectLike({ Notification: Match.objectLike({ Threshold }) }))),
  }),
  provided(223, 'tags on resources', 'CostAllocationTags', 'governance', 'S3::Bucket', { Tags: Match.arrayWith([Match.objectLike({ Value: 'MultiRegionExchange' })]) }),
  provided(224, 'usage to analyse', 'UsageExport', 'governance', 'BCMDataExports::Export'),
];
