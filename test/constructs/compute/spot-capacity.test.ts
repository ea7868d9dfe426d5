import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { ServiceDefinition, TradingCluster } from '../../../src';
import { SpotCapacity, SpotCapacityProps } from '../../../src/constructs/compute/spot-capacity';
import { SpotWorkers } from '../../../src/constructs/compute/spot-workers';
import { platform } from '../../support/platform';

function spot(change: Partial<SpotCapacityProps> = {}) {
  const parts = platform();
  const { cluster } = new TradingCluster(parts.stack, 'Workers', { vpc: parts.vpc });
  const capacity = new SpotCapacity(parts.stack, 'Spot', { cluster, ...change });
  return { ...parts, cluster, capacity };
}

const { stack, capacity } = spot();
const template = Template.fromStack(stack);

test('takes Spot instances of many types from where AWS has most to spare, none on demand', () => {
  template.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
    MinSize: '0',
    MaxSize: '20',
    CapacityRebalance: true,
    MixedInstancesPolicy: {
      InstancesDistribution: { OnDemandBaseCapacity: 0, OnDemandPercentageAboveBaseCapacity: 0, SpotAllocationStrategy: 'capacity-optimized' },
      LaunchTemplate: Match.objectLike({ Overrides: ['c7g', 'c6g', 'm7g', 'm6g', 'r7g', 'r6g'].map((family) => ({ InstanceType: `${family}.xlarge` })) }),
    },
  });
});

test('drains an instance when AWS takes it back, and before one is scaled in', () => {
  const [launch] = Object.values(template.findResources('AWS::EC2::LaunchTemplate'));
  expect(JSON.stringify(launch.Properties.LaunchTemplateData)).toContain('ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config');
  template.hasResourceProperties('AWS::ECS::CapacityProvider', {
    AutoScalingGroupProvider: Match.objectLike({ ManagedDraining: 'ENABLED', ManagedTerminationProtection: 'ENABLED', ManagedScaling: Match.objectLike({ Status: 'ENABLED', TargetCapacity: 100 }) }),
  });
});

test('encrypts disks, demands IMDSv2 with one hop, and keeps containers from the role', () => {
  template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
    LaunchTemplateData: Match.objectLike({
      MetadataOptions: Match.objectLike({ HttpTokens: 'required', HttpPutResponseHopLimit: 1 }),
      BlockDeviceMappings: [Match.objectLike({ Ebs: Match.objectLike({ Encrypted: true, VolumeType: 'gp3' }) })],
      NetworkInterfaces: [Match.objectLike({ AssociatePublicIpAddress: false })],
    }),
  });
  const [launch] = Object.values(template.findResources('AWS::EC2::LaunchTemplate'));
  expect(JSON.stringify(launch.Properties.LaunchTemplateData)).toContain('ECS_AWSVPC_BLOCK_IMDS=true');
});

test('runs workers', () => {
  const parts = spot({ instanceTypes: ['c6i.xlarge', 'c5.xlarge', 'm6i.xlarge', 'm5.xlarge'].map((type) => new ec2.InstanceType(type)) });
  const { cache, marketData: { stream: marketDataStream } } = parts;
  const definition = ServiceDefinition.streamer({ marketDataStream, cache, cacheAuthToken: cache.authToken });
  new SpotWorkers(parts.stack, 'Simulation', { cluster: parts.cluster, definition, queue: new sqs.Queue(parts.stack, 'Work'), spotCapacity: parts.capacity });
  const own = Template.fromStack(parts.stack);
  expect(parts.capacity.cpuArchitecture).toBe(ecs.CpuArchitecture.X86_64);
  own.hasResourceProperties('AWS::ECS::Service', {
    CapacityProviderStrategy: [{ CapacityProvider: parts.stack.resolve(parts.capacity.capacityProviderName) as unknown, Weight: 1 }],
    LaunchType: Match.absent(),
    PlacementStrategies: [{ Type: 'spread', Field: 'attribute:ecs.availability-zone' }, Match.objectLike({ Type: 'binpack' })],
  });
  own.hasResourceProperties('AWS::ECS::TaskDefinition', { RequiresCompatibilities: ['EC2'], NetworkMode: 'awsvpc', ContainerDefinitions: [Match.objectLike({ Memory: 2048, User: '10001:10001' })] });
});

test('tells of its processor and zones', () => {
  expect(capacity.cpuArchitecture).toBe(ecs.CpuArchitecture.ARM64);
  expect(capacity.availabilityZones).toEqual(['us-east-1a', 'us-east-1b', 'us-east-1c']);
});

test('warns when AWS has few pools to choose from', () => {
  const few = spot({ instanceTypes: [new ec2.InstanceType('c7g.xlarge')] });
  Annotations.fromStack(few.stack).hasWarning('/Test/Spot', Match.stringLikeRegexp('spotFewInstanceTypes'));
  Annotations.fromStack(stack).hasNoWarning('/Test/Spot', Match.stringLikeRegexp('spotFewInstanceTypes'));
});

test.each<[string, Partial<SpotCapacityProps>, RegExp]>([
  ['two processors', { instanceTypes: [new ec2.InstanceType('c7g.xlarge'), new ec2.InstanceType('c6i.xlarge')] }, /`instanceTypes` must be for one processor, got: c7g.xlarge, c6i.xlarge/],
  ['no types', { instanceTypes: [] }, /`instanceTypes` must name at least one type/],
  ['one zone', { vpcSubnets: { availabilityZones: ['us-east-1a'] } }, /`vpcSubnets` must span two zones.*got 1/],
  ['a maximum at the minimum', { minInstances: 5, maxInstances: 5 }, /`maxInstances` must be a whole number above `minInstances`, got: 5 and 5/],
])('fails for %s', (_name, change, message) => {
  expect(() => spot(change)).toThrow(message);
});
