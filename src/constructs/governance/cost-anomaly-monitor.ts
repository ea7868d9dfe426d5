import { Names, Stack, Token } from 'aws-cdk-lib';
import * as ce from 'aws-cdk-lib/aws-ce';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { CostTag } from './cost-tag';
import { allowBillingNotices, checkEmails } from '../../private/billing-notices';
import { Faults } from '../../private/faults';

/** Properties of `CostAnomalyMonitor`. */
export interface CostAnomalyMonitorProps {
  /**
   * Smallest impact that gives notice: what an anomaly cost above the expected, in US dollars.
   *
   * @default 100
   */
  readonly minimumImpactUsd?: number;

  /**
   * Addresses that get a summary once a day.
   *
   * @default - nobody gets mail; then `topic` is needed
   */
  readonly emails?: string[];

  /**
   * Topic that gets every anomaly as soon as it is found. Its policy is extended; a key of its own must let
   * `costalerts.amazonaws.com` use it, as the key of `AlarmTopic` does.
   *
   * @default - no topic; then `emails` is needed
   */
  readonly topic?: sns.ITopic;

  /**
   * Costs that are watched together: those of resources with this tag.
   *
   * @default - every AWS service of the account is watched on its own
   */
  readonly costTag?: CostTag;

  /**
   * A monitor that exists already. An account can have only one that watches every AWS service.
   *
   * @default - a monitor is defined
   */
  readonly monitor?: ce.IAnomalyMonitorRef;
}

/**
 * Watches costs for what a budget sees too late: a jump of one service within days. Topics hear of it at once, people get one
 * mail a day.
 */
export class CostAnomalyMonitor extends Construct {
  /** What watches the costs. */
  public readonly monitor: ce.IAnomalyMonitorRef;
  /** Gives notice to the topic at once; undefined without a topic. */
  public readonly immediate?: ce.CfnAnomalySubscription;
  /** Gives notice by mail once a day; undefined without addresses. */
  public readonly daily?: ce.CfnAnomalySubscription;

  public constructor(scope: Construct, id: string, props: CostAnomalyMonitorProps) {
    super(scope, id);
    const minimum = props.minimumImpactUsd ?? 100;
    const emails = props.emails ?? [];
    this.validate(props, minimum, emails);
    this.monitor = props.monitor ?? this.createMonitor(props.costTag);
    if (props.topic !== undefined) {
      this.immediate = this.subscribe('Immediate', 'IMMEDIATE', minimum, [{ type: 'SNS', address: props.topic.topicArn }]);
      const policy = allowBillingNotices(this, props.topic, 'costalerts.amazonaws.com');
      if (policy !== undefined) this.immediate.node.addDependency(policy);
    }
    if (emails.length > 0) this.daily = this.subscribe('Daily', 'DAILY', minimum, emails.map((address) => ({ type: 'EMAIL', address })));
  }

  private createMonitor(costTag?: CostTag): ce.CfnAnomalyMonitor {
    return new ce.CfnAnomalyMonitor(this, 'Resource', {
      monitorName: this.nameOf(this),
      ...(costTag === undefined
        ? { monitorType: 'DIMENSIONAL', monitorDimension: 'SERVICE' }
        : {
          monitorType: 'CUSTOM',
          monitorSpecification: Stack.of(this).toJsonString({ Tags: { Key: costTag.key, Values: [costTag.value], MatchOptions: ['EQUALS'] } }),
        }),
    });
  }

  private subscribe(
    id: string, frequency: string, minimum: number, subscribers: ce.CfnAnomalySubscription.SubscriberProperty[],
  ): ce.CfnAnomalySubscription {
    return new ce.CfnAnomalySubscription(this, id, {
      subscriptionName: `${this.nameOf(this)}-${id}`,
      frequency,
      monitorArnList: [this.monitor.anomalyMonitorRef.monitorArn],
      subscribers,
      thresholdExpression: Stack.of(this).toJsonString({
        Dimensions: { Key: 'ANOMALY_TOTAL_IMPACT_ABSOLUTE', MatchOptions: ['GREATER_THAN_OR_EQUAL'], Values: [`${minimum}`] },
      }),
    });
  }

  /** CloudFormation asks for names here. */
  private nameOf(construct: Construct): string {
    return Names.uniqueResourceName(construct, { maxLength: 64, separator: '-' });
  }

  private validate(props: CostAnomalyMonitorProps, minimum: number, emails: string[]): void {
    const faults = new Faults(this.node.path);
    faults.check(Token.isUnresolved(minimum) || (Number.isFinite(minimum) && minimum > 0), `\`minimumImpactUsd\` must be a number above 0, got: ${minimum}`);
    faults.check(props.topic !== undefined || emails.length > 0, '`emails` or `topic` must be given, or nobody learns of an anomaly');
    faults.check(props.monitor === undefined || props.costTag === undefined, '`costTag` cannot be given with `monitor`, which says itself what it watches');
    checkEmails(faults, 'emails', emails, 10);
    faults.throwIfAny();
  }
}
