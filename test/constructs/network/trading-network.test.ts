import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ManagedPrefixLists, TradingNetwork, TradingStack } from '../../../src';
import { givenVpc, testApp, testStack } from '../../support/apps';
import { resourcesOf } from '../../support/templates';

const stack = testStack();
const network = new TradingNetwork(stack, 'Network');
const template = Template.fromStack(stack);

const zoneOf = (subnet: { Properties: Record<string, unknown> }) => JSON.stringify(subnet.Properties.AvailabilityZone);

test('spans three zones with public, private and isolated subnets', () => {
  const subnets = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::EC2::Subnet');
  expect(subnets).toHaveLength(9);
  expect(new Set(subnets.map(zoneOf)).size).toBe(3);
  expect(zoneOf(subnets[0])).toContain('Fn::GetAZs');
});

test('gives private subnets one way out, through a NAT gateway that spans the zones', () => {
  template.resourceCountIs('AWS::EC2::NatGateway', 1);
  template.hasResourceProperties('AWS::EC2::NatGateway', { AvailabilityMode: 'regional', SubnetId: Match.absent() });
  const routes = Object.values(resourcesOf(stack)).filter(({ Type, Properties }) => Type === 'AWS::EC2::Route' && Properties.NatGatewayId !== undefined);
  expect(routes).toHaveLength(3);
});

test('gives isolated subnets no route to anywhere', () => {
  const routes = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::EC2::Route').map((route) => JSON.stringify(route));
  expect(routes.filter((route) => route.includes('isolated'))).toEqual([]);
});

test('assigns no public address by itself', () => {
  for (const subnet of Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::EC2::Subnet')) {
    expect(subnet.Properties.MapPublicIpOnLaunch).toBe(false);
  }
});

test('reaches AWS through endpoints whose callers are named by reference only', () => {
  const endpoints = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::EC2::VPCEndpoint');
  expect(endpoints.filter(({ Properties }) => Properties.VpcEndpointType === 'Gateway')).toHaveLength(2);
  expect(endpoints.filter(({ Properties }) => Properties.VpcEndpointType === 'Interface')).toHaveLength(7);
  template.hasResourceProperties('AWS::EC2::SecurityGroup', {
    GroupDescription: 'Interface endpoints of AWS services',
    SecurityGroupIngress: Match.absent(),
    SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })],
  });
  expect(network.awsApiPeers).toHaveLength(3);
});

test('keeps flow logs of all traffic for 90 days', () => {
  template.hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'ALL' });
  template.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 90 }, DeletionPolicy: 'Retain' });
});

test('adds nothing to a given VPC', () => {
  const own = testStack();
  const vpc = givenVpc(own, { isolated: false });
  const given = new TradingNetwork(own, 'Network', { vpc });
  expect(given.vpc).toBe(vpc);
  expect(given.isolatedSubnets).toEqual(given.egressSubnets);
  expect(Template.fromStack(own).toJSON().Resources).toBeUndefined();
});

test('fails for a retention that CloudWatch Logs does not have', () => {
  expect(() => new TradingNetwork(testStack(), 'Network', { flowLogRetention: Duration.days(91) })).toThrow(/`flowLogRetention`.*90.*got: 91 days/);
});

test('fails in a region whose prefix lists are not known, and says what to pass', () => {
  const elsewhere = new TradingStack(testApp(), 'Elsewhere', { env: { region: 'eu-west-1' } });
  expect(() => new TradingNetwork(elsewhere, 'Network')).toThrow(/eu-west-1 are not known.*prefixListIds/);
  const ids = { s3: 'pl-1', dynamoDb: 'pl-2', cloudFrontOriginFacing: 'pl-3' };
  expect(ManagedPrefixLists.of(elsewhere, ids).s3.uniqueId).toBe('pl-1');
});
