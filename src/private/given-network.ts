import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Faults } from './faults';

const ZONES = 3;

/** Whether a VPC is what CDK puts in place of one that it has not looked up yet. */
function isPlaceholder(vpc: ec2.IVpc): boolean {
  return vpc.vpcId === 'vpc-12345' || vpc.availabilityZones.some((zone) => zone.startsWith('dummy'));
}

/** Adds what a given VPC lacks, as far as synthesis can see. Tokens pass. */
export function checkGivenVpc(faults: Faults, vpc: ec2.IVpc): void {
  if (isPlaceholder(vpc)) return;
  const kinds = { isolated: vpc.isolatedSubnets, private: vpc.privateSubnets };
  faults.check(Object.values(kinds).some((subnets) => subnets.length > 0),
    '`vpc` has neither isolated nor private subnets; services and data need one of them in three zones');
  for (const [kind, subnets] of Object.entries(kinds)) {
    if (subnets.length === 0) continue;
    const zones = subnets.map(({ availabilityZone }) => availabilityZone);
    // Lists from parameters have an unknown length; a zone that is a token is compared by its token.
    if (Token.isUnresolved(zones) || zones.some((zone) => zone === undefined)) continue;
    const count = new Set(zones).size;
    faults.check(count >= ZONES, `\`vpc\` has ${kind} subnets in ${count} zone(s), got: ${zones.join(', ')}; add subnets in a third zone, so that the loss of one leaves two`);
  }
}

/** Adds a fault for a list of zones that is none or too short, or a region that has too few. */
export function checkZones(faults: Faults, zones: string[] | undefined, region: string): void {
  if (zones === undefined) {
    faults.check(Token.isUnresolved(region) || region !== 'us-west-1',
      '`availabilityZones` must be given in us-west-1, where many accounts have two zones only; name three, or choose us-west-2');
    return;
  }
  if (Token.isUnresolved(zones)) {
    faults.add('`availabilityZones` must be a plain list, got an unresolved token; leave it out to have CloudFormation choose three');
    return;
  }
  const distinct = new Set(zones).size;
  faults.check(distinct === ZONES && zones.length === ZONES,
    `\`availabilityZones\` must name three different zones, got: ${zones.length === 0 ? 'none' : zones.join(', ')}; the platform keeps its service when it loses one, so add the third, or leave the prop out`);
}
