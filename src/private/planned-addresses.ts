import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { CidrPlan } from '../constructs/network/cidr-plan';

/** Gives each subnet of a VPC the range that a plan has for it, whichever kinds of subnets the VPC leaves out. */
export class PlannedAddresses implements ec2.IIpAddresses {
  public constructor(private readonly plan: CidrPlan) {}

  public allocateVpcCidr(): ec2.VpcIpamOptions {
    return { cidrBlock: this.plan.cidr };
  }

  public allocateSubnetsCidr({ requestedSubnets }: ec2.AllocateCidrRequest): ec2.SubnetIpamOptions {
    const left: Record<string, string[]> = {
      [ec2.SubnetType.PUBLIC]: [...this.plan.publicSubnets],
      [ec2.SubnetType.PRIVATE_WITH_EGRESS]: [...this.plan.privateSubnets],
      [ec2.SubnetType.PRIVATE_ISOLATED]: [...this.plan.isolatedSubnets],
    };
    return { allocatedSubnets: requestedSubnets.map(({ configuration }) => ({ cidr: left[configuration.subnetType].shift()! })) };
  }
}
