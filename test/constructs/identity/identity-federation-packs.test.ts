import { App, SecretValue } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { TradingStack } from '../../../src';
import { FederatedIdentity, SignInDomain } from '../../../src/constructs/identity/federated-identity';
import { TradingUserPool } from '../../../src/constructs/identity/trading-user-pool';
import { givenAlarmAction } from '../../support/given';
import { packReport } from '../../support/rule-packs';

function build(app: App): void {
  const stack = new TradingStack(app, 'Identity');
  new TradingUserPool(stack, 'Accounts', { groups: [{ name: 'auditors' }], alarmActions: [givenAlarmAction(stack)] });
  new FederatedIdentity(stack, 'SignIn', {
    userPool: cognito.UserPool.fromUserPoolId(stack, 'Pool', 'us-east-1_abcdefghi'),
    domain: SignInDomain.prefix('desk-signin'),
    callbackUrls: ['https://trade.example.com/signed-in'],
    google: { clientId: 'google-client', clientSecret: SecretValue.secretsManager('google-secret') },
    okta: { issuerUrl: 'https://desk.okta.com', clientId: 'okta-client', clientSecret: SecretValue.secretsManager('okta-secret') },
  });
}

test('no rule of six packs finds anything, and nothing is accepted', () => {
  const report = packReport(build);
  expect(report.error).toBe('');
  expect(report.violations).toEqual([]);
  expect(report.suppressed).toEqual([]);
});
