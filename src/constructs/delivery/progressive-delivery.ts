import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DeploymentPlan } from './deployment-plan';
import { Faults } from '../../private/faults';
import { serviceRole } from '../../private/service-role';
import { checkTestAccess, testListener } from '../../private/test-listener';
import { MatchingService } from '../compute/matching-service';
import { TradingService } from '../compute/trading-service';
import { TradingLoadBalancer } from '../ingress/trading-load-balancer';

/** Properties of `ProgressiveDelivery`. */
export interface ProgressiveDeliveryProps {
  /** Service that is deployed so. It stands behind `ingress`. */
  readonly service: TradingService;

  /** Load balancer of the service. */
  readonly ingress: TradingLoadBalancer;

  /** How a new version takes over. */
  readonly plan: DeploymentPlan;

  /**
   * Alarms that send a deployment back while it runs and bakes: errors, latency.
   *
   * @default - none: only tasks that do not become healthy do
   */
  readonly rollbackAlarms?: cloudwatch.IAlarm[];

  /**
   * How long clients of the old tasks keep their WebSockets after traffic has moved.
   *
   * @default Duration.minutes(5)
   */
  readonly drainTime?: Duration;

  /**
   * Port on which the new tasks can be tried before clients come, for `testFrom` only.
   *
   * @default - none
   */
  readonly testPort?: number;

  /**
   * Who may use the test port.
   *
   * @default - nobody
   */
  readonly testFrom?: ec2.IConnectable[];

  /**
   * Place of the rule that traffic moves by among the rules of the listener. Rules before it go where they say.
   *
   * @default - 50000, or 49999 before the rule of a load balancer that asks for an origin secret
   */
  readonly rulePriority?: number;
}

/**
 * Blue/green, linear and canary deployments of a service, by ECS itself: a second target group, the listener rule whose weights ECS moves, and
 * the role with which it does. WebSockets of old tasks end when they are drained, not when traffic moves.
 */
export class ProgressiveDelivery extends Construct {
  /** Where new tasks go; undefined when the plan is rolling. */
  public readonly alternateTargetGroup?: elbv2.ApplicationTargetGroup;
  /** Rule whose weights ECS moves. */
  public readonly productionRule?: elbv2.ApplicationListenerRule;
  /** Listener for trying new tasks. */
  public readonly testListener?: elbv2.ApplicationListener;
  /** Rule of that listener. */
  public readonly testRule?: elbv2.ApplicationListenerRule;
  /** Role with which ECS moves traffic: this listener, these two target groups. */
  public readonly role?: iam.Role;

