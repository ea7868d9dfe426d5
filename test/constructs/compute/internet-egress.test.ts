/** What asks for the internet in its manifest and is placed where there is none is an error, whatever runs it. */
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { ScheduledTask, ServiceDefinition, SpotWorkers, TradingFunction, TradingService } from '../../../src';
import { platform } from '../../support/platform';

function network(kinds: { isPrivate?: boolean } = {}) {
  const parts = platform();
  const ids = (kind: number) => [1, 2, 3].map((index) => `subnet-000000000000000${kind}${index}`);
  const vpc = ec2.Vpc.fromVpcAttributes(parts.stack, 'Closed', {
    vpcId: 'vpc-00000000000000002', availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
    publicSubnetIds: ids(0), isolatedSubnetIds: ids(2), ...(kinds.isPrivate === true ? { privateSubnetIds: ids(1) } : {}),
  });
  const cluster = ecs.Cluster.fromClusterAttributes(parts.stack, 'ClosedCluster', { clusterName: 'closed', vpc });
  const { cache, marketData: { stream: marketDataStream } } = parts;
  const definition = ServiceDefinition.streamer({ marketDataStream, cache, cacheAuthToken: cache.authToken });
  return { ...parts, vpc, cluster, definition };
}

type Parts = ReturnType<typeof network>;
type Place = { vpcSubnets?: ec2.SubnetSelection };

const RUNNERS: Array<[string, (parts: Parts, place: Place) => unknown]> = [
  ['TradingService', ({ stack, cluster, definition }, place) => new TradingService(stack, 'It', { cluster, definition, ...place })],
  ['SpotWorkers', ({ stack, cluster, definition }, place) => new SpotWorkers(stack, 'It', { cluster, definition, ...place })],
  ['ScheduledTask', ({ stack, cluster, definition }, place) => new ScheduledTask(stack, 'It', { cluster, definition, ...place })],
];

test.each(RUNNERS)('%s fails in a network without a way out, and names the regional NAT', (_name, run) => {
  expect(() => run(network(), {})).toThrow(/Test\/It: .*the manifest of 'streamer' asks for internet egress, which no subnet of the VPC has; give the network a regional NAT gateway and private subnets for such services only/);
});

test.each(RUNNERS)('%s fails in isolated subnets beside private ones', (_name, run) => {
  expect(() => run(network({ isPrivate: true }), { vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } }))
    .toThrow(/asks for internet egress, which 3 of the 3 subnets of `vpcSubnets` lack; leave `vpcSubnets` out/);
});

test.each(RUNNERS)('%s fails in public subnets, where a task without a public address has no way out either', (_name, run) => {
  expect(() => run(network({ isPrivate: true }), { vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC } })).toThrow(/which 3 of the 3 subnets of `vpcSubnets` lack/);
});

test.each(RUNNERS)('%s runs in private subnets', (_name, run) => {
  expect(() => run(network({ isPrivate: true }), {})).not.toThrow();
  expect(() => run(network({ isPrivate: true }), { vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS } })).not.toThrow();
});

test('a function fails in the same words', () => {
  const parts = network();
  const needs = { ledgerAdminSecret: parts.ledger.adminSecret, journalStream: parts.journal.stream, instruments: '[]' };
  const rendering = ServiceDefinition.setup(needs)._rendering();
  const manifest = { ...rendering.manifest, internetEgress: true };
  const definition = { _rendering: () => ({ ...rendering, manifest }) } as unknown as ServiceDefinition;
  expect(() => new TradingFunction(parts.stack, 'It', { vpc: parts.vpc, definition })).toThrow(/the manifest of 'setup' asks for internet egress, which no subnet of the VPC has/);
});
