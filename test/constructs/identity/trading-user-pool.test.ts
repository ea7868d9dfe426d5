import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { TradingUserPool } from '../../../src';
import { testStack } from '../../support/apps';

function template(props = {}) {
  const stack = testStack();
  new TradingUserPool(stack, 'Identity', props);
  return Template.fromStack(stack);
}

test('keeps its accounts and offers a second factor', () => {
  template().hasResource('AWS::Cognito::UserPool', {
    DeletionPolicy: 'Retain',
    Properties: {
      DeletionProtection: 'ACTIVE',
      MfaConfiguration: 'OPTIONAL',
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
