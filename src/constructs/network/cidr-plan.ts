import { readCidr } from '../../private/cidr-checks';
import { cidrLayout, nextFreeRange } from '../../private/cidr-layout';
import { Faults } from '../../private/faults';
import { formatCidr, Ipv4Range, parseCidr, rangeContains, rangesOverlap } from '../../private/ipv4';

/** Address ranges of a network, subnet by subnet: three of each kind, one per zone. */
export interface CidrPlanSubnets {
  /** Range of the VPC, from a /16 to a /28. */
  readonly cidr: string;

  /** Ranges of the public subnets, which only a public load balancer uses. */
  readonly publicSubnets: string[];

  /** Ranges of the private subnets, whose services may call the internet. */
  readonly privateSubnets: string[];

  /** Ranges of the isolated subnets: services, load balancers and data without a way out. */
  readonly isolatedSubnets: string[];
}

/** What a derived range must keep clear of. */
export interface DisasterRecoveryRangeOptions {
  /**
   * Ranges besides the primary's that the other region is connected to: offices, exchanges, other VPCs.
   *
   * @default - none
   */
  readonly avoid?: string[];
}

/** The addresses of a network over three zones, known at synthesis so that overlaps are errors there and not at the first peering. */
export class CidrPlan {
  /**
   * A range that is divided for us: in a /16 to a /19 public subnets of 256 addresses and private and isolated ones of 1,024; in a
   * smaller range all of them shrink together, down to a /22.
   *
   * @param cidr range of the VPC, from a /16 to a /22
   * @throws Error when the range is none, is too small or too large, or does not begin at its first address
   */
  public static of(cidr: string): CidrPlan {
    const faults = new Faults('CidrPlan.of');
    const range = readCidr(faults, 'cidr', cidr);
    if (range !== undefined) {
      faults.check(range.mask >= 16, `\`cidr\` must be a /16 or smaller, which is what a VPC takes, got: '${cidr}'`);
      faults.check(range.mask <= 22, `\`cidr\` is too small for three subnets of each kind in three zones, got: '${cidr}'; give at least a /22, better a /16`);
    }
    faults.throwIfAny();
    return new CidrPlan(cidrLayout(range!));
  }

  /**
   * The figures of the multi-region design: 10.0.0.0/16 with private subnets 10.0.1.0/24 and 10.0.2.0/24 and public ones 10.0.3.0/24
   * and 10.0.4.0/24. The third zone (10.0.5.0/24, 10.0.6.0/24) and the isolated subnets for data and services are derived.
   */
  public static document(): CidrPlan {
    return CidrPlan.fromSubnets({
      cidr: '10.0.0.0/16',
      privateSubnets: ['10.0.1.0/24', '10.0.2.0/24', '10.0.5.0/24'],
      publicSubnets: ['10.0.3.0/24', '10.0.4.0/24', '10.0.6.0/24'],
      isolatedSubnets: ['10.0.8.0/22', '10.0.12.0/22', '10.0.16.0/22'],
    });
  }

  /**
   * A plan whose subnets are all given.
   *
   * @throws Error when there are not three of each kind, one lies outside of the VPC's range, or two overlap
   */
  public static fromSubnets(subnets: CidrPlanSubnets): CidrPlan {
    const faults = new Faults('CidrPlan.fromSubnets');
    const whole = readCidr(faults, 'cidr', subnets.cidr);
    if (whole !== undefined) faults.check(whole.mask >= 16 && whole.mask <= 28, `\`cidr\` must be from a /16 to a /28, which is what a VPC takes, got: '${subnets.cidr}'`);
    const read: Array<{ name: string; range: Ipv4Range }> = [];
    const { publicSubnets, privateSubnets, isolatedSubnets } = subnets;
    for (const [kind, ranges] of Object.entries({ publicSubnets, privateSubnets, isolatedSubnets })) {
      faults.check(ranges.length === 3, `\`${kind}\` must hold three ranges, one per zone, got: ${ranges.length}`);
      ranges.forEach((text, index) => {
        const name = `${kind}[${index}]`;
        const range = readCidr(faults, name, text);
        if (range === undefined) return;
        faults.check(range.mask <= 28, `\`${name}\` must be a /28 or larger, which is what a subnet takes, got: '${text}'`);
        if (whole !== undefined) faults.check(rangeContains(whole, range), `\`${name}\` must lie in ${subnets.cidr}, got: '${text}'`);
        for (const other of read) {
          faults.check(!rangesOverlap(range, other.range), `\`${name}\` ('${text}') overlaps with \`${other.name}\` ('${formatCidr(other.range)}'); move one of them`);
        }
        read.push({ name, range });
      });
    }
    faults.throwIfAny();
    return new CidrPlan(subnets);
  }

  /** Range of the VPC. */
  public readonly cidr: string;
  /** Ranges of the public subnets, zone by zone. */
  public readonly publicSubnets: string[];
  /** Ranges of the private subnets, zone by zone. */
  public readonly privateSubnets: string[];
  /** Ranges of the isolated subnets, zone by zone. */
  public readonly isolatedSubnets: string[];
  private readonly range: Ipv4Range;

  private constructor(subnets: CidrPlanSubnets) {
    this.cidr = subnets.cidr;
    this.publicSubnets = [...subnets.publicSubnets];
    this.privateSubnets = [...subnets.privateSubnets];
    this.isolatedSubnets = [...subnets.isolatedSubnets];
    this.range = parseCidr(subnets.cidr)!;
  }

  /**
   * The plan of the region that takes over: the next range of the same size that overlaps neither this one nor `avoid`, divided in the
   * same way, so that both can be peered.
   *
   * @throws Error when `avoid` holds no ranges, or leaves none in the block of private addresses that this plan is from
   */
  public disasterRecovery(options: DisasterRecoveryRangeOptions = {}): CidrPlan {
    const faults = new Faults('CidrPlan.disasterRecovery');
    const avoid = (options.avoid ?? []).map((text, index) => readCidr(faults, `avoid[${index}]`, text));
    faults.throwIfAny();
    const next = nextFreeRange(this.range, avoid as Ipv4Range[]);
    faults.check(next !== undefined, `no range of the size of ${this.cidr} is free in its block of private addresses; shorten \`avoid\`, or plan the region with CidrPlan.of`);
    faults.throwIfAny();
    const move = (text: string) => {
      const range = parseCidr(text)!;
      return formatCidr({ first: range.first - this.range.first + next!.first, mask: range.mask });
    };
    return new CidrPlan({
      cidr: formatCidr(next!),
      publicSubnets: this.publicSubnets.map(move),
      privateSubnets: this.privateSubnets.map(move),
      isolatedSubnets: this.isolatedSubnets.map(move),
    });
  }

  /**
   * Whether the two networks have addresses in common, and so can never be peered.
   *
   * @param other plan of the other network
   */
  public overlaps(other: CidrPlan): boolean {
    return rangesOverlap(this.range, other.range);
  }

  /**
   * Whether the network has addresses in common with a range.
   *
   * @param cidr the range
   * @throws Error when `cidr` is no range
   */
  public overlapsRange(cidr: string): boolean {
    const faults = new Faults('CidrPlan.overlapsRange');
    const range = readCidr(faults, 'cidr', cidr);
    faults.throwIfAny();
    return rangesOverlap(this.range, range!);
  }
}
