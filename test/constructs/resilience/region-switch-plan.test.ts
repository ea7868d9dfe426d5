import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { RecoveryObjective } from '../../../src/constructs/resilience/recovery-objective';
import { RegionSwitchPlan, RegionSwitchPlanProps } from '../../../src/constructs/resilience/region-switch-plan';
import { RegionSwitchStep } from '../../../src/constructs/resilience/region-switch-step';
import { testStack } from '../../support/apps';

const cluster = (region: string) => `arn:aws:rds:${region}:111111111111:cluster:ledger`;
const service = (region: string) => ({
  clusterArn: `arn:aws:ecs:${region}:111111111111:cluster/trading`, serviceArn: `arn:aws:ecs:${region}:111111111111:service/trading/api`,
});
const promote = RegionSwitchStep.promoteDatabase('promote-ledger', {
  globalClusterIdentifier: 'ledger', clusterArns: [cluster('us-east-1'), cluster('us-west-2')],
});
const scale = RegionSwitchStep.scaleServices('scale-api', { services: [service('us-east-1'), service('us-west-2')] });

function given(props: Partial<RegionSwitchPlanProps> = {}) {
  const stack = testStack();
  const hostedZone = route53.HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z1', zoneName: 'example.com' });
  const shift = RegionSwitchStep.shiftTraffic('shift-users', { hostedZone, recordName: 'api.example.com', recordSets: { 'us-east-1': 'east', 'us-west-2': 'west' } });
  const plan = new RegionSwitchPlan(stack, 'Plan', {
    primaryRegion: 'us-east-1',
    secondaryRegion: 'us-west-2',
    objective: RecoveryObjective.MULTI_REGION_EXCHANGE,
    steps: [promote, scale, shift],
    healthAlarms: [cloudwatch.Alarm.fromAlarmArn(stack, 'Health', 'arn:aws:cloudwatch:us-east-1:111111111111:alarm:orders')],
    ...props,
  });
  return { stack, plan, template: Template.fromStack(stack) };
}

const { template } = given();

test('leads to the secondary region and back in the same steps', () => {
  const steps = [
    Match.objectLike({ Name: 'promote-ledger', ExecutionBlockType: 'AuroraGlobalDatabase' }),
    Match.objectLike({ Name: 'scale-api', ExecutionBlockType: 'ECSServiceScaling' }),
    Match.objectLike({ Name: 'shift-users', ExecutionBlockType: 'Route53HealthCheck' }),
  ];
  template.hasResourceProperties('AWS::ARCRegionSwitch::Plan', {
    PrimaryRegion: 'us-east-1',
    Regions: ['us-east-1', 'us-west-2'],
    RecoveryApproach: 'activePassive',
    RecoveryTimeObjectiveMinutes: 15,
    Name: Match.stringLikeRegexp('^[A-Za-z0-9][A-Za-z0-9-]{0,30}[A-Za-z0-9]$'),
    AssociatedAlarms: { 'health-1': { AlarmType: 'applicationHealth', ResourceIdentifier: 'arn:aws:cloudwatch:us-east-1:111111111111:alarm:orders' } },
    Workflows: [
      { WorkflowTargetAction: 'activate', WorkflowTargetRegion: 'us-east-1', Steps: steps },
      { WorkflowTargetAction: 'activate', WorkflowTargetRegion: 'us-west-2', Steps: steps },
    ],
  });
});

test('loses nothing when it is planned, and gives up what had not arrived only when it is not', () => {
  const [{ Properties }] = Object.values(template.findResources('AWS::ARCRegionSwitch::Plan'));
  expect(Properties.Workflows[1].Steps[0].ExecutionBlockConfiguration.GlobalAuroraConfig).toEqual({
    Behavior: 'switchoverOnly',
    Ungraceful: { Ungraceful: 'failover' },
    GlobalClusterIdentifier: 'ledger',
    DatabaseClusterArns: [cluster('us-east-1'), cluster('us-west-2')],
    TimeoutMinutes: 5,
  });
});

test('moves users to the record of the region', () => {
  const [{ Properties }] = Object.values(template.findResources('AWS::ARCRegionSwitch::Plan'));
  expect(Properties.Workflows[1].Steps[2].ExecutionBlockConfiguration.Route53HealthCheckConfig).toEqual({
    HostedZoneId: 'Z1',
    RecordName: 'api.example.com',
    RecordSets: [{ Region: 'us-east-1', RecordSetIdentifier: 'east' }, { Region: 'us-west-2', RecordSetIdentifier: 'west' }],
    TimeoutMinutes: 5,
  });
});

test('may change what its steps name and nothing else', () => {
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Sid: 'PromoteDatabase', Resource: [Match.anyValue(), cluster('us-east-1'), cluster('us-west-2')] }),
        Match.objectLike({ Action: ['ecs:DescribeServices', 'ecs:UpdateService'], Resource: [service('us-east-1').serviceArn, service('us-west-2').serviceArn] }),
        Match.objectLike({ Action: 'route53:ListResourceRecordSets', Resource: Match.objectLike({ 'Fn::Join': Match.anyValue() }) }),
      ]),
    },
  });
  template.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: {
      Statement: [Match.objectLike({
        Principal: { Service: 'arc-region-switch.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      })],
    },
  });
});

test('fails when its steps may take longer than the objective allows', () => {
  const slow = RegionSwitchStep.scaleServices('slow', { services: [service('us-east-1'), service('us-west-2')], timeout: Duration.minutes(16) });
  expect(() => given({ steps: [slow] })).toThrow(/`steps` may take 16 minutes until they time out, more than the region RTO of 15 minutes/);
});

test('fails without a region objective', () => {
  expect(() => given({ objective: RecoveryObjective.GATEWAY_EXCHANGE })).toThrow(/`objective` must have a target for the loss of a region/);
});

test('fails with everything that is wrong at once', () => {
  const half = RegionSwitchStep.promoteDatabase('half', { globalClusterIdentifier: 'ledger', clusterArns: [cluster('us-east-1')] });
  const none = RegionSwitchStep.scaleServices('half', { services: [], targetPercent: 0 });
  expect(() => given({ secondaryRegion: 'us-east-1', steps: [half, none] }))
    .toThrow(/must be another region.*names of their own, got twice: half.*`clusterArns` of 'half'.*got: 1.*`services` of 'half'.*got: 0.*`targetPercent`/);
  expect(() => given({ primaryRegion: 'here', steps: [] })).toThrow(/`primaryRegion` must be a region.*`steps` must not be empty/);
});
