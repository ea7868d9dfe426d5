import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { ServiceDefinition } from '../../../src';
import { ScheduledTask, ScheduledTaskProps } from '../../../src/constructs/compute/scheduled-task';
import { Platform, platform, settlementDefinition } from '../../support/platform';

const streamer = ({ marketData, cache }: Platform) =>
  ServiceDefinition.streamer({ marketDataStream: marketData.stream, cache, cacheAuthToken: cache.authToken });

function define(change: Partial<ScheduledTaskProps> = {}) {
  const parts = platform();
  const definition = streamer(parts);
  const task = new ScheduledTask(parts.stack, 'Nightly', { cluster: parts.cluster, definition, ...change });
  return { ...parts, task };
}

const { stack, task, cluster } = define();
const template = Template.fromStack(stack);

test('starts one private task at 00:05 UTC and tries for two hours', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'cron(5 0 * * ? *)',
    ScheduleExpressionTimezone: 'Etc/UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: Match.objectLike({
      Arn: stack.resolve(cluster.clusterArn) as unknown,
      RetryPolicy: { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 7200 },
      DeadLetterConfig: { Arn: stack.resolve(task.failures.queueArn) as unknown },
      EcsParameters: Match.objectLike({
        LaunchType: 'FARGATE',
        TaskCount: 1,
        TaskDefinitionArn: stack.resolve(task.taskDefinition.taskDefinitionArn) as unknown,
        NetworkConfiguration: { AwsvpcConfiguration: Match.objectLike({ AssignPublicIp: 'DISABLED', SecurityGroups: [stack.resolve(task.securityGroup.securityGroupId)] }) },
      }),
    }),
  });
});

test('may start this task on this cluster and pass its two roles, nothing else', () => {
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'ecs:RunTask', Resource: stack.resolve(task.taskDefinition.taskDefinitionArn) as unknown, Condition: { ArnEquals: { 'ecs:cluster': stack.resolve(cluster.clusterArn) as unknown } } },
        {
          Effect: 'Allow', Action: 'iam:PassRole', Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
          Resource: [stack.resolve(task.taskRole.roleArn), stack.resolve(task.taskDefinition.executionRole!.roleArn)],
        },
        { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: stack.resolve(task.failures.queueArn) as unknown },
      ],
    },
  });
});

test('finds runs that did not start and runs that ended with an error', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: Match.objectLike({
      'source': ['aws.ecs'],
      'detail-type': ['ECS Task State Change'],
      'detail': Match.objectLike({ lastStatus: ['STOPPED'], $or: [{ stopCode: ['TaskFailedToStart'] }, { containers: { exitCode: [{ 'anything-but': 0 }] } }] }),
    }),
    Targets: [Match.objectLike({ Arn: stack.resolve(task.failures.queueArn) as unknown })],
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 0, Dimensions: [{ Name: 'QueueName', Value: stack.resolve(task.failures.queueName) as unknown }] });
});

test('runs hardened, with encrypted logs and no health check to answer', () => {
  const [found] = Object.values(template.findResources('AWS::ECS::TaskDefinition')) as Array<{ Properties: { ContainerDefinitions: Array<Record<string, unknown>> } }>;
  expect(found.Properties.ContainerDefinitions[0]).toMatchObject({ ReadonlyRootFilesystem: true, User: '10001:10001' });
  expect(found.Properties.ContainerDefinitions[0].HealthCheck).toBeUndefined();
  template.hasResourceProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue(), RetentionInDays: 90 });
});

test('takes another time and a given key', () => {
  const parts = platform();
  const encryptionKey = kms.Key.fromKeyArn(parts.stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1');
  const definition = streamer(parts);
  new ScheduledTask(parts.stack, 'Hourly', { cluster: parts.cluster, definition, encryptionKey, schedule: scheduler.ScheduleExpression.rate(Duration.hours(1)) });
  const other = Template.fromStack(parts.stack);
  other.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(1 hour)' });
  other.hasResourceProperties('AWS::Logs::LogGroup', { KmsKeyId: 'arn:aws:kms:us-east-1:111111111111:key/1' });
});

test.each([
  [{ retryAttempts: 186 }, /`retryAttempts` must be a whole number from 0 to 185, got: 186/],
  [{ maxEventAge: Duration.seconds(30) }, /`maxEventAge` must be from one minute to a day, got: 30 seconds/],
  [{ maxEventAge: Duration.days(2) }, /`maxEventAge` must be/],
] as Array<[Partial<ScheduledTaskProps>, RegExp]>)('fails for %j', (change, message) => {
  expect(() => define(change)).toThrow(message);
});

test('fails for a function', () => {
  const parts = platform();
  expect(() => new ScheduledTask(parts.stack, 'Nightly', { cluster: parts.cluster, definition: settlementDefinition(parts) })).toThrow(/must be a container, got the function 'settlement'/);
});
