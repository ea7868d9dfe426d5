import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { DashboardSection } from './dashboard-section';
import { BurnRate, ServiceLevelObjective } from './service-level-objective';
import { alarm } from '../../private/alarms';
import { Faults } from '../../private/faults';

/** Properties of `SloAlarms`. */
export interface SloAlarmsProps {
  /** What is promised. */
  readonly objective: ServiceLevelObjective;

  /** Number of requests, as a sum. */
  readonly total: cloudwatch.IMetric;

  /** Number of those that failed through our fault, as a sum. */
  readonly errors: cloudwatch.IMetric;

  /**
   * Latency of requests at the 99th percentile, in milliseconds. Needed exactly when the objective names one.
   *
   * @default - latency is not watched
   */
  readonly latencyP99?: cloudwatch.IMetric;

  /**
   * What happens when somebody must act now.
   *
   * @default - nothing happens; the alarm shows in the console only
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * What happens when somebody must act within days.
   *
   * @default - the same as `alarmActions`
   */
  readonly ticketActions?: cloudwatch.IAlarmAction[];
}

/** The metric over the period of the expression that it goes into, whatever its own is: CDK would do the same and warn about it. */
function over(metric: cloudwatch.IMetric, period: Duration): cloudwatch.IMetric {
  return metric instanceof cloudwatch.Metric ? metric.with({ period }) : metric;
}

/** How many periods in a row the 99th percentile must be too high: one slow minute breaks no promise. */
const LATENCY_PERIODS = 5;

/**
 * Alarms that fire when an objective is in danger, early for a big failure and late for a small one: each pair of windows must
 * agree that the error budget is being spent too fast. Without requests nothing fires.
 */
export class SloAlarms extends Construct {
  /** Somebody must act now. */
  public readonly pageAlarm: cloudwatch.CompositeAlarm;
  /** Somebody must act within days; undefined when the objective has no slow pair. */
  public readonly ticketAlarm?: cloudwatch.CompositeAlarm;
  /** The alarms of the single windows, which act through `pageAlarm` and `ticketAlarm`. */
  public readonly burnRateAlarms: cloudwatch.Alarm[] = [];
  /** The 99th percentile is above the objective; undefined when the objective names none. */
  public readonly latencyAlarm?: cloudwatch.Alarm;
  private readonly objective: ServiceLevelObjective;
  private readonly total: cloudwatch.IMetric;
  private readonly errors: cloudwatch.IMetric;
  private readonly latency?: cloudwatch.IMetric;

  public constructor(scope: Construct, id: string, props: SloAlarmsProps) {
    super(scope, id);
    this.objective = props.objective;
    this.total = props.total;
    this.errors = props.errors;
    this.latency = props.latencyP99;
    const { latencyP99, availability } = props.objective;
    const faults = new Faults(this.node.path);
    faults.check(latencyP99 === undefined || props.latencyP99 !== undefined,
      `\`latencyP99\` must be given, because the objective promises ${latencyP99?.toHumanString()}`);
    faults.check(latencyP99 !== undefined || props.latencyP99 === undefined,
      '`latencyP99` must not be given, because the objective promises nothing about latency');
    faults.throwIfAny();
    const pairs = props.objective.burnRates();
    const either = (page: boolean) => pairs.filter((pair) => pair.page === page).map((pair) => this.both(pair));
    this.pageAlarm = this.composite('Page', either(true),
      `The error budget of ${availability} % is being spent so fast that somebody must act now.`, props.alarmActions ?? []);
    const slow = either(false);
    if (slow.length > 0) {
      this.ticketAlarm = this.composite('Ticket', slow,
        `The error budget of ${availability} % will not last its ${props.objective.window.toDays()} days: find out why within days.`,
        props.ticketActions ?? props.alarmActions ?? []);
    }
    if (latencyP99 !== undefined && props.latencyP99 !== undefined) {
      this.latencyAlarm = alarm(this, 'Latency', {
        metric: props.latencyP99,
        description: `One of 100 requests takes longer than the promised ${latencyP99.toHumanString()}.`,
        threshold: latencyP99.toMilliseconds(),
        periods: LATENCY_PERIODS,
        actions: props.alarmActions,
      });
    }
  }

  /** Share of the requests that failed within a period. */
  public metricErrorRatio(period: Duration): cloudwatch.MathExpression {
    return new cloudwatch.MathExpression({
      expression: 'FILL(errors, 0) / total',
      usingMetrics: { errors: over(this.errors, period), total: over(this.total, period) },
      label: 'Share of failed requests',
      period,
    });
  }

  /** How many times faster than allowed the error budget is spent; above 1 it does not last. */
  public metricBurnRate(period: Duration): cloudwatch.MathExpression {
    return new cloudwatch.MathExpression({
      expression: `(FILL(errors, 0) / total) / ${this.objective.errorBudget}`,
      usingMetrics: { errors: over(this.errors, period), total: over(this.total, period) },
      label: 'Burn rate of the error budget',
      period,
    });
  }

  /** Burn rate, failed requests and latency with the promised lines, as a row of a dashboard. */
  public dashboardSection(): DashboardSection {
    const period = Duration.minutes(5);
    return DashboardSection.objective(
      { burnRate: this.metricBurnRate(period), errorRatio: this.metricErrorRatio(period), latencyP99: this.latency }, this.objective);
  }

  private both(pair: BurnRate): cloudwatch.IAlarmRule {
    const share = `${Math.round(pair.budgetShare * 100)} %`;
    const one = (kind: string, period: Duration) => {
      const result = alarm(this, `${capital(pair.name)}${kind}`, {
        metric: this.metricErrorRatio(period),
        description: `In ${period.toHumanString()} requests failed ${pair.factor} times as often as the objective allows (${share} of its budget in ${pair.longWindow.toHumanString()}).`,
        threshold: pair.errorRatio,
      });
      this.burnRateAlarms.push(result);
      return result;
    };
    return cloudwatch.AlarmRule.allOf(one('Long', pair.longWindow), one('Short', pair.shortWindow));
  }

  private composite(
    id: string, rules: cloudwatch.IAlarmRule[], alarmDescription: string, actions: cloudwatch.IAlarmAction[],
  ): cloudwatch.CompositeAlarm {
    const result = new cloudwatch.CompositeAlarm(this, id, { alarmRule: cloudwatch.AlarmRule.anyOf(...rules), alarmDescription });
    for (const action of actions) {
      result.addAlarmAction(action);
      result.addOkAction(action);
    }
    return result;
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
