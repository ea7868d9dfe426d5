import { RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AlarmTopic } from '../../../src/constructs/observability/alarm-topic';
import { testStack } from '../../support/apps';

const stack = testStack();
const alarmTopic = new AlarmTopic(stack, 'Alarms', { emails: ['oncall@example.com'], httpsEndpoints: ['https://pager.example.com/v2/enqueue'] });
const template = Template.fromStack(stack);

test('tells people and the paging service', () => {
  template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'oncall@example.com' });
  template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'https', Endpoint: 'https://pager.example.com/v2/enqueue' });
});

test('is encrypted with a rotated key that outlives the stack', () => {
  template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: stack.resolve(alarmTopic.encryptionKey.keyArn) });
  template.hasResource('AWS::KMS::Key', { DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true } });
});

test('takes messages of alarms of this account over TLS only', () => {
  template.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: [
        Match.objectLike({ Effect: 'Deny', Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        Match.objectLike({
          Effect: 'Allow',
          Action: 'sns:Publish',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        }),
      ],
    },
  });
});

test('lets alarms, budgets and anomalies use the key', () => {
  template.hasResourceProperties('AWS::KMS::Key', {
    KeyPolicy: {
      Statement: Match.arrayWith([Match.objectLike({
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        Principal: { Service: ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com', 'costalerts.amazonaws.com', 'sns.amazonaws.com'] },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      })]),
    },
  });
});

test('keeps what could not be delivered', () => {
  const queue = stack.resolve(alarmTopic.undelivered.queueArn);
  template.resourcePropertiesCountIs('AWS::SNS::Subscription', { RedrivePolicy: { deadLetterTargetArn: queue } }, 2);
  template.hasResource('AWS::SQS::Queue', {
    DeletionPolicy: 'Retain', Properties: { MessageRetentionPeriod: 1209600, KmsMasterKeyId: stack.resolve(alarmTopic.encryptionKey.keyArn) },
  });
  template.hasResourceProperties('AWS::SQS::QueuePolicy', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Effect: 'Allow', Action: 'sqs:SendMessage', Principal: { Service: 'sns.amazonaws.com' } })]) },
  });
});

test('is an alarm action', () => {
  const own = testStack();
  const topic = new AlarmTopic(own, 'Alarms');
  topic.metricFailedDeliveries().createAlarm(own, 'Alarm', { threshold: 1, evaluationPeriods: 1 }).addAlarmAction(topic);
  Template.fromStack(own).hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmActions: [own.resolve(topic.topic.topicArn)], MetricName: 'NumberOfNotificationsFailed', Statistic: cloudwatch.Stats.SUM, Period: 300,
  });
});

test('uses a given key and defines none in its place', () => {
  const own = testStack();
  const encryptionKey = new kms.Key(own, 'Given', { removalPolicy: RemovalPolicy.DESTROY });
  expect(new AlarmTopic(own, 'Alarms', { encryptionKey }).encryptionKey).toBe(encryptionKey);
  Template.fromStack(own).resourceCountIs('AWS::KMS::Key', 1);
});

test.each(['http://pager.example.com', 'https://', 'pager.example.com'])('fails for the endpoint %s', (endpoint) => {
  expect(() => new AlarmTopic(testStack(), 'Alarms', { httpsEndpoints: [endpoint] })).toThrow(/`httpsEndpoints` must begin with https:/);
});

test('fails for a password in an endpoint without repeating it', () => {
  const build = () => new AlarmTopic(testStack(), 'Alarms', { emails: ['x'], httpsEndpoints: ['https://user:secret@pager.example.com'] });
  expect(build).toThrow(/`emails` must hold mail addresses, got: 'x'.*`httpsEndpoints`.*hold no password/);
  expect(build).not.toThrow(/secret/);
});
