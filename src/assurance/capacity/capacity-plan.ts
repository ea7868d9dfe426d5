import { Annotations } from 'aws-cdk-lib';
import { Construct, IConstruct } from 'constructs';
import { servicesBelow } from './container-demands';
import { Demand } from './demand';
import { Quota, QuotaIncrease, QuotaKind } from './quota';
import { QUOTAS } from './quotas';
import { demandsOf } from './system-demands';
import { Workload } from './workload';
import { Faults } from '../../private/faults';

/** Properties of `CapacityPlan`. */
export interface CapacityPlanProps {
  /** What the system is built for. */
  readonly workload: Workload;

  /**
   * Increases that AWS has granted.
   *
   * @default - the limits of a fresh account
   */
  readonly quotaIncreases?: QuotaIncrease[];

  /**
   * What the plan covers.
   *
   * @default - the construct that the plan is defined in
   */
  readonly covers?: IConstruct;

  /**
   * Whether services behind a load balancer must run enough tasks for the workload at all times, so that two of three zones carry it.
   *
   * @default true
   */
  readonly zoneRule?: boolean;
}

/** One line of a capacity plan. */
export interface CapacityFinding {
  /** The quota. */
  readonly quota: Quota;
  /** Region that counts it. */
  readonly region: string;
  /** What takes it. */
  readonly subject: string;
  /** How much it takes, in the quota's unit. */
  readonly demand: number;
  /** How much there is: the limit, or what was granted. */
  readonly limit: number;
}

const WARNING_SHARE = 0.7;
const ZONES = 3;

/**
 * Holds a system against the quotas of AWS when its templates are made: what exceeds one that nobody raises, or one whose increase is
 * not declared, fails the synthesis with the remedy; above 70 % it warns.
 */
export class CapacityPlan extends Construct {
  /** What the system is built for. */
  public readonly workload: Workload;
  private readonly covers: IConstruct;
  private readonly increases: QuotaIncrease[];
  private readonly zoneRule: boolean;

  public constructor(scope: Construct, id: string, props: CapacityPlanProps) {
    super(scope, id);
    this.workload = props.workload;
    this.covers = props.covers ?? scope;
    this.increases = props.quotaIncreases ?? [];
    this.zoneRule = props.zoneRule ?? true;
    const faults = new Faults(this.node.path);
    for (const { quotaId, granted } of this.increases) {
      const quota = QUOTAS.find((one) => one.id === quotaId);
      if (quota === undefined) {
        faults.add(`\`quotaIncreases\` names '${quotaId}', which is none of: ${QUOTAS.map((one) => one.id).join(', ')}`);
        continue;
      }
      faults.check(quota.kind === QuotaKind.SOFT, `\`quotaIncreases\` names '${quotaId}', which AWS does not raise: ${quota.remedy}`);
      faults.check(granted > quota.limit, `the increase of '${quotaId}' must be above its default of ${quota.limit}, got: ${granted}`);
    }
    faults.throwIfAny();
    this.node.addValidation({ validate: () => this.validatePlan() });
  }

  /** Every quota that the system takes something of, the tightest first. Call it when the system is complete. */
  public findings(): CapacityFinding[] {
    return demandsOf(this.covers, this.workload)
      .map((demand) => this.finding(demand))
      .sort((a, b) => b.demand / b.limit - a.demand / a.limit);
  }

  private finding({ quotaId, region, subject, value, limit }: Demand): CapacityFinding {
    const quota = QUOTAS.find((one) => one.id === quotaId)!;
    const granted = this.increases.find((one) => one.quotaId === quotaId && (one.region ?? region) === region)?.granted;
    return { quota, region, subject, demand: Math.ceil(value), limit: granted ?? limit ?? quota.limit };
  }

  private validatePlan(): string[] {
    const errors: string[] = [];
    for (const { quota, region, subject, demand, limit } of this.findings()) {
      const what = `${subject} needs ${demand} of ${limit} ${quota.unit} (${quota.id}, ${region})`;
      if (demand > limit) {
        const declare = quota.kind === QuotaKind.SOFT ? `, and declare it in \`quotaIncreases\`: { quotaId: '${quota.id}', granted: … }` : '';
        errors.push(`${what}: ${quota.remedy}${declare}`);
      } else if (demand > limit * WARNING_SHARE) {
        Annotations.of(this).addWarningV2(`cdk-trading-platform:capacity:${quota.id}`, `${what}, more than 70 %: ${quota.remedy}`);
      }
    }
    return [...errors, ...(this.zoneRule ? this.zoneErrors() : [])];
  }

  /** Services that two zones could not carry, because the tasks of the third would have to be started first. */
  private zoneErrors(): string[] {
    const { requestsPerSecond, requestsPerTask } = this.workload;
    const perZone = Math.ceil(Math.ceil(requestsPerSecond / requestsPerTask) / (ZONES - 1));
    return servicesBelow(this.covers)
      .filter(({ targetGroups, minTasks }) => targetGroups > 0 && minTasks < perZone * ZONES)
      .map(({ path, minTasks }) => `${path} runs ${minTasks} tasks at least; two zones carry ${requestsPerSecond} requests/s with ${perZone * ZONES} `
        + `(${perZone} in each of ${ZONES} zones, ${requestsPerTask} requests/s per task): raise its least number of tasks`);
  }
}
