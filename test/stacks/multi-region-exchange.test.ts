import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnElement, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { PublicEndpoint } from '../../src/constructs/edge/public-endpoint';
import { RecoveryObjective } from '../../src/constructs/resilience/recovery-objective';
import { exchange, stacksOfExchange } from '../support/exchange';
import { environmentOf, type Resource, resourcesOf } from '../support/templates';

const system = exchange({ monthlyBudgetUsd: 12_000, alarmEmails: ['ops@example.com'] });
const stacks = stacksOfExchange(system);
const { primary, standby, edge } = system;

const ofType = (stack: Stack, type: string): Resource[] => Object.values(resourcesOf(stack)).filter(({ Type }) => Type === type);
const serviceOf = (stack: Stack, name: string): Resource => {
  const definitions = Object.entries(resourcesOf(stack)).filter(([, { Type, Properties }]) =>
    Type === 'AWS::ECS::TaskDefinition' && (Properties.ContainerDefinitions as { Name: string }[])[0].Name === name).map(([id]) => id);
  return ofType(stack, 'AWS::ECS::Service').find(({ Properties }) => definitions.includes((Properties.TaskDefinition as { Ref: string }).Ref))!;
};

test('is a region that serves, one that waits, and what chooses between them', () => {
  expect(Object.entries(stacks).map(([name, { environment, stackName }]) => [name, environment.split('/').at(-1), stackName])).toEqual([
    ['Keys', 'us-east-1', 'Exchange-Keys'],
    ['StandbyKeys', 'us-west-2', 'Exchange-StandbyKeys'],
    ['Primary-Network', 'us-east-1', 'Exchange-Primary-Network'],
    ['Primary-Data', 'us-east-1', 'Exchange-Primary-Data'],
    ['Primary-Application', 'us-east-1', 'Exchange-Primary-Application'],
    ['Standby-Network', 'us-west-2', 'Exchange-Standby-Network'],
    ['Standby-Data', 'us-west-2', 'Exchange-Standby-Data'],
    ['Standby-Application', 'us-west-2', 'Exchange-Standby-Application'],
    ['Edge', 'us-east-1', 'Exchange-Edge'],
    ['RegionSwitch', 'us-west-2', 'Exchange-RegionSwitch'],
    ['Operations', 'us-east-1', 'Exchange-Operations'],
  ]);
});

test('says in the templates of the region that waits that it does', () => {
  const waiting = Object.entries(stacks).filter(([, stack]) => (Template.fromStack(stack).toJSON().Metadata as Record<string, unknown> | undefined)?.['cdk-trading-platform:standby'] === true);
  expect(waiting.map(([name]) => name)).toEqual(['StandbyKeys', 'Standby-Network', 'Standby-Data', 'Standby-Application', 'RegionSwitch']);
});

test('refers between stacks and regions weakly', () => {
  for (const stack of Object.values(stacks)) {
    const text = JSON.stringify(Template.fromStack(stack).toJSON());
    expect(text).not.toContain('Fn::ImportValue');
    expect(text).not.toContain('Custom::CrossRegionExport');
  }
  // What serves depends on nothing of the region that waits but its keys and its bucket.
  const names = primary.data.dependencies.map(({ stackName }) => stackName).filter((name) => name.includes('Standby'));
  expect(names).toEqual(['Exchange-StandbyKeys']);
});

test('has the addresses of the document, and others in the region that waits', () => {
  const cidrs = (stack: Stack, type: string) => ofType(stack, type).map(({ Properties }) => Properties.CidrBlock);
  expect(cidrs(primary.networkStack, 'AWS::EC2::VPC')).toEqual(['10.0.0.0/16']);
  expect(cidrs(primary.networkStack, 'AWS::EC2::Subnet')).toEqual(expect.arrayContaining(['10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24', '10.0.4.0/24']));
  expect(cidrs(standby.networkStack, 'AWS::EC2::VPC')).toEqual(['10.1.0.0/16']);
});

