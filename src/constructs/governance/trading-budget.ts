import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as budgets from 'aws-cdk-lib/aws-budgets';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { CostTag } from './cost-tag';
import { allowBillingNotices, checkEmails } from '../../private/billing-notices';
import { Faults } from '../../private/faults';

/** Properties of `TradingBudget`. */
export interface TradingBudgetProps {
  /** What a calendar month may cost, in US dollars. */
  readonly monthlyLimitUsd: number;

  /**
   * Addresses that get every notice, at most ten.
   *
   * @default - nobody gets mail; then `topic` is needed
   */
  readonly emails?: string[];

  /**
   * Topic that gets every notice. Its policy is extended; a key of its own must let `budgets.amazonaws.com` use it, as the key
   * of `AlarmTopic` does.
   *
   * @default - no topic; then `emails` is needed
   */
  readonly topic?: sns.ITopic;

  /**
   * Per cent of the limit at which the costs so far give notice.
   *
   * @default [50, 80, 100]
   */
  readonly actualThresholds?: number[];

  /**
   * Per cent of the limit at which the costs that are expected for the month give notice.
   *
   * @default [100]
   */
  readonly forecastThresholds?: number[];

  /**
   * Costs that count: those of resources with this tag.
   *
   * @default - all costs of the account
   */
  readonly costTag?: CostTag;
}

/** AWS keeps at most ten notifications per budget. */
const MAX_NOTIFICATIONS = 10;

/**
 * A monthly budget that gives notice before the month is spent: at 50, 80 and 100 per cent of the limit, and as soon as the
 * forecast passes it. Taxes and support count, credits and refunds do not, so that a credit never hides what the system uses.
 */
export class TradingBudget extends Construct {
  /**
   * Charges of the account in this month so far, in US dollars, for dashboards. CloudWatch has it in us-east-1 only, every few
   * hours, and only after billing alerts were turned on in the account.
   */
  public static metricEstimatedCharges(props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Billing',
      metricName: 'EstimatedCharges',
      dimensionsMap: { Currency: 'USD' },
      statistic: cloudwatch.Stats.MAXIMUM,
      period: Duration.hours(6),
      region: 'us-east-1',
      ...props,
    });
  }

  /** The budget. */
  public readonly resource: budgets.CfnBudget;
  /** Limit of a month in US dollars. */
  public readonly monthlyLimitUsd: number;

  public constructor(scope: Construct, id: string, props: TradingBudgetProps) {
    super(scope, id);
    const actual = props.actualThresholds ?? [50, 80, 100];
    const forecast = props.forecastThresholds ?? [100];
    this.validate(props, actual, forecast);
    this.monthlyLimitUsd = props.monthlyLimitUsd;
    const subscribers = [
      ...(props.topic === undefined ? [] : [{ subscriptionType: 'SNS', address: props.topic.topicArn }]),
      ...(props.emails ?? []).map((address) => ({ subscriptionType: 'EMAIL', address })),
    ];
    const notify = (notificationType: string) => (threshold: number) => ({
      notification: { notificationType, threshold, thresholdType: 'PERCENTAGE', comparisonOperator: 'GREATER_THAN' },
      subscribers,
    });
    this.resource = new budgets.CfnBudget(this, 'Resource', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: props.monthlyLimitUsd, unit: 'USD' },
        costTypes: { includeCredit: false, includeRefund: false },
        costFilters: props.costTag && { TagKeyValue: [`user:${props.costTag.key}$${props.costTag.value}`] },
      },
      notificationsWithSubscribers: [...actual.map(notify('ACTUAL')), ...forecast.map(notify('FORECASTED'))],
    });
    if (props.topic !== undefined) this.allow(props.topic);
  }

  /** AWS checks that it may publish when the budget is made, so the policy comes first. */
  private allow(topic: sns.ITopic): void {
    const sourceArn = Stack.of(this).formatArn({ service: 'budgets', region: '', resource: '*' });
    const policy = allowBillingNotices(this, topic, 'budgets.amazonaws.com', sourceArn);
    if (policy !== undefined) this.resource.node.addDependency(policy);
  }

  private validate(props: TradingBudgetProps, actual: number[], forecast: number[]): void {
    const faults = new Faults(this.node.path);
    faults.check(Token.isUnresolved(props.monthlyLimitUsd) || (Number.isFinite(props.monthlyLimitUsd) && props.monthlyLimitUsd > 0),
      `\`monthlyLimitUsd\` must be a number above 0, got: ${props.monthlyLimitUsd}`);
    faults.check(props.topic !== undefined || (props.emails ?? []).length > 0, '`emails` or `topic` must be given, or nobody learns of the costs');
    checkEmails(faults, 'emails', props.emails ?? [], 10);
    checkThresholds(faults, 'actualThresholds', actual);
    checkThresholds(faults, 'forecastThresholds', forecast);
    const count = actual.length + forecast.length;
    faults.check(count >= 1 && count <= MAX_NOTIFICATIONS,
      `\`actualThresholds\` and \`forecastThresholds\` together must be 1 to ${MAX_NOTIFICATIONS}, got: ${count}`);
    for (const part of ['key', 'value'] as const) {
      faults.check(props.costTag?.[part] !== '', `\`costTag.${part}\` must not be empty`);
    }
    faults.throwIfAny();
  }
}

function checkThresholds(faults: Faults, prop: string, thresholds: number[]): void {
  for (const threshold of thresholds) {
    faults.check(Token.isUnresolved(threshold) || (threshold > 0 && threshold <= 1_000_000),
      `\`${prop}\` must be per cents above 0 and at most 1000000, got: ${threshold}`);
  }
  faults.check(new Set(thresholds).size === thresholds.length, `\`${prop}\` must not repeat a value, got: ${thresholds.join(', ')}`);
}
