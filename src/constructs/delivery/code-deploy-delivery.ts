import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { between } from '../../private/durations';
import { Faults } from '../../private/faults';
import { serviceRole } from '../../private/service-role';
import { checkTestAccess, testListener } from '../../private/test-listener';
import { TradingService } from '../compute/trading-service';
import { TradingLoadBalancer } from '../ingress/trading-load-balancer';

/** Properties of `CodeDeployDelivery`. */
export interface CodeDeployDeliveryProps {
  /** Service that is deployed so, with `deploymentController` CODE_DEPLOY. It stands behind `ingress`. */
  readonly service: TradingService;

  /** Load balancer of the service. */
  readonly ingress: TradingLoadBalancer;

  /**
   * How clients move to a new version.
   *
   * @default codedeploy.EcsDeploymentConfig.CANARY_10PERCENT_5MINUTES
   */
  readonly deploymentConfig?: codedeploy.IEcsDeploymentConfig;

  /**
   * Alarms that send a deployment back: errors, latency.
   *
   * @default - none: only tasks that do not become healthy do
   */
  readonly rollbackAlarms?: cloudwatch.IAlarm[];

  /**
   * How long clients of the old tasks keep their WebSockets after these were taken out, at most an hour.
   *
   * @default Duration.minutes(5)
   */
  readonly drainTime?: Duration;

  /**
   * How long the old tasks stay after everyone has moved, to return to without waiting. At most two days.
   *
   * @default Duration.minutes(10)
   */
  readonly bakeTime?: Duration;

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
}

/**
 * Blue/green deployments of a service by CodeDeploy, for teams whose pipelines speak to it already; `ProgressiveDelivery` does the same
 * without it. CloudFormation only registers new task definitions: the pipeline starts each deployment with `appSpec`.
 */
export class CodeDeployDelivery extends Construct {
  /** Application in CodeDeploy. */
  public readonly application: codedeploy.EcsApplication;
  /** Deployment group that the pipeline names. */
  public readonly deploymentGroup: codedeploy.EcsDeploymentGroup;
  /** The second target group. */
  public readonly alternateTargetGroup: elbv2.ApplicationTargetGroup;
  /** Listener for trying new tasks; undefined without `testPort`. */
  public readonly testListener?: elbv2.ApplicationListener;
  /** Role with which CodeDeploy moves traffic: this service, this listener. */
  public readonly role: iam.Role;
  /** What the pipeline hands to `aws deploy create-deployment` as the content of its revision, as JSON. */
  public readonly appSpec: string;

  public constructor(scope: Construct, id: string, props: CodeDeployDeliveryProps) {
    super(scope, id);
    const { service, ingress } = props;
    const drain = props.drainTime ?? Duration.minutes(5);
    const faults = new Faults(this.node.path);
    faults.check(service.deploymentController === ecs.DeploymentControllerType.CODE_DEPLOY,
      `\`service\` is deployed by ${service.deploymentController}; give it \`deploymentController\` CODE_DEPLOY, which replaces it, or use ProgressiveDelivery`);
    faults.check(ingress.originRule === undefined, '`ingress` asks for an origin secret by a rule of its listener, which CodeDeploy would move traffic past; use ProgressiveDelivery');
    between(faults, 'drainTime', drain, 0, 3600, 'nothing to an hour');
    between(faults, 'bakeTime', props.bakeTime, 0, 172_800, 'nothing to two days');
    checkTestAccess(faults, props);
    faults.throwIfAny();

    ingress.targetGroup.setAttribute('deregistration_delay.timeout_seconds', String(drain.toSeconds()));
    this.alternateTargetGroup = ingress._alternateTargets(this, 'Targets', drain);
    if (props.testPort !== undefined) {
      const action = elbv2.ListenerAction.forward([this.alternateTargetGroup]);
      this.testListener = testListener(`${this.node.id}Test`, ingress, props.testPort, props.testFrom ?? [], action);
    }
    this.role = this.createRole(props);
    this.application = new codedeploy.EcsApplication(this, 'Application');
    this.deploymentGroup = new codedeploy.EcsDeploymentGroup(this, 'Resource', {
      application: this.application,
      service: service.service,
      deploymentConfig: props.deploymentConfig ?? codedeploy.EcsDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      alarms: props.rollbackAlarms,
      autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: (props.rollbackAlarms?.length ?? 0) > 0 },
      blueGreenDeploymentConfig: {
        blueTargetGroup: ingress.targetGroup,
        greenTargetGroup: this.alternateTargetGroup,
        listener: ingress.listener,
        testListener: this.testListener,
        terminationWaitTime: props.bakeTime ?? Duration.minutes(10),
      },
      // AWS's own policy would let CodeDeploy move the traffic of every service of the account.
      role: this.role.withoutPolicyUpdates(),
    });
    this.deploymentGroup.node.addDependency(this.role);
    this.appSpec = this.createAppSpec(service);
  }

  private createRole({ service: { service, taskRole, taskDefinition }, ingress, rollbackAlarms = [] }: CodeDeployDeliveryProps): iam.Role {
    const stack = Stack.of(this);
    const taskSets = stack.formatArn({
      service: 'ecs', resource: 'task-set', resourceName: `${service.cluster.clusterName}/${service.serviceName}/*`, arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    const listeners = [ingress.listener, ...(this.testListener === undefined ? [] : [this.testListener])].map(({ listenerArn }) => listenerArn);
    return serviceRole(this, 'Role', {
      description: 'CodeDeploy moves traffic between two versions',
      assumedBy: new iam.ServicePrincipal('codedeploy.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': stack.account } } }),
      statements: [
        new iam.PolicyStatement({ actions: ['ecs:DescribeServices', 'ecs:UpdateServicePrimaryTaskSet'], resources: [service.serviceArn] }),
        new iam.PolicyStatement({ actions: ['ecs:CreateTaskSet', 'ecs:DeleteTaskSet'], resources: [taskSets] }),
        new iam.PolicyStatement({
          actions: ['elasticloadbalancing:DescribeListeners', 'elasticloadbalancing:DescribeRules', 'elasticloadbalancing:DescribeTargetGroups'], resources: ['*'],
        }),
        new iam.PolicyStatement({ actions: ['elasticloadbalancing:ModifyListener'], resources: listeners }),
        new iam.PolicyStatement({
          actions: ['iam:PassRole'],
          resources: [taskRole.roleArn, taskDefinition.obtainExecutionRole().roleArn],
          conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
        }),
        ...(rollbackAlarms.length === 0 ? [] : [new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: rollbackAlarms.map(({ alarmArn }) => alarmArn) })]),
      ],
    });
  }

  private createAppSpec(service: TradingService): string {
    return Stack.of(this).toJsonString({
      version: 0.0,
      Resources: [{
        TargetService: {
          Type: 'AWS::ECS::Service',
          Properties: {
            TaskDefinition: service.taskDefinition.taskDefinitionArn,
            LoadBalancerInfo: { ContainerName: service.container.containerName, ContainerPort: service.port },
            // Without it a deployment would fall back to what the service had when it was made.
            CapacityProviderStrategy: service.capacity._strategies(service.minCapacity)
              .map(({ capacityProvider, base, weight }) => ({ CapacityProvider: capacityProvider, Base: base ?? 0, Weight: weight ?? 0 })),
          },
        },
      }],
    });
  }
}
