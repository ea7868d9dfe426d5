import { Duration, Size, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { RealtimeSimulator, RealtimeSimulatorProps } from '../../src';
import { Workload } from '../../src/assurance/capacity/workload';
import { ServiceLevelObjective } from '../../src/constructs/observability/service-level-objective';
import { RecoveryObjective } from '../../src/constructs/resilience/recovery-objective';
import { LedgerChoice } from '../../src/stacks/ledger-choice';
import { testApp } from '../support/apps';
import { simulator, stacksOf } from '../support/simulator';
import { withoutHashes } from '../support/template-serializer';
import { Resource, resourcesOf } from '../support/templates';

const system = simulator();
const ofType = (stack: Stack, type: string) => Object.values(resourcesOf(stack)).filter(({ Type }) => Type === type);

interface Container { Name: string; Environment: { Name: string; Value: unknown }[]; Secrets?: { Name: string; ValueFrom: unknown }[] }
const containersOf = (stack: Stack) => ofType(stack, 'AWS::ECS::TaskDefinition').flatMap(({ Properties }) => Properties.ContainerDefinitions as Container[]);
const valueOf = (container: Container, name: string) => container.Environment.find(({ Name }) => Name === name)?.Value;

describe('simulation', () => {
  test('two workers run on Spot and are told two minutes before', () => {
    const template = Template.fromStack(system.simulation);
    template.hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: 2,
      CapacityProviderStrategy: [Match.objectLike({ CapacityProvider: 'FARGATE_SPOT' })],
      NetworkConfiguration: { AwsvpcConfiguration: Match.objectLike({ AssignPublicIp: 'DISABLED' }) },
    });
    template.hasResourceProperties('AWS::ECS::TaskDefinition', { ContainerDefinitions: [Match.objectLike({ Name: 'simulation-worker', StopTimeout: 120 })] });
  });

  test('history is fetched at 00:05 UTC, with an alarm on runs that fail and days that are not whole', () => {
    const template = Template.fromStack(system.simulation);
    template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'cron(5 0 * * ? *)', ScheduleExpressionTimezone: 'Etc/UTC' });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'IncompleteDays', Namespace: 'TradingPlatform', Dimensions: [{ Name: 'ServiceName', Value: 'history-sync' }], Threshold: 0, TreatMissingData: 'notBreaching',
    });
  });

  test('nobody but streamer and history reaches the internet', () => {
    const open = ofType(system.simulation, 'AWS::EC2::SecurityGroup').filter(({ Properties }) => JSON.stringify(Properties).includes('0.0.0.0/0'));
    expect(open.map(({ Properties }) => Properties.GroupDescription)).toEqual(['Service history-sync']);
  });

  test('the mirror is what was asked for', () => {
    const mirror = { depth: 10, spreadBps: 5, stepBps: 1, levelWorth: 500, latency: Duration.millis(40), refresh: Duration.millis(250) };
    const [worker] = containersOf(simulator({ mirror, simulationWorkers: 1, symbols: ['BTCUSDT'] }).simulation).filter(({ Name }) => Name === 'simulation-worker');
    expect(['DEPTH', 'SPREAD_BPS', 'STEP_BPS', 'LEVEL_WORTH', 'LATENCY_MS', 'REFRESH_MS', 'SYMBOLS'].map((name) => valueOf(worker, name)))
      .toEqual(['10', '5', '1', '500', '40', '250', 'BTCUSDT']);
    expect(() => simulator({ mirror: { depth: 51, spreadBps: -1 } })).toThrow(/DEPTH must be a whole number from 1 to 50, got: 51[\s\S]*SPREAD_BPS/);
  });
});

