import { RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { LedgerCapacity, SignInDomain, Workload } from '../../src';
import { ownName, retail, stacksBelow, twoRegions } from '../support/retail';
import { environmentOf, resourcesOf } from '../support/templates';

const system = retail();
const data = Template.fromStack(system.data);
const application = Template.fromStack(system.application);
const edge = Template.fromStack(system.edge);

const google = { clientId: 'google-client', clientSecret: SecretValue.secretsManager('google-sign-in') };
const okta = { issuerUrl: 'https://desk.okta.com', clientId: 'okta-client', clientSecret: SecretValue.secretsManager('okta-sign-in') };
const domain = SignInDomain.prefix('desk-retail');

test('is six stacks in us-east-1 of an open account', () => {
  expect(Object.values(stacksBelow(system)).map(({ stackName, environment }) => `${stackName} ${environment}`)).toEqual(
    ['Network', 'Data', 'Backups', 'Application', 'Edge', 'Operations'].map((name) => `RetailExchange-${name} aws://unknown-account/us-east-1`));
});

test('CloudFront has files from S3 and sends the API to an internal load balancer', () => {
  edge.hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: Match.objectLike({
      DefaultRootObject: 'index.html',
      WebACLId: Match.anyValue(),
      CacheBehaviors: [
        Match.objectLike({ PathPattern: '/assets/*' }),
        Match.objectLike({ PathPattern: '/v1/*', ViewerProtocolPolicy: 'https-only', AllowedMethods: Match.arrayWith(['POST', 'DELETE']) }),
        ...['/api/v3/*', '/ws*', '/stream*', '/health'].map((PathPattern) => Match.objectLike({ PathPattern, ViewerProtocolPolicy: 'https-only' })),
      ],
    }),
  });
  edge.resourceCountIs('AWS::CloudFront::VpcOrigin', 1);
  application.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
});

test('the ledger is Aurora Serverless over two instances, and the read models are tables on demand', () => {
  data.hasResourceProperties('AWS::RDS::DBCluster', { Engine: 'aurora-postgresql', ServerlessV2ScalingConfiguration: { MinCapacity: 1, MaxCapacity: 16 } });
  data.resourcePropertiesCountIs('AWS::RDS::DBInstance', { DBInstanceClass: 'db.serverless' }, 2);
  data.resourcePropertiesCountIs('AWS::DynamoDB::GlobalTable', { BillingMode: 'PAY_PER_REQUEST' }, 4);
  const settlement = environmentOf(Object.values(resourcesOf(system.application)).find(({ Type, Properties }) => (
    Type === 'AWS::Lambda::Function' && JSON.stringify(Properties).includes('SETTLEMENT_QUEUE')))!);
  expect(['ORDER_BOOK_TABLE', 'TRADES_TABLE', 'ORDERS_TABLE'].map((name) => typeof settlement[name])).toEqual(['object', 'object', 'object']);
});

test('Spot takes prices and the API tasks above the minimum, never a matcher', () => {
  const strategies = Object.entries(resourcesOf(system.application)).filter(([, { Type }]) => Type === 'AWS::ECS::Service').map(([id, { Properties }]) => (
    `${/^[A-Z][a-z]+/.exec(id)![0]}: ${(Properties.CapacityProviderStrategy as Array<{ CapacityProvider: string; Base?: number }>).map(({ CapacityProvider, Base }) => `${CapacityProvider} ${Base ?? 0}`).join(', ')}`));
  expect(strategies.sort()).toEqual(['Api: FARGATE 3, FARGATE_SPOT 0', 'Matching: FARGATE 0', 'Matching: FARGATE 0', 'Streamer: FARGATE_SPOT 0']);
});

test('exports of ledger and tables go to a bucket whose objects are locked, and all of them are in the vault', () => {
  const backups = Template.fromStack(system.backups);
  backups.hasResourceProperties('AWS::S3::Bucket', { ObjectLockEnabled: true });
  const calls = Object.values(backups.findResources('AWS::Scheduler::Schedule')).map((one) => JSON.stringify((one.Properties as { Target: { Arn: unknown } }).Target.Arn));
  expect(calls.filter((arn) => arn.includes('dynamodb:exportTableToPointInTime'))).toHaveLength(3);
  expect(calls.filter((arn) => arn.includes('rds:startExportTask'))).toHaveLength(1);
  const [selection] = Object.values(backups.findResources('AWS::Backup::BackupSelection'));
  expect((selection.Properties as { BackupSelection: { Resources: unknown[] } }).BackupSelection.Resources).toHaveLength(4);
});

