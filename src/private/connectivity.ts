import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { ServiceRendering } from './service-rendering';

/** Where a service may be placed and what it reaches the AWS APIs through. */
export interface ConnectivityOptions {
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly awsApiPeers?: ec2.IConnectable[];
}

/**
 * The security group of a service with its way out: the AWS APIs, the peers that its manifest names, and the internet on TCP
 * 443 only where the manifest says so. Nothing may connect to it until someone allows it.
 */
export function connectivity(scope: Construct, vpc: ec2.IVpc, rendering: ServiceRendering, options: ConnectivityOptions) {
  const { manifest } = rendering;
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
