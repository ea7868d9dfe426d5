import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { MatchingService, TradingService } from '../../../src';
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
  expect(environmentOf(taskOf(matching.serviceA)).JOURNAL_CONSUMER_ARN).toEqual(stack.resolve(matching.consumerA.streamConsumerArn));
  expect(environmentOf(taskOf(matching.serviceB)).JOURNAL_CONSUMER_ARN).toEqual(stack.resolve(matching.consumerB.streamConsumerArn));
});

test('passes partition and lease on, in the units of the manifest', () => {
  expect(environmentOf(taskOf(matching.serviceA))).toMatchObject({ PARTITION: '2', LEASE_RENEWAL_MS: '100', LEASE_LAPSE_MS: '1200', SNAPSHOT_INTERVAL_SECONDS: '300' });
});

test('checks health without a load balancer', () => {
  const [container] = taskOf(matching.serviceA).Properties.ContainerDefinitions as Array<{ HealthCheck: { Command: string[] } }>;
  expect(container.HealthCheck.Command.join(' ')).toContain('http://127.0.0.1:8081/health');
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