test('functions are traced, requests are sampled, and everything has the tags of its costs', () => {
  // Setup and settlement; the third function is CDK's own, which starts the setup.
  application.resourcePropertiesCountIs('AWS::Lambda::Function', { TracingConfig: { Mode: 'Active' } }, 2);
  application.resourceCountIs('AWS::XRay::SamplingRule', 2);
  data.hasResourceProperties('AWS::Kinesis::Stream', { Tags: Match.arrayWith([{ Key: 'system', Value: 'RetailExchange' }]) });
});

test('a promise, a dashboard and, with a limit, a budget', () => {
  const operations = Template.fromStack(retail({ monthlyBudgetUsd: 3_000 }).operations);
  operations.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  operations.resourceCountIs('AWS::Budgets::Budget', 1);
  Template.fromStack(system.operations).resourceCountIs('AWS::Budgets::Budget', 0);
});

test('without providers people sign in with a password only', () => {
  data.resourceCountIs('AWS::Cognito::UserPoolIdentityProvider', 0);
  data.resourceCountIs('AWS::Cognito::UserPoolClient', 1);
});

test('Google and Okta: their secrets stay in Secrets Manager, and the API takes the tokens of both clients', () => {
  const signedIn = retail((scope) => ({ endpoint: ownName(scope), signIn: { domain, google, okta } }));
  const federated = Template.fromStack(signedIn.data);
  federated.hasResourceProperties('AWS::Cognito::UserPoolIdentityProvider', {
    ProviderType: 'Google', ProviderDetails: Match.objectLike({ client_secret: '{{resolve:secretsmanager:google-sign-in:SecretString:::}}' }),
  });
  federated.hasResourceProperties('AWS::Cognito::UserPoolIdentityProvider', { ProviderType: 'OIDC', ProviderDetails: Match.objectLike({ oidc_issuer: 'https://desk.okta.com' }) });
  federated.hasResourceProperties('AWS::Cognito::UserPoolClient', {
    SupportedIdentityProviders: Match.arrayWith(['COGNITO', 'Google', 'Okta']),
    CallbackURLs: ['https://trade.example.com/', 'https://trade.example.com/v1/sign-in/callback'],
    LogoutURLs: ['https://trade.example.com/'],
    AllowedOAuthScopes: Match.arrayWith(['aws.cognito.signin.user.admin']),
  });
  const apis = Object.values(resourcesOf(signedIn.application)).filter(({ Type, Properties }) => Type === 'AWS::ECS::TaskDefinition' && JSON.stringify(Properties).includes('USER_POOL_ISSUER'));
  const { USER_POOL_CLIENT_ID: own, FEDERATED_CLIENT_ID: other, SIGN_IN_PAGES: pages, ...environment } = environmentOf(apis[0]);
  expect(other).toBeDefined();
  expect(other).not.toEqual(own);
  expect(JSON.stringify(pages)).toMatch(/https:\/\/.*\.auth\./);
  expect(environment).toMatchObject({ SIGN_IN_RETURN_URL: 'https://trade.example.com/v1/sign-in/callback', SIGN_IN_PROVIDERS: 'Google,Okta' });
});

test('with sign-in pages the API reaches Cognito over the internet, which refuses calls through an endpoint then', () => {
  const endpointsOf = (exchange: ReturnType<typeof retail>): string[] => Object.keys(exchange.networkStack.network.interfaceEndpoints);
  const signedIn = retail((scope) => ({ endpoint: ownName(scope), signIn: { domain, google } }));
  expect(endpointsOf(retail({}))).toContain('cognito-idp');
  expect(endpointsOf(signedIn).sort()).toEqual(endpointsOf(retail({})).filter((name) => name !== 'cognito-idp').sort());
  const egress = new Set(signedIn.networkStack.network.vpc.privateSubnets.map(({ node }) => node.id));
  const service = Object.values(resourcesOf(signedIn.application)).find(({ Type, Properties }) => Type === 'AWS::ECS::Service' && JSON.stringify(Properties).includes('LoadBalancers'))!;
  const subnets = JSON.stringify((service.Properties as { NetworkConfiguration: unknown }).NetworkConfiguration);
  for (const id of egress) expect(subnets).toContain(id);
});

