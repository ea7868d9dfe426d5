import { Duration, Fn } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { ZoneDrillPart, ZonePowerDrill, ZonePowerDrillProps } from '../../../src/constructs/resilience/zone-power-drill';
import { testStack } from '../../support/apps';

interface Statement { Sid: string; Action: string | string[]; Resource: unknown; Condition?: Record<string, Record<string, string>> }

function drill(props: Partial<ZonePowerDrillProps> = {}) {
  const stack = testStack();
  const stop = cloudwatch.Alarm.fromAlarmArn(stack, 'Stop', 'arn:aws:cloudwatch:us-east-1:111111111111:alarm:orders');
  const construct = new ZonePowerDrill(stack, 'Drill', { availabilityZone: 'us-east-1a', stopAlarms: [stop], ...props });
  const template = Template.fromStack(stack);
  const [policy] = Object.values(template.findResources('AWS::IAM::ManagedPolicy'));
  return { stack, construct, template, statements: policy.Properties.PolicyDocument.Statement as Statement[] };
}

test('takes the power of one zone: network, tasks, database, cache', () => {
  const { template } = drill();
  const tagged = (value: string) => ({ ResourceTags: { AzImpairmentPower: value }, SelectionMode: 'ALL' });
  const inZone = { Filters: [{ Path: 'AvailabilityZone', Values: ['us-east-1a'] }] };
  template.hasResourceProperties('AWS::FIS::ExperimentTemplate', {
    Targets: {
      CutNetworkTargets: { ResourceType: 'aws:ec2:subnet', ...tagged('DisruptSubnet'), ...inZone },
      StopTasksTargets: { ResourceType: 'aws:ecs:task', ...tagged('StopTasks'), ...inZone },
      FailoverDatabasesTargets: { ResourceType: 'aws:rds:cluster', ...tagged('DisruptRds'), Parameters: { writerAvailabilityZoneIdentifiers: 'us-east-1a' } },
      InterruptCachesTargets: {
        ResourceType: 'aws:elasticache:replicationgroup', ...tagged('ElasticacheImpact'), Parameters: { availabilityZoneIdentifier: 'us-east-1a' },
      },
    },
    Actions: {
      CutNetwork: {
        ActionId: 'aws:network:disrupt-connectivity', Parameters: { scope: 'all', duration: 'PT2M' }, Targets: { Subnets: 'CutNetworkTargets' },
      },
      StopTasks: { ActionId: 'aws:ecs:stop-task', Targets: { Tasks: 'StopTasksTargets' } },
      FailoverDatabases: { ActionId: 'aws:rds:failover-db-cluster', Targets: { Clusters: 'FailoverDatabasesTargets' } },
      InterruptCaches: {
        ActionId: 'aws:elasticache:replicationgroup-interrupt-az-power',
        Parameters: { duration: 'PT30M' },
        Targets: { ReplicationGroups: 'InterruptCachesTargets' },
      },
    },
  });
});

test('stops when users are hurt, logs what it does and fails when a target does not exist', () => {
  const { template, stack, construct } = drill();
  template.hasResourceProperties('AWS::FIS::ExperimentTemplate', {
    StopConditions: [{ Source: 'aws:cloudwatch:alarm', Value: 'arn:aws:cloudwatch:us-east-1:111111111111:alarm:orders' }],
    ExperimentOptions: { AccountTargeting: 'single-account', EmptyTargetResolutionMode: 'fail' },
    LogConfiguration: { LogSchemaVersion: 2, CloudWatchLogsConfiguration: { LogGroupArn: { 'Fn::Join': ['', Match.arrayWith([':*'])] } } },
  });
  template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain', Properties: { KmsKeyId: Match.anyValue() } });
  expect(stack.resolve(construct.logGroup.logGroupName)).toHaveProperty('Ref');
});

test('writes to a given group and defines none in its place', () => {
  const stack = testStack();
  const logGroup = logs.LogGroup.fromLogGroupName(stack, 'Given', 'drills');
  const stop = cloudwatch.Alarm.fromAlarmArn(stack, 'Stop', 'arn:aws:cloudwatch:us-east-1:111111111111:alarm:orders');
  new ZonePowerDrill(stack, 'Drill', { availabilityZone: 'us-east-1a', stopAlarms: [stop], logGroup });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::Logs::LogGroup', 0);
  expect(JSON.stringify(template.findResources('AWS::FIS::ExperimentTemplate'))).toContain(':log-group:drills:*');
});

test('may be taken by FIS for experiments of this account only', () => {
  drill().template.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: {
      Statement: [Match.objectLike({
        Principal: { Service: 'fis.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } }, ArnLike: { 'aws:SourceArn': Match.anyValue() } },
      })],
    },
  });
});