describe('environment', () => {
  const services = [...containersOf(system.application), ...containersOf(system.simulation)];

  test('every service says production and no debugging', () => {
    expect(services.map(({ Name }) => Name).sort()).toEqual(['history-sync', 'reference-api', 'reference-matcher', 'reference-matcher', 'simulation-worker', 'streamer']);
    for (const service of services) expect([service.Name, valueOf(service, 'ENVIRONMENT'), valueOf(service, 'DEBUG')]).toEqual([service.Name, 'production', 'false']);
    const functions = ofType(system.application, 'AWS::Lambda::Function').map(({ Properties }) => (Properties.Environment as { Variables?: Record<string, unknown> } | undefined)?.Variables)
      .filter((variables) => variables?.DEBUG !== undefined);
    expect(functions.map((variables) => [variables?.ENVIRONMENT, variables?.DEBUG])).toEqual([['production', 'false'], ['production', 'false']]);
  });

  test('another name reaches every service and every tag', () => {
    const staging = simulator({ environmentName: 'staging', owner: 'desk', costCenter: 'cc-7' });
    for (const service of [...containersOf(staging.application), ...containersOf(staging.simulation)]) expect(valueOf(service, 'ENVIRONMENT')).toBe('staging');
    const [cluster] = ofType(staging.data, 'AWS::RDS::DBCluster');
    expect(cluster.Properties.Tags).toEqual(expect.arrayContaining([
      { Key: 'system', Value: 'RealtimeSimulator' }, { Key: 'environment', Value: 'staging' }, { Key: 'owner', Value: 'desk' }, { Key: 'cost-center', Value: 'cc-7' },
    ]));
  });

  test('secrets are injected into the services that need them, and are nowhere else', () => {
    const injected = Object.fromEntries(services.map(({ Name, Secrets }) => [Name, (Secrets ?? []).map((secret) => secret.Name)]));
    expect(injected).toEqual({
      'history-sync': [], 'reference-api': expect.arrayContaining(['CACHE_AUTH_TOKEN', 'API_KEYS_SECRET']), 'reference-matcher': ['CACHE_AUTH_TOKEN'],
      'simulation-worker': ['CACHE_AUTH_TOKEN'], 'streamer': ['CACHE_AUTH_TOKEN'],
    });
    const app = testApp();
    const mine = new Stack(app, 'Mine', { env: { region: 'us-east-1' } });
    const exchangeApiKey = secretsmanager.Secret.fromSecretNameV2(mine, 'Key', 'bybit');
    const keyed = new RealtimeSimulator(app, 'Keyed', { exchangeApiKey });
    const [history] = containersOf(keyed.simulation).filter(({ Name }) => Name === 'history-sync');
    expect(history.Secrets?.map(({ Name }) => Name)).toEqual(['BYBIT_API_KEY']);
    for (const service of services) expect(service.Environment.filter(({ Name }) => /PASSWORD|TOKEN|KEY|SECRET/.test(Name) && !Name.endsWith('_URL'))).toEqual([]);
  });
});

describe('ledger', () => {
  const dataOf = (props: RealtimeSimulatorProps) => withoutHashes(Template.fromStack(simulator(props).data).toJSON());

  test('the default, its name and the prop that was there before are the same template', () => {
    expect(dataOf({ ledger: LedgerChoice.aurora() })).toEqual(dataOf({}));
    const type = ec2.InstanceType.of(ec2.InstanceClass.R7G, ec2.InstanceSize.XLARGE);
    expect(dataOf({ ledger: LedgerChoice.aurora(type) })).toEqual(dataOf({ ledgerInstanceType: type }));
  });

  test('the small one is an instance with a standby, under the same id, so that one never silently replaces the other', () => {
    const small = simulator({ ledger: LedgerChoice.small({ storage: Size.gibibytes(20) }) });
    const template = Template.fromStack(small.data);
    template.resourceCountIs('AWS::RDS::DBCluster', 0);
    template.hasResource('AWS::RDS::DBInstance', {
      DeletionPolicy: 'Retain',
      Properties: { Engine: 'postgres', MultiAZ: true, AllocatedStorage: '20', StorageEncrypted: true, DeletionProtection: true, PubliclyAccessible: false, EnableIAMDatabaseAuthentication: true },
    });
    const idOf = (stack: Stack, type: string) => Object.entries(resourcesOf(stack)).filter(([, { Type }]) => Type === type).map(([id]) => id);
    expect(idOf(small.data, 'AWS::RDS::DBInstance')).toEqual(idOf(system.data, 'AWS::RDS::DBCluster'));
    expect(small.data.ledgerInstance).toBeDefined();
    expect(small.data.ledgerCluster).toBeUndefined();
    const connects = JSON.stringify(ofType(small.application, 'AWS::IAM::Policy').concat(ofType(small.simulation, 'AWS::IAM::Policy')));
    expect(connects).toContain('DbiResourceId');
  });

  test('two answers to one question are refused', () => {
    const ledgerInstanceType = ec2.InstanceType.of(ec2.InstanceClass.R7G, ec2.InstanceSize.XLARGE);
    expect(() => simulator({ ledger: LedgerChoice.small(), ledgerInstanceType })).toThrow(/`ledgerInstanceType` must not be given beside `ledger`/);
  });
});

