import { Token } from 'aws-cdk-lib';
import type { Faults } from './faults';
import { aligned, formatCidr, Ipv4Range, isAligned, parseCidr } from './ipv4';

/** Reads a range that a user gave, or adds what is wrong with it. */
export function readCidr(faults: Faults, prop: string, text: string): Ipv4Range | undefined {
  if (Token.isUnresolved(text)) {
    faults.add(`\`${prop}\` must be a plain text such as '10.0.0.0/16', got an unresolved token; overlaps are checked at synthesis, so write the range into the program`);
    return undefined;
  }
  const range = parseCidr(text);
  if (range === undefined) {
    faults.add(`\`${prop}\` must be an IPv4 range such as '10.0.0.0/16', got: '${text}'`);
    return undefined;
  }
  if (!isAligned(range)) {
    faults.add(`\`${prop}\` must begin at its first address, got: '${text}'; write '${formatCidr(aligned(range.first, range.mask))}'`);
    return undefined;
  }
  return range;
}
