import { Duration, Fn, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ManagedPrefixListIds, TradingNetwork, TradingNetworkProps } from '../../../src';
import { CidrPlan } from '../../../src/constructs/network/cidr-plan';
import { NetworkEgress, NetworkProfile } from '../../../src/constructs/network/network-profile';
import { givenVpc, testApp, testStack } from '../../support/apps';
import { resourcesOf } from '../../support/templates';

function define(props: TradingNetworkProps = {}, stack: Stack = testStack()) {
  const network = new TradingNetwork(stack, 'Network', props);
  const ofType = (type: string) => Object.values(resourcesOf(stack)).filter(({ Type }) => Type === type);
  return { stack, network, ofType, template: () => Template.fromStack(stack) };
}

const internetRoutes = (ofType: (type: string) => Array<{ Properties: Record<string, unknown> }>) =>
  ofType('AWS::EC2::Route').filter(({ Properties }) => Properties.DestinationCidrBlock === '0.0.0.0/0').map(({ Properties }) => (Properties.NatGatewayId === undefined ? 'internet' : 'nat'));

test('without public subnets and NAT nothing has a route to the internet, yet CloudFront takes it as a VPC origin', () => {
  const { network, ofType } = define({ profile: NetworkProfile.privateOnly() });
  expect(ofType('AWS::EC2::Subnet')).toHaveLength(3);
  expect(ofType('AWS::EC2::NatGateway')).toHaveLength(0);
  expect(ofType('AWS::EC2::EIP')).toHaveLength(0);
  expect(internetRoutes(ofType)).toEqual([]);
  // The gateway without a route that a VPC origin asks for.
  expect(ofType('AWS::EC2::InternetGateway')).toHaveLength(1);
  expect(ofType('AWS::EC2::VPCGatewayAttachment')).toHaveLength(1);
  expect([network.hasInternetEgress, network.publicSubnets]).toEqual([false, undefined]);
  expect([...network.vpc.publicSubnets, ...network.vpc.privateSubnets]).toEqual([]);
});

test('without public subnets a regional NAT gateway is the way out of the private subnets alone', () => {
  const { network, ofType } = define({ profile: NetworkProfile.privateOnly(NetworkEgress.REGIONAL_NAT) });
  expect(ofType('AWS::EC2::Subnet')).toHaveLength(6);
  expect(ofType('AWS::EC2::NatGateway').map(({ Properties }) => Properties.AvailabilityMode)).toEqual(['regional']);
  expect(internetRoutes(ofType)).toEqual(['nat', 'nat', 'nat']);
  expect([network.hasInternetEgress, network.publicSubnets]).toEqual([true, undefined]);
});

test('with public subnets and no NAT only they have a route', () => {
  const { network, ofType } = define({ profile: NetworkProfile.publicIngress(NetworkEgress.NONE) });
  expect(ofType('AWS::EC2::NatGateway')).toHaveLength(0);
  expect(internetRoutes(ofType)).toEqual(['internet', 'internet', 'internet']);
  expect([network.hasInternetEgress, network.vpc.selectSubnets(network.publicSubnets).subnetIds.length]).toEqual([false, 3]);
});

test('keeps the ranges of subnets whichever kinds the profile leaves out', () => {
  const cidrsOf = (profile?: NetworkProfile) => define({ profile }).ofType('AWS::EC2::Subnet').map(({ Properties }) => Properties.CidrBlock);
  expect(cidrsOf()).toEqual([
    '10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24', '10.0.4.0/22', '10.0.8.0/22', '10.0.12.0/22', '10.0.16.0/22', '10.0.20.0/22', '10.0.24.0/22',
  ]);
  expect(cidrsOf(NetworkProfile.privateOnly())).toEqual(['10.0.16.0/22', '10.0.20.0/22', '10.0.24.0/22']);
});

test('takes the addresses of a plan', () => {
  const plan = CidrPlan.document().disasterRecovery();
  const { network, ofType } = define({ cidrPlan: plan });
  expect(network.cidrPlan).toBe(plan);
  expect(ofType('AWS::EC2::VPC')[0].Properties.CidrBlock).toBe('10.1.0.0/16');
  expect(ofType('AWS::EC2::Subnet').map(({ Properties }) => Properties.CidrBlock)).toEqual([...plan.publicSubnets, ...plan.privateSubnets, ...plan.isolatedSubnets]);
});

test('spans three zones in a stack without an account too', () => {
  const { ofType } = define({}, new Stack(testApp(), 'Open', { env: { region: 'us-east-1' } }));
  expect(new Set(ofType('AWS::EC2::Subnet').map(({ Properties }) => JSON.stringify(Properties.AvailabilityZone))).size).toBe(3);
});

