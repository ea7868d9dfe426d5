import { Token } from 'aws-cdk-lib';
import { readCidr } from './cidr-checks';
import { isPrivateRange } from './cidr-layout';
import type { Faults } from './faults';
import { checkGivenVpc, checkZones } from './given-network';
import { parseCidr, rangesOverlap } from './ipv4';
import { retentionDays } from './retention';
import type { CidrPlan } from '../constructs/network/cidr-plan';
import type { TradingNetworkProps } from '../constructs/network/trading-network';

/** Props that say how a VPC is made, and so contradict a given one. */
const OF_A_NEW_VPC = [
  'cidrPlan', 'peeredCidrs', 'profile', 'availabilityZones', 'interfaceEndpoints', 'containerInstances', 'externalBuckets', 'flowLogRetention', 'encryptionKey', 'removalPolicy',
] as const;

/** Adds what is wrong with the props of a network. */
export function checkNetwork(faults: Faults, props: TradingNetworkProps, plan: CidrPlan, region: string): void {
  if (props.vpc !== undefined) {
    for (const prop of OF_A_NEW_VPC) faults.check(props[prop] === undefined, `\`${prop}\` says how a VPC is made, but \`vpc\` is given and nothing is added to it; leave one of the two out`);
    checkGivenVpc(faults, props.vpc);
    return;
  }
  faults.check(props.endpointSecurityGroup === undefined, '`endpointSecurityGroup` belongs to a given `vpc`; leave it out, the network has one of its own');
  checkZones(faults, props.availabilityZones, region);
  checkPeers(faults, plan, props.peeredCidrs ?? []);
  for (const name of props.interfaceEndpoints ?? []) {
    faults.check(Token.isUnresolved(name) || /^[a-z0-9][a-z0-9.-]*$/.test(name),
      `\`interfaceEndpoints\` must hold the part of an endpoint's name after the region, such as 'ecr.api', got: '${name}'`);
    faults.check(name !== 's3' && name !== 'dynamodb', `\`interfaceEndpoints\` must not hold '${name}', which is reached through a gateway endpoint at no price`);
  }
  if (props.flowLogRetention !== undefined) {
    try {
      retentionDays(props.flowLogRetention, 'flowLogRetention');
    } catch (error) {
      faults.add((error as Error).message);
    }
  }
}

/** Whether a plan takes addresses that somebody has on the internet. */
export function isPublicRange(plan: CidrPlan): boolean {
  return !isPrivateRange(parseCidr(plan.cidr)!);
}

function checkPeers(faults: Faults, plan: CidrPlan, peers: string[]): void {
  peers.forEach((text, index) => {
    const range = readCidr(faults, `peeredCidrs[${index}]`, text);
    faults.check(range === undefined || !rangesOverlap(parseCidr(plan.cidr)!, range),
      `\`peeredCidrs[${index}]\` ('${text}') overlaps with the network's own ${plan.cidr}; give the network another range, for example with \`cidrPlan\` CidrPlan.of or disasterRecovery`);
  });
}
