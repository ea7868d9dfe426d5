import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Lazy, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { ServiceDefinition, TradingService } from '../../../src';
import { ServiceCapacity } from '../../../src/constructs/compute/service-capacity';
import { TradingServiceProps } from '../../../src/constructs/compute/trading-service';
import { ZoneSizing } from '../../../src/constructs/compute/zone-sizing';
import { apiDefinition, Platform, platform, settlementDefinition } from '../../support/platform';
import { environmentOf, resourcesOf, statementsOf } from '../../support/templates';

const parts = platform();
const { stack, cluster } = parts;
const api = new TradingService(stack, 'Api', { cluster, definition: apiDefinition(parts), minCapacity: 3, maxCapacity: 9, capacity: ServiceCapacity.fargateWithSpot() });
const streamer = new TradingService(stack, 'Streamer', {
  cluster,
  definition: ServiceDefinition.streamer({
    marketDataStream: parts.marketData.stream, cache: parts.cache, cacheAuthToken: parts.cache.authToken, symbols: ['BTCUSDT', 'SOLUSDT'],
  }),
  cpuArchitecture: ecs.CpuArchitecture.X86_64,
});
const template = Template.fromStack(stack);
const taskId = (construct: TradingService) => stack.getLogicalId(construct.taskDefinition.node.defaultChild as ecs.CfnTaskDefinition);
const resource = (construct: TradingService) => resourcesOf(stack)[taskId(construct)];

test('runs tasks as an ordinary user on a read-only file system without capabilities', () => {
  template.allResourcesProperties('AWS::ECS::TaskDefinition', {
    NetworkMode: 'awsvpc',
    ContainerDefinitions: [Match.objectLike({
      User: '10001:10001',
      ReadonlyRootFilesystem: true,
      Privileged: false,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] }, InitProcessEnabled: true },
      LogConfiguration: Match.objectLike({ LogDriver: 'awslogs' }),
    })],
  });
});

test('takes the environment from the manifest: production, no debugging, a value for every name', () => {
  const file = join(__dirname, '../../../services/reference-api/service.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { environment: Record<string, { kind: string; optional?: boolean }> };
  // What is optional and was given by nobody, the construct included, is not there.
  const named = Object.entries(manifest.environment)
    .filter(([name, { kind, optional }]) => kind !== 'secret' && (optional !== true || name === 'JOURNAL_STREAM' || name === 'METRICS_NAME'))
    .map(([name]) => name);
  expect(Object.keys(environmentOf(resource(api))).sort()).toEqual(named.sort());
  expect(environmentOf(resource(api))).toMatchObject({
    ENVIRONMENT: 'production',
    LOG_LEVEL: 'info',
    DEBUG: 'false',
    PORT: '8080',
    JOURNAL_STREAM: stack.resolve(parts.journal.stream.streamName) as unknown,
    CACHE_URL: { 'Fn::Join': ['', ['rediss://', stack.resolve(parts.cache.endpointAddress), ':', stack.resolve(parts.cache.endpointPort)]] },
    LEDGER_URL: { 'Fn::Join': ['', expect.arrayContaining(['postgresql://api@', '/trading'])] },
    USER_POOL_ISSUER: { 'Fn::Join': ['', ['https://', stack.resolve(parts.identity.userPool.userPoolProviderName)]] },
    USER_POOL_CLIENT_ID: stack.resolve(parts.identity.client.userPoolClientId) as unknown,
    OPERATORS_GROUP: 'operators',
  });
  expect(environmentOf(resource(streamer)).SYMBOLS).toBe('BTCUSDT,SOLUSDT');
});

test('connects the API to the reader of the ledger', () => {
  expect(JSON.stringify(environmentOf(resource(api)).LEDGER_URL)).toContain('ReadEndpoint.Address');
});

test('injects secrets and shows none of them', () => {
  const [container] = resource(api).Properties.ContainerDefinitions as Array<{ Secrets: unknown }>;
  expect(container.Secrets).toEqual([{ Name: 'CACHE_AUTH_TOKEN', ValueFrom: stack.resolve(parts.cache.authToken.secretArn) }]);
  expect(Object.keys(environmentOf(resource(api)))).not.toContain('CACHE_AUTH_TOKEN');
});

test('keeps the tasks that must run on demand and lets only those above them be Spot', () => {
  template.hasResourceProperties('AWS::ECS::Service', {
    CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Base: 3, Weight: 0 }, { CapacityProvider: 'FARGATE_SPOT', Weight: 1 }],
  });
  template.hasResourceProperties('AWS::ECS::Service', { CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Weight: 1 }], DesiredCount: 1 });
});

