import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Workload } from '../../../src/assurance/capacity/workload';
import { RecoveryObjective } from '../../../src/constructs/resilience/recovery-objective';
import { ServerlessSimulatorProps } from '../../../src/stacks/serverless-simulator';
import { SimulatorAnalytics, SimulatorApi, SimulatorStage } from '../../../src/stacks/serverless-simulator/simulator-stage';
import { FORMS, serverless, serverlessStacks } from '../../support/serverless';
import { environmentOf, Resource, resourcesOf, statementsOf } from '../../support/templates';

const forms = Object.fromEntries(Object.entries(FORMS).map(([form, props]) => [form, serverless(props)]));
const all = (form: string): Resource[] => Object.values(serverlessStacks(forms[form])).flatMap((stack) => Object.values(resourcesOf(stack)));
const types = (form: string): Set<string> => new Set(all(form).map(({ Type }) => Type));
const functionsOf = (form: string): Resource[] => all(form).filter(({ Type, Properties }) => Type === 'AWS::Lambda::Function' && String(Properties.Description).startsWith('Service '));
const names = (form: string): string[] => functionsOf(form).map(({ Properties }) => String(Properties.Description).replace('Service ', '')).sort();

describe('MVP', () => {
  test('is a page, one function and one table, without a network', () => {
    expect(names('MVP')).toEqual(['serverless-api']);
    expect(all('MVP').filter(({ Type }) => Type === 'AWS::DynamoDB::GlobalTable')).toHaveLength(1);
    expect(Object.keys(serverlessStacks(forms.MVP))).toEqual(['Data', 'Application', 'Site', 'Operations']);
    expect([...types('MVP')].filter((type) => type.startsWith('AWS::EC2::') || type.startsWith('AWS::ECS::'))).toEqual([]);
  });

  test('has nothing that is paid by the hour', () => {
    const hourly = /^AWS::(EC2::(Instance|NatGateway|VPCEndpoint|EIP)|ElasticLoadBalancingV2::LoadBalancer|RDS::|ElastiCache::|ECS::|Kinesis::|OpenSearch|AmazonMQ|MSK|DAX)/;
    expect([...types('MVP')].filter((type) => hourly.test(type))).toEqual([]);
    Template.fromStack(forms.MVP.application).allResourcesProperties('AWS::ApiGateway::Stage', Match.not(Match.objectLike({ CacheClusterEnabled: true })));
    for (const { Properties } of functionsOf('MVP')) expect(Properties).not.toHaveProperty('VpcConfig');
    expect([...types('MVP')]).not.toContain('AWS::Lambda::Alias');
  });

  test('asks the exchange for prices: its function has no other table than that of the trades', () => {
    const [{ Properties: _, ...fn }] = functionsOf('MVP').map((one) => ({ ...one, env: environmentOf(one) }));
    expect(fn.env).toMatchObject({ GROUPS: 'trades,portfolio', MARKET_URL: 'https://api.bybit.com', START_BALANCE: '100000' });
    for (const name of ['PRICES_TABLE', 'BACKTEST_TABLE', 'LIGHT_QUEUE', 'HEAVY_QUEUE', 'REPORTS_BUCKET']) expect(fn.env).not.toHaveProperty(name);
    Template.fromStack(forms.MVP.application).resourceCountIs('AWS::ApiGateway::Method', 7);
  });
});

describe('EXPAND', () => {
  test('has a function per group of endpoints, each with what its group needs', () => {
    expect(names('EXPAND')).toEqual(['backtester-runner', 'serverless-api', 'serverless-api', 'serverless-api', 'serverless-api-ingestion']);
    const { functions } = forms.EXPAND.application;
    const may = (group: string) => {
      const { role } = functions[group];
      const { application } = forms.EXPAND;
      return [...new Set(statementsOf(application, application.getLogicalId(role.node.defaultChild as never)).flatMap(({ actions }) => actions))];
    };
    expect(may('trades')).toEqual(expect.arrayContaining(['dynamodb:PutItem']));
    expect(may('trades').filter((action) => /^(sqs|s3):/.test(action))).toEqual([]);
    expect(may('backtest').sort()).toEqual(expect.arrayContaining(['dynamodb:PutItem', 's3:GetObject', 'sqs:SendMessage']));
    expect(may('backtest')).not.toContain('s3:PutObject');
  });

  test('runs light backtests with 15 minutes and 3 GB, one message at a time', () => {
    const template = Template.fromStack(forms.EXPAND.application);
    template.hasResourceProperties('AWS::Lambda::Function', { Description: 'Service backtester-runner', Timeout: 900, MemorySize: 3008 });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { BatchSize: 1, FunctionResponseTypes: ['ReportBatchItemFailures'] });
    Template.fromStack(forms.EXPAND.data).hasResourceProperties('AWS::SQS::Queue', { VisibilityTimeout: 5_400, RedrivePolicy: Match.objectLike({ maxReceiveCount: 3 }) });
  });

  test('takes prices every minute and candles every hour; prices expire', () => {
    const template = Template.fromStack(forms.EXPAND.application);
    template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(1 minute)', Target: Match.objectLike({ Input: '{"task":"prices"}' }) });
    template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'cron(5 * * * ? *)', Target: Match.objectLike({ Input: '{"task":"candles"}' }) });
    Template.fromStack(forms.EXPAND.data).hasResourceProperties('AWS::DynamoDB::GlobalTable', { TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true }, KeySchema: Match.arrayWith([{ AttributeName: 'symbol', KeyType: 'HASH' }]) });
  });

  test('still has no network', () => {
    expect(forms.EXPAND.network).toBeUndefined();
    expect([...types('EXPAND')].filter((type) => type.startsWith('AWS::EC2::'))).toEqual([]);
  });
});

