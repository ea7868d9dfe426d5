import { Duration } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as servicediscovery from 'aws-cdk-lib/aws-servicediscovery';
import { DedicatedCapacity, MatchingService, TradingService } from '../../../src';
import { DedicatedCapacityProps } from '../../../src/constructs/compute/dedicated-capacity';
import { ServiceCapacity } from '../../../src/constructs/compute/service-capacity';
import { SpotCapacity } from '../../../src/constructs/compute/spot-capacity';
import { Platform, platform } from '../../support/platform';
import { environmentOf, resourcesOf } from '../../support/templates';

function needs({ cluster, journal, settlement, leases, coldStore, cache }: Platform) {
  return {
    cluster,
    cache,
    cacheAuthToken: cache.authToken,
    journalStream: journal.stream,
    settlementQueue: settlement.queue,
    leaseTable: leases.table,
    snapshotBucket: coldStore.bucket,
  };
}

const parts = platform();
const { stack } = parts;
const matching = new MatchingService(stack, 'Matching', { ...needs(parts), partition: 2, leaseRenewal: Duration.millis(100) });
const template = Template.fromStack(stack);
const resources = resourcesOf(stack);
const serviceOf = (service: TradingService) => resources[stack.getLogicalId(service.service.node.findChild('Service') as ecs.CfnService)];
const taskOf = (service: TradingService) => resources[stack.getLogicalId(service.taskDefinition.node.defaultChild as ecs.CfnTaskDefinition)];
const subnetsOf = (service: TradingService) => {
  const { AwsvpcConfiguration } = serviceOf(service).Properties.NetworkConfiguration as { AwsvpcConfiguration: { Subnets: string[] } };
  return AwsvpcConfiguration.Subnets;
};

test('runs two single tasks in different zones, never on Spot capacity', () => {
  template.resourceCountIs('AWS::ECS::Service', 2);
  template.allResourcesProperties('AWS::ECS::Service', {
    DesiredCount: 1,
    CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Weight: 1 }],
  });
  expect(subnetsOf(matching.serviceA)).toEqual(['subnet-00000000000000021']);
  expect(subnetsOf(matching.serviceB)).toEqual(['subnet-00000000000000022']);
});

test('stops a task before it starts the next, one service after the other', () => {
  template.allResourcesProperties('AWS::ECS::Service', {
    AvailabilityZoneRebalancing: 'DISABLED',
    DeploymentConfiguration: Match.objectLike({ MinimumHealthyPercent: 0, MaximumPercent: 100 }),
  });
  const idOfA = stack.getLogicalId(matching.serviceA.service.node.findChild('Service') as ecs.CfnService);
  expect(serviceOf(matching.serviceB).DependsOn).toContain(idOfA);
});

test('gives each task a consumer of its own', () => {
  template.resourceCountIs('AWS::Kinesis::StreamConsumer', 2);
  template.allResourcesProperties('AWS::Kinesis::StreamConsumer', { StreamARN: stack.resolve(parts.journal.stream.streamArn) });
  const names = Object.values(resources).filter(({ Type }) => Type === 'AWS::Kinesis::StreamConsumer').map(({ Properties }) => Properties.ConsumerName);
  expect(new Set(names).size).toBe(2);
  expect(environmentOf(taskOf(matching.serviceA)).JOURNAL_CONSUMER_ARN).toEqual(stack.resolve(matching.consumerA!.streamConsumerArn));
  expect(environmentOf(taskOf(matching.serviceB)).JOURNAL_CONSUMER_ARN).toEqual(stack.resolve(matching.consumerB!.streamConsumerArn));
});

test('passes partition and lease on, in the units of the manifest', () => {
  expect(environmentOf(taskOf(matching.serviceA))).toMatchObject({ PARTITION: '2', LEASE_RENEWAL_MS: '100', LEASE_LAPSE_MS: '1200', SNAPSHOT_INTERVAL_SECONDS: '300' });
});

test('checks health without a load balancer', () => {
  const [container] = taskOf(matching.serviceA).Properties.ContainerDefinitions as Array<{ HealthCheck: { Command: string[] } }>;
  expect(container.HealthCheck.Command.join(' ')).toContain('http://127.0.0.1:8081/health');
});

