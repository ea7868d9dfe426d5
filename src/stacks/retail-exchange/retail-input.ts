import { Token } from 'aws-cdk-lib';
import type { RetailExchangeProps, RetailRegionOptions, RetailSignIn } from './retail-options';
import { CidrPlan } from '../../constructs/network/cidr-plan';
import { ManagedPrefixListIds } from '../../constructs/network/managed-prefix-lists';
import { RecoveryObjective } from '../../constructs/resilience/recovery-objective';
import { Faults } from '../../private/faults';

/** A region once its properties have been checked. */
export interface RetailRegionInput {
  readonly region: string;
  readonly cidrPlan: CidrPlan;
  readonly prefixListIds?: ManagedPrefixListIds;
}

/** Where the exchange is and what it keeps, once the properties have been checked. */
export interface RetailInput {
  /** The region that writes. */
  readonly home: RetailRegionInput;
  /** Those that only read. */
  readonly others: RetailRegionInput[];
  readonly objective: RecoveryObjective;
  readonly apiMinCapacity: number;
  /** Least number of tasks in the regions that only read. */
  readonly readingMinCapacity: number;
  readonly apiMaxCapacity: number;
  /** Pages that people return to after signing in elsewhere; empty with passwords only. */
  readonly callbackUrls: string[];
}

/** Regions whose prefix lists are known; see ManagedPrefixLists. */
const KNOWN_REGIONS = ['us-east-1', 'us-west-2'];
/** Networks 10.0.0.0/16 to 10.15.0.0/16: more regions than anybody runs. */
const MOST_REGIONS = 16;

/** A zone within a minute and nothing lost: the document asks for high availability and names no figure. */
export const RETAIL_RECOVERY = RecoveryObjective.GATEWAY_EXCHANGE;

/** Reads the properties; what cannot be is collected and thrown at once, before anything is made. */
export function retailInput(path: string, props: RetailExchangeProps): RetailInput {
  const faults = new Faults(path);
  const given = props.regions ?? [{ region: props.env?.region ?? 'us-east-1' }];
  faults.check(given.length > 0 && given.length <= MOST_REGIONS, `\`regions\` must name 1 to ${MOST_REGIONS} regions, got: ${given.length}; leave it out for the region of \`env\``);
  const regions = given.map((one, index) => regionInput(one, index));
  checkRegions(faults, props, regions);
  const { apiMinCapacity = 3, apiMaxCapacity = 12 } = props;
  checkCapacity(faults, apiMinCapacity, apiMaxCapacity);
  const objective = props.recoveryObjective ?? RETAIL_RECOVERY;
  faults.check(objective.region === undefined || regions.length > 1,
    '`recoveryObjective.region` cannot be kept in one region; name a second one in `regions`, or leave the target for the region out');
  const callbackUrls = callbacksOf(faults, props);
  faults.throwIfAny();
  const [home, ...others] = regions;
  const readingMinCapacity = Math.max(2, Math.ceil((apiMinCapacity * 2) / 3));
  return { home, others, objective, apiMinCapacity, readingMinCapacity, apiMaxCapacity, callbackUrls };
}

function regionInput({ region, cidrPlan, prefixListIds }: RetailRegionOptions, index: number): RetailRegionInput {
  return { region, prefixListIds, cidrPlan: cidrPlan ?? CidrPlan.of(`10.${index}.0.0/16`) };
}

function checkRegions(faults: Faults, { env, endpoint }: RetailExchangeProps, regions: readonly RetailRegionInput[]): void {
  regions.forEach(({ region, cidrPlan, prefixListIds }, index) => {
    const name = `\`regions[${index}].region\``;
    const isPlain = !Token.isUnresolved(region) && /^[a-z]{2}(-[a-z]+)+-\d$/.test(region);
    faults.check(isPlain, `${name} must be a region such as us-west-2, got: ${Token.isUnresolved(region) ? 'an unresolved token' : `'${region}'`}`);
    faults.check(!isPlain || prefixListIds !== undefined || KNOWN_REGIONS.includes(region),
      `\`regions[${index}].prefixListIds\` must be given for ${region}: what \`aws ec2 describe-managed-prefix-lists\` prints there; they are known for ${KNOWN_REGIONS.join(', ')}`);
    regions.slice(0, index).forEach((other, before) => {
      faults.check(other.region !== region, `${name} must be another region than \`regions[${before}].region\`, got: '${region}'; name each region once`);
      faults.check(!other.cidrPlan.overlaps(cidrPlan),
        `\`regions[${index}].cidrPlan\` (${cidrPlan.cidr}) overlaps with that of \`regions[${before}]\` (${other.cidrPlan.cidr}), so the regions could never be peered; give one of them another range`);
    });
  });
  const [home] = regions;
  faults.check(env?.region === undefined || home === undefined || env.region === home.region,
    `\`env.region\` (${env?.region}) must be that of \`regions[0]\` (${home?.region}), the home region; leave it out, or put it first`);
  if (regions.length > 1) {
    faults.check(endpoint?.isCustom === true,
      `\`endpoint\` must be a name of your own with ${regions.length} \`regions\`, because its records lead to the nearest one; pass PublicEndpoint.customDomain({ domainName, hostedZone })`);
    faults.check(endpoint?.isCustom !== true || endpoint.hostedZone !== undefined,
      `\`endpoint\` must have a \`hostedZone\` with ${regions.length} \`regions\`: its latency records and the certificates of the load balancers are made in it; pass it to PublicEndpoint.customDomain`);
  } else if (home?.region !== 'us-east-1' && endpoint?.isCustom === true) {
    faults.check(endpoint.hostedZone !== undefined || endpoint.originCertificate !== undefined,
      `\`endpoint\` must have a \`hostedZone\` or an \`originCertificate\`: a load balancer in ${home?.region} cannot use CloudFront's certificate, which is in us-east-1`);
  }
}

function checkCapacity(faults: Faults, least: number, most: number): void {
  if (Token.isUnresolved(least) || Token.isUnresolved(most)) {
    faults.add('`apiMinCapacity` and `apiMaxCapacity` must be known when the template is made, got a token');
    return;
  }
  faults.check(Number.isInteger(least) && least >= 2, `\`apiMinCapacity\` must be a whole number of at least 2, one in another zone, got: ${least}`);
  faults.check(Number.isInteger(most) && most >= least, `\`apiMaxCapacity\` must be a whole number, not below \`apiMinCapacity\` (${least}), got: ${most}`);
}

/**
 * Where the sign-in pages send browsers with a code: the API on the site of the first page, which exchanges it.
 *
 * @returns undefined while that site is not known
 */
export function returnUrl([first]: string[]): string | undefined {
  return first === undefined || Token.isUnresolved(first) || !URL.canParse(first) ? undefined : `${new URL(first).origin}/v1/sign-in/callback`;
}

function callbacksOf(faults: Faults, { signIn, endpoint }: RetailExchangeProps): string[] {
  if (signIn === undefined) return [];
  faults.check(signIn.google !== undefined || signIn.okta !== undefined, '`signIn.google` or `signIn.okta` must be given; leave `signIn` out for passwords only');
  const urls = pagesOf(signIn, endpoint?.domainName);
  faults.check(urls.length > 0, '`signIn.callbackUrls` must be given without a name in `endpoint`: CloudFront\'s own name is known only once the distribution is there. '
    + 'Deploy first, then name https://….cloudfront.net/');
  return urls;
}

function pagesOf({ callbackUrls: given }: RetailSignIn, domainName?: string): string[] {
  return given ?? (domainName === undefined ? [] : [`https://${domainName}/`]);
}
