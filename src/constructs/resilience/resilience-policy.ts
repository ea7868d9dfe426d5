import { Duration, Names } from 'aws-cdk-lib';
import * as hub from 'aws-cdk-lib/aws-resiliencehub';
import { Construct } from 'constructs';
import { RecoveryObjective, RecoveryTarget } from './recovery-objective';
import { Faults } from '../../private/faults';

/** How much depends on a system, in the words of Resilience Hub. */
export enum ResilienceTier {
  /** The business stops without it. */
  MISSION_CRITICAL = 'MissionCritical',
  /** Much of the business stops without it. */
  CRITICAL = 'Critical',
  /** Others suffer without it. */
  IMPORTANT = 'Important',
  /** What every system needs. */
  CORE_SERVICES = 'CoreServices',
  /** It can be away for a while. */
  NON_CRITICAL = 'NonCritical',
}

/** Properties of `ResiliencePolicy`. */
export interface ResiliencePolicyProps {
  /** What must be kept when a zone or the region is lost. */
  readonly objective: RecoveryObjective;

  /**
   * How much depends on the system.
   *
   * @default ResilienceTier.MISSION_CRITICAL
   */
  readonly tier?: ResilienceTier;

  /**
   * What must be kept when hardware of a single resource fails.
   *
   * @default - the same as for a zone
   */
  readonly hardware?: RecoveryTarget;

  /**
   * What must be kept when software fails, such as a deployment or a deletion by mistake.
   *
   * @default - 15 minutes for both: the time of a rollback, and what a point-in-time restore of the database needs to reach back
   */
  readonly software?: RecoveryTarget;
}

/**
 * The recovery objective as a policy of AWS Resilience Hub, which assesses an application against it. Assign it to the application
 * there.
 */
export class ResiliencePolicy extends Construct {
  /** The policy. */
  public readonly resource: hub.CfnResiliencyPolicy;

  public constructor(scope: Construct, id: string, props: ResiliencePolicyProps) {
    super(scope, id);
    const { zone, region } = props.objective;
    const software = props.software ?? { rto: Duration.minutes(15), rpo: Duration.minutes(15) };
    const hardware = props.hardware ?? zone;
    const faults = new Faults(this.node.path);
    for (const [name, target] of Object.entries({ hardware, software })) {
      const known = !target.rto.isUnresolved() && !target.rpo.isUnresolved();
      faults.check(!known || target.rto.toSeconds() >= 1, `\`${name}.rto\` must be at least a second, got: ${target.rto.toHumanString()}`);
    }
    faults.throwIfAny();
    const seconds = ({ rto, rpo }: RecoveryTarget) => ({ rtoInSecs: rto.toSeconds(), rpoInSecs: rpo.toSeconds() });
    this.resource = new hub.CfnResiliencyPolicy(this, 'Resource', {
      // Resilience Hub asks for a name.
      policyName: Names.uniqueResourceName(this, { maxLength: 60, separator: '-' }),
      policyDescription: `Recovery objective of ${this.node.path}`.slice(0, 500),
      tier: props.tier ?? ResilienceTier.MISSION_CRITICAL,
      policy: {
        AZ: seconds(zone),
        Hardware: seconds(hardware),
        Software: seconds(software),
        ...(region === undefined ? {} : { Region: seconds(region) }),
      },
    });
  }
}