  public constructor(scope: Construct, id: string, props: ProgressiveDeliveryProps) {
    super(scope, id);
    const { service, ingress, plan } = props;
    const drain = props.drainTime ?? Duration.minutes(5);
    // Before the load balancer's own rule for the origin secret, which is the last one there is.
    const last = ingress.originRule === undefined ? 50_000 : 49_999;
    const priority = props.rulePriority ?? last;
    const faults = new Faults(this.node.path);
    faults.check(!(service.node.scope instanceof MatchingService), '`service` must not be part of a MatchingService: two matchers of one partition compete for its lease; it replaces the standby first by itself');
    faults.check(drain.isUnresolved() || drain.toSeconds() <= 3600, `\`drainTime\` must be at most an hour, got: ${drain.toHumanString()}`);
    faults.check(service.deploymentController === ecs.DeploymentControllerType.ECS,
      `\`service\` is deployed by ${service.deploymentController}, which does not take the plans of ECS; leave its \`deploymentController\` out, or use CodeDeployDelivery`);
    faults.check(Token.isUnresolved(priority) || (Number.isInteger(priority) && priority >= 1 && priority <= last), `\`rulePriority\` must be a whole number from 1 to ${last}, got: ${priority}`);
    checkTestAccess(faults, props);
    faults.check(props.testPort === undefined || plan.needsAlternateTargets, '`testPort` needs a plan with new tasks beside the old ones; a rolling one has none');
    faults.throwIfAny();

    const resource = service.service.node.defaultChild as ecs.CfnService;
    for (const [name, value] of Object.entries(plan._render())) resource.addPropertyOverride(`DeploymentConfiguration.${name}`, value);
    if (props.rollbackAlarms !== undefined && props.rollbackAlarms.length > 0) {
      resource.addPropertyOverride('DeploymentConfiguration.Alarms', { Enable: true, Rollback: true, AlarmNames: props.rollbackAlarms.map(({ alarmName }) => alarmName) });
    }
    if (!plan.needsAlternateTargets) return;

    ingress.targetGroup.setAttribute('deregistration_delay.timeout_seconds', String(drain.toSeconds()));
    // Like the one that exists: ECS calls the two of them blue and green by turns.
    this.alternateTargetGroup = ingress._alternateTargets(this, 'Targets', drain);
    this.productionRule = this.rule('ProductionRule', ingress.listener, priority, ingress.forwardConditions, [ingress.targetGroup, this.alternateTargetGroup]);
    if (props.testPort !== undefined) {
      this.testListener = testListener(`${this.node.id}Test`, ingress, props.testPort, props.testFrom ?? [], elbv2.ListenerAction.fixedResponse(404));
      this.testRule = this.rule('TestRule', this.testListener, 1, [elbv2.ListenerCondition.pathPatterns(['/*'])], [this.alternateTargetGroup, ingress.targetGroup]);
    }
    this.role = this.createRole(props);
    resource.addPropertyOverride('LoadBalancers.0.AdvancedConfiguration', {
      AlternateTargetGroupArn: this.alternateTargetGroup.targetGroupArn,
      ProductionListenerRule: this.productionRule.listenerRuleArn,
      RoleArn: this.role.roleArn,
      ...(this.testRule === undefined ? {} : { TestListenerRule: this.testRule.listenerRuleArn }),
    });
    // ECS checks all of them when the service is made.
    service.service.node.addDependency(this.productionRule, this.role, ...(this.testRule === undefined ? [] : [this.testRule]));
  }

  /** Everything goes to the first group until ECS moves it. */
  private rule(
    id: string, listener: elbv2.IApplicationListener, priority: number, conditions: elbv2.ListenerCondition[],
    [first, second]: elbv2.IApplicationTargetGroup[],
  ): elbv2.ApplicationListenerRule {
    return new elbv2.ApplicationListenerRule(this, id, {
      listener,
      priority,
      conditions,
      action: elbv2.ListenerAction.weightedForward([{ targetGroup: first, weight: 100 }, { targetGroup: second, weight: 0 }]),
    });
  }

  private createRole({ ingress }: ProgressiveDeliveryProps): iam.Role {
    const statement = (actions: string[], resources: string[]) => new iam.PolicyStatement({ actions: actions.map((action) => `elasticloadbalancing:${action}`), resources });
    const rules = [this.productionRule!, ...(this.testRule === undefined ? [] : [this.testRule])].map(({ listenerRuleArn }) => listenerRuleArn);
    const listeners = [ingress.listener, ...(this.testListener === undefined ? [] : [this.testListener])].map(({ listenerArn }) => listenerArn);
    return serviceRole(this, 'Role', {
      description: 'ECS moves traffic between two versions',
      assumedBy: new iam.ServicePrincipal('ecs.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } } }),
      statements: [
        statement(['DescribeListeners', 'DescribeRules', 'DescribeTargetGroups', 'DescribeTargetHealth'], ['*']),
        statement(['ModifyListener'], listeners),
        statement(['ModifyRule'], rules),
        statement(['DeregisterTargets', 'RegisterTargets'], [ingress.targetGroup.targetGroupArn, this.alternateTargetGroup!.targetGroupArn]),
      ],
    });
  }
}
