import { CfnElement, Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { AuditTable, ServiceDefinition, TradingFunction } from '../../../src';
import { FunctionRollout } from '../../../src/constructs/compute/function-rollout';
import { TradingFunctionProps } from '../../../src/constructs/compute/trading-function';
import { apiDefinition, platform, settlementDefinition } from '../../support/platform';
import { resourcesOf } from '../../support/templates';

const parts = platform();
const { stack, vpc } = parts;
const settlement = new TradingFunction(stack, 'Settlement', { vpc, definition: settlementDefinition(parts) });
const setup = new TradingFunction(stack, 'Setup', {
  vpc,
  definition: ServiceDefinition.setup({ ledgerAdminSecret: parts.ledger.adminSecret, journalStream: parts.journal.stream, instruments: '[]' }),
});
const template = Template.fromStack(stack);

test('takes runtime, limits and environment from the manifest', () => {
  template.hasResourceProperties('AWS::Lambda::Function', {
    Description: 'Service settlement',
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    Handler: 'main.handler',
    Timeout: 30,
    MemorySize: 512,
    Environment: {
      Variables: {
        ENVIRONMENT: 'production',
        LOG_LEVEL: 'info',
        DEBUG: 'false',
        SETTLEMENT_QUEUE: stack.resolve(parts.settlement.queue.queueUrl) as unknown,
        DEAD_LETTER_QUEUE: stack.resolve(parts.settlement.deadLetterQueue.queueUrl) as unknown,
        LEDGER_URL: Match.anyValue(),
        MAX_ATTEMPTS: '3',
        RETRY_DELAY_SECONDS: '5',
      },
    },
  });
  template.hasResourceProperties('AWS::Lambda::Function', { Description: 'Service setup', Timeout: 120 });
});

test('is started by its queue and reports failures message by message', () => {
  template.resourceCountIs('AWS::Lambda::EventSourceMapping', 1);
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    EventSourceArn: stack.resolve(parts.settlement.queue.queueArn),
    BatchSize: 10,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
  expect(settlement.eventSource).toBeDefined();
  expect(setup.eventSource).toBeUndefined();
});

test('names the secret that it reads and holds none', () => {
  template.hasResourceProperties('AWS::Lambda::Function', {
    Description: 'Service setup',
    Environment: { Variables: Match.objectLike({ LEDGER_ADMIN_SECRET_ARN: stack.resolve(parts.ledger.adminSecret.secretArn) as unknown, INSTRUMENTS: '[]' }) },
  });
});

test('has a role of its own, without managed policies', () => {
  for (const fn of [settlement, setup]) {
    const role = resourcesOf(stack)[stack.getLogicalId(fn.role.node.defaultChild as never)];
    expect(role.Properties.ManagedPolicyArns).toBeUndefined();
  }
});

test('lives in isolated subnets and reaches the ledger by its security group', () => {
  template.hasResourceProperties('AWS::Lambda::Function', {
    Description: 'Service settlement',
    VpcConfig: {
      SubnetIds: [1, 2, 3].map((index) => `subnet-0000000000000002${index}`),
      SecurityGroupIds: [stack.resolve(settlement.securityGroup!!.securityGroupId)],
    },
  });
  template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    GroupId: stack.resolve(parts.ledger.securityGroup.securityGroupId),
    SourceSecurityGroupId: stack.resolve(settlement.securityGroup!!.securityGroupId),
    FromPort: 5433,
  });
});

test('traces its calls and keeps its logs under a customer key', () => {
  template.allResourcesProperties('AWS::Lambda::Function', { TracingConfig: { Mode: 'Active' } });
  for (const fn of [settlement, setup]) {
    const group = resourcesOf(stack)[stack.getLogicalId(fn.logGroup.node.defaultChild as never)];
    expect(group.Properties.KmsKeyId).toBeDefined();
  }
});

test('has no alias, no reservation and no failure queue unless told', () => {
  expect([setup.alias, setup.deploymentGroup, setup.errorAlarm]).toEqual([undefined, undefined, undefined]);
  expect(setup.target).toBe(setup.function);
  template.resourceCountIs('AWS::Lambda::EventInvokeConfig', 0);
  template.allResourcesProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: Match.absent() });
});

