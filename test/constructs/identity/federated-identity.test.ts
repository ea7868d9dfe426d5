import { Duration, SecretValue } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { FederatedIdentity, FederatedIdentityProps, SignInDomain } from '../../../src/constructs/identity/federated-identity';
import { testStack } from '../../support/apps';

const google = { clientId: 'google-client', clientSecret: SecretValue.secretsManager('google-secret') };
const okta = { issuerUrl: 'https://desk.okta.com/oauth2/default', clientId: 'okta-client', clientSecret: SecretValue.secretsManager('okta-secret') };

function define(change: Partial<FederatedIdentityProps> = {}) {
  const stack = testStack();
  const identity = new FederatedIdentity(stack, 'SignIn', {
    userPool: cognito.UserPool.fromUserPoolId(stack, 'Pool', 'us-east-1_abcdefghi'),
    domain: SignInDomain.prefix('desk-signin'),
    callbackUrls: ['https://trade.example.com/signed-in'],
    google,
    okta,
    ...change,
  });
  return { stack, identity };
}

const { stack, identity } = define();
const template = Template.fromStack(stack);

test('takes people of Google and Okta into a pool that exists, secrets by reference', () => {
  template.hasResourceProperties('AWS::Cognito::UserPoolIdentityProvider', {
    UserPoolId: 'us-east-1_abcdefghi', ProviderName: 'Google', ProviderType: 'Google',
    ProviderDetails: { client_id: 'google-client', client_secret: '{{resolve:secretsmanager:google-secret:SecretString:::}}', authorize_scopes: 'openid email profile' },
    AttributeMapping: { email: 'email', email_verified: 'email_verified', name: 'name' },
  });
  template.hasResourceProperties('AWS::Cognito::UserPoolIdentityProvider', {
    ProviderName: 'Okta', ProviderType: 'OIDC',
    ProviderDetails: Match.objectLike({ oidc_issuer: 'https://desk.okta.com/oauth2/default', client_secret: '{{resolve:secretsmanager:okta-secret:SecretString:::}}', authorize_scopes: 'openid email profile' }),
    AttributeMapping: { email: 'email', email_verified: 'email_verified', name: 'name' },
  });
});

test('gives out authorization codes only, to a client without a secret', () => {
  template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
    GenerateSecret: false,
    AllowedOAuthFlows: ['code'],
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthScopes: ['openid', 'email', 'profile'],
    CallbackURLs: ['https://trade.example.com/signed-in'],
    SupportedIdentityProviders: ['COGNITO', 'Google', 'Okta'],
    ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
    EnableTokenRevocation: true,
    PreventUserExistenceErrors: 'ENABLED',
    AccessTokenValidity: 15,
    TokenValidityUnits: Match.objectLike({ AccessToken: 'minutes' }),
  });
});

test('makes the client after its providers, which Cognito would not find otherwise', () => {
  const [client] = Object.values(template.findResources('AWS::Cognito::UserPoolClient')) as Array<{ DependsOn: string[] }>;
  expect(client.DependsOn).toHaveLength(2);
});

test('has sign-in pages below Cognito\'s name or a name of its own', () => {
  template.hasResourceProperties('AWS::Cognito::UserPoolDomain', { Domain: 'desk-signin' });
  expect(JSON.stringify(stack.resolve(identity.authorizeUrl))).toMatch(/\.auth\.us-east-1\.amazoncognito\.com\/oauth2\/authorize/);
  const own = define({ domain: SignInDomain.custom('auth.example.com', acm.Certificate.fromCertificateArn(testStack(), 'C', 'arn:aws:acm:us-east-1:111111111111:certificate/1')) });
  Template.fromStack(own.stack).hasResourceProperties('AWS::Cognito::UserPoolDomain', { Domain: 'auth.example.com', CustomDomainConfig: { CertificateArn: 'arn:aws:acm:us-east-1:111111111111:certificate/1' } });
});

test('counts who came through a provider', () => {
  expect(identity.metricFederatedSignIns('Okta')).toMatchObject({
    namespace: 'AWS/Cognito', metricName: 'FederationSuccesses', dimensions: { UserPool: 'us-east-1_abcdefghi', IdentityProvider: 'Okta' },
  });
});

test('can leave out one provider and local accounts', () => {
  const own = define({ google: undefined, localAccounts: false });
  expect(own.identity.google).toBeUndefined();
  Template.fromStack(own.stack).hasResourceProperties('AWS::Cognito::UserPoolClient', { SupportedIdentityProviders: ['Okta'] });
});

test.each([
  [{ google: undefined, okta: undefined }, /`google` or `okta` must be given/],
  [{ callbackUrls: [] }, /`callbackUrls` must name at least one page/],
  [{ callbackUrls: ['http://trade.example.com'] }, /`callbackUrls` must be https:\/\/ or http:\/\/localhost/],
  [{ callbackUrls: ['https://*.example.com'] }, /`callbackUrls` must be/],
  [{ logoutUrls: ['http://localhost.evil.com'] }, /`logoutUrls` must be/],
  [{ okta: { ...okta, issuerUrl: 'https://desk.okta.com/' } }, /`okta.issuerUrl` must be https:\/\/ without a slash/],
  [{ accessTokenValidity: Duration.minutes(4) }, /`accessTokenValidity` must be from 5 minutes to a day/],
  [{ refreshTokenValidity: Duration.minutes(59) }, /`refreshTokenValidity` must be from an hour/],
] as Array<[Partial<FederatedIdentityProps>, RegExp]>)('fails for bad input %#', (change, message) => {
  expect(() => define(change)).toThrow(message);
});

test.each(['http://localhost:5173/signed-in', 'http://localhost'])('takes %s for development', (url) => {
  expect(() => define({ callbackUrls: [url] })).not.toThrow();
});

test.each(['Desk', 'my-aws-desk', '-desk', ''])('fails for the prefix %j', (prefix) => {
  expect(() => SignInDomain.prefix(prefix)).toThrow(/`prefix` must be lower-case letters/);
});
