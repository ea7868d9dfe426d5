import { formatCidr, Ipv4Range, PRIVATE_RANGES, rangeContains, rangesOverlap, sizeOf } from './ipv4';
import type { CidrPlanSubnets } from '../constructs/network/cidr-plan';

const ZONES = 3;

/** Divides a range: public, private, isolated, each three in a row and each where its mask lets it begin. */
export function cidrLayout(whole: Ipv4Range): CidrPlanSubnets {
  // Nine subnets of these sizes fill a /19; a smaller range halves them all.
  const smaller = Math.max(0, whole.mask - 19);
  let next = whole.first;
  const take = (mask: number): string[] => Array.from({ length: ZONES }, () => {
    const first = Math.ceil(next / sizeOf(mask)) * sizeOf(mask);
    next = first + sizeOf(mask);
    return formatCidr({ first, mask });
  });
  return { cidr: formatCidr(whole), publicSubnets: take(24 + smaller), privateSubnets: take(22 + smaller), isolatedSubnets: take(22 + smaller) };
}

/** The nearest range of the same size behind `primary`, else before it, that overlaps nothing and stays in the same private block. */
export function nextFreeRange(primary: Ipv4Range, avoid: Ipv4Range[]): Ipv4Range | undefined {
  const block = PRIVATE_RANGES.find((range) => rangeContains(range, primary));
  if (block === undefined) return undefined;
  const size = sizeOf(primary.mask);
  const count = sizeOf(block.mask) / size;
  const own = (primary.first - block.first) / size;
  for (let step = 1; step < count; step += 1) {
    const candidate = { first: block.first + ((own + step) % count) * size, mask: primary.mask };
    if (!avoid.some((range) => rangesOverlap(range, candidate))) return candidate;
  }
  return undefined;
}

/** Whether a range is one of those that nobody on the internet has. */
export function isPrivateRange(range: Ipv4Range): boolean {
  return PRIVATE_RANGES.some((block) => rangeContains(block, range));
}