describe('SCALE', () => {
  test('runs heavy backtests on Spot, down to none, in subnets without the internet', () => {
    const template = Template.fromStack(forms.SCALE.application);
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 0, MaxCapacity: 4 });
    template.hasResourceProperties('AWS::ECS::Service', { CapacityProviderStrategy: Match.arrayWith([Match.objectLike({ CapacityProvider: 'FARGATE_SPOT' })]) });
    expect([...types('SCALE')]).not.toContain('AWS::EC2::NatGateway');
  });

  test('keeps what is the same for everybody, encrypted, and nothing else', () => {
    Template.fromStack(forms.SCALE.application).hasResourceProperties('AWS::ApiGateway::Stage', { CacheClusterEnabled: true, CacheClusterSize: '0.5' });
    const [stage] = Object.values(resourcesOf(forms.SCALE.application)).filter(({ Type }) => Type === 'AWS::ApiGateway::Stage');
    const settings = (stage.Properties.MethodSettings as Array<Record<string, unknown>>).filter(({ CachingEnabled }) => CachingEnabled === true);
    const kept = { HttpMethod: 'GET', CacheDataEncrypted: true, CacheTtlInSeconds: 1 };
    expect(settings).toEqual(['trades', 'prices'].map((what) => expect.objectContaining({ ...kept, ResourcePath: `/~1v1~1symbols~1{symbol}~1${what}` })));
    const cached = Object.values(resourcesOf(forms.SCALE.application)).filter(({ Type, Properties }) => Type === 'AWS::ApiGateway::Method' && JSON.stringify(Properties).includes('CacheKeyParameters'));
    for (const { Properties } of cached) {
      expect((Properties.Integration as { CacheKeyParameters: string[] }).CacheKeyParameters).toEqual(['method.request.path.symbol', 'method.request.querystring.limit']);
    }
    expect(cached).toHaveLength(2);
  });

  test('tells listeners about prices twelve times a minute', () => {
    const ingestion = functionsOf('SCALE').find(({ Properties }) => Properties.Description === 'Service serverless-api-ingestion')!;
    expect(environmentOf(ingestion)).toMatchObject({ ROUNDS: '12', CONNECTIONS_TABLE: expect.anything(), CALLBACK_URL: expect.anything() });
    Template.fromStack(forms.SCALE.application).hasResourceProperties('AWS::ApiGatewayV2::Api', { ProtocolType: 'WEBSOCKET' });
    expect(environmentOf(functionsOf('EXPAND').find(({ Properties }) => Properties.Description === 'Service serverless-api-ingestion')!)).toMatchObject({ ROUNDS: '1' });
  });
});

describe('the other choices', () => {
  test('containers answer the same routes behind a VPC link, in three zones', () => {
    const template = Template.fromStack(forms.FULL.application);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 3, MaxCapacity: 9 });
    const routes = (form: string) => Object.values(resourcesOf(forms[form].application)).filter(({ Type }) => Type === 'AWS::ApiGateway::Method')
      .map(({ Properties: { HttpMethod, AuthorizationType } }) => `${String(HttpMethod)} ${String(AuthorizationType)}`).sort();
    expect(routes('FULL')).toEqual(routes('SCALE'));
    expect(names('FULL')).not.toContain('serverless-api');
  });

  test('trades are copied into PostgreSQL, whose password only the loader reads', () => {
    Template.fromStack(forms.FULL.data).hasResourceProperties('AWS::RDS::DBInstance', { Engine: 'postgres', MultiAZ: true, PubliclyAccessible: false, StorageEncrypted: true });
    const readers = functionsOf('FULL').filter((one) => 'ANALYTICS_SECRET_ARN' in environmentOf(one)).map(({ Properties }) => Properties.Description);
    expect(readers).toEqual(['Service serverless-api-analytics']);
  });
});

