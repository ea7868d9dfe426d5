import { App } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { MatchingService, ServiceDefinition, TradingCluster, TradingFunction, TradingService, TradingStack } from '../../../src';
import { FunctionRollout } from '../../../src/constructs/compute/function-rollout';
import { ServiceCapacity } from '../../../src/constructs/compute/service-capacity';
import { ServiceScaling } from '../../../src/constructs/compute/service-scaling';
import { SpotCapacity } from '../../../src/constructs/compute/spot-capacity';
import { ZoneSizing } from '../../../src/constructs/compute/zone-sizing';
import { givenVpc } from '../../support/apps';
import { givenAlarmAction } from '../../support/given';
import { accept, packReport } from '../../support/rule-packs';

function build(app: App): void {
  const stack = new TradingStack(app, 'Services');
  const vpc = givenVpc(stack);
  const alarmActions = [givenAlarmAction(stack)];
  const { cluster } = new TradingCluster(stack, 'Cluster', { vpc });
  const given = new ec2.Connections({ securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0')], defaultPort: ec2.Port.tcp(6380) });
  const cache = { endpointAddress: 'cache.internal', endpointPort: '6380', connections: given };
  const cacheAuthToken = secretsmanager.Secret.fromSecretCompleteArn(stack, 'Token', 'arn:aws:secretsmanager:us-east-1:111111111111:secret:token-AbCdEf');
  const stream = kinesis.Stream.fromStreamArn(stack, 'Stream', 'arn:aws:kinesis:us-east-1:111111111111:stream/journal');
  const queue = (name: string) => sqs.Queue.fromQueueArn(stack, name, `arn:aws:sqs:us-east-1:111111111111:${name}.fifo`);
  const topic = sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:111111111111:instances');

  const service = new TradingService(stack, 'Service', {
    cluster,
    definition: ServiceDefinition.streamer({ marketDataStream: stream, cache, cacheAuthToken }),
    sizing: ZoneSizing.forTasks(4),
    maxCapacity: 20,
    capacity: ServiceCapacity.fargateWithSpot(),
    collector: { prometheusPort: 9464 },
    scaling: [ServiceScaling.cpu(), ServiceScaling.memory(), ServiceScaling.queueDepth({ queue: queue('work'), messagesPerTask: 10 })],
  });
  const spot = new SpotCapacity(stack, 'Spot', { cluster, notifications: topic });
  const matching = new MatchingService(stack, 'Matching', {
    cluster,
    cache,
    cacheAuthToken,
    journalStream: stream,
    settlementQueue: queue('settlement'),
    leaseTable: dynamodb.Table.fromTableName(stack, 'Leases', 'leases'),
    snapshotBucket: s3.Bucket.fromBucketName(stack, 'Snapshots', 'snapshots'),
  });
  const fn = new TradingFunction(stack, 'Settlement', {
    vpc,
    definition: ServiceDefinition.settlement({
      settlementQueue: queue('settlements'),
      deadLetterQueue: queue('dead'),
      ledger: { clusterResourceIdentifier: 'cluster-1', databaseName: 'trading', writerEndpoint: { socketAddress: 'w:5433' }, readerEndpoint: { socketAddress: 'r:5433' }, connections: given } as never,
    }),
    rollout: FunctionRollout.canary(),
    reservedConcurrency: 50,
    alarmActions,
  });
  const setup = new TradingFunction(stack, 'Setup', {
    vpc, definition: ServiceDefinition.setup({ ledgerAdminSecret: cacheAuthToken, journalStream: stream, instruments: '[]' }),
  });
  const services = [service, matching.serviceA, matching.serviceB];
  const functions = [fn, setup];

  for (const { taskDefinition } of services) {
    accept(taskDefinition, {
      rule: 'ECS2', packs: ['AwsSolutions'],
      reason: 'The environment holds names, URLs and switches that the template must show; every secret is injected from Secrets Manager.',
      control: 'the manifest gives each value a kind, and kind secret never becomes an environment variable',
    });
    accept(taskDefinition.obtainExecutionRole(), {
      rule: 'IAM5[Resource::*]', packs: ['AwsSolutions'],
      reason: 'ecr:GetAuthorizationToken, with which ECS signs in to the registry, knows no narrower resource than "*".',
      control: 'all other statements of the role name their repository, log group or secret',
    });
  }
  accept(service.taskRole, {
    rule: 'IAM5[Resource::*]', packs: ['AwsSolutions'],
    reason: 'X-Ray knows no resources for the four calls with which the collector sends traces and asks how many to take.',
    control: 'the statement is added with the collector only and names the four calls',
  });
  for (const { taskRole } of [matching.serviceA, matching.serviceB]) {
    accept(taskRole, {
      rule: 'IAM5[Resource::arn:<AWS::Partition>:s3:::snapshots/matcher-snapshots/*]', packs: ['AwsSolutions'],
      reason: 'The matcher names its snapshots by position in the journal, so their keys are open below a prefix of its own.',
      control: 'the prefix belongs to the matcher alone; the rest of the bucket is out of reach',
    });
  }
  for (const { role } of functions) {
    accept(role, {
      rule: 'IAM5[Resource::*]', packs: ['AwsSolutions'],
      reason: 'Lambda makes the network interfaces of a function in a VPC with its role, and X-Ray knows no resources; neither has a narrower one.',
      control: 'six calls about network interfaces and two of X-Ray, nothing else has this resource',
    });
  }
  accept(spot.role, {
    rule: 'IAM5[Resource::*]', packs: ['AwsSolutions'],
    reason: 'The ECS agent discovers its poll endpoint, signs in to the registry and writes logs before it knows what tasks it gets.',
    control: 'containers cannot reach the role: metadata is blocked for them and ends after one hop',
  }, {
    rule: 'IAM5[Action::ecs:Submit*]', packs: ['AwsSolutions'],
    reason: "The CDK gives the ECS agent its three reports of state in this form; they concern the instance's own cluster.",
    control: 'the statement names the cluster',
  });
  const template = {
    reason: 'The rule reads the launch template of the group itself and does not follow the one of its mixed instances policy.',
    control: 'that template encrypts the disk and demands IMDSv2, which a test of SpotCapacity asserts',
  };
  accept(spot.autoScalingGroup,
    { rule: 'EC26', packs: ['AwsSolutions'], ...template },
    { rule: 'EC2IMDSv2Enabled', packs: ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5'], ...template });
  const inline = ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'];
  const executionRoles = services.map(({ taskDefinition }) => taskDefinition.obtainExecutionRole());
  for (const scope of [...services.map(({ taskRole }) => taskRole), ...executionRoles, ...functions.map(({ role }) => role), spot.role]) {
    accept(scope, {
      rule: 'IAMNoInlinePolicy', packs: inline,
      reason: 'The CDK writes what a role is granted into a policy of that role alone; it is the same statements as in a managed policy.',
      control: 'the statements are reviewed in the template, and a permissions boundary can be put over every role',
    });
  }
  for (const { function: scope } of functions) {
    accept(scope, {
      rule: 'LambdaDLQ', packs: ['HIPAA.Security', 'NIST.800.53.R5', 'Serverless'],
      reason: 'The function is never called asynchronously: its queue, with a dead-letter queue of its own, or a deployment calls it and waits.',
      control: 'failureQueue adds a destination for failures where a function is called asynchronously',
    });
  }
  accept(fn.eventSource!, {
    rule: 'LambdaEventSourceMappingDestination', packs: ['Serverless'],
    reason: 'Lambda has such destinations for streams only; messages of SQS that fail go to the dead-letter queue of the queue.',
    control: 'SettlementQueue has a dead-letter queue with an alarm',
  });
  accept(setup.function, {
    rule: 'LambdaConcurrency', packs: ['HIPAA.Security', 'NIST.800.53.R5'],
    reason: 'Reserved executions are taken away from all other functions of the account, which a library must not do unasked.',
    control: 'reservedConcurrency sets it',
  });
}

const report = packReport(build);

test('no rule of six packs finds anything that is not accepted', () => {
  expect(report.error).toBe('');
  expect(report.violations).toEqual([]);
});

test('every acceptance is of a finding that exists', () => {
  const found = new Set(report.suppressed.map(({ ruleName }) => ruleName.replace(/^.*?[-](?=[A-Z])/, '')));
  expect([...found].sort()).toEqual([
    'EC26',
    'EC2IMDSv2Enabled',
    'ECS2',
    'IAM5[Action::ecs:Submit*]',
    'IAM5[Resource::*]',
    'IAM5[Resource::arn:<AWS::Partition>:s3:::snapshots/matcher-snapshots/*]',
    'IAMNoInlinePolicy',
    'LambdaConcurrency',
    'LambdaDLQ',
    'LambdaEventSourceMappingDestination',
  ]);
});
