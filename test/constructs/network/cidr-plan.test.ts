import { Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { CidrPlan } from '../../../src/constructs/network/cidr-plan';
import { formatCidr, parseCidr, rangesOverlap, sizeOf } from '../../../src/private/ipv4';

const everySubnet = (plan: CidrPlan) => [...plan.publicSubnets, ...plan.privateSubnets, ...plan.isolatedSubnets];

/** Addresses one by one, as a second opinion on the arithmetic. */
const bounds = (cidr: string): [bigint, bigint] => {
  const [address, mask] = cidr.split('/');
  const first = address.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
  return [first, first + 2n ** (32n - BigInt(mask)) - 1n];
};
const meet = (one: string, other: string) => bounds(one)[0] <= bounds(other)[1] && bounds(other)[0] <= bounds(one)[1];

const range = (from: number, to: number) => fc.tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: from, max: to }))
  .map(([address, mask]) => formatCidr({ first: Math.floor(address / sizeOf(mask)) * sizeOf(mask), mask }));

test('has the figures of the multi-region design, and a third zone', () => {
  const plan = CidrPlan.document();
  expect(plan.cidr).toBe('10.0.0.0/16');
  expect(plan.privateSubnets).toEqual(['10.0.1.0/24', '10.0.2.0/24', '10.0.5.0/24']);
  expect(plan.publicSubnets).toEqual(['10.0.3.0/24', '10.0.4.0/24', '10.0.6.0/24']);
  expect(plan.isolatedSubnets).toHaveLength(3);
});

test('derives the range of the other region, divided in the same way', () => {
  const dr = CidrPlan.document().disasterRecovery();
  expect(dr.cidr).toBe('10.1.0.0/16');
  expect(dr.privateSubnets).toEqual(['10.1.1.0/24', '10.1.2.0/24', '10.1.5.0/24']);
  expect(dr.overlaps(CidrPlan.document())).toBe(false);
  expect(dr.disasterRecovery({ avoid: ['10.0.0.0/14'] }).cidr).toBe('10.4.0.0/16');
});

test('finds a range before its own when the block ends', () => {
  expect(CidrPlan.of('192.168.240.0/20').disasterRecovery().cidr).toBe('192.168.0.0/20');
});

test('divides any range from /16 to /22 into nine subnets that lie in it and do not overlap, twice for two regions', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  fc.assert(fc.property(octet, fc.integer({ min: 16, max: 22 }), octet, (second, mask, seed) => {
    const size = sizeOf(mask);
    const first = (10 * 256 + second) * 65_536 + Math.floor((seed * 257) / size) * size;
    const primary = CidrPlan.of(formatCidr({ first, mask }));
    const dr = primary.disasterRecovery({ avoid: ['10.0.0.0/12'] });
    expect(meet(primary.cidr, dr.cidr)).toBe(false);
    for (const plan of [primary, dr]) {
      const subnets = everySubnet(plan);
      expect(new Set(subnets).size).toBe(9);
      const [from, to] = bounds(plan.cidr);
      for (const subnet of subnets) {
        const [start, end] = bounds(subnet);
        expect(start >= from && end <= to).toBe(true);
      }
      for (const [i, one] of subnets.entries()) for (const other of subnets.slice(i + 1)) expect(meet(one, other)).toBe(false);
    }
  }), { numRuns: 100 });
});

test('sees an overlap exactly where there is one', () => {
  fc.assert(fc.property(range(8, 30), range(8, 30), (one, other) => {
    expect(rangesOverlap(parseCidr(one)!, parseCidr(other)!)).toBe(meet(one, other));
  }));
  expect(CidrPlan.of('10.0.0.0/16').overlaps(CidrPlan.of('10.0.64.0/20'))).toBe(true);
  expect(CidrPlan.of('10.0.0.0/16').overlapsRange('0.0.0.0/1')).toBe(true);
  expect(CidrPlan.of('10.0.0.0/16').overlapsRange('10.1.0.0/16')).toBe(false);
});

test.each([
  ['10.0.0.0', /`cidr` must be an IPv4 range such as '10.0.0.0\/16', got: '10.0.0.0'/],
  ['10.0.0.256/16', /must be an IPv4 range/],
  ['10.0.0.0/33', /must be an IPv4 range/],
  ['2001:db8::/32', /must be an IPv4 range/],
  ['10.0.0.1/16', /must begin at its first address, got: '10.0.0.1\/16'; write '10.0.0.0\/16'/],
  ['10.0.0.0/15', /must be a \/16 or smaller/],
  ['10.0.0.0/23', /too small for three subnets of each kind.*at least a \/22/],
  [Lazy.string({ produce: () => '10.0.0.0/16' }), /unresolved token; overlaps are checked at synthesis/],
])('fails for the range %s', (cidr, message) => {
  expect(() => CidrPlan.of(cidr)).toThrow(message);
});

const good = { cidr: '10.0.0.0/22', publicSubnets: ['10.0.0.0/27', '10.0.0.32/27', '10.0.0.64/27'], privateSubnets: ['10.0.1.0/26', '10.0.1.64/26', '10.0.1.128/26'], isolatedSubnets: ['10.0.2.0/26', '10.0.2.64/26', '10.0.2.128/26'] };

test('takes subnets that are all given', () => {
  expect(CidrPlan.fromSubnets(good).isolatedSubnets).toEqual(good.isolatedSubnets);
});

test.each([
  [{ publicSubnets: ['10.0.0.0/27', '10.0.0.32/27'] }, /`publicSubnets` must hold three ranges, one per zone, got: 2/],
  [{ privateSubnets: ['10.0.1.0/26', '10.0.1.64/26', '10.0.9.0/26'] }, /`privateSubnets\[2\]` must lie in 10.0.0.0\/22, got: '10.0.9.0\/26'/],
  [{ isolatedSubnets: ['10.0.2.0/26', '10.0.2.64/26', '10.0.1.128/26'] }, /`isolatedSubnets\[2\]` \('10.0.1.128\/26'\) overlaps with `privateSubnets\[2\]`/],
  [{ publicSubnets: ['10.0.0.0/29', '10.0.0.32/27', '10.0.0.64/27'] }, /`publicSubnets\[0\]` must be a \/28 or larger/],
  [{ cidr: '10.0.0.0/12' }, /`cidr` must be from a \/16 to a \/28/],
  [{ cidr: 'x', publicSubnets: [] }, /`cidr` must be an IPv4 range.*; `publicSubnets` must hold three/],
])('fails for %j', (change, message) => {
  expect(() => CidrPlan.fromSubnets({ ...good, ...change })).toThrow(message);
});

test.each([
  ['nothing is left', () => CidrPlan.of('192.168.0.0/16').disasterRecovery(), /no range of the size of 192.168.0.0\/16 is free/],
  ['what to avoid is no range', () => CidrPlan.document().disasterRecovery({ avoid: ['office'] }), /`avoid\[0\]` must be an IPv4 range/],
  ['the compared range is none', () => CidrPlan.document().overlapsRange('10.0.0.0/99'), /`cidr` must be an IPv4 range/],
])('fails when %s', (_name, make, message) => {
  expect(make).toThrow(message);
});
