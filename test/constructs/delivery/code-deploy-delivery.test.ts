import { App, Duration, SecretValue } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { TradingLoadBalancer, TradingService } from '../../../src';
import { TradingServiceProps } from '../../../src/constructs/compute/trading-service';
import { CodeDeployDelivery, CodeDeployDeliveryProps } from '../../../src/constructs/delivery/code-deploy-delivery';
import { LoadBalancerExposure } from '../../../src/constructs/ingress/load-balancer-exposure';
import { TradingLoadBalancerProps } from '../../../src/constructs/ingress/trading-load-balancer';
import { TradingStack } from '../../../src/stacks/trading-stack';
import { testStack } from '../../support/apps';
import { apiDefinition, platform } from '../../support/platform';
import { accept, packReport } from '../../support/rule-packs';

const { CODE_DEPLOY } = ecs.DeploymentControllerType;

function deliver(
  change: Partial<CodeDeployDeliveryProps> = {}, of: Partial<TradingServiceProps> = {}, balancer: Partial<TradingLoadBalancerProps> = {},
  stack: TradingStack = testStack(),
) {
  const parts = platform(stack);
  const { cluster, vpc } = parts;
  const service = new TradingService(stack, 'Api', { cluster, definition: apiDefinition(parts), deploymentController: CODE_DEPLOY, ...of });
  const certificate = acm.Certificate.fromCertificateArn(stack, 'Given', 'arn:aws:acm:us-east-1:111111111111:certificate/1a2b3c4d-0000-4000-8000-000000000000');
  const ingress = new TradingLoadBalancer(stack, 'Ingress', { vpc, service, certificate, allowFrom: [ec2.Peer.prefixList('pl-1')], ...balancer });
  const delivery = new CodeDeployDelivery(stack, 'Delivery', { service, ingress, ...change });
  return { ...parts, service, ingress, delivery };
}

const { stack, service, ingress, delivery } = deliver({ testPort: 8443, testFrom: [ec2.Peer.prefixList('pl-testers')] });
const template = Template.fromStack(stack);

test('moves clients between two alike groups of tasks, a tenth of them first', () => {
  template.hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
    DeploymentConfigName: 'CodeDeployDefault.ECSCanary10Percent5Minutes',
    DeploymentStyle: { DeploymentOption: 'WITH_TRAFFIC_CONTROL', DeploymentType: 'BLUE_GREEN' },
    BlueGreenDeploymentConfiguration: Match.objectLike({ TerminateBlueInstancesOnDeploymentSuccess: { Action: 'TERMINATE', TerminationWaitTimeInMinutes: 10 } }),
    ECSServices: [Match.objectLike({ ServiceName: stack.resolve(service.service.serviceName) as unknown })],
    LoadBalancerInfo: {
      TargetGroupPairInfoList: [{
        ProdTrafficRoute: { ListenerArns: [stack.resolve(ingress.listener.listenerArn) as unknown] },
        TestTrafficRoute: { ListenerArns: [stack.resolve(delivery.testListener!.listenerArn) as unknown] },
        TargetGroups: [Match.anyValue(), Match.anyValue()],
      }],
    },
  });
  const groups = Object.values(template.findResources('AWS::ElasticLoadBalancingV2::TargetGroup')).map(({ Properties }) => Properties as object);
  expect(groups).toHaveLength(2);
  expect(groups[1]).toEqual(groups[0]);
});

test('drains WebSockets of both sides alike', () => {
  const own = Template.fromStack(deliver({ drainTime: Duration.minutes(15) }).stack);
  own.allResourcesProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
    TargetGroupAttributes: Match.arrayWith([{ Key: 'deregistration_delay.timeout_seconds', Value: '900' }]),
  });
});