test('follows the load, and only where it may', () => {
  template.resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 1);
  template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 3, MaxCapacity: 9 });
  template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
    TargetTrackingScalingPolicyConfiguration: Match.objectLike({ TargetValue: 70 }),
  });
  expect(streamer.scaling).toBeUndefined();
});

test('rolls back a deployment that does not become healthy, and gives nobody a shell', () => {
  template.allResourcesProperties('AWS::ECS::Service', {
    EnableExecuteCommand: false,
    DeploymentConfiguration: Match.objectLike({ DeploymentCircuitBreaker: { Enable: true, Rollback: true } }),
  });
});

test('places a service by its manifest: internet egress in private subnets, everything else in isolated ones', () => {
  const subnets = (kind: number) => [1, 2, 3].map((index) => `subnet-000000000000000${kind}${index}`);
  template.hasResourceProperties('AWS::ECS::Service', { DesiredCount: 1, NetworkConfiguration: network(subnets(1)) });
  template.hasResourceProperties('AWS::ECS::Service', { DesiredCount: Match.absent(), NetworkConfiguration: network(subnets(2)) });
});

test('opens the ledger and the cache to the API by its security group', () => {
  for (const [target, port] of [[parts.ledger.securityGroup, 5433], [parts.cache.securityGroup, 6380]] as const) {
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: stack.resolve(target.securityGroupId),
      SourceSecurityGroupId: stack.resolve(api.securityGroup.securityGroupId),
      FromPort: port,
      ToPort: port,
    });
  }
});

test('never opens all of the way out', () => {
  const rendered = JSON.stringify(Object.values(resourcesOf(stack)).filter(({ Type }) => Type.startsWith('AWS::EC2::SecurityGroup')));
  expect(rendered).not.toContain('"IpProtocol":"-1"');
});

test('builds the image for the processor that runs it', () => {
  expect(resource(api).Properties.RuntimePlatform).toMatchObject({ CpuArchitecture: 'ARM64' });
  expect(resource(streamer).Properties.RuntimePlatform).toMatchObject({ CpuArchitecture: 'X86_64' });
});

test('fails for a function, and for a number of tasks that makes no sense', () => {
  const other = platform();
  expect(() => new TradingService(other.stack, 'Wrong', { cluster: other.cluster, definition: settlementDefinition(other), minCapacity: 4, maxCapacity: 2 }))
    .toThrow(/must be a container, got the function 'settlement'.*`minCapacity`.*got: 4 and 2/);
});

describe('sized for the loss of a zone', () => {
  const sized = (change: Partial<TradingServiceProps> = {}) => {
    const own = platform();
    new TradingService(own.stack, 'Api', { cluster: own.cluster, definition: apiDefinition(own), sizing: ZoneSizing.forTasks(7), ...change });
    return own.stack;
  };

  test('runs ceil(peak / (zones - 1)) tasks in each zone', () => {
    Template.fromStack(sized()).hasResourceProperties('AWS::ECS::Service', { DesiredCount: 12 });
    Template.fromStack(sized({ maxCapacity: 40 })).hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 12, MaxCapacity: 40 });
  });

  test('warns with two zones, of which each must carry everything', () => {
    const two = sized({ vpcSubnets: { availabilityZones: ['us-east-1a', 'us-east-1b'] } });
    Template.fromStack(two).hasResourceProperties('AWS::ECS::Service', { DesiredCount: 14 });
    Annotations.fromStack(two).hasWarning('/Test/Api', Match.stringLikeRegexp('serviceInTwoZones'));
  });

  test.each<[string, Partial<TradingServiceProps>, RegExp]>([
    ['one zone', { vpcSubnets: { availabilityZones: ['us-east-1a'] } }, /`sizing` needs subnets in two zones, better three.*got: 1/],
    ['a minimum beside it', { minCapacity: 3 }, /`minCapacity` and `sizing` say the same thing/],
    ['a maximum below it', { maxCapacity: 11 }, /`maxCapacity` must not be below the 12 tasks that `sizing` needs over 3 zones, got: 11/],
  ])('fails for %s', (_name, change, message) => {
    expect(() => sized(change)).toThrow(message);
  });
});

