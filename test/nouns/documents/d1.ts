/** The real-time simulator. */
import { Match } from 'aws-cdk-lib/assertions';
import { decided, kept, type Noun, provided } from '../noun';

const attribute = (Key: string, Value: string) => ({ TargetGroupAttributes: Match.arrayWith([{ Key, Value }]) });
const subnet = (type: string) => ({ Tags: Match.arrayWith([{ Key: 'aws-cdk:subnet-type', Value: type }]) });
const rules = (name: string) => ({ Rules: Match.arrayWith([Match.objectLike({ Name: name })]) });
const environment = (Name: string, Value: string) => ({
  ContainerDefinitions: Match.arrayWith([Match.objectLike({ Environment: Match.arrayWith([{ Name, Value }]) })]),
});

export const d1: Noun[] = [
  provided(6, 'ECS', 'TradingCluster', 'fargate', 'ECS::Cluster', { ClusterSettings: [{ Name: 'containerInsights', Value: 'enhanced' }] }),
  decided(6, 'Kubernetes (EKS)', '0008'),
  provided(8, 'Fargate for the API', 'ServiceCapacity.fargate', 'fargate', 'ECS::Service', { CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Weight: 1 }] }),
  provided(8, 'EC2 for heavy simulation workers', ['SpotCapacity', 'SpotWorkers.spotCapacity'], 'spotWorkers', 'AutoScaling::AutoScalingGroup'),
  provided(9, 'RDS PostgreSQL', 'LedgerInstance', 'smallLedger', 'RDS::DBInstance', { Engine: 'postgres', MultiAZ: true }),
  provided(10, 'ElastiCache for pub/sub', 'MarketCache', 'marketCache', 'ElastiCache::ReplicationGroup', { TransitEncryptionEnabled: true }),
  provided(11, 'S3 for parquet files of market data', 'ColdStore', 'coldStore', 'S3::Bucket', {
    LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ Prefix: 'data/' })]) },
  }),
  provided(11, 'S3 for chart screenshots', 'ColdStore', 'coldStore', 'S3::Bucket', {
    LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ Prefix: 'screenshots/' })]) },
  }),
  provided(12, 'Application Load Balancer', 'TradingLoadBalancer', 'publicLoadBalancer', 'ElasticLoadBalancingV2::LoadBalancer', { Type: 'application' }),
  provided(12, 'sticky sessions', 'TradingLoadBalancer.stickiness', 'publicLoadBalancer', 'ElasticLoadBalancingV2::TargetGroup', attribute('stickiness.enabled', 'true')),
  provided(15, 'VPC of its own', 'TradingNetwork', 'network', 'EC2::VPC', { EnableDnsSupport: true }),
  provided(15, 'three availability zones', 'TradingNetwork.availabilityZones', 'network', 'EC2::Subnet', subnet('Private'), 3),
  provided(17, 'public subnets', 'NetworkProfile.publicIngress', 'network', 'EC2::Subnet', subnet('Public'), 3),
  provided(17, 'NAT gateway', 'NetworkProfile.publicIngress', 'network', 'EC2::NatGateway', { AvailabilityMode: 'regional' }),
  provided(18, 'private subnets', 'CidrPlan.document', 'network', 'EC2::Subnet', subnet('Private'), 3),
  provided(18, 'backend without direct internet access', 'TradingNetwork', 'network', 'EC2::Subnet', subnet('Isolated'), 3),
  provided(18, 'AWS reached by endpoints instead', 'TradingNetwork.interfaceEndpoints', 'network', 'EC2::VPCEndpoint', { VpcEndpointType: 'Interface', PrivateDnsEnabled: true }),
  provided(20, 'HTTPS from everywhere to the load balancer', 'LoadBalancerExposure.everyone', 'publicLoadBalancer', 'EC2::SecurityGroup', {
    SecurityGroupIngress: Match.arrayWith([Match.objectLike({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443 })]),
  }),
  provided(21, 'application reached from the load balancer only', 'TradingLoadBalancer.connections', 'publicLoadBalancer', 'EC2::SecurityGroupIngress', {
    SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Ingress'), 'GroupId'] },
  }),
  provided(22, 'database reached from the application only', 'LedgerCluster.connections', 'isolatedLedger', 'EC2::SecurityGroupIngress', {
    FromPort: 5433, SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Api'), 'GroupId'] },
  }),
  decided(25, 'FastAPI', '0006'),
  provided(26, 'API in a container on Fargate', 'TradingService', 'fargate', 'ECS::TaskDefinition', { RequiresCompatibilities: ['FARGATE'], NetworkMode: 'awsvpc' }),
  provided(28, 'scaling on CPU', 'ServiceScaling.cpu', 'fargate', 'ApplicationAutoScaling::ScalingPolicy', {
    TargetTrackingScalingPolicyConfiguration: { PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' }, TargetValue: 70 },
  }),
  provided(28, 'scaling on active connections', 'ServiceScaling.connections', 'connectionScaling', 'ApplicationAutoScaling::ScalingPolicy', {
    TargetTrackingScalingPolicyConfiguration: { CustomizedMetricSpecification: Match.anyValue() },
  }),
  provided(29, 'sessions that stay with their task', 'TradingLoadBalancer.sessionLifetime', 'publicLoadBalancer', 'ElasticLoadBalancingV2::TargetGroup',
    attribute('stickiness.lb_cookie.duration_seconds', '86400')),
  decided(30, 'Jesse workers', '0006'),
  provided(31, 'EC2 Spot for workers', 'SpotCapacity.instanceTypes', 'spotWorkers', 'AutoScaling::AutoScalingGroup', {
    MixedInstancesPolicy: { InstancesDistribution: { OnDemandPercentageAboveBaseCapacity: 0, SpotAllocationStrategy: 'capacity-optimized' } },
  }),
  provided(31, 'or Fargate for workers', ['SpotWorkers', 'SpotWorkers.onDemandBase'], 'heavyBacktests', 'ECS::Service', {
    CapacityProviderStrategy: Match.arrayWith([Match.objectLike({ CapacityProvider: 'FARGATE_SPOT' })]),
  }),
  provided(33, 'workers apart from the API', 'SpotWorkers', 'heavyBacktests', 'ECS::TaskDefinition'),
  provided(37, 'streamer that publishes prices', 'ServiceDefinition.streamer', 'fargate', 'ECS::TaskDefinition', environment('SYMBOLS', 'BTCUSDT,ETHUSDT')),
  decided(38, 'Redis list as the queue of orders', '0006'),
  provided(38, 'durable journal in its place', 'OrderJournal', 'journal', 'Kinesis::Stream', { RetentionPeriodHours: 168 }),
  provided(40, 'PostgreSQL 15 or newer', 'LedgerInstance.engineVersion', 'smallLedger', 'RDS::DBInstance', { EngineVersion: Match.stringLikeRegexp('^1[5-9]') }),
  decided(41, 'TimescaleDB', '0008'),
  decided(41, 'partitioned table of candles', '0008'),
  provided(43, 'cold store for bar replay', 'ColdStore', 'coldStore', 'S3::Bucket', { VersioningConfiguration: { Status: 'Enabled' } }),
  provided(47, 'Secrets Manager', 'RotatedSecret', 'secret', 'SecretsManager::Secret', { Description: Match.stringLikeRegexp('BYBIT_API_KEY') }),
  provided(47, 'secrets injected at run time', 'ServiceDefinition.streamer', 'fargate', 'ECS::TaskDefinition', {
    ContainerDefinitions: Match.arrayWith([Match.objectLike({ Secrets: [Match.objectLike({ Name: 'CACHE_AUTH_TOKEN' })] })]),
  }),
  decided(47, 'DB_PASSWORD and JWT_SECRET', '0003'),
  provided(48, 'ENVIRONMENT=production in the task definition', 'StreamerNeeds.environment', 'fargate', 'ECS::TaskDefinition', environment('ENVIRONMENT', 'production')),
  provided(48, 'DEBUG=false in the task definition', 'StreamerNeeds.debug', 'fargate', 'ECS::TaskDefinition', environment('DEBUG', 'false')),
  kept(49, 'pipeline on GitHub Actions', '.github/workflows/build.yml'),
  decided(51, 'pytest', '0014'),
  kept(52, 'image of each service', 'services/reference-api/Dockerfile'),
  provided(53, 'ECR', 'ServiceRepository', 'images', 'ECR::Repository', { ImageTagMutability: 'IMMUTABLE', ImageScanningConfiguration: { ScanOnPush: true } }),
  provided(53, 'push from the pipeline', 'GitHubDeployRole.allowPush', 'pipeline', 'IAM::ManagedPolicy', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(['ecr:PutImage']) })]) },
  }),
  provided(54, 'deployment from the pipeline', 'GitHubDeployRole.allowCdkDeployment', 'pipeline', 'IAM::ManagedPolicy', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'sts:AssumeRole' })]) },
  }),
  decided(58, 'docker-compose', '0008'),
  kept(57, 'the whole platform on a laptop', 'scripts/start.mjs'),
  decided(65, 'Terraform', '0008'),
  kept(65, 'infrastructure as CDK', 'src/stacks/realtime-simulator.ts'),
  provided(68, 'feed of Bybit', 'StreamerNeeds.feedUrl', 'fargate', 'ECS::TaskDefinition', environment('FEED_URL', 'wss://stream.bybit.com/v5/public/spot')),
  kept(71, 'channel ticker.{symbol}', 'services/domain/channels.ts'),
  provided(74, 'every night at 00:05 UTC', 'ScheduledTask.schedule', 'nightly', 'Scheduler::Schedule', {
    ScheduleExpression: 'cron(5 0 * * ? *)', ScheduleExpressionTimezone: 'Etc/UTC',
  }),
  provided(76, 'layout data/BTCUSDT/2025/12/10', 'MarketDataArchive.prefix', 'archive', 'KinesisFirehose::DeliveryStream', {
    ExtendedS3DestinationConfiguration: { Prefix: 'ticks/!{partitionKeyFromQuery:symbol}/!{timestamp:yyyy/MM/dd}/' },
  }),
  provided(80, 'WAF in front of the load balancer', ['RegionalWebAcl.protectLoadBalancer', 'TradingLoadBalancer.webAcl'], 'publicLoadBalancer', 'WAFv2::WebACLAssociation'),
  provided(80, 'WAF against SQL injection', 'RegionalWebAcl', 'regionalWebAcl', 'WAFv2::WebACL', rules('AWSManagedRulesSQLiRuleSet')),
  provided(80, 'WAF against floods', ['TradingWebAcl.antiDdos', 'RateLimit.perAddress'], 'webAcl', 'WAFv2::WebACL', rules('AWSManagedRulesAntiDDoSRuleSet')),
  provided(81, 'HTTP redirected to HTTPS', 'TradingLoadBalancer.certificate', 'publicLoadBalancer', 'ElasticLoadBalancingV2::Listener', {
    Port: 80, DefaultActions: [Match.objectLike({ Type: 'redirect', RedirectConfig: Match.objectLike({ Protocol: 'HTTPS' }) })],
  }),
  provided(82, 'database not reachable from the internet', 'LedgerInstance', 'smallLedger', 'RDS::DBInstance', { PubliclyAccessible: false }),
  kept(83, 'task roles limited to what the manifest names', 'test/assurance/system-access.test.ts'),
  provided(83, 'the most that a role may ever do', 'PermissionsBoundary', 'keys', 'IAM::ManagedPolicy'),
];
