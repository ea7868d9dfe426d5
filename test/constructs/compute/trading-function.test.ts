import { Match, Template } from 'aws-cdk-lib/assertions';
import { ServiceDefinition, TradingFunction } from '../../../src';
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
      SecurityGroupIds: [stack.resolve(settlement.securityGroup.securityGroupId)],
    },
  });
  template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    GroupId: stack.resolve(parts.ledger.securityGroup.securityGroupId),
    SourceSecurityGroupId: stack.resolve(settlement.securityGroup.securityGroupId),
    FromPort: 5433,
  });
});

test('fails for a container', () => {
  const other = platform();
  expect(() => new TradingFunction(other.stack, 'Wrong', { vpc: other.vpc, definition: apiDefinition(other) }))
    .toThrow(/must be a function, got the container 'reference-api'; use TradingService/);
});