test('takes the names of three zones', () => {
  const { ofType } = define({ availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1f'] });
  expect(new Set(ofType('AWS::EC2::Subnet').map(({ Properties }) => Properties.AvailabilityZone))).toEqual(new Set(['us-east-1a', 'us-east-1b', 'us-east-1f']));
});

test('warns about a range that others have on the internet', () => {
  Annotations.fromStack(define({ cidrPlan: CidrPlan.of('52.0.0.0/16') }).stack).hasWarning('/Test/Network', Match.stringLikeRegexp('networkOnPublicRange'));
});

test('encrypts the flow logs with a key of its own or a given retention', () => {
  const { template } = define({ flowLogRetention: Duration.days(365) });
  template().hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 365, KmsKeyId: Match.anyValue() });
});

const ids: ManagedPrefixListIds = { s3: 'pl-1', dynamoDb: 'pl-2', cloudFrontOriginFacing: 'pl-3' };

test.each([
  ['two zones', { availabilityZones: ['us-east-1a', 'us-east-1b'] }, /`availabilityZones` must name three different zones, got: us-east-1a, us-east-1b; .*add the third, or leave the prop out/],
  ['one zone twice', { availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1b'] }, /must name three different zones/],
  ['zones from a parameter', { availabilityZones: Fn.split(',', Lazy.string({ produce: () => 'x' })) }, /`availabilityZones` must be a plain list, got an unresolved token/],
  ['an overlap with a peer', { peeredCidrs: ['172.31.0.0/16', '10.0.128.0/20'] }, /`peeredCidrs\[1\]` \('10.0.128.0\/20'\) overlaps with the network's own 10.0.0.0\/16; give the network another range/],
  ['a peer that is no range', { peeredCidrs: ['office'] }, /`peeredCidrs\[0\]` must be an IPv4 range/],
  ['a peer that is a token', { peeredCidrs: [Lazy.string({ produce: () => '10.0.0.0/8' })] }, /`peeredCidrs\[0\]` must be a plain text.*unresolved token/],
  ['a gateway endpoint as interface endpoint', { interfaceEndpoints: ['s3'] }, /must not hold 's3', which is reached through a gateway endpoint/],
  ['a whole endpoint name with spaces', { interfaceEndpoints: ['ecr api'] }, /part of an endpoint's name after the region.*got: 'ecr api'/],
  ['a security group without its VPC', { endpointSecurityGroup: {} as ec2.ISecurityGroup }, /`endpointSecurityGroup` belongs to a given `vpc`/],
  ['several faults at once', { interfaceEndpoints: ['s3'], flowLogRetention: Duration.days(91), availabilityZones: [] }, /got: none.*'s3'.*`flowLogRetention`/],
] as Array<[string, TradingNetworkProps, RegExp]>)('fails for %s', (_name, props, message) => {
  expect(() => define(props)).toThrow(message);
});

test('fails in a region whose third zone many accounts do not have', () => {
  const stack = testStack({ region: 'us-west-1' });
  expect(() => define({ prefixListIds: ids }, stack)).toThrow(/`availabilityZones` must be given in us-west-1/);
});

describe('in a given VPC', () => {
  const attributes = (zones: string[], kinds: Partial<ec2.VpcAttributes>) => {
    const stack = testStack();
    return { stack, vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: zones, ...kinds }) };
  };

  test('uses the security group of its endpoints', () => {
    const stack = testStack();
    const endpointSecurityGroup = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Endpoints', 'sg-1');
    const { network } = define({ vpc: givenVpc(stack), endpointSecurityGroup }, stack);
    expect(network.awsApiPeers[0]).toBe(endpointSecurityGroup);
    expect(network.awsApiPeers).toHaveLength(3);
    expect([network.hasInternetEgress, network.publicSubnets, network.interfaceEndpoints]).toEqual([true, undefined, {}]);
  });

  test('accepts what CDK puts in place of a VPC that is not looked up yet', () => {
    const stack = new Stack(testApp(), 'Test', { env: { account: '111111111111', region: 'us-east-1' } });
    expect(() => define({ vpc: ec2.Vpc.fromLookup(stack, 'Vpc', { vpcId: 'vpc-2' }) }, stack)).not.toThrow();
  });

  test.each([
    ['two zones', () => attributes(['a', 'b'], { isolatedSubnetIds: ['s-1', 's-2'] }), /`vpc` has isolated subnets in 2 zone\(s\), got: a, b; add subnets in a third zone/],
    ['public subnets only', () => attributes(['a', 'b', 'c'], { publicSubnetIds: ['s-1', 's-2', 's-3'] }), /`vpc` has neither isolated nor private subnets/],
  ])('fails for one with %s', (_name, make, message) => {
    const { stack, vpc } = make();
    expect(() => define({ vpc }, stack)).toThrow(message);
  });

  test('fails when it is also told how to make one, naming every such prop', () => {
    const stack = testStack();
    expect(() => define({ vpc: givenVpc(stack), profile: NetworkProfile.privateOnly(), externalBuckets: [s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor-prices')] }, stack))
      .toThrow(/`profile` says how a VPC is made, but `vpc` is given.*`externalBuckets` says/);
  });
});