describe('with a collector', () => {
  const own = platform();
  const service = new TradingService(own.stack, 'Feed', {
    cluster: own.cluster,
    definition: ServiceDefinition.streamer({ marketDataStream: own.marketData.stream, cache: own.cache, cacheAuthToken: own.cache.authToken }),
    collector: { prometheusPort: 9464 },
  });
  const rendered = Template.fromStack(own.stack);

  test('has a second container as hard as the first, which the service outlives', () => {
    rendered.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({ Name: 'streamer', Essential: true }),
        Match.objectLike({
          Name: 'collector', Essential: false, Memory: 256, User: '10001:10001', ReadonlyRootFilesystem: true,
          Image: 'public.ecr.aws/aws-observability/aws-otel-collector:v0.45.0',
          LinuxParameters: { Capabilities: { Drop: ['ALL'] }, InitProcessEnabled: true },
          HealthCheck: Match.objectLike({ Command: ['CMD', '/healthcheck'] }),
        }),
      ],
    });
  });

  test('reads the metrics of the service and may write its own log group only', () => {
    const [, collector] = resourcesOf(own.stack)[own.stack.getLogicalId(service.taskDefinition.node.defaultChild as ecs.CfnTaskDefinition)]
      .Properties.ContainerDefinitions as Array<{ Environment: Array<{ Name: string; Value: unknown }> }>;
    expect(JSON.stringify(collector.Environment)).toContain('127.0.0.1:9464');
    const role = own.stack.getLogicalId(service.taskRole.node.defaultChild as iam.CfnRole);
    const writes = statementsOf(own.stack, role).filter(({ actions }) => actions.includes('logs:PutLogEvents'));
    expect(writes.map(({ resources }) => resources)).toEqual([[own.stack.resolve(service.metricsLogGroup!.logGroupArn)]]);
    rendered.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue() });
  });

  test('tells a service that knows a collector where it is, and no other', () => {
    const other = platform();
    const image = ecs.ContainerImage.fromRegistry('111111111111.dkr.ecr.us-east-1.amazonaws.com/collector:1');
    const environment = (one: TradingService) => environmentOf(
      resourcesOf(other.stack)[other.stack.getLogicalId(one.taskDefinition.node.defaultChild as ecs.CfnTaskDefinition)],
    );
    const traced = new TradingService(other.stack, 'Traced', { cluster: other.cluster, definition: apiDefinition(other), collector: { image } });
    const alone = new TradingService(other.stack, 'Alone', { cluster: other.cluster, definition: apiDefinition(other) });
    expect(environment(traced)).toMatchObject({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', TRACE_SAMPLING_PPM: '50000' });
    expect(environment(alone)).not.toHaveProperty('OTEL_EXPORTER_OTLP_ENDPOINT');
    const [main] = resourcesOf(own.stack)[own.stack.getLogicalId(service.taskDefinition.node.defaultChild as ecs.CfnTaskDefinition)]
      .Properties.ContainerDefinitions as Array<{ Environment: Array<{ Name: string }> }>;
    expect(main.Environment.map(({ Name }) => Name)).not.toContain('OTEL_EXPORTER_OTLP_ENDPOINT');
  });

  test('fails when it would read metrics where the service shows none', () => {
    const other = platform();
    const definition = ServiceDefinition.streamer({
      marketDataStream: other.marketData.stream, cache: other.cache, cacheAuthToken: other.cache.authToken, metricsAddress: '127.0.0.1:9500',
    });
    expect(() => new TradingService(other.stack, 'Feed', { cluster: other.cluster, definition, collector: { prometheusPort: 9464 } }))
      .toThrow(/`collector.prometheusPort` must be the port of '127.0.0.1:9500'.*got: 9464/);
  });

  test('fails without an image where the public registry is out of reach, or without memory for the service', () => {
    const other = platform();
    const isolated = { cluster: other.cluster, definition: apiDefinition(other) };
    expect(() => new TradingService(other.stack, 'Api', { ...isolated, collector: { memoryMiB: 1024 } }))
      .toThrow(/`collector.memoryMiB` must leave memory.*got: 1024; `collector.image` must be given for 'reference-api', which has no internet egress/);
    const image = ecs.ContainerImage.fromRegistry('111111111111.dkr.ecr.us-east-1.amazonaws.com/collector:1');
    expect(() => new TradingService(other.stack, 'Other', { ...isolated, collector: { image } })).not.toThrow();
  });
});

