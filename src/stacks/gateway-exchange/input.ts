import { Token } from 'aws-cdk-lib';
import type { GatewayExchangeSize } from './gateway-exchange-size';
import { CidrPlan } from '../../constructs/network/cidr-plan';
import { Faults } from '../../private/faults';
import { parseCidr, rangesOverlap } from '../../private/ipv4';
import type { GatewayExchangeProps } from '../gateway-exchange';

/** Regions whose prefix lists the library knows. */
const KNOWN_REGIONS = ['us-east-1', 'us-west-2'];

/** Regions of a size when nobody names them. */
const DEFAULT_REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1'];

/** What a browser says of a page: scheme and host, nothing else. */
const ORIGIN = /^https:\/\/([a-z0-9-]+\.)+[a-z]{2,}(:\d{1,5})?$/;

/** What is built, once it is known to make sense. */
export interface GatewayExchangePlan {
  readonly regions: string[];
  readonly cidrPlans: CidrPlan[];
}

/**
 * Regions and addresses of an exchange.
 *
 * @throws Error that lists everything that contradicts itself, before anything is defined
 */
export function planOf(path: string, props: GatewayExchangeProps, size: GatewayExchangeSize, symbols: string[]): GatewayExchangePlan {
  const faults = new Faults(path);
  const regions = props.regions ?? (size.regionCount === 1 ? [props.env?.region ?? DEFAULT_REGIONS[0]] : DEFAULT_REGIONS.slice(0, size.regionCount));
  const several = size.regionCount > 1;
  faults.check(regions.length === size.regionCount,
    `\`regions\` must name ${size.regionCount} region(s), one for each map of the size's \`partitionMaps\`, got: ${regions.length === 0 ? 'none' : regions.join(', ')}`);
  faults.check(new Set(regions).size === regions.length, `\`regions\` must name each region once, got: ${regions.join(', ')}`);
  faults.check(props.env?.region === undefined || props.env.region === regions[0],
    `\`env.region\` is ${props.env?.region} and the first of \`regions\` is ${regions[0]}; name the region once, or the same`);
  for (const region of regions.filter((one) => !Token.isUnresolved(one) && !KNOWN_REGIONS.includes(one))) {
    faults.check(props.prefixListIds?.[region] !== undefined,
      `\`prefixListIds\` must hold those of ${region}, which \`aws ec2 describe-managed-prefix-lists --region ${region}\` prints`);
  }
  faults.check(!several || props.vpc === undefined, '`vpc` is in one region, and the size has several; give `cidrPlans` instead');
  faults.check(!several || props.endpoint === undefined,
    '`endpoint` is one name, and each of the size\'s regions has a distribution of its own; give `endpoints` by region instead');
  const unknown = [...Object.keys(props.endpoints ?? {}), ...Object.keys(props.cidrPlans ?? {})].filter((region) => !regions.includes(region));
  faults.check(unknown.length === 0, `\`endpoints\` and \`cidrPlans\` must name regions of the exchange (${regions.join(', ')}), got: ${unknown.join(', ')}`);
  const names = Object.values(props.endpoints ?? {}).map(({ domainName }) => domainName).filter((name) => name !== undefined);
  faults.check(new Set(names).size === names.length, `\`endpoints\` must have another name for each region, got: ${names.join(', ')}`);
  for (const origin of props.allowedOrigins ?? []) {
    faults.check(Token.isUnresolved(origin) || ORIGIN.test(origin), `\`allowedOrigins\` must be origins such as 'https://trade.example.com', without a path, got: '${origin}'`);
  }
  checkPartitions(faults, props, size, symbols);
  checkWorkload(faults, props, size);
  checkRecovery(faults, props, size, regions[0]);
  const cidrPlans = regions.map((region, index) => props.cidrPlans?.[region] ?? CidrPlan.of(`10.${16 * index}.0.0/16`));
  cidrPlans.forEach((plan, index) => cidrPlans.slice(0, index).forEach((other, before) => {
    faults.check(!rangesOverlap(parseCidr(plan.cidr)!, parseCidr(other.cidr)!),
      `\`cidrPlans\` of ${regions[index]} (${plan.cidr}) overlaps with that of ${regions[before]} (${other.cidr}); they could never be connected`);
  }));
  faults.throwIfAny();
  return { regions, cidrPlans };
}

function checkPartitions(faults: Faults, { instrumentPartitions = {} }: GatewayExchangeProps, size: GatewayExchangeSize, symbols: string[]): void {
  const fewest = Math.min(...size.partitionMaps.map(({ partitionCount }) => partitionCount));
  for (const [symbol, partition] of Object.entries(instrumentPartitions)) {
    faults.check(symbols.includes(symbol), `\`instrumentPartitions\` must name instruments of the exchange (${symbols.join(', ')}), got: ${symbol}`);
    faults.check(Number.isInteger(partition) && partition >= 0 && partition < fewest,
      `\`instrumentPartitions\` of ${symbol} must be a whole number from 0 to ${fewest - 1}, which every region of the size has, got: ${partition}`);
  }
}

function checkWorkload(faults: Faults, { workload }: GatewayExchangeProps, size: GatewayExchangeSize): void {
  faults.check(workload === undefined || workload.requestsPerSecond <= size.requestsPerSecond,
    `\`workload\` is ${workload?.requestsPerSecond} requests/s, and the size is meant for ${size.requestsPerSecond}; choose a larger \`size\``);
}

/** Cells share nothing, so a region that is lost takes its accounts with it until it is back. */
function checkRecovery(faults: Faults, { recoveryObjective }: GatewayExchangeProps, size: GatewayExchangeSize, primaryRegion: string): void {
  const shortfalls = recoveryObjective?.shortfalls({
    zones: 3, databaseReaders: size.ledgerReaders, synchronousJournal: true, standbyMatcher: true, primaryRegion,
  });
  for (const shortfall of shortfalls ?? []) faults.add(`\`recoveryObjective\` cannot be kept: ${shortfall}; MultiRegionExchange survives the loss of a region`);
}
