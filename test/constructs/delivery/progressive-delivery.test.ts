import { Duration, SecretValue } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { TradingLoadBalancer, TradingService } from '../../../src';
import { ServiceProtocol } from '../../../src/constructs/compute/load-balanced-service';
import { TradingServiceProps } from '../../../src/constructs/compute/trading-service';
import { DeploymentPlan } from '../../../src/constructs/delivery/deployment-plan';
import { ProgressiveDelivery, ProgressiveDeliveryProps } from '../../../src/constructs/delivery/progressive-delivery';
import { LoadBalancerExposure } from '../../../src/constructs/ingress/load-balancer-exposure';
import { TradingLoadBalancerProps } from '../../../src/constructs/ingress/trading-load-balancer';
import { apiDefinition, platform } from '../../support/platform';

const CERTIFICATE = 'arn:aws:acm:us-east-1:111111111111:certificate/1234';

function deliver(
  change: Partial<ProgressiveDeliveryProps> = {}, https = false, balancer: Partial<TradingLoadBalancerProps> = {},
  of: Partial<TradingServiceProps> = {},
) {
  const parts = platform();
  const { stack, cluster, vpc } = parts;
  const service = new TradingService(stack, 'Api', { cluster, definition: apiDefinition(parts), ...of });
  const certificate = https ? acm.Certificate.fromCertificateArn(stack, 'Given', CERTIFICATE) : undefined;
  const ingress = new TradingLoadBalancer(stack, 'Ingress', { vpc, service, allowFrom: [ec2.Peer.prefixList('pl-1')], certificate, ...balancer });
  const delivery = new ProgressiveDelivery(stack, 'Delivery', { service, ingress, plan: DeploymentPlan.blueGreen(), ...change });
  return { ...parts, service, ingress, delivery, template: Template.fromStack(stack) };
}

const { stack, ingress, delivery, template } = deliver();

test('gives the service a second target group, a rule and a role to move traffic with', () => {
  template.hasResourceProperties('AWS::ECS::Service', {
    DeploymentConfiguration: Match.objectLike({ Strategy: 'BLUE_GREEN', BakeTimeInMinutes: 10, DeploymentCircuitBreaker: { Enable: true, Rollback: true } }),
    LoadBalancers: [Match.objectLike({
      TargetGroupArn: stack.resolve(ingress.targetGroup.targetGroupArn) as unknown,
      AdvancedConfiguration: {
        AlternateTargetGroupArn: stack.resolve(delivery.alternateTargetGroup!.targetGroupArn) as unknown,
        ProductionListenerRule: stack.resolve(delivery.productionRule!.listenerRuleArn) as unknown,
        RoleArn: stack.resolve(delivery.role!.roleArn) as unknown,
      },
    })],
  });
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::ListenerRule', {
    ListenerArn: stack.resolve(ingress.listener.listenerArn) as unknown,
    Actions: [Match.objectLike({
      ForwardConfig: {
        TargetGroups: [
          { TargetGroupArn: stack.resolve(ingress.targetGroup.targetGroupArn) as unknown, Weight: 100 },
          { TargetGroupArn: stack.resolve(delivery.alternateTargetGroup!.targetGroupArn) as unknown, Weight: 0 },
        ],
      },
    })],
  });
});

test('makes the service after what ECS checks', () => {
  const [service] = Object.values(template.findResources('AWS::ECS::Service')) as Array<{ DependsOn: string[] }>;
  expect(service.DependsOn.join()).toMatch(/ProductionRule/);
  expect(service.DependsOn.join()).toMatch(/DeliveryRole/);
});

test('drains WebSockets of both sides alike', () => {
  const own = deliver({ drainTime: Duration.minutes(15) }).template;
  const groups = Object.values(own.findResources('AWS::ElasticLoadBalancingV2::TargetGroup')) as Array<{ Properties: { TargetGroupAttributes: Array<{ Key: string; Value: string }> } }>;
  expect(groups).toHaveLength(2);
  for (const { Properties } of groups) {
    expect(Properties.TargetGroupAttributes).toContainEqual({ Key: 'deregistration_delay.timeout_seconds', Value: '900' });
    expect(Properties.TargetGroupAttributes).toContainEqual({ Key: 'stickiness.enabled', Value: 'true' });
  }
});

test('checks, sticks and speaks to both sides as the load balancer was told', () => {
  const options = { stickiness: Duration.hours(8), healthCheck: { path: '/ready', interval: Duration.seconds(30) } };
  const own = deliver({}, true, options, { protocol: ServiceProtocol.HTTPS }).template;
  const groups = Object.values(own.findResources('AWS::ElasticLoadBalancingV2::TargetGroup')).map(({ Properties: { Targets, ...rest } }) => rest as object);
  expect(groups).toHaveLength(2);
  expect(groups[1]).toEqual(groups[0]);
  expect(groups[0]).toMatchObject({ HealthCheckPath: '/ready', HealthCheckIntervalSeconds: 30, Protocol: 'HTTPS', HealthCheckProtocol: 'HTTPS' });
});