describe('two regions', () => {
  const both = retail(twoRegions);
  const [reading] = both.readingRegions;
  const there = Template.fromStack(reading.application);

  test('the second has a copy of the ledger, its own cache and no matcher', () => {
    expect(Object.keys(stacksBelow(both))).toEqual(expect.arrayContaining(['Reading-us-west-2/Network', 'Reading-us-west-2/Data', 'Reading-us-west-2/Application']));
    expect(reading.application.region).toBe('us-west-2');
    there.resourceCountIs('AWS::ECS::Service', 1);
    there.resourceCountIs('AWS::Lambda::Function', 0);
    const copy = Template.fromStack(reading.data);
    copy.hasResourceProperties('AWS::RDS::DBCluster', { GlobalClusterIdentifier: { 'Fn::GetStackOutput': Match.objectLike({ Region: 'us-east-1' }) } });
    copy.resourceCountIs('AWS::ElastiCache::ReplicationGroup', 1);
  });

  test('the tables have copies there', () => {
    const tables = Object.values(Template.fromStack(both.data).findResources('AWS::DynamoDB::GlobalTable'));
    expect(tables.map(({ Properties }) => (Properties as { Replicas: Array<{ Region: string }> }).Replicas.map(({ Region }) => Region).sort())).toEqual(Array(4).fill(['us-east-1', 'us-west-2']));
  });

  test('its load balancer refuses what writes before anything else, and takes requests of our distribution only', () => {
    there.hasResourceProperties('AWS::ElasticLoadBalancingV2::ListenerRule', {
      Priority: 1,
      Conditions: [{ Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['POST', 'PUT', 'PATCH', 'DELETE'] } }],
      Actions: [Match.objectLike({ Type: 'fixed-response', FixedResponseConfig: Match.objectLike({ StatusCode: '421' }) })],
    });
    there.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Port: 443, DefaultActions: [Match.objectLike({ Type: 'fixed-response' })] });
    Template.fromStack(both.application).resourcePropertiesCountIs('AWS::ElasticLoadBalancingV2::ListenerRule', { Priority: 1 }, 0);
  });

  test('the name of the nearest region has latency records with health, that of the home region has none', () => {
    const names = Template.fromStack(both.edge);
    for (const Region of ['us-east-1', 'us-west-2']) {
      names.hasResourceProperties('AWS::Route53::RecordSet', { Name: 'nearest.trade.example.com.', Type: 'A', Region, SetIdentifier: Region, HealthCheckId: Match.anyValue() });
    }
    names.hasResourceProperties('AWS::Route53::RecordSet', { Name: 'home.trade.example.com.', Type: 'A', Region: Match.absent() });
    names.hasResourceProperties('AWS::Route53::RecordSet', { Name: 'trade.example.com.', Type: 'AAAA' });
  });

  test('what writes goes home: the router says so, and streams and books never leave it', () => {
    const [{ Properties }] = Object.values(Template.fromStack(both.edge).findResources('AWS::CloudFront::Distribution'));
    type Parts = Array<Record<string, unknown>>;
    const { CacheBehaviors, Origins } = (Properties as { DistributionConfig: { CacheBehaviors: Parts; Origins: Parts } }).DistributionConfig;
    const target = (path: string) => CacheBehaviors.find(({ PathPattern }) => PathPattern === path)!;
    expect(target('/v1/stream').TargetOriginId).toBe('home');
    expect(target('/v1/book/*').TargetOriginId).toBe('home');
    expect(target('/v1/*').TargetOriginId).toBe('nearest');
    expect(Origins.filter(({ Id }) => Id === 'home' || Id === 'nearest').map(({ DomainName }) => DomainName).sort()).toEqual(['home.trade.example.com', 'nearest.trade.example.com']);
    // The more exact paths must be tried first.
    const paths = CacheBehaviors.map(({ PathPattern }) => PathPattern);
    expect(paths.indexOf('/v1/stream')).toBeLessThan(paths.indexOf('/v1/*'));
  });

  test.each([['POST', 'home'], ['DELETE', 'home'], ['PATCH', 'home'], ['GET', 'nearest'], ['HEAD', 'nearest'], ['OPTIONS', 'nearest']])('%s goes to %s', (method, where) => {
    const functions = Object.values(Template.fromStack(both.edge).findResources('AWS::CloudFront::Function')).map(({ Properties }) => String((Properties as { FunctionCode: string }).FunctionCode));
    const code = functions.find((text) => text.includes('selectRequestOriginById'))!.replace(/^import cf from 'cloudfront';/, '');
    let chosen = 'nearest';
    const handler = new Function('cf', `${code}; return handler;`)({ selectRequestOriginById: (id: string) => { chosen = id; } }) as (event: unknown) => unknown;
    const request = { method, uri: '/v1/orders' };
    expect(handler({ request })).toBe(request);
    expect(chosen).toBe(where);
  });

  test('no export locks an upgrade', () => {
    for (const stack of Object.values(stacksBelow(both))) expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('Fn::ImportValue');
  });
});

