import { Token } from 'aws-cdk-lib';
import * as arc from 'aws-cdk-lib/aws-arczonalshift';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { isCalendarDate } from '../../private/calendar-date';
import { Faults } from '../../private/faults';
import { MaintenanceWindow } from '../governance/maintenance-window';

/** Properties of `ZonalShift`. */
export interface ZonalShiftProps {
  /**
   * Load balancer whose traffic leaves a zone that is impaired. The zones that remain must carry the whole peak without starting
   * anything: AWS does not wait for scaling. One that is only referred to must have its attribute `zonal_shift.config.enabled` set
   * already.
   */
  readonly loadBalancer: elbv2.IApplicationLoadBalancer;

  /** Alarms that say whether users were hurt by a practice run; it ends when one fires. At least one, at most ten. */
  readonly outcomeAlarms: cloudwatch.IAlarm[];

  /**
   * Alarms that keep a practice run from starting, at most ten.
   *
   * @default - none
   */
  readonly blockingAlarms?: cloudwatch.IAlarm[];

  /**
   * Weekly windows in which nothing is practised, such as those of maintenance.
   *
   * @default - none
   */
  readonly blockedWindows?: MaintenanceWindow[];

  /**
   * Days on which nothing is practised, as year-month-day in UTC, at most 15.
   *
   * @default - none
   */
  readonly blockedDates?: string[];

  /**
   * Whether AWS may shift traffic by itself when it sees that a zone is impaired. Practice runs take place either way.
   *
   * @default true
   */
  readonly autoshift?: boolean;
}

const MAX_ALARMS = 10;
const MAX_BLOCKED = 15;

/**
 * Lets AWS move traffic out of an impaired zone, and practise it for half an hour every week, so that nobody finds out on the
 * day that two zones are not enough.
 */
export class ZonalShift extends Construct {
  /** The configuration. */
  public readonly resource: arc.CfnZonalAutoshiftConfiguration;

  public constructor(scope: Construct, id: string, props: ZonalShiftProps) {
    super(scope, id);
    const blockedWindows = (props.blockedWindows ?? []).flatMap((window) => window.toArcBlockedWindows());
    this.validate(props, blockedWindows);
    if (props.loadBalancer instanceof elbv2.ApplicationLoadBalancer) props.loadBalancer.setAttribute('zonal_shift.config.enabled', 'true');
    const conditions = (alarms: cloudwatch.IAlarm[]) => alarms.map(({ alarmArn }) => ({ type: 'CLOUDWATCH', alarmIdentifier: alarmArn }));
    this.resource = new arc.CfnZonalAutoshiftConfiguration(this, 'Resource', {
      resourceIdentifier: props.loadBalancer.loadBalancerArn,
      zonalAutoshiftStatus: props.autoshift === false ? 'DISABLED' : 'ENABLED',
      practiceRunConfiguration: {
        outcomeAlarms: conditions(props.outcomeAlarms),
        blockingAlarms: props.blockingAlarms && conditions(props.blockingAlarms),
        blockedWindows: blockedWindows.length === 0 ? undefined : blockedWindows,
        blockedDates: props.blockedDates,
      },
    });
  }

  private validate(props: ZonalShiftProps, windows: string[]): void {
    const faults = new Faults(this.node.path);
    const { outcomeAlarms, blockingAlarms = [], blockedDates = [] } = props;
    faults.check(outcomeAlarms.length >= 1 && outcomeAlarms.length <= MAX_ALARMS,
      `\`outcomeAlarms\` must hold 1 to ${MAX_ALARMS} alarms, got: ${outcomeAlarms.length}`);
    faults.check(blockingAlarms.length <= MAX_ALARMS, `\`blockingAlarms\` must hold at most ${MAX_ALARMS} alarms, got: ${blockingAlarms.length}`);
    faults.check(windows.length <= MAX_BLOCKED, `\`blockedWindows\` must be at most ${MAX_BLOCKED}, counting those past midnight twice, got: ${windows.length}`);
    faults.check(blockedDates.length <= MAX_BLOCKED, `\`blockedDates\` must be at most ${MAX_BLOCKED}, got: ${blockedDates.length}`);
    for (const date of blockedDates) {
      faults.check(Token.isUnresolved(date) || isCalendarDate(date), `\`blockedDates\` must be days such as 2027-12-24, got: '${date}'`);
    }
    faults.throwIfAny();
  }
}
