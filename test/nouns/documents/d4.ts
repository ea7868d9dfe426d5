/** The retail exchange. */
import { Match } from 'aws-cdk-lib/assertions';
import { decided, type Noun, provided } from '../noun';

export const d4: Noun[] = [
  provided(10, 'CloudFront for HTML, CSS and scripts', 'StaticSite', 'staticSite', 'CloudFront::Distribution', { DistributionConfig: { DefaultRootObject: 'index.html' } }),
  provided(11, 'Route 53 to the edge', ['PublicEndpoint.customDomain', 'CustomDomainOptions.hostedZone'], 'edge', 'Route53::RecordSet', { Name: 'trade.example.com.', Type: 'A' }),
  provided(14, 'Application Load Balancer', 'TradingLoadBalancer', 'publicLoadBalancer', 'ElasticLoadBalancingV2::LoadBalancer', { Type: 'application' }),
  provided(15, 'Fargate', 'TradingService', 'fargate', 'ECS::TaskDefinition', { RequiresCompatibilities: ['FARGATE'] }),
  provided(16, 'backend API', 'ServiceDefinition.referenceApi', 'referenceApi', 'ECS::TaskDefinition', { ContainerDefinitions: [Match.objectLike({ Name: 'reference-api' })] }),
  provided(17, 'order matching on Fargate', 'MatchingService', 'fargateMatcher', 'ECS::Service', {
    CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Weight: 1 }], DesiredCount: 1,
  }, 2),
  provided(20, 'Aurora PostgreSQL for accounts and balances', 'LedgerCluster', 'ledger', 'RDS::DBCluster', { Engine: 'aurora-postgresql', DeletionProtection: true }),
  provided(21, 'order book in DynamoDB', 'OrderBookTable', 'orderBook', 'DynamoDB::GlobalTable', {
    KeySchema: [{ AttributeName: 'symbolSide', KeyType: 'HASH' }, { AttributeName: 'priceSequence', KeyType: 'RANGE' }],
  }),
  decided(21, 'matching on the table of the order book', '0013'),
  provided(24, 'ElastiCache for prices and sessions', ['CacheProfile.projection', 'CacheProfile.sessions'], 'sessionCache', 'ElastiCache::ReplicationGroup'),
  provided(27, 'Cognito', 'TradingUserPool', 'userPool', 'Cognito::UserPool', { DeletionProtection: 'ACTIVE' }),
  provided(27, 'OAuth', ['FederatedIdentity', 'FederatedIdentity.callbackUrls'], 'federation', 'Cognito::UserPoolClient', { AllowedOAuthFlows: ['code'], GenerateSecret: false }),
  provided(27, 'several factors', 'TradingUserPool.mfa', 'userPool', 'Cognito::UserPool', { MfaConfiguration: 'ON' }),
  provided(27, 'Google', 'FederatedIdentity.google', 'federation', 'Cognito::UserPoolIdentityProvider', { ProviderType: 'Google' }),
  provided(27, 'Okta', 'FederatedIdentity.okta', 'federation', 'Cognito::UserPoolIdentityProvider', { ProviderType: 'OIDC', ProviderName: 'Okta' }),
  provided(30, 'logs of every service', 'TaskOptions.logRetention', 'fargate', 'Logs::LogGroup', { KmsKeyId: Match.anyValue() }),
  provided(30, 'metrics of every service', 'TradingCluster', 'fargate', 'ECS::Cluster', { ClusterSettings: [{ Name: 'containerInsights', Value: 'enhanced' }] }),
  provided(31, 'X-Ray from end to end', ['TradingRestApi', 'CollectorOptions'], 'restApi', 'ApiGateway::Stage', { TracingEnabled: true }),
  provided(34, 'S3 for backups', 'BackupBucket', 'backups', 'S3::Bucket', { ObjectLockEnabled: true }),
  provided(34, 'backups of Aurora in S3', ['LedgerExport', 'ScheduledExportOptions.destination'], 'backups', 'Scheduler::Schedule', {
    Target: { Arn: { 'Fn::Join': ['', Match.arrayWith([':scheduler:::aws-sdk:rds:startExportTask'])] } },
  }),
  provided(34, 'backups of DynamoDB in S3', ['TableExport', 'ScheduledExportOptions.schedule'], 'backups', 'Scheduler::Schedule', {
    Target: { Arn: { 'Fn::Join': ['', Match.arrayWith([':scheduler:::aws-sdk:dynamodb:exportTableToPointInTime'])] } },
  }),
  provided(42, 'HTTPS from the user', 'TradingDistribution', 'edge', 'CloudFront::Distribution', {
    DistributionConfig: { DefaultCacheBehavior: { ViewerProtocolPolicy: 'redirect-to-https' } },
  }),
  provided(43, 'HTTPS from CloudFront to the load balancer', ['EdgeOrigin.internalLoadBalancer', 'CustomDomainOptions.originCertificate'], 'edge', 'CloudFront::VpcOrigin', {
    VpcOriginEndpointConfig: { OriginProtocolPolicy: 'https-only' },
  }),
  provided(44, 'HTTPS from the load balancer to its targets', ['TradingService.protocol', 'ServiceProtocol.HTTPS'], 'httpsTargets', 'ElasticLoadBalancingV2::TargetGroup', { Protocol: 'HTTPS' }),
  provided(46, 'SQL from the API', 'LedgerGrants', 'referenceApi', 'ECS::TaskDefinition', {
    ContainerDefinitions: [Match.objectLike({ Environment: Match.arrayWith([Match.objectLike({ Name: 'LEDGER_URL' })]) })],
  }),
  provided(66, 'scaling by CPU', 'ServiceScaling.cpu', 'fargate', 'ApplicationAutoScaling::ScalingPolicy', {
    TargetTrackingScalingPolicyConfiguration: { PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' } },
  }),
  provided(66, 'scaling by memory', 'ServiceScaling.memory', 'fargate', 'ApplicationAutoScaling::ScalingPolicy', {
    TargetTrackingScalingPolicyConfiguration: { PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageMemoryUtilization' }, TargetValue: 70 },
  }),
  provided(69, 'Aurora over zones', 'LedgerCluster.readers', 'ledger', 'RDS::DBInstance', { PromotionTier: Match.anyValue() }, 3),
  provided(76, 'tables that scale by themselves', 'OrderBookTable', 'orderBook', 'DynamoDB::GlobalTable', { BillingMode: 'PAY_PER_REQUEST' }),
  provided(86, 'no licence besides AWS', 'FederatedIdentity.localAccounts', 'federation', 'Cognito::UserPoolClient', { SupportedIdentityProviders: ['COGNITO', 'Google', 'Okta'] }),
  provided(97, 'readers for reading', 'LedgerCluster.readerScaling', 'ledger', 'ApplicationAutoScaling::ScalingPolicy', {
    TargetTrackingScalingPolicyConfiguration: { PredefinedMetricSpecification: { PredefinedMetricType: 'RDSReaderAverageCPUUtilization' } },
  }),
  provided(99, 'capacity on demand', 'OrderBookTable', 'orderBook', 'DynamoDB::GlobalTable', { BillingMode: 'PAY_PER_REQUEST' }),
  provided(102, 'several regions by latency', ['FailoverDns.routing', 'DnsRouting.latency'], 'latencyDns', 'Route53::RecordSet', { Region: 'us-west-2', SetIdentifier: 'us-west-2' }),
  decided(104, 'sharded databases', '0016'),
  decided(106, 'more and smaller services', '0014'),
  provided(109, 'Fargate Spot', 'ServiceCapacity.fargateSpot', 'fargateSpot', 'ECS::Service', { CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE_SPOT', Weight: 1 }] }),
  provided(111, 'Aurora Serverless', ['LedgerCapacity.serverless', 'LedgerCluster.capacity'], 'serverlessLedger', 'RDS::DBCluster', {
    ServerlessV2ScalingConfiguration: { MinCapacity: 1, MaxCapacity: 32 },
  }),
  decided(116, 'Terraform', '0008'),
  provided(126, 'keys of the tables', 'OrderHistoryTable', 'orderHistory', 'DynamoDB::GlobalTable', {
    KeySchema: [{ AttributeName: 'userId', KeyType: 'HASH' }, { AttributeName: 'createdAtOrderId', KeyType: 'RANGE' }],
  }),
  provided(126, 'indexes of the tables', 'OrderBookTable', 'orderBook', 'DynamoDB::GlobalTable', { GlobalSecondaryIndexes: [Match.objectLike({ IndexName: 'byOrder' })] }),
  provided(138, 'alarms that somebody hears', 'AlarmTopic.emails', 'observability', 'SNS::Subscription', { Protocol: 'email' }),
];
