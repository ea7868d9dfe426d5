/** The serverless simulator. */
import { Match } from 'aws-cdk-lib/assertions';
import { decided, kept, type Noun, provided } from '../noun';

const key = (name: string, type: string) => Match.arrayWith([{ AttributeName: name, KeyType: type }]);

export const d0: Noun[] = [
  provided(9, 'S3 for the static front end', 'StaticSite.bucket', 'staticSite', 'S3::Bucket', { PublicAccessBlockConfiguration: { BlockPublicAcls: true } }),
  provided(9, 'CloudFront in front of it', 'StaticSite', 'staticSite', 'CloudFront::Distribution', { DistributionConfig: { Enabled: true } }),
  decided(10, 'Amplify', '0012'),
  provided(11, 'monthly cost of the front end', 'TradingBudget.monthlyLimitUsd', 'governance', 'Budgets::Budget', { Budget: { TimeUnit: 'MONTHLY' } }),
  provided(14, 'Lambda functions', 'TradingFunction', 'orderProcessing', 'Lambda::Function', { TracingConfig: { Mode: 'Active' } }),
  provided(14, 'API Gateway', 'TradingRestApi', 'restApi', 'ApiGateway::RestApi'),
  provided(15, 'one endpoint group per function', ['TradingRestApi.routes', 'RestApiRoute.path'], 'restApi', 'ApiGateway::Resource', { PathPart: 'orders' }),
  provided(16, 'functions that scale by themselves, within a reserve', 'TradingFunction.reservedConcurrency', 'userService', 'Lambda::Function', { MemorySize: 1024 }),
  provided(17, 'Fargate for complex APIs', 'TradingService', 'fargate', 'ECS::Service', {
    CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Weight: 1 }],
  }),
  provided(20, 'DynamoDB for trades', 'TradesTable', 'trades', 'DynamoDB::GlobalTable'),
  provided(21, 'partition key userId', 'TradesTable', 'trades', 'DynamoDB::GlobalTable', { KeySchema: key('userId', 'HASH') }),
  provided(21, 'sort key timestamp, free of collisions', 'TradesTable', 'trades', 'DynamoDB::GlobalTable', { KeySchema: key('timestampTradeId', 'RANGE') }),
  provided(22, 'index on symbol', 'TradesTable.symbolShards', 'trades', 'DynamoDB::GlobalTable', {
    GlobalSecondaryIndexes: [{ IndexName: 'bySymbol', KeySchema: key('symbol', 'HASH') }],
  }),
  provided(23, 'tables that scale by themselves', 'TradesTable.maxWriteRequestUnits', 'trades', 'DynamoDB::GlobalTable', { BillingMode: 'PAY_PER_REQUEST' }),
  provided(24, 'RDS PostgreSQL for complex queries', 'LedgerInstance', 'smallLedger', 'RDS::DBInstance', { Engine: 'postgres' }),
  provided(27, 'light backtests: a function of 15 minutes', 'TradingFunction.definition', 'lightBacktests', 'Lambda::Function', { Timeout: 900 }),
  provided(27, 'light backtests: a function of 3 GB', 'TradingFunction.definition', 'lightBacktests', 'Lambda::Function', { MemorySize: 3008 }),
  provided(28, 'heavy backtests: ECS workers', 'SpotWorkers', 'heavyBacktests', 'ECS::Service'),
  provided(28, 'heavy backtests: fed by an SQS queue', 'SpotWorkers.queue', 'heavyBacktests', 'CloudWatch::Alarm', {
    Namespace: 'AWS/SQS', MetricName: 'ApproximateAgeOfOldestMessage',
  }),
  provided(28, 'heavy backtests: as many workers as the queue asks for', 'SpotWorkers.maxCapacity', 'heavyBacktests', 'ApplicationAutoScaling::ScalableTarget', {
    MinCapacity: 0, MaxCapacity: 50,
  }),
  provided(29, 'S3 for reports', 'ColdStore', 'coldStore', 'S3::Bucket', {
    LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ Prefix: 'reports/' })]) },
  }),
  provided(29, 'DynamoDB for what is known about backtests', 'BacktestTable', 'backtests', 'DynamoDB::GlobalTable', { KeySchema: key('backtestId', 'RANGE') }),
  provided(32, 'recent prices in DynamoDB', 'RecentPricesTable', 'prices', 'DynamoDB::GlobalTable', {
    KeySchema: key('symbol', 'HASH'), TimeToLiveSpecification: { Enabled: true },
  }),
  provided(33, 'historical market data in S3', 'ColdStore', 'coldStore', 'S3::Bucket', {
    LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ Prefix: 'data/', Transitions: [Match.objectLike({ StorageClass: 'INTELLIGENT_TIERING' })] })]) },
  }),
  provided(34, 'ingestion of market data', ['ScheduledTask', 'ScheduledTask.schedule'], 'nightly', 'Scheduler::Schedule'),
  decided(34, 'functions for the ingestion', '0013'),
  provided(39, 'item with userId as text', 'TradesTable', 'trades', 'DynamoDB::GlobalTable', {
    AttributeDefinitions: Match.arrayWith([{ AttributeName: 'userId', AttributeType: 'S' }]),
  }),
  kept(50, 'infrastructure as CDK, which is CloudFormation', 'cdk.json'),
  kept(51, 'GitHub Actions', '.github/workflows/build.yml'),
  provided(51, 'a role that GitHub Actions deploys with', 'GitHubDeployRole.repository', 'pipeline', 'IAM::OIDCProvider'),
  provided(52, 'files to S3, then an invalidation', ['StaticSite', 'StaticSiteGrants.deploy'], 'staticSite', 'S3::Bucket', { VersioningConfiguration: { Status: 'Enabled' } }),
  kept(53, 'functions packaged for their deployment', 'scripts/bundle.mjs'),
  provided(55, 'a cost that is watched', 'TradingBudget.actualThresholds', 'governance', 'Budgets::Budget', {
    NotificationsWithSubscribers: Match.arrayWith([Match.objectLike({ Notification: Match.objectLike({ Threshold: 80 }) })]),
  }),
  provided(64, 'caching', 'ServerlessCache', 'serverlessCache', 'ElastiCache::ServerlessCache', { Engine: 'valkey' }),
  provided(64, 'real-time features', 'TradingWebSocketApi', 'webSocketApi', 'ApiGatewayV2::Api', { ProtocolType: 'WEBSOCKET' }),
];
