import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { Faults } from './faults';
import type { ServiceManifest, ServiceRendering } from './service-rendering';

/** Where a service may be placed and what it reaches the AWS APIs through. */
export interface ConnectivityOptions {
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly awsApiPeers?: ec2.IConnectable[];
}

/** Adds a fault when a manifest asks for internet egress and the subnets have no way out: the service would start and reach nothing. */
export function checkEgress(faults: Faults, vpc: ec2.IVpc, manifest: ServiceManifest, given?: ec2.SubnetSelection): void {
  if (!manifest.internetEgress) return;
  const remedy = 'give the network a regional NAT gateway and private subnets for such services only, as TradingNetwork does with '
    + '`profile` NetworkProfile.privateOnly(NetworkEgress.REGIONAL_NAT)';
  if (given === undefined || given.subnetType === ec2.SubnetType.PRIVATE_WITH_EGRESS) {
    faults.check(vpc.privateSubnets.length > 0, `the manifest of '${manifest.serviceName}' asks for internet egress, which no subnet of the VPC has; ${remedy}`);
    return;
  }
  const { subnets } = vpc.selectSubnets(given);
  const among = (list: ec2.ISubnet[], subnet: ec2.ISubnet) => list.some((one) => one === subnet || one.subnetId === subnet.subnetId);
  // In a public subnet a task without a public address has no way out either.
  const closed = subnets.filter((subnet) => among(vpc.isolatedSubnets, subnet) || among(vpc.publicSubnets, subnet));
  faults.check(closed.length === 0, `the manifest of '${manifest.serviceName}' asks for internet egress, which ${closed.length} of the ${subnets.length} subnets of \`vpcSubnets\` lack; `
    + `leave \`vpcSubnets\` out, or ${remedy}`);
}

/**
 * The security group of a service with its way out: the AWS APIs, the peers that its manifest names, and the internet on TCP
 * 443 only where the manifest says so. Nothing may connect to it until someone allows it.
 *
 * @throws Error when the manifest asks for the internet and the service's subnets have no way there
 */
export function connectivity(scope: Construct, vpc: ec2.IVpc, rendering: ServiceRendering, options: ConnectivityOptions) {
  const { manifest } = rendering;
  const faults = new Faults(scope.node.path);
  checkEgress(faults, vpc, manifest, options.vpcSubnets);
  faults.throwIfAny();
  const securityGroup = new ec2.SecurityGroup(scope, 'SecurityGroup', {
    vpc,
    description: `Service ${manifest.serviceName}`,
    allowAllOutbound: false,
  });
  if (manifest.internetEgress) securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), `${manifest.serviceName} calls the internet`);
  for (const peer of options.awsApiPeers ?? [ec2.Peer.anyIpv4()]) {
    securityGroup.connections.allowTo(peer, ec2.Port.tcp(443), `${manifest.serviceName} calls AWS`);
  }
  for (const peer of rendering.peers) securityGroup.connections.allowToDefaultPort(peer, `${manifest.serviceName} connects`);
  const isolated = !manifest.internetEgress && vpc.isolatedSubnets.length > 0;
  const subnetType = isolated ? ec2.SubnetType.PRIVATE_ISOLATED : ec2.SubnetType.PRIVATE_WITH_EGRESS;
  return { securityGroup, vpcSubnets: options.vpcSubnets ?? { subnetType } };
}