describe('with a rollout', () => {
  const own = platform();
  const alarm = cloudwatch.Alarm.fromAlarmArn(own.stack, 'Slow', 'arn:aws:cloudwatch:us-east-1:111111111111:alarm:slow');
  const fn = new TradingFunction(own.stack, 'Settlement', {
    vpc: own.vpc,
    definition: settlementDefinition(own),
    rollout: FunctionRollout.canary({ percent: 5, watchTime: Duration.minutes(15) }),
    rollbackAlarms: [alarm],
    provisionedConcurrency: 4,
    reservedConcurrency: 10,
  });
  const rendered = Template.fromStack(own.stack);

  test('gives a new version a few calls first, and sends it back on an alarm', () => {
    rendered.hasResourceProperties('AWS::CodeDeploy::DeploymentConfig', { ComputePlatform: 'Lambda', TrafficRoutingConfig: { Type: 'TimeBasedCanary', TimeBasedCanary: { CanaryInterval: 15, CanaryPercentage: 5 } } });
    rendered.hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
      AlarmConfiguration: { Enabled: true, Alarms: [{ Name: own.stack.resolve(fn.errorAlarm!.alarmName) as unknown }, { Name: 'slow' }] },
      AutoRollbackConfiguration: { Enabled: true, Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', 'DEPLOYMENT_STOP_ON_ALARM'] },
    });
    rendered.hasResource('AWS::Lambda::Alias', { Properties: { Name: 'live', ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 4 } }, UpdatePolicy: { CodeDeployLambdaAliasUpdate: Match.anyValue() } });
    rendered.hasResourceProperties('AWS::Lambda::Function', { Description: 'Service settlement', ReservedConcurrentExecutions: 10 });
  });

  test('is called by its queue through the alias, or a rollout would move nothing', () => {
    const [mapping] = Object.values(rendered.findResources('AWS::Lambda::EventSourceMapping'));
    expect(JSON.stringify(mapping.Properties.FunctionName)).toContain(':live');
    expect(fn.target).toBe(fn.alias);
  });

  test('lets CodeDeploy move this alias only', () => {
    const role = own.stack.getLogicalId(fn.deploymentRole!.node.defaultChild as never);
    expect(resourcesOf(own.stack)[role].Properties.ManagedPolicyArns).toBeUndefined();
    const [policy] = Object.values(rendered.findResources('AWS::IAM::ManagedPolicy', { Properties: { Description: 'CodeDeploy moves calls between two versions' } }));
    expect(JSON.stringify(policy.Properties.PolicyDocument)).not.toContain('"*"');
    expect(JSON.stringify(policy.Properties.PolicyDocument)).toContain('lambda:UpdateAlias');
  });
});

test('sends events that it failed on to the queue, after the attempts it is told', () => {
  const own = platform();
  const failureQueue = new sqs.Queue(own.stack, 'Failed');
  new TradingFunction(own.stack, 'Setup', {
    vpc: own.vpc, failureQueue, retryAttempts: 1, maxEventAge: Duration.hours(1),
    definition: ServiceDefinition.setup({ ledgerAdminSecret: own.ledger.adminSecret, journalStream: own.journal.stream, instruments: '[]' }),
  });
  Template.fromStack(own.stack).hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    MaximumRetryAttempts: 1,
    MaximumEventAgeInSeconds: 3600,
    DestinationConfig: { OnFailure: { Destination: own.stack.resolve(failureQueue.queueArn) as unknown } },
  });
});

test.each<[string, Partial<TradingFunctionProps>, RegExp]>([
  ['executions kept ready without a version', { provisionedConcurrency: 2 }, /`provisionedConcurrency` needs `rollout`/],
  ['more kept ready than it may have', { provisionedConcurrency: 5, reservedConcurrency: 2, rollout: FunctionRollout.allAtOnce() },
    /`provisionedConcurrency` must not be above `reservedConcurrency`, got: 5 and 2/],
  ['alarms that send nothing back', { rollbackAlarms: [] }, /`rollbackAlarms` need `rollout`/],
  ['half a reservation', { reservedConcurrency: 0.5 }, /`reservedConcurrency` must be a whole number, 0 or more, got: 0.5/],
  ['five attempts over a day', { retryAttempts: 5, maxEventAge: Duration.days(1) }, /`retryAttempts` must be from 0 to 2, got: 5; `maxEventAge` must be from one minute to six hours, got: 1 day/],
])('fails for %s', (_name, change, message) => {
  const own = platform();
  expect(() => new TradingFunction(own.stack, 'Fn', { vpc: own.vpc, definition: settlementDefinition(own), ...change })).toThrow(message);
});

test.each([
  [() => FunctionRollout.canary({ percent: 100 }), /FunctionRollout.canary: `percent` must be a whole number from 1 to 99, got: 100/],
  [() => FunctionRollout.linear({ stepPercent: 0, stepTime: Duration.seconds(90) }), /`stepPercent` must be.*; `stepTime` must be whole minutes, at most two days, got: 1 minute 30 seconds/],
])('fails for a rollout that CodeDeploy does not take %#', (make, message) => {
  expect(make).toThrow(message);
});

test('fails for a container', () => {
  const other = platform();
  expect(() => new TradingFunction(other.stack, 'Wrong', { vpc: other.vpc, definition: apiDefinition(other) }))
    .toThrow(/must be a function, got the container 'reference-api'; use TradingService/);
});

test('a table that starts it is read from its oldest change, and nothing is passed over', () => {
  const own = platform();
  const audit = new AuditTable(own.stack, 'Audit');
  const archiver = new TradingFunction(own.stack, 'Archiver', {
    definition: ServiceDefinition.auditArchiver({ auditTable: audit.table, archiveBucket: own.coldStore.bucket }),
  });
  const properties = resourcesOf(own.stack)[own.stack.getLogicalId(archiver.eventSource!.node.defaultChild as CfnElement)].Properties;
  expect(properties).toMatchObject({
    EventSourceArn: own.stack.resolve(audit.table.tableStreamArn) as unknown,
    StartingPosition: 'TRIM_HORIZON',
    BatchSize: 500,
    MaximumBatchingWindowInSeconds: 20,
    BisectBatchOnFunctionError: true,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
  for (const limit of ['MaximumRetryAttempts', 'MaximumRecordAgeInSeconds']) expect(properties[limit]).toBeUndefined();
});
