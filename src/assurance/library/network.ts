import { findingsOf } from './finding';
import { REGULATED, WITHOUT_R4 } from './packs';
import { TradingNetwork } from '../../constructs/network/trading-network';

/** What is accepted in constructs of network. */
export const NETWORK = [
  findingsOf(TradingNetwork,
    {
      at: 'Vpc/Resource', rule: 'VPCDefaultSecurityGroupClosed', packs: REGULATED, when: isOwn,
      reason: 'Only a function of our own could empty the group that AWS makes with a VPC, with rights over every group of the account.',
      control: 'nothing is in that group: every resource that has an address is given groups of its own',
    },
    {
      at: 'Vpc/public*/DefaultRoute', rule: 'VPCNoUnrestrictedRouteToIGW', packs: WITHOUT_R4, when: hasPublicSubnets,
      reason: 'A public subnet is one with this route; nothing but the NAT and public load balancers is placed in it, and the profile without egress has none.',
      control: 'services are in subnets without a route from the internet, and addresses are never given by a subnet',
    }),
];

function isOwn({ node }: TradingNetwork): boolean {
  return node.tryFindChild('Vpc') !== undefined;
}

/** A network without egress has no public subnets, and a given one has subnets of somebody else. */
function hasPublicSubnets(network: TradingNetwork): boolean {
  return isOwn(network) && network.vpc.publicSubnets.length > 0;
}
