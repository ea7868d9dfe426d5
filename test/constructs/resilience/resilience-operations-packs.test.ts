import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as sns from 'aws-cdk-lib/aws-sns';
import { IConstruct } from 'constructs';
import { TradingStack } from '../../../src';
import { RecoveryAlarms } from '../../../src/constructs/resilience/recovery-alarms';
import { RecoveryObjective } from '../../../src/constructs/resilience/recovery-objective';
import { RegionDrill, RegionDrillPart } from '../../../src/constructs/resilience/region-drill';
import { RegionSwitchPlan } from '../../../src/constructs/resilience/region-switch-plan';
import { RegionSwitchStep } from '../../../src/constructs/resilience/region-switch-step';
import { ResiliencePolicy } from '../../../src/constructs/resilience/resilience-policy';
import { ZonalShift } from '../../../src/constructs/resilience/zonal-shift';
import { ZoneDrillPart, ZonePowerDrill } from '../../../src/constructs/resilience/zone-power-drill';
import { accept, packReport } from '../../support/rule-packs';

/** Accepts wildcards in a policy, each by its resource as the finding writes it. */
function acceptWildcards(scope: IConstruct, resources: string[], reason: string, control: string): void {
  accept(scope, ...resources.map((resource) => ({ rule: `IAM5[Resource::${resource}]`, packs: ['AwsSolutions'], reason, control })));
}

const every = (service: string, resource: string, region = 'us-east-1') => `arn:<AWS::Partition>:${service}:${region}:<AWS::AccountId>:${resource}`;

const DESCRIBING = ['Actions that only find and describe resources, or set up the delivery of logs, know no resources.', 'such actions stand in statements of their own'] as const;
const DRILLING = [
  'A drill finds what takes part by tags; its rights are bound to these tags, or to the tag of what it makes itself, by conditions that the rule does not read.',
  'tests go through every statement and its condition; only FIS may take the role, for experiments of this account',
] as const;

test('nothing is violated in six packs and the built-in rules', () => {
  const report = packReport((app) => {
    const stack = new TradingStack(app, 'Resilience');
    const alarm = cloudwatch.Alarm.fromAlarmArn(stack, 'Orders', 'arn:aws:cloudwatch:us-east-1:111111111111:alarm:orders');
    const objective = RecoveryObjective.MULTI_REGION_EXCHANGE;
    const topic = sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:111111111111:alarms');
    const regionLags = [new cloudwatch.Metric({ namespace: 'Test', metricName: 'Lag' })];
    new RecoveryAlarms(stack, 'Recovery', { objective, regionLags, alarmActions: [new actions.SnsAction(topic)] });
    const zone = new ZonePowerDrill(stack, 'Zone', { availabilityZone: 'us-east-1a', stopAlarms: [alarm], parts: Object.values(ZoneDrillPart) });
    const region = new RegionDrill(stack, 'Region', { isolatedRegion: 'us-west-2', stopAlarms: [alarm], parts: Object.values(RegionDrillPart) });
    new ZonalShift(stack, 'Shift', {
      outcomeAlarms: [alarm],
      loadBalancer: elbv2.ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(stack, 'Alb', {
        loadBalancerArn: 'arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/trading/1234567890123456', securityGroupId: 'sg-1',
      }),
    });
    new ResiliencePolicy(stack, 'Policy', { objective });
    const plan = new RegionSwitchPlan(stack, 'Plan', {
      primaryRegion: 'us-east-1',
      secondaryRegion: 'us-west-2',
      objective,
      steps: [RegionSwitchStep.promoteDatabase('promote-ledger', {
        globalClusterIdentifier: 'ledger', clusterArns: ['us-east-1', 'us-west-2'].map((name) => `arn:aws:rds:${name}:111111111111:cluster:ledger`),
      })],
    });
    for (const scope of [zone, region, plan]) acceptWildcards(scope, ['*'], ...DESCRIBING);
    acceptWildcards(zone.role, [
      ...['network-acl/*', 'vpc/*', 'subnet/*', 'instance/*'].map((resource) => every('ec2', resource)), every('ecs', 'task/*'), every('rds', 'cluster:*'),
      every('elasticache', 'replicationgroup:*'), every('kms', 'key/*'), every('elasticloadbalancing', 'loadbalancer/*'),
    ], ...DRILLING);
    acceptWildcards(region.role, [
      ...['vpc', 'subnet', 'route-table', 'prefix-list', 'network-interface', 'security-group', 'vpc-endpoint'].map((kind) => every('ec2', `${kind}/*`)),
      every('dynamodb', 'table/*'), every('dynamodb', 'table/*/stream/*'), 'arn:<AWS::Partition>:s3:::*',
    ], ...DRILLING);
    acceptWildcards(plan, [every('arc-region-switch', `plan/${plan.plan.name}*`, '')],
      'AWS ends the ARN of a plan with letters of its own, which are known only after the role had to exist.', 'the name of the plan is unique and the rights only read');
  });
  expect(report.violations).toEqual([]);
  expect(report.error).toBe('');
});