test('copies the ledger to a cluster that runs an instance, and holds the copy to the recovery point', () => {
  const data = Template.fromStack(primary.data);
  data.resourceCountIs('AWS::RDS::GlobalCluster', 1);
  data.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', { Parameters: Match.objectLike({ 'rds.global_db_rpo': '60' }) });
  data.hasResourceProperties('AWS::RDS::DBCluster', { BackupRetentionPeriod: 35, StorageEncrypted: true });
  const copy = Template.fromStack(standby.data);
  copy.hasResourceProperties('AWS::RDS::DBCluster', {
    GlobalClusterIdentifier: { 'Fn::GetStackOutput': Match.objectLike({ StackName: 'Exchange-Primary-Data', Region: 'us-east-1' }) },
    MasterUsername: Match.absent(),
    StorageEncrypted: true,
  });
  copy.resourceCountIs('AWS::RDS::DBInstance', 1);
  copy.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'AuroraGlobalDBRPOLag', Threshold: 30_000 });
});

test('keeps order history, audit and sessions in both regions, and who leads in each alone', () => {
  const tables = ofType(primary.data, 'AWS::DynamoDB::GlobalTable').map(({ Properties }) => ({
    regions: (Properties.Replicas as { Region: string; PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: boolean } }[])
      .map(({ Region, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled } }) => [Region, PointInTimeRecoveryEnabled]),
    expires: (Properties.TimeToLiveSpecification as { AttributeName: string }).AttributeName,
    billing: Properties.BillingMode,
  }));
  expect(tables).toEqual(Array.from({ length: 3 }, () => ({ regions: [['us-west-2', true], ['us-east-1', true]], expires: 'expiresAt', billing: 'PAY_PER_REQUEST' })));
  expect(ofType(standby.data, 'AWS::DynamoDB::GlobalTable')).toEqual([]);
  expect(ofType(standby.data, 'AWS::DynamoDB::Table')).toHaveLength(1);
});

test('has one key of credentials in two regions, and secrets that both regions can read', () => {
  Template.fromStack(system.keys).hasResourceProperties('AWS::KMS::Key', { MultiRegion: true, EnableKeyRotation: true });
  Template.fromStack(system.standbyKeys).hasResourceProperties('AWS::KMS::ReplicaKey', {
    PrimaryKeyArn: { 'Fn::GetStackOutput': Match.objectLike({ StackName: 'Exchange-Keys' }) },
  });
  const copied = ofType(primary.data, 'AWS::SecretsManager::Secret').filter(({ Properties }) => Properties.ReplicaRegions !== undefined);
  const regions = copied.map(({ Properties }) => [Properties.Description as string, (Properties.ReplicaRegions as { Region: string }[])[0].Region]);
  expect(regions.sort()).toEqual([
    ['Administrator of the ledger database', 'us-west-2'],
    ['Seals the secrets of API keys', 'us-west-2'],
    ['User of the message broker', 'us-west-2'],
    ['What the distribution adds to requests to its origin', 'us-west-2'],
  ]);
  const [broker] = ofType(standby.data, 'AWS::AmazonMQ::Broker');
  expect(JSON.stringify(broker.Properties.Users)).toContain('Exchange-Primary-Data');
  expect(ofType(standby.data, 'AWS::SecretsManager::Secret').map(({ Properties }) => Properties.Description)).toEqual(['Token that clients of the cache present']);
});

test('publishes every image in both regions', () => {
  const imageOf = (stack: Stack) => ofType(stack, 'AWS::ECS::TaskDefinition')
    .map(({ Properties }) => (Properties.ContainerDefinitions as { Image: { 'Fn::Sub': string } }[])[0].Image['Fn::Sub']);
  expect(imageOf(primary.application)).toHaveLength(5);
  for (const image of imageOf(primary.application)) expect(image).toContain('.dkr.ecr.us-east-1.');
  for (const image of imageOf(standby.application)) expect(image).toContain('.dkr.ecr.us-west-2.');
});

