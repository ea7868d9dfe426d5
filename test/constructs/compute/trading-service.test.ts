import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { ServiceDefinition, TradingService } from '../../../src';
import { apiDefinition, platform, settlementDefinition } from '../../support/platform';
import { environmentOf, resourcesOf } from '../../support/templates';

const parts = platform();
const { stack, cluster } = parts;
const api = new TradingService(stack, 'Api', { cluster, definition: apiDefinition(parts), minCapacity: 3, maxCapacity: 9, spot: true });
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
  expect(environmentOf(resource(api))).toEqual({
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
    DesiredCount: 3,
  });
  template.hasResourceProperties('AWS::ECS::Service', { CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Weight: 1 }], DesiredCount: 1 });
});

test('follows the load at 70 % of the CPU, and only where it may', () => {
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
  template.hasResourceProperties('AWS::ECS::Service', { DesiredCount: 3, NetworkConfiguration: network(subnets(2)) });
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

function network(subnets: string[]) {
  return { AwsvpcConfiguration: Match.objectLike({ Subnets: subnets, AssignPublicIp: 'DISABLED' }) };
}
