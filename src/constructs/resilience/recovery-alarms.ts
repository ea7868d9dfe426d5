import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { RecoveryObjective } from './recovery-objective';
import { alarm } from '../../private/alarms';
import { Faults } from '../../private/faults';

/** Properties of `RecoveryAlarms`. Each metric that is given is watched. */
export interface RecoveryAlarmsProps {
  /** What must be kept. */
  readonly objective: RecoveryObjective;

  /**
   * How far readers and standbys in other zones are behind, in milliseconds, such as `AuroraReplicaLagMaximum` or the iterator
   * age of the standby matcher.
   *
   * @default - not watched
   */
  readonly standbyLags?: cloudwatch.IMetric[];

  /**
   * How far the secondary region is behind, in milliseconds, such as `AuroraGlobalDBRPOLag`.
   *
   * @default - not watched
   */
  readonly regionLags?: cloudwatch.IMetric[];

  /**
   * What happens when the objective is in danger.
   *
   * @default - nothing happens; the alarms show in the console only
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/**
 * Tells somebody while everything still runs that a zone or a region could not be lost right now without breaking the
 * objective: the copies are too far behind. A metric that stops arriving counts as too far behind.
 */
export class RecoveryAlarms extends Construct {
  /** One alarm per metric. */
  public readonly alarms: cloudwatch.Alarm[];

  public constructor(scope: Construct, id: string, props: RecoveryAlarmsProps) {
    super(scope, id);
    const { standbyLag, regionLag } = props.objective.thresholds();
    const standbys = props.standbyLags ?? [];
    const regions = props.regionLags ?? [];
    const faults = new Faults(this.node.path);
    faults.check(standbys.length + regions.length > 0, '`standbyLags` or `regionLags` must be given, or nothing is watched');
    faults.check(regions.length === 0 || regionLag !== undefined,
      '`regionLags` must not be given: the objective has no region, or an RPO of 0 that asynchronous copies cannot keep');
    faults.throwIfAny();
    const watch = (name: string, limit: Duration, what: string) => (metric: cloudwatch.IMetric, index: number) => alarm(this, `${name}${index}`, {
      metric,
      description: `${what} is more than ${limit.toHumanString()} behind: its loss now would break the recovery objective.`,
      threshold: limit.toMilliseconds(),
      periods: 3,
      missing: cloudwatch.TreatMissingData.BREACHING,
      actions: props.alarmActions,
    });
    this.alarms = [
      ...standbys.map(watch('Standby', standbyLag, 'A copy in another zone')),
      ...(regionLag === undefined ? [] : regions.map(watch('Region', regionLag, 'The secondary region'))),
    ];
  }
}