test('copies files to the region that waits', () => {
  Template.fromStack(primary.data).hasResourceProperties('AWS::S3::Bucket', {
    ReplicationConfiguration: Match.objectLike({ Rules: [Match.objectLike({ Status: 'Enabled' })] }),
  });
});

describe('the order service', () => {
  test('runs on EC2 instances of its own in two zones, which others cannot be placed on', () => {
    const application = Template.fromStack(primary.application);
    application.hasResourceProperties('AWS::EC2::LaunchTemplate', { LaunchTemplateData: Match.objectLike({ InstanceType: 'c5.2xlarge' }) });
    application.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { MinSize: '2' });
    const strategies = (name: string) => serviceOf(primary.application, name).Properties.CapacityProviderStrategy as { CapacityProvider: unknown }[];
    expect(strategies('reference-matcher')[0].CapacityProvider).toEqual({ Ref: expect.stringContaining('MatcherCapacity') as string });
    expect(strategies('reference-api')).toEqual([{ CapacityProvider: 'FARGATE', Weight: 1 }]);
  });

  test('waits without tasks where nobody may match yet, and its instances are there', () => {
    const counts = (stack: Stack) => ofType(stack, 'AWS::ECS::Service')
      .filter(({ Properties }) => JSON.stringify(Properties.CapacityProviderStrategy).includes('MatcherCapacity')).map(({ Properties }) => Properties.DesiredCount);
    expect(counts(primary.application)).toEqual([1, 1]);
    expect(counts(standby.application)).toEqual([0, 0]);
    Template.fromStack(standby.application).hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { MinSize: '2' });
  });

  test('is told its instruments only where it serves', () => {
    expect(ofType(primary.application, 'Custom::Trigger')).toHaveLength(1);
    expect(ofType(standby.application, 'Custom::Trigger')).toHaveLength(0);
  });
});

test('deploys the trading service blue/green and returns when requests fail', () => {
  const { DeploymentConfiguration: configuration } = serviceOf(primary.application, 'reference-api').Properties as { DeploymentConfiguration: Record<string, unknown> };
  expect(configuration).toMatchObject({ Strategy: 'BLUE_GREEN', Alarms: { Enable: true, Rollback: true } });
  Template.fromStack(primary.application).resourceCountIs('AWS::ElasticLoadBalancingV2::TargetGroup', 2);
});

test('keeps a smaller tier in the region that waits, which may grow as large', () => {
  const bounds = (stack: Stack) => ofType(stack, 'AWS::ApplicationAutoScaling::ScalableTarget').map(({ Properties }) => [Properties.MinCapacity, Properties.MaxCapacity]);
  expect(bounds(primary.application)).toEqual([[6, 18]]);
  expect(bounds(standby.application)).toEqual([[3, 18]]);
});

describe('the user service', () => {
  test('is a function of 1,024 MiB behind API Gateway, which checks the token and its scope', () => {
    const application = Template.fromStack(primary.application);
    application.hasResourceProperties('AWS::Lambda::Function', { Description: 'Service user-service', MemorySize: 1024 });
    const methods = ofType(primary.application, 'AWS::ApiGateway::Method').map(({ Properties }) => Properties);
    expect(methods).toHaveLength(5);
    for (const method of methods) expect(method).toMatchObject({ AuthorizationType: 'COGNITO_USER_POOLS', AuthorizationScopes: ['aws.cognito.signin.user.admin'] });
    application.hasResourceProperties('AWS::WAFv2::WebACLAssociation', { ResourceArn: Match.anyValue() });
  });

  test('reads and ends sessions and adds to the audit log, nothing else', () => {
    const statements = ofType(primary.application, 'AWS::IAM::Policy')
      .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes('Users'))
      .flatMap(({ Properties }) => (Properties.PolicyDocument as { Statement: { Action: string | string[] }[] }).Statement);
    const actions = statements.map(({ Action }) => [Action].flat()).filter(([first]) => first.startsWith('dynamodb:'));
    expect(actions).toEqual([
      ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      ['dynamodb:Query'],
      ['dynamodb:PutItem'],
    ]);
  });

  test('works on the copies of its tables where it waits', () => {
    const users = ofType(standby.application, 'AWS::Lambda::Function').find(({ Properties }) => Properties.Description === 'Service user-service')!;
    expect(environmentOf(users).SESSIONS_TABLE).toEqual(expect.objectContaining({ 'Fn::GetStackOutput': expect.objectContaining({ StackName: 'Exchange-Primary-Data' }) as unknown }));
  });

  test('tells what each group may do', () => {
    const [mine] = ofType(exchange({ accessControl: [{ group: 'auditors', permissions: ['orders:read'], openOrders: 0 }] }).primary.application, 'AWS::Lambda::Function')
      .filter(({ Properties }) => Properties.Description === 'Service user-service');
    expect(JSON.parse(environmentOf(mine).ACCESS_CONTROL as string)).toEqual([{ group: 'auditors', permissions: ['orders:read'], ordersPerSecond: 10, openOrders: 0 }]);
  });
});