test('sends a deployment back on an alarm', () => {
  const alarm = cloudwatch.Alarm.fromAlarmArn(testStack(), 'Errors', 'arn:aws:cloudwatch:us-east-1:111111111111:alarm:errors');
  Template.fromStack(deliver({ rollbackAlarms: [alarm] }).stack).hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
    AlarmConfiguration: { Enabled: true, Alarms: [{ Name: 'errors' }] }, AutoRollbackConfiguration: { Enabled: true, Events: Match.arrayWith(['DEPLOYMENT_STOP_ON_ALARM']) },
  });
});

test('tells the pipeline what to deploy', () => {
  const rendered = JSON.stringify(stack.resolve(delivery.appSpec));
  for (const part of ['AWS::ECS::Service', 'reference-api', '8080', 'FARGATE', stack.getLogicalId(service.taskDefinition.node.defaultChild as ecs.CfnTaskDefinition)]) expect(rendered).toContain(part);
});

test('lets CodeDeploy change this service, its task sets and its listeners only', () => {
  const [policy] = Object.values(template.findResources('AWS::IAM::ManagedPolicy', { Properties: { Description: 'CodeDeploy moves traffic between two versions' } }));
  const statements = (policy.Properties.PolicyDocument as { Statement: Array<{ Action: string | string[]; Resource: unknown }> }).Statement;
  const open = statements.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action);
  expect(open.every((action) => action.startsWith('elasticloadbalancing:Describe'))).toBe(true);
  expect(statements.flatMap(({ Action }) => Action).filter((action) => !action.includes(':Describe')).sort()).toEqual([
    'ecs:CreateTaskSet', 'ecs:DeleteTaskSet', 'ecs:UpdateServicePrimaryTaskSet', 'elasticloadbalancing:ModifyListener', 'iam:PassRole',
  ]);
  template.hasResourceProperties('AWS::IAM::Role', { Description: 'CodeDeploy moves traffic between two versions', ManagedPolicyArns: Match.absent() });
});

test.each<[string, () => unknown, RegExp]>([
  ['a service of ECS', () => deliver({}, { deploymentController: ecs.DeploymentControllerType.ECS }), /`service` is deployed by ECS; give it `deploymentController` CODE_DEPLOY/],
  ['a load balancer that asks for a secret', () => deliver({}, {}, {
    exposure: LoadBalancerExposure.cloudFrontOnly({ originSecrets: [SecretValue.secretsManager('origin')] }), vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  }), /`ingress` asks for an origin secret by a rule of its listener.*use ProgressiveDelivery/],
  ['times that AWS does not have', () => deliver({ drainTime: Duration.hours(2), bakeTime: Duration.days(3) }), /`drainTime` must be from nothing to an hour, got: 2 hours; `bakeTime` must be from nothing to two days, got: 3 days/],
  ['testers without a port', () => deliver({ testFrom: [] }), /`testFrom` needs `testPort`/],
])('fails for %s', (_name, run, message) => {
  expect(run).toThrow(message);
});

describe('in six rule packs', () => {
  const report = packReport((app: App) => {
    const own = deliver({ testPort: 8443, deploymentConfig: codedeploy.EcsDeploymentConfig.LINEAR_10PERCENT_EVERY_3MINUTES }, {}, {}, new TradingStack(app, 'Delivery'));
    const taskSets = own.stack.formatArn({ service: 'ecs', resource: 'task-set', resourceName: `${own.cluster.clusterName}/${own.service.service.serviceName}/*` });
    accept(own.delivery.role, {
      rule: 'IAM5[Resource::*]', packs: ['AwsSolutions'],
      reason: 'The three calls that describe load balancers know no narrower resource than "*".',
      control: 'every call that changes something names this service or these listeners',
    }, {
      rule: `IAM5[Resource::${taskSets}]`, packs: ['AwsSolutions'],
      reason: 'A deployment makes its task set, whose id is not known before; the resource is open below this service.',
      control: 'cluster and service are named',
    });
  });

  test('nothing of this construct is found that is not accepted', () => {
    expect(report.violations.filter((found) => found.includes(' at Delivery/Delivery/'))).toEqual([]);
  });
});