test('moves only requests that bring the origin secret, before the rule that asks for it', () => {
  const exposure = LoadBalancerExposure.cloudFrontOnly({ originSecrets: [SecretValue.secretsManager('origin')] });
  const vpcSubnets = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
  const own = deliver({}, true, { exposure, vpcSubnets }).template;
  const rules = Object.values(own.findResources('AWS::ElasticLoadBalancingV2::ListenerRule')).map(({ Properties }) => Properties as { Priority: number; Conditions: unknown[] });
  expect(rules.map(({ Priority }) => Priority).sort()).toEqual([49_999, 50_000]);
  for (const { Conditions } of rules) {
    expect(Conditions).toEqual([{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Origin-Verify', Values: ['{{resolve:secretsmanager:origin:SecretString:::}}'] } }]);
  }
});

test('fails for a service that CodeDeploy deploys', () => {
  expect(() => deliver({}, false, {}, { deploymentController: ecs.DeploymentControllerType.CODE_DEPLOY }))
    .toThrow(/`service` is deployed by CODE_DEPLOY, which does not take the plans of ECS; leave its `deploymentController` out, or use CodeDeployDelivery/);
});

test('lets ECS change this rule, this listener and these two groups only', () => {
  const [policy] = Object.values(template.findResources('AWS::IAM::ManagedPolicy', { Properties: { Description: 'ECS moves traffic between two versions' } })) as Array<{ Properties: { PolicyDocument: { Statement: Array<{ Action: string | string[]; Resource: unknown }> } } }>;
  const changing = policy.Properties.PolicyDocument.Statement.filter(({ Action }) => ![Action].flat().every((action) => action.includes(':Describe')));
  expect(changing.flatMap(({ Action }) => Action).sort()).toEqual(['DeregisterTargets', 'ModifyListener', 'ModifyRule', 'RegisterTargets'].map((action) => `elasticloadbalancing:${action}`));
  expect(JSON.stringify(changing)).not.toContain('"*"');
});

test.each([
  ['linear', DeploymentPlan.linear({ stepPercent: 25, stepTime: Duration.minutes(2) }), { Strategy: 'LINEAR', LinearConfiguration: { StepPercent: 25, StepBakeTimeInMinutes: 2 }, BakeTimeInMinutes: 10 }],
  ['canary', DeploymentPlan.canary({ bakeTime: Duration.hours(1) }), { Strategy: 'CANARY', CanaryConfiguration: { CanaryPercent: 5, CanaryBakeTimeInMinutes: 10 }, BakeTimeInMinutes: 60 }],
])('moves clients in steps: %s', (_name, plan, expected) => {
  deliver({ plan }).template.hasResourceProperties('AWS::ECS::Service', { DeploymentConfiguration: Match.objectLike(expected) });
});

test('stays as it was with a rolling plan', () => {
  const own = deliver({ plan: DeploymentPlan.rolling() });
  expect(own.delivery.role).toBeUndefined();
  own.template.resourceCountIs('AWS::ElasticLoadBalancingV2::TargetGroup', 1);
  own.template.hasResourceProperties('AWS::ECS::Service', { DeploymentConfiguration: Match.objectLike({ Strategy: 'ROLLING', BakeTimeInMinutes: Match.absent() }) });
});

test('sends a deployment back on an alarm', () => {
  const alarm = cloudwatch.Alarm.fromAlarmArn(stack, 'Errors', 'arn:aws:cloudwatch:us-east-1:111111111111:alarm:errors');
  deliver({ rollbackAlarms: [alarm] }).template.hasResourceProperties('AWS::ECS::Service', {
    DeploymentConfiguration: Match.objectLike({ Alarms: { Enable: true, Rollback: true, AlarmNames: ['errors'] } }),
  });
});

test.each([[false, 'HTTP'], [true, 'HTTPS']])('lets testers in before clients, on a port of their own (HTTPS: %s)', (https, protocol) => {
  const own = deliver({ testPort: 8443, testFrom: [ec2.Peer.prefixList('pl-testers')] }, https);
  own.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Port: 8443, Protocol: protocol, ...(https ? { Certificates: [{ CertificateArn: CERTIFICATE }] } : {}) });
  own.template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { SourcePrefixListId: 'pl-testers', FromPort: 8443 });
  own.template.hasResourceProperties('AWS::ECS::Service', { LoadBalancers: [Match.objectLike({ AdvancedConfiguration: Match.objectLike({ TestListenerRule: own.stack.resolve(own.delivery.testRule!.listenerRuleArn) as unknown }) })] });
});

test.each([
  [{ drainTime: Duration.hours(2) }, /`drainTime` must be at most an hour, got: 2 hours/],
  [{ rulePriority: 0 }, /`rulePriority` must be a whole number from 1 to 50000, got: 0/],
  [{ testFrom: [ec2.Peer.anyIpv4()] }, /`testFrom` needs `testPort`/],
  [{ testPort: 8443, plan: DeploymentPlan.rolling() }, /`testPort` needs a plan with new tasks/],
  [{ testPort: 443 }, /`testPort` must not be a port of the load balancer, got: 443/],
] as Array<[Partial<ProgressiveDeliveryProps>, RegExp]>)('fails for bad input %#', (change, message) => {
  expect(() => deliver(change)).toThrow(message);
});

test.each([
  [() => DeploymentPlan.linear({ stepPercent: 2 }), /DeploymentPlan.linear: `stepPercent` must be from 3 to 100, got: 2/],
  [() => DeploymentPlan.canary({ percent: 0 }), /`percent` must be from 0.1 to 100, got: 0/],
  [() => DeploymentPlan.canary({ watchTime: Duration.seconds(90) }), /`watchTime` must be whole minutes, at most a day, got: 1 minute 30 seconds/],
  [() => DeploymentPlan.blueGreen({ bakeTime: Duration.days(2) }), /`bakeTime` must be whole minutes/],
  [() => DeploymentPlan.linear({ stepPercent: 101, bakeTime: Duration.days(2) }), /`stepPercent`.*; `bakeTime`/],
])('fails for a plan that ECS does not take %#', (make, message) => {
  expect(make).toThrow(message);
});