describe('the audit trail', () => {
  const { application, data } = primary;

  test('goes from the stream of the table into a bucket that is locked for a year and kept for seven', () => {
    const [mapping] = ofType(application, 'AWS::Lambda::EventSourceMapping').filter(({ Properties }) => Properties.StartingPosition === 'TRIM_HORIZON');
    expect(mapping.Properties).toMatchObject({ BatchSize: 500, BisectBatchOnFunctionError: true, FunctionResponseTypes: ['ReportBatchItemFailures'] });
    expect(JSON.stringify(mapping.Properties.EventSourceArn)).toContain('Audit60AC924EStreamArn');
    const archive = resourcesOf(data)[data.getLogicalId(data.auditArchive!.bucket.node.defaultChild as CfnElement)];
    expect(archive).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: { ObjectLockEnabled: true, ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 365 } } } },
    });
    expect(JSON.stringify(archive.Properties.LifecycleConfiguration)).toContain('"ExpirationInDays":2555');
  });

  test('tells people when it is broken or not archived', () => {
    const alarms = ofType(application, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
    const of = (MetricName: string) => alarms.filter((each) => each.MetricName === MetricName);
    expect(of('AuditChainBreaks')).toMatchObject([{ Threshold: 0, ComparisonOperator: 'GreaterThanThreshold', AlarmActions: [expect.anything()] }]);
    expect(of('IteratorAge')).toMatchObject([{ Threshold: 3_600_000, AlarmActions: [expect.anything()] }]);
    // The name of the metric is the one that the function writes.
    expect(readFileSync(join(__dirname, '../../services/audit-archiver/archiver.ts'), 'utf8')).toContain('AuditChainBreaks');
  });

  test('is written by both regions and archived by the one whose table has a stream here', () => {
    expect(standby.data.auditArchive).toBeUndefined();
    expect(standby.application.auditArchiver).toBeUndefined();
    for (const { application: { api } } of [primary, standby]) {
      const definition = resourcesOf(Stack.of(api))[Stack.of(api).getLogicalId(api.taskDefinition.node.defaultChild as CfnElement)];
      expect(environmentOf(definition).AUDIT_TABLE).toBeDefined();
    }
  });
});

