import { App } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { ServiceDefinition, TradingStack } from '../../../src';
import { DedicatedCapacity } from '../../../src/constructs/compute/dedicated-capacity';
import { ScheduledTask } from '../../../src/constructs/compute/scheduled-task';
import { SpotWorkers } from '../../../src/constructs/compute/spot-workers';
import { givenVpc } from '../../support/apps';
import { givenAlarmAction } from '../../support/given';
import { accept, packReport } from '../../support/rule-packs';

function build(app: App): void {
  const stack = new TradingStack(app, 'Compute');
  const vpc = givenVpc(stack);
  const alarmActions = [givenAlarmAction(stack)];
  const cluster = new ecs.Cluster(stack, 'Cluster', { vpc, enableFargateCapacityProviders: true, containerInsightsV2: ecs.ContainerInsights.ENABLED });
  const given = new ec2.Connections({ securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0')], defaultPort: ec2.Port.tcp(6380) });
  const definition = ServiceDefinition.streamer({
    marketDataStream: kinesis.Stream.fromStreamArn(stack, 'Stream', 'arn:aws:kinesis:us-east-1:111111111111:stream/market-data'),
    cache: { endpointAddress: 'cache.internal', endpointPort: '6380', connections: given },
    cacheAuthToken: secretsmanager.Secret.fromSecretCompleteArn(stack, 'Token', 'arn:aws:secretsmanager:us-east-1:111111111111:secret:token-AbCdEf'),
  });
  const task = new ScheduledTask(stack, 'Nightly', { cluster, definition, alarmActions });
  const workers = new SpotWorkers(stack, 'Workers', { cluster, definition, alarmActions, queue: sqs.Queue.fromQueueArn(stack, 'Work', 'arn:aws:sqs:us-east-1:111111111111:work') });
  const dedicated = new DedicatedCapacity(stack, 'Matchers', { cluster, alarmActions, notifications: sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:111111111111:instances') });

  const environment = 'The environment holds names, URLs and switches that the template must show; every secret is injected from Secrets Manager.';
  const kinds = 'the manifest gives each value a kind, and kind secret never becomes an environment variable';
  for (const { taskDefinition } of [task, workers]) {
    accept(taskDefinition, { rule: 'ECS2', packs: ['AwsSolutions'], reason: environment, control: kinds });
    accept(taskDefinition.obtainExecutionRole(), {
      rule: 'IAM5[Resource::*]', packs: ['AwsSolutions'],
      reason: 'ecr:GetAuthorizationToken, with which ECS signs in to the registry, knows no narrower resource than "*".',
      control: 'all other statements of the role name their repository, log group or secret',
    });
  }
  const inline = 'The CDK writes what a role is granted into a policy of that role alone; it is the same statements as in a managed policy.';
  const executionRoles = [task, workers].map(({ taskDefinition }) => taskDefinition.obtainExecutionRole());
  for (const scope of [task.taskRole, workers.taskRole, ...executionRoles, dedicated.role]) {
    accept(scope, {
      rule: 'IAMNoInlinePolicy', packs: ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'], reason: inline,
      control: 'the statements are reviewed in the template, and a permissions boundary can be put over every role',
    });
  }
  accept(task.failures, {
    rule: 'SQS3', packs: ['AwsSolutions'], reason: 'The queue is itself where failed runs end up; nothing consumes it but a person.', control: 'an alarm on the first message',
  }, {
    rule: 'SQSRedrivePolicy', packs: ['Serverless'], reason: 'The queue is itself where failed runs end up; nothing consumes it but a person.', control: 'an alarm on the first message',
  });
  accept(task.failureRule, {
    rule: 'EventBusDLQ', packs: ['Serverless'],
    reason: 'The rule delivers to the queue of failures itself; a second queue behind it would be full of the same for the same reason.',
    control: 'EventBridge tries for a day',
  });
  accept(dedicated.role, {
    rule: 'IAM5[Resource::*]', packs: ['AwsSolutions'],
    reason: 'The ECS agent discovers its poll endpoint, signs in to the registry and writes logs before it knows what tasks it gets.',
    control: 'containers cannot reach the role: metadata is blocked for them and ends after one hop',
  }, {
    rule: 'IAM5[Action::ecs:Submit*]', packs: ['AwsSolutions'],
    reason: 'The CDK gives the ECS agent its three reports of state in this form; they concern the instance\'s own cluster.',
    control: 'the statement names the cluster',
  });
}

const report = packReport(build);

test('no rule of six packs finds anything that is not accepted', () => {
  expect(report.error).toBe('');
  expect(report.violations).toEqual([]);
});

test('every acceptance is of a finding that exists', () => {
  const found = new Set(report.suppressed.map(({ ruleName }) => ruleName.replace(/^.*?[-](?=[A-Z])/, '')));
  expect([...found].sort()).toEqual(['ECS2', 'EventBusDLQ', 'IAM5[Action::ecs:Submit*]', 'IAM5[Resource::*]', 'IAMNoInlinePolicy', 'SQS3', 'SQSRedrivePolicy']);
});
