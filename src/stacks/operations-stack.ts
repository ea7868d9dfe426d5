import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { TradingStack, TradingStackProps } from './trading-stack';
import { CostAnomalyMonitor } from '../constructs/governance/cost-anomaly-monitor';
import { TradingBudget } from '../constructs/governance/trading-budget';
import { AlarmTopic } from '../constructs/observability/alarm-topic';
import { DashboardSection } from '../constructs/observability/dashboard-section';
import { ServiceLevelObjective } from '../constructs/observability/service-level-objective';
import { SloAlarms } from '../constructs/observability/slo-alarms';
import { TradingDashboard } from '../constructs/observability/trading-dashboard';

/** What tells whether a promise is kept. */
export interface ServiceLevelIndicators {
  /** Requests. */
  readonly total: cloudwatch.IMetric;
  /** Requests that failed on our side. */
  readonly errors: cloudwatch.IMetric;
  /** Time that 99 of 100 requests take at most, in milliseconds. */
  readonly latencyP99: cloudwatch.IMetric;
}

/** Properties of `OperationsStack`. */
export interface OperationsStackProps extends TradingStackProps {
  /** What users are promised. */
  readonly objective: ServiceLevelObjective;

  /** What tells whether it is kept. */
  readonly indicators: ServiceLevelIndicators;

  /** Rows of the dashboard below the promise. */
  readonly sections: DashboardSection[];

  /** Alarms that the dashboard shows on top. */
  readonly alarms: cloudwatch.IAlarm[];

  /**
   * Who is told when the promise is at risk and what the system costs.
   *
   * @default - a topic of this stack with the addresses in `alarmEmails`
   */
  readonly alarmTopic?: AlarmTopic;

  /**
   * Addresses that the topic of this stack sends mail to.
   *
   * @default - nobody; the topic is there to subscribe to
   */
  readonly alarmEmails?: string[];

  /**
   * What a calendar month may cost, in US dollars. Notices come at 50, 80 and 100 per cent and when the forecast passes it.
   *
   * @default - no budget
   */
  readonly monthlyBudgetUsd?: number;
}

/** Eyes on a system: its promise to users, one dashboard, its budget. Keeps no state and may be deleted and made again. */
export class OperationsStack extends TradingStack {
  /** Where notices go. */
  public readonly alarmTopic: AlarmTopic;
  /** Alarms of the promise. */
  public readonly slo: SloAlarms;
  /** The dashboard. */
  public readonly dashboard: TradingDashboard;
  /** The budget; undefined without a limit. */
  public readonly budget?: TradingBudget;
  /** Watches for costs that nobody planned; undefined without a budget. */
  public readonly anomalies?: CostAnomalyMonitor;

  public constructor(scope: Construct, id: string, props: OperationsStackProps) {
    super(scope, id, { description: 'Promise, dashboard and budget', ...props });
    const { objective, indicators, monthlyBudgetUsd } = props;
    this.alarmTopic = props.alarmTopic ?? new AlarmTopic(this, 'Alarms', { emails: props.alarmEmails });
    this.slo = new SloAlarms(this, 'Slo', {
      objective,
      total: indicators.total,
      errors: indicators.errors,
      latencyP99: objective.latencyP99 && indicators.latencyP99,
      alarmActions: [this.alarmTopic],
    });
    const cost = monthlyBudgetUsd === undefined
      ? []
      : [DashboardSection.cost({ estimatedCharges: TradingBudget.metricEstimatedCharges(), monthlyLimitUsd: monthlyBudgetUsd })];
    this.dashboard = new TradingDashboard(this, 'Dashboard', {
      sections: [...props.sections, ...cost],
      alarms: [this.slo.pageAlarm, ...props.alarms],
      defaultInterval: Duration.hours(3),
    });
    if (monthlyBudgetUsd !== undefined) {
      const { topic } = this.alarmTopic;
      this.budget = new TradingBudget(this, 'Budget', { monthlyLimitUsd: monthlyBudgetUsd, topic });
      this.anomalies = new CostAnomalyMonitor(this, 'Anomalies', { topic });
    }
  }
}