describe('the message layer', () => {
  test('is an active broker with a standby and dead letters in each region', () => {
    for (const { data } of [primary, standby]) {
      Template.fromStack(data).hasResourceProperties('AWS::AmazonMQ::Broker', { DeploymentMode: 'ACTIVE_STANDBY_MULTI_AZ', EngineType: 'ACTIVEMQ', PubliclyAccessible: false });
      const [{ Properties }] = ofType(data, 'AWS::AmazonMQ::Configuration');
      const xml = Buffer.from(Properties.Data as string, 'base64').toString();
      expect(xml).toContain('settlement-events');
      expect(xml).toMatch(/individualDeadLetterStrategy/);
      expect(xml).toMatch(/selector="type = (&apos;|&#39;|')fill/);
    }
  });

  test('is fed by a service that no order waits for, over AMQP and MQTT', () => {
    const mirror = ofType(primary.application, 'AWS::ECS::TaskDefinition')
      .find(({ Properties }) => (Properties.ContainerDefinitions as { Name: string }[])[0].Name === 'market-mirror')!;
    expect(Object.keys(environmentOf(mirror))).toEqual(expect.arrayContaining(['AMQP_ENDPOINTS', 'MQTT_ENDPOINTS', 'MARKET_DATA_CONSUMER_ARN']));
    const matcher = ofType(primary.application, 'AWS::ECS::TaskDefinition')
      .find(({ Properties }) => (Properties.ContainerDefinitions as { Name: string }[])[0].Name === 'reference-matcher')!;
    expect(JSON.stringify(environmentOf(matcher))).not.toContain('Broker');
    const ports = ofType(primary.application, 'AWS::EC2::SecurityGroupIngress').filter(({ Properties }) => JSON.stringify(Properties).includes('of the broker')).map(({ Properties }) => Properties.FromPort);
    expect(ports.sort()).toEqual([5671, 8883]);
  });

  test('streams market data to readers with a throughput of their own, kept for a day', () => {
    const data = Template.fromStack(primary.data);
    data.hasResourceProperties('AWS::Kinesis::Stream', { RetentionPeriodHours: 24, StreamEncryption: Match.objectLike({ EncryptionType: 'KMS' }) });
    // Two of the journal's matchers, one of the ticks.
    Template.fromStack(primary.application).resourceCountIs('AWS::Kinesis::StreamConsumer', 3);
  });
});

test('has a cache in shards over several zones', () => {
  Template.fromStack(primary.data).hasResourceProperties('AWS::ElastiCache::ReplicationGroup', {
    ClusterMode: 'enabled', NumNodeGroups: 2, ReplicasPerNodeGroup: 1, MultiAZEnabled: true, AtRestEncryptionEnabled: true, TransitEncryptionEnabled: true,
  });
});

describe('users', () => {
  test('come through CloudFront, and load balancers ask for its secret', () => {
    const template = Template.fromStack(edge);
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: Match.objectLike({
        Aliases: ['trade.example.com'],
        WebACLId: Match.anyValue(),
        Origins: [Match.objectLike({ DomainName: 'origin.trade.example.com', OriginCustomHeaders: [Match.objectLike({ HeaderName: 'X-Origin-Verify' })] })],
      }),
    });
    for (const { application } of [primary, standby]) {
      const one = Template.fromStack(application);
      one.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internet-facing' });
      one.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Port: 443, DefaultActions: [Match.objectLike({ Type: 'fixed-response' })] });
      expect(JSON.stringify(ofType(application, 'AWS::EC2::SecurityGroup').map(({ Properties }) => Properties.SecurityGroupIngress))).not.toContain('0.0.0.0/0');
    }
  });

  test('are led to the region that serves, by the health of its API and of its matchers', () => {
    const records = ofType(edge, 'AWS::Route53::RecordSet').map(({ Properties }) => [Properties.Name, Properties.Type, Properties.SetIdentifier, Properties.Failover]);
    for (const name of ['origin.trade.example.com.', 'users.trade.example.com.']) {
      expect(records).toEqual(expect.arrayContaining([[name, 'A', 'us-east-1', 'PRIMARY'], [name, 'A', 'us-west-2', 'SECONDARY']]));
    }
    const failover = ofType(edge, 'AWS::Route53::RecordSet').filter(({ Properties }) => Properties.Failover !== undefined);
    expect(failover).toHaveLength(8);
    for (const { Properties } of failover) expect(Properties.HealthCheckId).toBeDefined();
    const checks = ofType(edge, 'AWS::Route53::HealthCheck').map(({ Properties }) => Properties.HealthCheckConfig as { Type: string; InsufficientDataHealthStatus?: string; HealthThreshold?: number; ChildHealthChecks?: unknown[] });
    const alarms = checks.filter(({ Type }) => Type === 'CLOUDWATCH_METRIC');
    expect(alarms).toHaveLength(6);
    for (const one of alarms) expect(one.InsufficientDataHealthStatus).toBe('Unhealthy');
    const calculated = checks.filter(({ Type }) => Type === 'CALCULATED').map(({ HealthThreshold, ChildHealthChecks }) => [HealthThreshold, ChildHealthChecks?.length]);
    expect(calculated.sort()).toEqual([[1, 2], [1, 2], [2, 2], [2, 2]]);
  });

  test('of countries that are not served are refused', () => {
    Template.fromStack(exchange({ geoRestriction: cloudfront.GeoRestriction.denylist('KP') }).edge).hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: Match.objectLike({ Restrictions: { GeoRestriction: { RestrictionType: 'blacklist', Locations: ['KP'] } } }),
    });
  });
});