test('encrypts logs with a customer key: one of its own, or the one it is given', () => {
  const own = platform();
  const key = new kms.Key(own.stack, 'Given');
  const given = new TradingService(own.stack, 'Api', { cluster: own.cluster, definition: apiDefinition(own), encryptionKey: key });
  const logGroup = (service: TradingService, scope: Stack) => {
    const id = scope.getLogicalId(service.logGroup.node.defaultChild as logs.CfnLogGroup);
    return resourcesOf(scope)[id].Properties;
  };
  expect(logGroup(given, own.stack).KmsKeyId).toEqual(own.stack.resolve(key.keyArn));
  expect(JSON.stringify(logGroup(api, stack).KmsKeyId)).toContain('ApiTaskLogsKey');
});

test('runs on instances, with a limit of its own', () => {
  const own = platform();
  const capacity = ServiceCapacity.fromCapacityProviderName('batch', { isInterruptible: true, cpuArchitecture: ecs.CpuArchitecture.X86_64 });
  const given = ecs.Cluster.fromClusterAttributes(own.stack, 'Given', { clusterName: 'batch', vpc: own.vpc, hasEc2Capacity: true });
  new TradingService(own.stack, 'Api', { cluster: given, definition: apiDefinition(own), capacity, cpu: 700, memory: Size.mebibytes(900) });
  const rendered = Template.fromStack(own.stack);
  rendered.hasResourceProperties('AWS::ECS::Service', { CapacityProviderStrategy: [{ CapacityProvider: 'batch', Weight: 1 }], AvailabilityZoneRebalancing: 'ENABLED' });
  rendered.hasResourceProperties('AWS::ECS::TaskDefinition', { RequiresCompatibilities: ['EC2'], NetworkMode: 'awsvpc', Cpu: '700', Memory: '900', ContainerDefinitions: [Match.objectLike({ Memory: 900 })] });
});

test('is left to CodeDeploy when told: no circuit breaker of ECS, and no new revision by CloudFormation', () => {
  const own = platform();
  const service = new TradingService(own.stack, 'Api', { cluster: own.cluster, definition: apiDefinition(own), deploymentController: ecs.DeploymentControllerType.CODE_DEPLOY });
  Template.fromStack(own.stack).hasResourceProperties('AWS::ECS::Service', {
    DeploymentController: { Type: 'CODE_DEPLOY' }, TaskDefinition: service.taskDefinition.family, DeploymentConfiguration: Match.objectLike({ DeploymentCircuitBreaker: Match.absent() }),
  });
});

test('fails at synth when Service Connect is turned on beside CodeDeploy', () => {
  const own = platform();
  const service = new TradingService(own.stack, 'Api', { cluster: own.cluster, definition: apiDefinition(own), deploymentController: ecs.DeploymentControllerType.CODE_DEPLOY });
  service.service.enableServiceConnect({ namespace: 'desk.internal' });
  expect(() => Template.fromStack(own.stack)).toThrow(/Service Connect works with the deployment controller ECS only/);
});

