import { App } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { TradingNetwork, TradingStack } from '../../../src';
import { CidrPlan } from '../../../src/constructs/network/cidr-plan';
import { NetworkEgress, NetworkProfile } from '../../../src/constructs/network/network-profile';
import { accept, packReport } from '../../support/rule-packs';

function build(app: App): void {
  const networks = [
    new TradingNetwork(new TradingStack(app, 'Private'), 'Network', { profile: NetworkProfile.privateOnly(), containerInstances: true }),
    new TradingNetwork(new TradingStack(app, 'Egress'), 'Network', { profile: NetworkProfile.privateOnly(NetworkEgress.REGIONAL_NAT), cidrPlan: CidrPlan.document() }),
    new TradingNetwork(new TradingStack(app, 'Public'), 'Network'),
  ];
  for (const { vpc } of networks) {
    accept(vpc.node.defaultChild!, {
      rule: 'VPCDefaultSecurityGroupClosed',
      packs: ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'],
      reason: 'CloudFormation cannot empty the default group; a function with leave to change security groups would be the greater risk.',
      control: 'nothing is put into the default group: every construct has a group of its own',
    });
    for (const subnet of vpc.publicSubnets) {
      accept((subnet as ec2.Subnet).node.findChild('DefaultRoute'), {
        rule: 'VPCNoUnrestrictedRouteToIGW',
        packs: ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321'],
        reason: 'The profile was declared with public subnets, whose load balancer answers the internet; a private profile has no such route.',
        control: 'no subnet gives out public addresses, services and data stand in other subnets',
      });
    }
  }
}

const report = packReport(build);

test('no rule of six packs finds anything that is not accepted', () => {
  expect(report.violations).toEqual([]);
  expect(report.error).toBe('');
});

test('a network without public subnets has one accepted finding, which CloudFormation leaves no other answer to', () => {
  const found = report.suppressed.filter(({ violatingConstructs }) => violatingConstructs.some(({ constructPath }) => !constructPath.startsWith('Public/')))
    .map(({ ruleName }) => ruleName.replace(/^.*?[-](?=[A-Z])/, ''));
  expect(new Set(found)).toEqual(new Set(['VPCDefaultSecurityGroupClosed']));
});