describe('every form', () => {
  test.each(Object.keys(FORMS))('%s is reached through CloudFront only, and asks for tokens', (form) => {
    const site = Template.fromStack(forms[form].site);
    site.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: Match.objectLike({
        WebACLId: Match.anyValue(),
        CacheBehaviors: Match.arrayWith([Match.objectLike({ PathPattern: '/v1/*', ViewerProtocolPolicy: 'https-only' })]),
        Origins: Match.arrayWith([Match.objectLike({ Id: 'Api', OriginPath: '/live', OriginCustomHeaders: [Match.objectLike({ HeaderName: 'X-Origin-Verify' })] })]),
      }),
    });
    const application = Template.fromStack(forms[form].application);
    application.hasResourceProperties('AWS::WAFv2::WebACLAssociation', {});
    expect(JSON.stringify(application.findResources('AWS::WAFv2::WebACL'))).toMatch(/"Name":"FromOurDistribution".*"x-origin-verify"/i);
    const open = Object.values(application.findResources('AWS::ApiGateway::Method')).filter(({ Properties }) => Properties.AuthorizationType === 'NONE');
    expect(open).toHaveLength(2);
    for (const { Properties } of Object.values(application.findResources('AWS::ApiGateway::Method'))) {
      if (Properties.AuthorizationType !== 'NONE') expect(Properties.AuthorizationScopes).toEqual(['aws.cognito.signin.user.admin']);
    }
  });

  test.each(Object.keys(FORMS))('%s: every alarm tells the topic', (form) => {
    const silent = all(form).filter(({ Type, Properties }) => Type === 'AWS::CloudWatch::Alarm' && Properties.AlarmActions === undefined)
      .map(({ Properties }) => String(Properties.AlarmDescription));
    // What CloudFront's web ACL and site see is told in us-east-1; the parts of a composite alarm speak through it.
    expect(silent.filter((text) => !/web ACL|static site|budget/i.test(text))).toEqual([]);
  });

  test.each(Object.keys(FORMS))('%s refers between stacks weakly', (form) => {
    for (const stack of Object.values(serverlessStacks(forms[form]))) expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('Fn::ImportValue');
  });
});

test('a budget and its warnings come with a limit, a capacity plan with a workload', () => {
  const system = serverless({ monthlyBudgetUsd: 50, workload: Workload.of({ requestsPerSecond: 100 }) });
  Template.fromStack(system.operations).hasResourceProperties('AWS::Budgets::Budget', { Budget: Match.objectLike({ BudgetLimit: { Amount: 50, Unit: 'USD' } }) });
  expect(system.node.tryFindChild('Capacity')).toBeDefined();
});

test('can be thrown away when that is said', () => {
  const system = serverless({ stage: SimulatorStage.SCALE, removalPolicy: RemovalPolicy.DESTROY });
  const kept = Object.entries(resourcesOf(system.data)).filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Retain').map(([id]) => id);
  expect(kept).toEqual([]);
});

test('stands in another region with its edge in us-east-1', () => {
  const system = serverless({ env: { region: 'eu-west-1' } });
  expect([system.application.region, system.site.region]).toEqual(['eu-west-1', 'us-east-1']);
  expect(JSON.stringify(Template.fromStack(system.site).toJSON())).toContain('execute-api.eu-west-1');
});

test('fails with everything that does not fit, before anything is built', () => {
  const hour = { rto: Duration.hours(1), rpo: Duration.seconds(0) };
  const wrong: ServerlessSimulatorProps = {
    api: SimulatorApi.FARGATE, analytics: SimulatorAnalytics.POSTGRES, startBalance: '1e5', backfillDays: 0, maxWorkers: 2, marketUrl: 'http://x/y',
    monthlyBudgetUsd: 0, quotaIncreases: [{ quotaId: 'lambda.concurrency', granted: 5_000 }],
    recoveryObjective: RecoveryObjective.of({ zone: hour, region: hour }),
  };
  let message = '';
  try {
    serverless(wrong);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toMatch(/^ServerlessSimulator: /);
  for (const part of ['`api`', '`analytics`', '`startBalance`', '`backfillDays`', '`maxWorkers`', '`marketUrl`', '`quotaIncreases`', '`monthlyBudgetUsd`', '`recoveryObjective.region`']) {
    expect(message).toContain(part);
  }
});
