import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { TradingLogGroup } from '../../../src/constructs/observability/trading-log-group';
import { testStack } from '../../support/apps';

test('keeps logs for 90 days, encrypted with a key for log groups of this account', () => {
  const stack = testStack();
  new TradingLogGroup(stack, 'Logs');
  const template = Template.fromStack(stack);
  template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain', Properties: { RetentionInDays: 90, KmsKeyId: Match.anyValue(), LogGroupName: Match.absent() } });
  template.hasResource('AWS::KMS::Key', {
    DeletionPolicy: 'Retain',
    Properties: {
      EnableKeyRotation: true,
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Principal: { Service: 'logs.us-east-1.amazonaws.com' }, Condition: { ArnLike: Match.anyValue() } })]) },
    },
  });
});

test('uses what is given', () => {
  const stack = testStack();
  const { logGroup } = new TradingLogGroup(stack, 'Logs', {
    encryptionKey: new kms.Key(stack, 'Key'), retention: Duration.days(400), logGroupName: 'aws-waf-logs-edge', removalPolicy: RemovalPolicy.DESTROY,
  });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::KMS::Key', 1);
  template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete', Properties: { RetentionInDays: 400, LogGroupName: 'aws-waf-logs-edge' } });
  expect(stack.resolve(logGroup.logGroupName)).toHaveProperty('Ref');
});

test('grants writing to this group only', () => {
  const stack = testStack();
  const logs = new TradingLogGroup(stack, 'Logs');
  logs.grants.write(new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') }));
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: [Match.objectLike({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: stack.resolve(logs.logGroup.logGroupArn) })] },
  });
});

test('says what it takes in', () => {
  expect(new TradingLogGroup(testStack(), 'Logs').metricIncomingBytes()).toMatchObject({ namespace: 'AWS/Logs', metricName: 'IncomingBytes' });
});

test('fails for a retention that CloudWatch Logs does not offer', () => {
  expect(() => new TradingLogGroup(testStack(), 'Logs', { retention: Duration.days(100) })).toThrow(/must be a number of days that CloudWatch Logs offers.*got: 100 days/);
});
