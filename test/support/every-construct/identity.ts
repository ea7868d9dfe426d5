import { Environment, SecretValue } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { LayerStack } from './common';
import { FederatedIdentity, SignInDomain, TradingUserPool } from '../../../src';

/** Every construct of the layer in its minimal form; a pool also without a second factor for everyone. */
export function identity(scope: Construct, env?: Environment): void {
  const stack = new LayerStack(scope, 'Identity', env);
  const pool = stack.create(TradingUserPool, 'Pool');
  stack.create(TradingUserPool, 'OptionalFactorPool', { mfa: cognito.Mfa.OPTIONAL });
  stack.create(FederatedIdentity, 'SignIn', {
    userPool: pool.userPool,
    domain: SignInDomain.prefix('desk-signin'),
    callbackUrls: ['https://trade.example.com/signed-in'],
    google: { clientId: 'google-client', clientSecret: SecretValue.secretsManager('google-secret') },
    okta: { issuerUrl: 'https://desk.okta.com', clientId: 'okta-client', clientSecret: SecretValue.secretsManager('okta-secret') },
  });
}