test.each<[string, RegExp, Parameters<typeof retail>[0]]>([
  ['no region', /`regions` must name 1 to 16 regions, got: 0/, { regions: [] }],
  ['a region twice', /`regions\[1\].region` must be another region than `regions\[0\].region`, got: 'us-east-1'/, (scope) => ({ endpoint: ownName(scope), regions: [{ region: 'us-east-1' }, { region: 'us-east-1' }] })],
  ['no region at all', /`regions\[0\].region` must be a region such as us-west-2, got: 'moon'/, { regions: [{ region: 'moon' }] }],
  ['several regions without a name', /`endpoint` must be a name of your own with 2 `regions`/, { regions: [{ region: 'us-east-1' }, { region: 'us-west-2' }] }],
  ['another home than the environment', /`env.region` \(us-west-2\) must be that of `regions\[0\]` \(us-east-1\)/, { env: { region: 'us-west-2' }, regions: [{ region: 'us-east-1' }] }],
  ['unknown prefix lists', /`regions\[0\].prefixListIds` must be given for eu-west-1/, { env: { region: 'eu-west-1' } }],
  ['sign-in without providers', /`signIn.google` or `signIn.okta` must be given/, { signIn: { domain, callbackUrls: ['https://a.example.com/'] } }],
  ['sign-in at a name nobody knows yet', /`signIn.callbackUrls` must be given without a name in `endpoint`/, { signIn: { domain, google } }],
  ['too few tasks', /`apiMinCapacity` must be a whole number of at least 2, one in another zone, got: 1/, { apiMinCapacity: 1 }],
  ['fewer tasks at most than at least', /`apiMaxCapacity` must be a whole number, not below `apiMinCapacity` \(20\), got: 12/, { apiMinCapacity: 20 }],
])('refuses %s', (_, message, props) => {
  expect(() => retail(props)).toThrow(message);
});

test('says everything that is wrong at once, overlapping networks among it', () => {
  expect(() => retail({ apiMinCapacity: 1, regions: [{ region: 'us-east-1' }, { region: 'us-west-2', cidrPlan: system.networkStack.network.cidrPlan }] }))
    .toThrow(/RetailExchange: `regions\[1\].cidrPlan` \(10.0.0.0\/16\) overlaps with that of `regions\[0\]` \(10.0.0.0\/16\).*; `endpoint` must be.*; `apiMinCapacity`/);
});

test.each([['one region', () => ({})], ['two regions', twoRegions]] as const)('a workload that the tasks cannot carry is an error with the remedy: %s', (_, props) => {
  const small = retail((scope) => ({ ...props(scope), workload: Workload.of({ requestsPerSecond: 5_000 }) }));
  const found = small.node.findAll().flatMap(({ node }) => node.validate()).filter((error) => error.includes('raise its least number of tasks'));
  expect(found).toEqual([expect.stringMatching(/Application\/Api.* runs 3 tasks at least; two zones carry 5000 requests\/s with 60/)]);
});

test('what is chosen reaches the templates', () => {
  const chosen = retail((scope) => ({
    ...twoRegions(scope), ledgerCapacity: LedgerCapacity.serverless({ minAcu: 4, maxAcu: 64 }), readerScaling: { maxReaders: 3 },
    mfa: cognito.Mfa.REQUIRED, cacheNodeType: 'cache.r7g.large', apiMinCapacity: 9, apiMaxCapacity: 30, alarmEmails: ['desk@example.com'],
  }));
  const stores = Template.fromStack(chosen.data);
  stores.hasResourceProperties('AWS::RDS::DBCluster', { ServerlessV2ScalingConfiguration: { MinCapacity: 4, MaxCapacity: 64 } });
  stores.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { ServiceNamespace: 'rds', MaxCapacity: 3 });
  stores.hasResourceProperties('AWS::Cognito::UserPool', { MfaConfiguration: 'ON' });
  stores.hasResourceProperties('AWS::SNS::Subscription', { Endpoint: 'desk@example.com' });
  Template.fromStack(chosen.application).hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 9, MaxCapacity: 30 });
  const [reading] = chosen.readingRegions;
  Template.fromStack(reading.data).hasResourceProperties('AWS::ElastiCache::ReplicationGroup', { CacheNodeType: 'cache.r7g.large' });
  Template.fromStack(reading.application).hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 6, MaxCapacity: 30 });
});

test('can be thrown away when that is said', () => {
  const trial = retail((scope) => ({ ...twoRegions(scope), removalPolicy: RemovalPolicy.DESTROY }));
  const kept = Object.entries(stacksBelow(trial)).flatMap(([name, stack]) => Object.entries(resourcesOf(stack))
    .filter(([, { DeletionPolicy, Type }]) => DeletionPolicy === 'Retain' && !Type.startsWith('AWS::Logs::')).map(([id]) => `${name}/${id}`));
  expect(kept).toEqual([]);
});
