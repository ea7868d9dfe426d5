import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { DashboardSection } from './dashboard-section';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';

/** Properties of `TradingDashboard`. */
export interface TradingDashboardProps {
  /** What is shown, from top to bottom. */
  readonly sections: DashboardSection[];

  /**
   * Alarms whose states are shown at the top, at most 100.
   *
   * @default - none
   */
  readonly alarms?: cloudwatch.IAlarm[];

  /**
   * Time that is shown when the dashboard is opened.
   *
   * @default Duration.hours(3)
   */
  readonly defaultInterval?: Duration;
}

/** CloudWatch shows the states of at most 100 alarms in one widget. */
const MAX_ALARMS = 100;

/**
 * One page on which the person on call sees whether the exchange is well: states of alarms, then a row per section from the
 * edge to the costs.
 */
export class TradingDashboard extends Construct {
  /** The dashboard. */
  public readonly dashboard: cloudwatch.Dashboard;

  public constructor(scope: Construct, id: string, props: TradingDashboardProps) {
    super(scope, id);
    const alarms = props.alarms ?? [];
    const faults = new Faults(this.node.path);
    faults.check(props.sections.length > 0, '`sections` must not be empty');
    const titles = props.sections.map(({ title }) => title);
    const repeated = titles.filter((title, index) => titles.indexOf(title) !== index);
    faults.check(repeated.length === 0, `\`sections\` must hold every kind once, got twice: ${repeated.join(', ')}`);
    faults.check(alarms.length <= MAX_ALARMS, `\`alarms\` must hold at most ${MAX_ALARMS}, got: ${alarms.length}`);
    checkPlain(faults, { defaultInterval: props.defaultInterval });
    for (const section of props.sections) section._faults().forEach((fault) => faults.add(`\`sections\`: ${fault}`));
    faults.throwIfAny();
    this.dashboard = new cloudwatch.Dashboard(this, 'Resource', {
      defaultInterval: props.defaultInterval ?? Duration.hours(3),
      periodOverride: cloudwatch.PeriodOverride.AUTO,
    });
    if (alarms.length > 0) this.dashboard.addWidgets(new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms, width: 24, height: 3 }));
    for (const section of props.sections) {
      this.dashboard.addWidgets(new cloudwatch.TextWidget({ markdown: `## ${section.title}`, width: 24, height: 1 }));
      this.dashboard.addWidgets(...section._widgets());
    }
  }
}