/** Actions that find or describe, or set up the delivery of logs: they know no resources. */
const WITHOUT_RESOURCE = /:(Describe|List|GetResources|CreateLogDelivery|PutResourcePolicy)/;

test('may change only what takes part or what it made itself', () => {
  const { statements } = drill({ parts: Object.values(ZoneDrillPart) });
  const actionsOf = ({ Action }: Statement) => [Action].flat();
  for (const statement of statements.filter((each) => !actionsOf(each).every((action) => WITHOUT_RESOURCE.test(action)))) {
    const condition = JSON.stringify(statement.Condition ?? {});
    const narrow = /aws:ResourceTag|aws:RequestTag|kms:ViaService|FisActionId/.test(condition);
    // The way back to the ACL of before, the VPC of an ACL of its own, and load balancers, whose actions know no tags.
    expect(narrow || ['ReplaceAcl', 'CreateAclInVpc', 'ShiftTraffic'].includes(statement.Sid)).toBe(true);
  }
  expect(statements.find(({ Sid }) => Sid === 'FailoverDatabases')).toMatchObject({ Condition: { StringEquals: { 'aws:ResourceTag/AzImpairmentPower': 'DisruptRds' } } });
});

test('asks for what its parts need and nothing else', () => {
  const actions = drill({ parts: [ZoneDrillPart.DATABASES] }).statements.flatMap(({ Action }) => Action);
  expect(actions).toContain('rds:FailoverDBCluster');
  expect(actions.join()).not.toMatch(/ecs:|elasticache:|ec2:|kms:/);
});

test('fits into one policy with every part', () => {
  const { statements } = drill({ parts: Object.values(ZoneDrillPart) });
  const text = JSON.stringify(statements)
    .replace(/\{"Fn::Join":\["",\[(.*?)\]\]\}/g, (_, parts: string) => `"${parts.replace(/\{"Ref":"AWS::(\w+)"\}/g, 'x'.repeat(14)).replace(/[",]/g, '')}"`);
  expect(text.length).toBeLessThan(6144);
});

test('shifts traffic only after the time that AWS needs to see the trouble', () => {
  drill({ parts: [ZoneDrillPart.LOAD_BALANCERS] }).template.hasResourceProperties('AWS::FIS::ExperimentTemplate', {
    Actions: {
      Wait: { ActionId: 'aws:fis:wait', Parameters: { duration: 'PT5M' } },
      ShiftTraffic: { StartAfter: ['Wait'], Parameters: Match.objectLike({ duration: 'PT25M', zonalAutoshiftStatus: 'ENABLED' }) },
    },
  });
});

test('tags what takes part, and only what belongs to the part', () => {
  const stack = testStack();
  const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0, restrictDefaultSecurityGroup: false });
  ZonePowerDrill.include(vpc, ZoneDrillPart.SUBNETS);
  const template = Template.fromStack(stack);
  template.allResourcesProperties('AWS::EC2::Subnet', { Tags: Match.arrayWith([{ Key: 'AzImpairmentPower', Value: 'DisruptSubnet' }]) });
  expect(JSON.stringify(template.findResources('AWS::EC2::RouteTable'))).not.toContain('AzImpairmentPower');
});

test('takes a zone that only the deployment knows', () => {
  expect(() => drill({ availabilityZone: Fn.select(0, Fn.getAzs()) })).not.toThrow();
});

test('fails without an alarm that stops it, and for more than a template takes', () => {
  expect(() => drill({ stopAlarms: [] })).toThrow(/`stopAlarms` must hold 1 to 5 alarms.*got: 0/);
  const six = Array.from({ length: 6 }, (_, index) => cloudwatch.Alarm.fromAlarmArn(testStack(), `A${index}`, `arn:aws:cloudwatch:us-east-1:111111111111:alarm:a${index}`));
  expect(() => drill({ stopAlarms: six })).toThrow(/got: 6/);
});

test('fails with everything that is wrong at once', () => {
  const parts = [ZoneDrillPart.TASKS, ZoneDrillPart.TASKS];
  expect(() => drill({ availabilityZone: 'us-east-1', duration: Duration.hours(13), networkLoss: Duration.seconds(30), parts }))
    .toThrow(/`availabilityZone`.*got: 'us-east-1'.*`duration` must be from 1 minute to 12 hours.*`parts` must not repeat.*`networkLoss`/);
  expect(() => drill({ duration: Duration.minutes(5), parts: [ZoneDrillPart.LOAD_BALANCERS] })).toThrow(/must be longer than the 5 minutes/);
});
