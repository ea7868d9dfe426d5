import { Token } from 'aws-cdk-lib';
import type { MultiRegionExchangeProps, UserGroupAccess } from './exchange-options';
import { CidrPlan } from '../../constructs/network/cidr-plan';
import { RecoveryObjective } from '../../constructs/resilience/recovery-objective';
import { Faults } from '../../private/faults';

/** Where the exchange is and what it keeps, once the properties have been checked. */
export interface ExchangeInput {
  readonly region: string;
  readonly drRegion: string;
  readonly cidrPlan: CidrPlan;
  readonly drCidrPlan: CidrPlan;
  readonly objective: RecoveryObjective;
  readonly accessControl: string;
}

const DEFAULT_ACCESS: UserGroupAccess[] = [
  { group: 'traders', permissions: ['orders:read', 'orders:write', 'market:read'] },
  { group: 'operators', permissions: ['orders:read', 'market:read', 'operations:read', 'operations:write', 'access-control:read'], ordersPerSecond: 0, openOrders: 0 },
];

/** Writes that Aurora Global Database has in flight: no shorter RPO of a region can be kept with it. */
const LEAST_REGION_RPO_SECONDS = 20;
/** Steps of the plan, detection by Route 53 and what resolvers remember. */
const LEAST_REGION_RTO_MINUTES = 14;

/** Reads the properties; what cannot be is collected and thrown at once, before anything is made. */
export function exchangeInput(path: string, props: MultiRegionExchangeProps): ExchangeInput {
  const faults = new Faults(path);
  const region = props.env?.region ?? 'us-east-1';
  const drRegion = props.drRegion ?? 'us-west-2';
  const objective = props.recoveryObjective ?? RecoveryObjective.MULTI_REGION_EXCHANGE;
  for (const [name, value] of Object.entries({ 'env.region': region, drRegion })) {
    faults.check(!Token.isUnresolved(value) && /^[a-z]{2}(-[a-z]+)+-\d$/.test(value), `\`${name}\` must be a region such as us-west-2, got: ${Token.isUnresolved(value) ? 'an unresolved token' : `'${value}'`}`);
  }
  faults.check(region !== drRegion, `\`drRegion\` must be another region than \`env.region\`, or both are lost together, got: '${drRegion}'; take us-west-2 for us-east-1`);
  const cidrPlan = props.cidrPlan ?? CidrPlan.document();
  const drCidrPlan = props.drCidrPlan ?? cidrPlan.disasterRecovery();
  faults.check(!cidrPlan.overlaps(drCidrPlan), `\`drCidrPlan\` (${drCidrPlan.cidr}) overlaps with \`cidrPlan\` (${cidrPlan.cidr}), so the regions could never be peered; leave it out, or take cidrPlan.disasterRecovery()`);
  checkObjective(faults, props, objective);
  checkCapacity(faults, props);
  const access = props.accessControl ?? DEFAULT_ACCESS;
  checkAccess(faults, access);
  faults.throwIfAny();
  const groups = access.map(({ ordersPerSecond = 10, openOrders = 500, ...named }) => ({ ...named, ordersPerSecond, openOrders }));
  return { region, drRegion, cidrPlan, drCidrPlan, objective, accessControl: JSON.stringify(groups) };
}

function checkObjective(faults: Faults, { endpoint }: MultiRegionExchangeProps, { region: target }: RecoveryObjective): void {
  faults.check(endpoint?.isCustom !== true || endpoint.hostedZone !== undefined,
    '`endpoint` must have a `hostedZone`: its records choose the region, and certificates of both regions are validated in it; pass it to PublicEndpoint.customDomain');
  if (target === undefined) return;
  faults.check(endpoint?.isCustom === true,
    '`endpoint` must be a name of your own where `recoveryObjective` has a target for the region, because only its records lead users to the other region; '
    + 'pass PublicEndpoint.customDomain({ domainName, hostedZone }), or an objective for zones alone');
  faults.check(target.rpo.toSeconds() >= LEAST_REGION_RPO_SECONDS,
    `\`recoveryObjective.region.rpo\` must be at least ${LEAST_REGION_RPO_SECONDS} seconds, to which Aurora can hold its copies, got: ${target.rpo.toHumanString()}`);
  faults.check(target.rto.toMinutes({ integral: false }) >= LEAST_REGION_RTO_MINUTES,
    `\`recoveryObjective.region.rto\` must be at least ${LEAST_REGION_RTO_MINUTES} minutes, which the steps of the switch may take, got: ${target.rto.toHumanString()}`);
}

function checkCapacity(faults: Faults, props: MultiRegionExchangeProps): void {
  const { apiMinCapacity = 6, drApiMinCapacity = 3, apiMaxCapacity = 18 } = props;
  for (const [name, value] of Object.entries({ apiMinCapacity, drApiMinCapacity })) {
    if (Token.isUnresolved(value) || Token.isUnresolved(apiMaxCapacity)) continue;
    faults.check(value <= apiMaxCapacity, `\`${name}\` must not be above \`apiMaxCapacity\` (${apiMaxCapacity}), got: ${value}`);
    faults.check(Number.isInteger(value) && value >= 2, `\`${name}\` must be a whole number of at least 2, one in another zone, got: ${value}`);
  }
}

function checkAccess(faults: Faults, access: readonly UserGroupAccess[]): void {
  const groups = access.map(({ group }) => group);
  faults.check(new Set(groups).size === groups.length, `\`accessControl\` must name each group once, got: ${groups.join(', ')}`);
  access.forEach(({ group, permissions }, index) => {
    faults.check(/^[\w.-]{1,128}$/.test(group), `\`accessControl[${index}].group\` must be the name of a group of the user pool, got: '${group}'`);
    for (const permission of permissions) {
      faults.check(/^[a-z-]+:[a-z-]+$/.test(permission), `\`accessControl[${index}].permissions\` must be words such as 'orders:write', got: '${permission}'`);
    }
  });
}