test('switches by a plan in the region that takes over: tasks, ledger, matchers', () => {
  const [{ Properties }] = ofType(system.regionSwitch!, 'AWS::ARCRegionSwitch::Plan');
  expect(Properties).toMatchObject({ RecoveryApproach: 'activePassive', PrimaryRegion: 'us-east-1', Regions: ['us-east-1', 'us-west-2'], RecoveryTimeObjectiveMinutes: 15 });
  const workflows = Properties.Workflows as { WorkflowTargetRegion: string; Steps: { Name: string }[] }[];
  expect(workflows.map(({ WorkflowTargetRegion, Steps }) => [WorkflowTargetRegion, Steps.map(({ Name }) => Name)])).toEqual(
    ['us-east-1', 'us-west-2'].map((region) => [region, ['scale-api', 'promote-ledger', 'start-matcher-a', 'start-matcher-b']]));
});

test('works on databases, caches and brokers one after the other, at most four hours a month', () => {
  const windows = [primary, standby].flatMap(({ data }) => Object.values(resourcesOf(data)).flatMap(({ Type, Properties }) => {
    if (Type === 'AWS::AmazonMQ::Broker') return [JSON.stringify(Properties.MaintenanceWindowStartTime)];
    return /DBInstance|DBCluster$|ReplicationGroup/.test(Type) ? [Properties.PreferredMaintenanceWindow] : [];
  }));
  expect(windows.length).toBeGreaterThanOrEqual(9);
  expect(new Set(windows).size).toBe(windows.length);
  expect(windows).not.toContain(undefined);
});

test('watches its promise and its budget', () => {
  const operations = Template.fromStack(system.operations);
  operations.hasResourceProperties('AWS::Budgets::Budget', { Budget: Match.objectLike({ BudgetLimit: { Amount: 12_000, Unit: 'USD' } }) });
  operations.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 100, ComparisonOperator: 'GreaterThanThreshold' });
  Template.fromStack(primary.data).hasResourceProperties('AWS::SNS::Subscription', { Endpoint: 'ops@example.com' });
});

describe('without a name of its own', () => {
  test('has internal load balancers and an objective for zones alone', () => {
    const { zone } = RecoveryObjective.GATEWAY_EXCHANGE;
    const own = exchange({ endpoint: PublicEndpoint.cloudFrontDomain(), recoveryObjective: RecoveryObjective.of({ zone }) });
    Template.fromStack(own.primary.application).hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
    Template.fromStack(own.edge).resourceCountIs('AWS::CloudFront::VpcOrigin', 1);
    Template.fromStack(own.edge).resourceCountIs('AWS::Route53::HealthCheck', 0);
    expect(own.regionSwitch).toBeUndefined();
  });
});

test('can be thrown away when that is said', () => {
  const kept = Object.values(stacksOfExchange(exchange({ removalPolicy: RemovalPolicy.DESTROY })))
    .flatMap((stack) => Object.entries(resourcesOf(stack)).filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Retain').map(([id, { Type }]) => `${Type} ${id}`));
  // Logs outlive what wrote them, and API Gateway's role belongs to the account.
  expect(kept.filter((one) => !/Logs|LogGroup|ApiGatewayLogging|Metrics/.test(one))).toEqual([]);
});