describe('operations', () => {
  test('alarms of every stack in the region go to one topic', () => {
    const alarms = [system.data, system.application, system.simulation, system.operations].flatMap((stack) => ofType(stack, 'AWS::CloudWatch::Alarm'));
    const acting = alarms.filter(({ Properties }) => (Properties.AlarmActions as unknown[] | undefined)?.length);
    const target = ({ Properties }: Resource) => JSON.stringify((Properties.AlarmActions as unknown[])[0]);
    const topics = new Set(acting.map(target).filter((text) => !/:automate:/.test(text)).map((text) => /Alarms[0-9A-F]{8}|AlarmsTopic|Alarms/.exec(text)?.[0].slice(0, 6)));
    expect([...topics]).toEqual(['Alarms']);
    expect(acting.length).toBeGreaterThan(15);
  });

  test('addresses, promise and budget are those that were given', () => {
    const watched = simulator({
      alarmEmails: ['desk@example.com'], monthlyBudgetUsd: 900, serviceLevelObjective: ServiceLevelObjective.of({ availability: 99.5, latencyP99: Duration.millis(80) }),
    });
    Template.fromStack(watched.data).hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'desk@example.com' });
    const operations = Template.fromStack(watched.operations);
    operations.hasResourceProperties('AWS::Budgets::Budget', { Budget: Match.objectLike({ BudgetLimit: { Amount: 900, Unit: 'USD' } }) });
    operations.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 80, AlarmDescription: Match.stringLikeRegexp('longer than the promised 80 millis') });
    Template.fromStack(system.operations).resourceCountIs('AWS::Budgets::Budget', 0);
    Template.fromStack(system.operations).resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  });
});

describe('assurance', () => {
  beforeAll(() => { process.env.CDK_VALIDATION = 'true'; });
  afterAll(() => { process.env.CDK_VALIDATION = 'false'; });
  const synth = (props: RealtimeSimulatorProps) => () => {
    const app = testApp();
    new RealtimeSimulator(app, 'RealtimeSimulator', props);
    return app.synth();
  };

  test('a workload that its tasks cannot carry fails with the remedy', () => {
    expect(synth({ workload: Workload.of({ requestsPerSecond: 2_000 }) })).toThrow(/RealtimeSimulator\/Application\/Api.* runs 3 tasks at least; two zones carry 2000 requests\/s/);
    expect(simulator({ workload: Workload.of({ requestsPerSecond: 200 }) }).capacity?.workload.requestsPerSecond).toBe(200);
    expect(system.capacity).toBeUndefined();
  });

  test('a recovery objective that the system cannot keep fails with the remedy', () => {
    const recoveryObjective = RecoveryObjective.of({
      zone: { rto: Duration.minutes(1), rpo: Duration.seconds(0) }, region: { rto: Duration.minutes(15), rpo: Duration.minutes(1) },
    });
    expect(synth({ recoveryObjective })).toThrow(/RecoveryObjective/);
    expect(synth({})).not.toThrow();
    expect(synth({ ledger: LedgerChoice.small() })).not.toThrow();
  });
});

test('a system of another size has the stacks of the default one', () => {
  expect(Object.keys(stacksOf(simulator({ ledger: LedgerChoice.small() })))).toEqual(Object.keys(stacksOf(system)));
});
