import { Duration, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { TradingUserPool, TradingUserPoolProps } from '../../../src/constructs/identity/trading-user-pool';
import { testStack } from '../../support/apps';

function template(props: TradingUserPoolProps = {}) {
  const stack = testStack();
  new TradingUserPool(stack, 'Identity', props);
  return Template.fromStack(stack);
}

test('keeps its accounts and asks for a second factor', () => {
  template().hasResource('AWS::Cognito::UserPool', {
    DeletionPolicy: 'Retain',
    Properties: {
      DeletionProtection: 'ACTIVE',
      MfaConfiguration: 'ON',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false },
      Policies: { PasswordPolicy: Match.objectLike({ MinimumLength: 12, RequireSymbols: true }) },
    },
  });
});

test('lets the client sign in with SRP or a password, without a secret and without a hosted page', () => {
  template().hasResourceProperties('AWS::Cognito::UserPoolClient', {
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    GenerateSecret: false,
    AllowedOAuthFlowsUserPoolClient: false,
    PreventUserExistenceErrors: 'ENABLED',
    AccessTokenValidity: 15,
    TokenValidityUnits: Match.objectLike({ AccessToken: 'minutes' }),
  });
  template().resourceCountIs('AWS::Cognito::UserPoolDomain', 0);
});

test('has a group of operators', () => {
  template({ operatorsGroup: 'desk' }).hasResourceProperties('AWS::Cognito::UserPoolGroup', { GroupName: 'desk' });
});

test('leaves the making of accounts to operators when that is said', () => {
  template({ selfSignUp: false, accessTokenValidity: Duration.minutes(5) })
    .hasResourceProperties('AWS::Cognito::UserPool', { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } });
});

test('leaves the second factor to people when that is said', () => {
  template({ mfa: cognito.Mfa.OPTIONAL }).hasResourceProperties('AWS::Cognito::UserPool', { MfaConfiguration: 'OPTIONAL', EnabledMfas: ['SOFTWARE_TOKEN_MFA'] });
});

test('warns of a pool in which nobody can have a second factor', () => {
  const stack = testStack();
  new TradingUserPool(stack, 'Identity', { mfa: cognito.Mfa.OFF });
  Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('a password that leaks is an account that is lost'));
});

test('has the groups of the application beside the operators', () => {
  const stack = testStack();
  const pool = new TradingUserPool(stack, 'Identity', { groups: [{ name: 'market-makers', description: 'May quote without fees' }, { name: 'auditors' }] });
  Template.fromStack(stack).hasResourceProperties('AWS::Cognito::UserPoolGroup', { GroupName: 'market-makers', Description: 'May quote without fees' });
  expect(pool.groups).toHaveLength(2);
});

test('alarms when sign-ins are refused, and counts those that succeed and those that look wrong', () => {
  const stack = testStack();
  const pool = new TradingUserPool(stack, 'Identity');
  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'SignInThrottles', Threshold: 0, Dimensions: [{ Name: 'UserPool', Value: stack.resolve(pool.userPool.userPoolId) }, { Name: 'UserPoolClient', Value: Match.anyValue() }],
  });
  expect([pool.metricSignIns(), pool.metricRiskySignIns()].map(({ metricName, namespace }) => `${namespace} ${metricName}`)).toEqual(['AWS/Cognito SignInSuccesses', 'AWS/Cognito Risk']);
});

test('stands for a pool that exists already', () => {
  const given = TradingUserPool.fromTradingUserPoolAttributes(testStack(), 'Given', { userPoolId: 'us-east-1_abcdefghi', userPoolClientId: 'client' });
  expect([given.userPool.userPoolId, given.client.userPoolClientId, given.operatorsGroup]).toEqual(['us-east-1_abcdefghi', 'client', 'operators']);
});

test.each<[string, TradingUserPoolProps, RegExp]>([
  ['tokens that live for a minute', { accessTokenValidity: Duration.minutes(1) }, /`accessTokenValidity` must be from 5 minutes to a day, got: 1 minute/],
  ['a validity that is a token', { accessTokenValidity: Duration.minutes(Token.asNumber({ Ref: 'Minutes' })) }, /`accessTokenValidity` must be a plain value, got an unresolved token/],
  ['a second group of operators', { groups: [{ name: 'operators' }] }, /`groups` must name each group once and not the one of operators, got: operators, operators/],
  ['a name with a space', { groups: [{ name: 'market makers' }] }, /`groups` must have names of letters.*got: 'market makers'/],
  ['a name that is a token', { groups: [{ name: Token.asString({ Ref: 'Group' }) }] }, /`groups` must have names.*got: an unresolved token/],
])('fails with %s', (_, props, message) => {
  expect(() => template(props)).toThrow(message);
});