test('changes the second service only when the first is back and healthy, so that a deployment never stops both', () => {
  const healthOf = (service: TradingService) => (taskOf(service).Properties.ContainerDefinitions as Array<{ HealthCheck: unknown }>)[0].HealthCheck;
  expect(serviceOf(matching.serviceB).DependsOn).toContain(stack.getLogicalId(matching.serviceA.service.node.findChild('Service') as ecs.CfnService));
  expect(serviceOf(matching.serviceA).DependsOn ?? []).not.toContain(stack.getLogicalId(matching.serviceB.service.node.findChild('Service') as ecs.CfnService));
  for (const service of [matching.serviceA, matching.serviceB]) expect(healthOf(service)).toMatchObject({ Retries: 3, StartPeriod: 300 });
});

/** Subnets of all services, in their order. */
const subnetsIn = (rendered: Template) => Object.values(rendered.findResources('AWS::ECS::Service')).flatMap(({ Properties }) => {
  const { AwsvpcConfiguration } = (Properties as { NetworkConfiguration: { AwsvpcConfiguration: { Subnets: string[] } } }).NetworkConfiguration;
  return AwsvpcConfiguration.Subnets;
});

describe('on instances that nothing else runs on', () => {
  const define = (change: Partial<DedicatedCapacityProps> = {}) => {
    const own = platform();
    const dedicatedCapacity = new DedicatedCapacity(own.stack, 'Dedicated', { cluster: own.cluster, minInstances: 3, ...change });
    return { own, dedicatedCapacity, matching: new MatchingService(own.stack, 'Matching', { ...needs(own), dedicatedCapacity }) };
  };
  const { own, dedicatedCapacity } = define();

  test('runs both tasks there, in different zones', () => {
    const rendered = Template.fromStack(own.stack);
    rendered.allResourcesProperties('AWS::ECS::Service', {
      DesiredCount: 1,
      CapacityProviderStrategy: [{ CapacityProvider: own.stack.resolve(dedicatedCapacity.capacityProviderName) as unknown, Weight: 1 }],
      LaunchType: Match.absent(),
    });
    rendered.allResourcesProperties('AWS::ECS::TaskDefinition', { RequiresCompatibilities: ['EC2'], ContainerDefinitions: [Match.objectLike({ Memory: 2048 })] });
    expect(subnetsIn(rendered)).toEqual(['subnet-00000000000000021', 'subnet-00000000000000022']);
    Annotations.fromStack(own.stack).hasNoWarning('/Test/Matching', Match.stringLikeRegexp('matcherMayWaitForInstance'));
  });

  test('keeps to the zones that have instances', () => {
    const two = define({ minInstances: 2, vpcSubnets: { availabilityZones: ['us-east-1b', 'us-east-1c'], subnetType: ec2.SubnetType.PRIVATE_ISOLATED } });
    expect(subnetsIn(Template.fromStack(two.own.stack))).toEqual(['subnet-00000000000000022', 'subnet-00000000000000023']);
  });

  test('warns when a zone may be without an instance', () => {
    const few = define({ minInstances: 2 });
    Annotations.fromStack(few.own.stack).hasWarning('/Test/Matching', Match.stringLikeRegexp('2 instances over 3 zones.*matcherMayWaitForInstance'));
  });

  test('fails when it is told twice', () => {
    const other = platform();
    const both = new DedicatedCapacity(other.stack, 'Dedicated', { cluster: other.cluster });
    expect(() => new MatchingService(other.stack, 'Matching', { ...needs(other), dedicatedCapacity: both, capacity: ServiceCapacity.fargate() }))
      .toThrow(/`dedicatedCapacity` and `capacity` say the same thing/);
  });
});

test.each<[string, (own: Platform) => ServiceCapacity]>([
  ['Fargate Spot', () => ServiceCapacity.fargateSpot()],
  ['Fargate with Spot on top', () => ServiceCapacity.fargateWithSpot()],
  ['EC2 Spot', ({ stack: scope, cluster }) => ServiceCapacity.ec2Spot(new SpotCapacity(scope, 'Spot', { cluster }))],
  ['a given provider with Spot instances', () => ServiceCapacity.fromCapacityProviderName('spot', { isInterruptible: true })],
])('fails on %s', (_name, capacity) => {
  const own = platform();
  expect(() => new MatchingService(own.stack, 'Matching', { ...needs(own), capacity: capacity(own) }))
    .toThrow(/Test\/Matching: `capacity` must not be Spot: AWS takes it back.*use Fargate or DedicatedCapacity/);
});

test('fails when its subnets are in one zone only', () => {
  const other = platform();
  const vpcSubnets = { availabilityZones: ['us-east-1a'] };
  expect(() => new MatchingService(other.stack, 'Matching', { ...needs(other), vpcSubnets })).toThrow(/`vpcSubnets` must span two zones/);
});

