/** A range of IPv4 addresses: its first address as a number, and how many bits of it are fixed. */
export interface Ipv4Range {
  readonly first: number;
  readonly mask: number;
}

/** Ranges that are private by RFC 1918, and the shared one of RFC 6598, which VPCs may use too. */
export const PRIVATE_RANGES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map((cidr) => parseCidr(cidr)!);

/** How many addresses a range has. */
export function sizeOf(mask: number): number {
  return 2 ** (32 - mask);
}

/** Reads `10.0.0.0/16`; undefined when it is no range. The address may have bits behind the mask: see `isAligned`. */
export function parseCidr(text: string): Ipv4Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const [a, b, c, d, mask] = match.slice(1).map(Number);
  if ([a, b, c, d].some((octet) => octet > 255) || mask > 32) return undefined;
  return { first: ((a * 256 + b) * 256 + c) * 256 + d, mask };
}

/** Writes a range as `10.0.0.0/16`. */
export function formatCidr({ first, mask }: Ipv4Range): string {
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${mask}`;
}

/** Whether a range begins where its mask lets a range begin. */
export function isAligned({ first, mask }: Ipv4Range): boolean {
  return first % sizeOf(mask) === 0;
}

/** The range of this mask that holds the first address of another one. */
export function aligned(first: number, mask: number): Ipv4Range {
  return { first: Math.floor(first / sizeOf(mask)) * sizeOf(mask), mask };
}

/** Whether two ranges have an address in common. */
export function rangesOverlap(one: Ipv4Range, other: Ipv4Range): boolean {
  return one.first < other.first + sizeOf(other.mask) && other.first < one.first + sizeOf(one.mask);
}

/** Whether every address of `inner` is in `outer`. */
export function rangeContains(outer: Ipv4Range, inner: Ipv4Range): boolean {
  return inner.first >= outer.first && inner.first + sizeOf(inner.mask) <= outer.first + sizeOf(outer.mask);
}