test.each<[string, (own: Platform) => Partial<TradingServiceProps>, RegExp]>([
  ['CodeDeploy on instances', () => ({ deploymentController: ecs.DeploymentControllerType.CODE_DEPLOY, capacity: ServiceCapacity.fromCapacityProviderName('x', { isInterruptible: false }) }), /CODE_DEPLOY needs Fargate capacity here/],
  ['a controller that we do not know', () => ({ deploymentController: ecs.DeploymentControllerType.EXTERNAL }), /`deploymentController` must be ECS or CODE_DEPLOY, got: EXTERNAL/],
  ['CPU that Fargate does not have', () => ({ cpu: 300 }), /`cpu` must be one of 256, 512.*got: 300/],
  ['memory that does not go with the CPU', () => ({ cpu: 4096, memory: Size.gibibytes(4) }), /`memory` must be one that Fargate has with 4096 CPU units, from 8192 to 30720 MiB, got: 4096 MiB/],
  ['three minutes to stop', () => ({ stopTimeout: Duration.minutes(3) }), /`stopTimeout` must be at most two minutes, got: 3 minutes/],
  ['another processor than the instances have', () => ({ cpuArchitecture: ecs.CpuArchitecture.X86_64, capacity: ServiceCapacity.fromCapacityProviderName('x', { isInterruptible: false }) }), /`cpuArchitecture` must be that of the instances/],
  ['no room for a deployment', () => ({ minHealthyPercent: 100, maxHealthyPercent: 100 }), /must leave room for a deployment.*got: 100 and 100/],
  ['a number of tasks that is known at the deployment only', () => ({ minCapacity: Lazy.number({ produce: () => 3 }) }), /`minCapacity` must be a plain value, got an unresolved token/],
  ['a matcher on Spot', (own) => ({ definition: matcherDefinition(own), capacity: ServiceCapacity.fargateWithSpot() }), /`capacity` must not put 'reference-matcher' on Spot/],
  ['a matcher under CodeDeploy', (own) => ({ definition: matcherDefinition(own), deploymentController: ecs.DeploymentControllerType.CODE_DEPLOY }), /would run two matchers of one partition beside each other/],
])('fails for %s', (_name, change, message) => {
  const own = platform();
  expect(() => new TradingService(own.stack, 'Api', { cluster: own.cluster, definition: apiDefinition(own), ...change(own) })).toThrow(message);
});

function matcherDefinition(own: Platform): ServiceDefinition {
  return ServiceDefinition.referenceMatcher({
    cache: own.cache,
    cacheAuthToken: own.cache.authToken,
    journalStream: own.journal.stream,
    settlementQueue: own.settlement.queue,
    leaseTable: own.leases.table,
    snapshotBucket: own.coldStore.bucket,
    journalConsumer: new kinesis.StreamConsumer(own.stack, 'Consumer', { stream: own.journal.stream, streamConsumerName: 'matcher' }),
  });
}

function network(subnets: string[]) {
  return { AwsvpcConfiguration: Match.objectLike({ Subnets: subnets, AssignPublicIp: 'DISABLED' }) };
}

describe('metrics that the service publishes itself', () => {
  const own = platform();
  const feed = (id: string, metricsName?: string) => new TradingService(own.stack, id, {
    cluster: own.cluster,
    definition: ServiceDefinition.streamer({
      marketDataStream: own.marketData.stream, cache: own.cache, cacheAuthToken: own.cache.authToken, metricsName,
    }),
  });
  const nameGiven = (service: TradingService) => environmentOf(
    resourcesOf(own.stack)[own.stack.getLogicalId(service.taskDefinition.node.defaultChild as ecs.CfnTaskDefinition)],
  ).METRICS_NAME;

  test('are those of this service, and of no other of the account', () => {
    const [one, other, named] = [feed('One'), feed('Other'), feed('Named', 'mine')];
    expect(own.stack.resolve(one.metricPublished('FeedAge').toMetricConfig().metricStat)).toMatchObject({
      namespace: 'TradingPlatform', metricName: 'FeedAge', statistic: 'Maximum', dimensions: [{ name: 'ServiceName', value: nameGiven(one) }],
    });
    expect(one.metricsName).toBe(nameGiven(one));
    expect(one.metricsName).not.toBe(other.metricsName);
    expect([named.metricsName, nameGiven(named)]).toEqual(['mine', 'mine']);
  });

  test('fails for a service that publishes none', () => {
    const silent = new TradingService(own.stack, 'Silent', {
      cluster: own.cluster, definition: ServiceDefinition.historySync({ candlesBucket: own.coldStore.bucket, ledger: own.ledger }),
    });
    expect(() => silent.metricPublished('FeedAge')).toThrow(/publishes no metrics itself, so it has no 'FeedAge'/);
  });
});

test.each(['9464', '127.0.0.1:70000', '127.0.0.1:8082'])('fails to show metrics at %s', (metricsAddress) => {
  const { marketData, cache } = platform();
  expect(() => ServiceDefinition.streamer({ marketDataStream: marketData.stream, cache, cacheAuthToken: cache.authToken, metricsAddress }))
    .toThrow(/METRICS_ADDRESS must be host:port with another port than the service's own 8082/);
});
