import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { TradingNetwork } from '../../../src';
import { NetworkEgress, NetworkProfile } from '../../../src/constructs/network/network-profile';
import { connectivity, ConnectivityOptions } from '../../../src/private/connectivity';
import { ServiceRendering } from '../../../src/private/service-rendering';
import { testStack } from '../../support/apps';
import { resourcesOf } from '../../support/templates';

const service = (internetEgress: boolean) => new ServiceRendering({ serviceName: 'streamer', kind: 'container', internetEgress });

function place(profile: NetworkProfile, internetEgress: boolean, options: (network: TradingNetwork) => ConnectivityOptions = () => ({})) {
  const stack = testStack();
  const network = new TradingNetwork(stack, 'Network', { profile });
  return { stack, network, placed: connectivity(stack, network.vpc, service(internetEgress), options(network)) };
}

test('a service that needs the internet is an error in a network without a way out, with the remedy', () => {
  for (const profile of [NetworkProfile.privateOnly(), NetworkProfile.publicIngress(NetworkEgress.NONE)]) {
    expect(() => place(profile, true)).toThrow(/the manifest of 'streamer' asks for internet egress, which no subnet of the VPC has; give the network a regional NAT gateway and private subnets for such services only.*NetworkProfile.privateOnly\(NetworkEgress.REGIONAL_NAT\)/);
  }
  expect(() => place(NetworkProfile.privateOnly(), false)).not.toThrow();
});

test('a service that needs the internet is an error in isolated subnets that were chosen for it', () => {
  expect(() => place(NetworkProfile.publicIngress(), true, ({ isolatedSubnets: vpcSubnets }) => ({ vpcSubnets }))).toThrow(/asks for internet egress, which 3 of the 3 subnets of `vpcSubnets` lack; leave `vpcSubnets` out/);
});

test('only a service that needs the internet stands where it reaches it', () => {
  const profile = NetworkProfile.privateOnly(NetworkEgress.REGIONAL_NAT);
  expect(place(profile, true).placed.vpcSubnets).toEqual({ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS });
  expect(place(profile, false).placed.vpcSubnets).toEqual({ subnetType: ec2.SubnetType.PRIVATE_ISOLATED });
});

test('security groups know each other by reference: no rule names an address of the network, in or out', () => {
  const { stack } = place(NetworkProfile.privateOnly(), false, ({ awsApiPeers }) => ({ awsApiPeers }));
  const groups = rulesOf(stack);
  expect(groups.length).toBeGreaterThan(3);
  for (const rule of groups) {
    // The second address is nobody's: it is how CDK writes "nowhere".
    expect([undefined, '255.255.255.255/32']).toContain(rule.CidrIp);
    expect(rule.CidrIpv6).toBeUndefined();
  }
  expect(groups.filter(({ SourceSecurityGroupId }) => SourceSecurityGroupId !== undefined)).toHaveLength(1);
  expect(groups.map(({ DestinationPrefixListId }) => DestinationPrefixListId).filter((id) => id !== undefined).sort()).toEqual(['pl-02cd2c6b', 'pl-63a5400a']);
});

function rulesOf(stack: Stack): Array<Record<string, unknown>> {
  return Object.values(resourcesOf(stack)).flatMap(({ Type, Properties }) => {
    if (Type === 'AWS::EC2::SecurityGroupIngress' || Type === 'AWS::EC2::SecurityGroupEgress') return [Properties];
    if (Type !== 'AWS::EC2::SecurityGroup') return [];
    return [Properties.SecurityGroupIngress, Properties.SecurityGroupEgress].flatMap((rules) => (rules ?? []) as Array<Record<string, unknown>>);
  });
}