test('fails for values that the manifest forbids, all at once', () => {
  const other = platform();
  expect(() => new MatchingService(other.stack, 'Matching', { ...needs(other), partition: -1, leaseRenewal: Duration.millis(10) }))
    .toThrow(/service reference-matcher: PARTITION must be .*got: -1; LEASE_RENEWAL_MS must be .*at least 50/);
});

test('names both matchers in a namespace and lets in who asks for books, and nobody else', () => {
  const named = platform();
  const namespace = new servicediscovery.PrivateDnsNamespace(named.stack, 'Names', { name: 'trading.internal', vpc: named.cluster.vpc });
  const asked = new MatchingService(named.stack, 'Matching', { ...needs(named), namespace });
  const asker = new ec2.SecurityGroup(named.stack, 'Asker', { vpc: named.cluster.vpc });
  asked.allowQueriesFrom(asker);
  const found = Template.fromStack(named.stack);
  found.resourceCountIs('AWS::ServiceDiscovery::Service', 2);
  found.allResourcesProperties('AWS::ECS::Service', { ServiceRegistries: [Match.anyValue()] });
  const rules = Object.values(found.findResources('AWS::EC2::SecurityGroupIngress', { Properties: { Description: 'asks for books' } }));
  expect(rules.map(({ Properties }) => [Properties.FromPort, Properties.SourceSecurityGroupId])).toEqual([
    [asked.serviceA.port, named.stack.resolve(asker.securityGroupId)], [asked.serviceB.port, named.stack.resolve(asker.securityGroupId)],
  ]);
  expect(JSON.stringify(named.stack.resolve(asked.queryEndpoints))).toContain(`.trading.internal:${asked.serviceA.port},`);
  expect(matching.queryEndpoints).toBeUndefined();
});

describe('with another journal', () => {
  const other = (change: object): MatchingService => {
    const own = platform();
    const { journalStream: _stream, leaseTable: _table, ...rest } = needs(own);
    return new MatchingService(own.stack, 'Matching', { ...rest, ...change });
  };

  test('brokers are named, nobody consumes a stream', () => {
    const brokers = ['b-1.example.com:9098', 'b-2.example.com:9098'];
    const own = platform();
    const { journalStream: _stream, ...rest } = needs(own);
    const matchers = new MatchingService(own.stack, 'Matching', { ...rest, journalBrokers: brokers, journalTopic: 'journal' });
    Template.fromStack(own.stack).resourceCountIs('AWS::Kinesis::StreamConsumer', 0);
    expect(matchers.consumerA).toBeUndefined();
    const tasks = Object.values(resourcesOf(own.stack)).filter(({ Type }) => Type === 'AWS::ECS::TaskDefinition');
    expect(tasks.map((task) => environmentOf(task))).toEqual([0, 1].map(() => (
      expect.objectContaining({ JOURNAL_BROKERS: brokers.join(','), JOURNAL_TOPIC: 'journal' }) as Record<string, string>)));
  });

  test.each<[string, object, RegExp]>([
    ['none', {}, /one journal must be named, got 0.*lease is in one place/s],
    ['brokers without a topic', { journalBrokers: ['b:9098'] }, /`journalBrokers` and `journalTopic` belong together/],
    ['a folder', { journalPath: '/journal' }, /`journalPath` is a folder of one machine/],
  ])('%s is refused', (_what, change, message) => {
    expect(() => other(change)).toThrow(message);
  });
});

test('with a collector, traces go on in both matchers, and each has a name of its own among the metrics', () => {
  const own = platform();
  const image = ecs.ContainerImage.fromRegistry('111111111111.dkr.ecr.us-east-1.amazonaws.com/collector:1');
  const { serviceA, serviceB } = new MatchingService(own.stack, 'Traced', { ...needs(own), collector: { image } });
  for (const { taskDefinition, collector } of [serviceA, serviceB]) {
    const task = resourcesOf(own.stack)[own.stack.getLogicalId(taskDefinition.node.defaultChild as ecs.CfnTaskDefinition)];
    expect(environmentOf(task)).toMatchObject({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' });
    expect(collector).toBeDefined();
  }
  expect(serviceA.metricsName).not.toBe(serviceB.metricsName);
  expect(environmentOf(taskOf(matching.serviceA))).not.toHaveProperty('OTEL_EXPORTER_OTLP_ENDPOINT');
});
