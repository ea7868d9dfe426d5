import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { RotatedSecret, RotatedSecretProps } from '../../../src/constructs/security/rotated-secret';
import { testStack } from '../../support/apps';
import { givenFunction } from '../../support/given';
import { statementsOf } from '../../support/templates';

function define(change: Partial<RotatedSecretProps> = {}) {
  const stack = testStack();
  const secret = new RotatedSecret(stack, 'FeedKey', { description: 'Key of the market feed', rotationFunction: givenFunction(stack, 'Rotate'), ...change });
  return { stack, secret };
}

const { stack, secret } = define();
const template = Template.fromStack(stack);

test('is generated, encrypted with a key of its own and kept', () => {
  template.hasResource('AWS::SecretsManager::Secret', {
    DeletionPolicy: 'Retain',
    Properties: Match.objectLike({
      GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
      KmsKeyId: stack.resolve(secret.encryptionKey.keyArn) as unknown,
    }),
  });
  template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
});

test('is rotated every thirty days by the given function', () => {
  template.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
    RotationLambdaARN: 'arn:aws:lambda:us-east-1:111111111111:function:Rotate', RotationRules: { ScheduleExpression: 'rate(30 days)' },
  });
});

test('is refused to other accounts, whatever they are granted', () => {
  template.hasResourceProperties('AWS::SecretsManager::ResourcePolicy', {
    ResourcePolicy: {
      Version: '2012-10-17',
      Statement: Match.arrayWith([Match.objectLike({
        Sid: 'DenyOtherAccounts', Effect: 'Deny', Principal: { AWS: '*' }, Condition: Match.objectLike({ StringNotEquals: { 'aws:PrincipalAccount': { Ref: 'AWS::AccountId' } } }),
      })]),
    },
  });
});

test('alarms when a rotation fails', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { Namespace: 'AWS/Lambda', MetricName: 'Errors', Threshold: 0, Dimensions: [{ Name: 'FunctionName', Value: 'Rotate' }] });
});

test('stands beside other fields', () => {
  Template.fromStack(define({ fields: { username: 'streamer' }, generatedField: 'token' }).stack).hasResourceProperties('AWS::SecretsManager::Secret', {
    GenerateSecretString: Match.objectLike({ SecretStringTemplate: '{"username":"streamer"}', GenerateStringKey: 'token' }),
  });
});

test('takes a given key and makes none', () => {
  const own = testStack();
  new RotatedSecret(own, 'Secret', { description: 'x', rotationFunction: givenFunction(own, 'Rotate'), encryptionKey: kms.Key.fromKeyArn(own, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1'), rotateEvery: Duration.hours(12) });
  const other = Template.fromStack(own);
  other.resourceCountIs('AWS::KMS::Key', 0);
  other.hasResourceProperties('AWS::SecretsManager::RotationSchedule', { RotationRules: { ScheduleExpression: 'rate(12 hours)' } });
});

test('lets a principal read it, with its key', () => {
  const own = define();
  const role = new iam.Role(own.stack, 'Reader', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  own.secret.grants.read(role);
  const statements = statementsOf(own.stack, own.stack.getLogicalId(role.node.defaultChild as iam.CfnRole));
  expect(statements.flatMap(({ actions }) => actions)).toEqual(expect.arrayContaining(['secretsmanager:GetSecretValue']));
  expect(statements.flatMap(({ actions }) => actions).filter((action) => /Put|Update|Delete|\*/.test(action))).toEqual([]);
});

test.each([
  [{ description: ' ' }, /`description` must say/],
  [{ rotateEvery: Duration.hours(3) }, /`rotateEvery` must be from 4 hours to 1000 days, got: 3 hours/],
  [{ rotateEvery: Duration.days(1001) }, /`rotateEvery` must be/],
  [{ length: 15 }, /`length` must be a whole number from 16 to 256, got: 15/],
  [{ fields: { password: 'x' } }, /`fields` must not hold 'password', which is generated/],
  [{ generatedField: 'token' }, /`generatedField` names a field next to `fields`/],
] as Array<[Partial<RotatedSecretProps>, RegExp]>)('fails for %j', (change, message) => {
  expect(() => define(change)).toThrow(message);
});
