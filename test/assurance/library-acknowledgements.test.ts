import { App, Stage, Validations } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Construct, IConstruct } from 'constructs';
import { acknowledge, AlarmTopic, GitHubDeployRole, RealtimeSimulator, RecoveryObjective, ServiceLevelObjective, ServiceRepository, SloAlarms, TradingStack } from '../../src';
import { LibraryAcknowledgements } from '../../src/assurance/library-acknowledgements';
import { testApp, testStack as bareStack } from '../support/apps';
import { packReport } from '../support/rule-packs';

const by = { owner: 'desk', reviewBy: '2027-05-31' };

/** A stack that a rule pack will look at. */
function testStack() {
  const stack = bareStack();
  Validations.of(stack).addPlugins(new AwsSolutionsChecks(stack));
  return stack;
}

/** What a construct carries after synthesis, without what is above or below it. */
function recorded({ node }: IConstruct): Record<string, string> {
  return Object.assign({}, ...node.metadata
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY).map(({ data }) => data as object)) as Record<string, string>;
}

function faultsOf(scope: Construct): string[] {
  return scope.node.findAll().flatMap(({ node }) => node.validate());
}

function deployRole(stack = testStack()) {
  const role = new GitHubDeployRole(stack, 'Deploy', { repository: 'desk/platform', branches: ['main'] });
  role.allowPush(new ServiceRepository(stack, 'Images').repository);
  return { stack, role, policy: role.policy.node.defaultChild as iam.CfnManagedPolicy };
}

const WILDCARD = 'AwsSolutions::AwsSolutions-IAM5[Resource::*]';

test('writes pack, rule and finding with reason, owner, control and date, at the resource and nowhere else', () => {
  const { stack, policy } = deployRole();
  LibraryAcknowledgements.apply(stack, by);
  expect(faultsOf(stack)).toEqual([]);
  expect(recorded(policy)).toEqual({
    [WILDCARD]: expect.stringMatching(/^ecr:GetAuthorizationToken, .+ Owner: desk\. Control: all other statements .+\. Review by 2027-05-31\.$/) as string,
  });
  expect(stack.node.findAll().filter((construct) => Object.keys(recorded(construct)).length > 0)).toEqual([policy]);
});

test('sees what is added afterwards, and is content with an app that has nothing of this library', () => {
  const stack = testStack();
  LibraryAcknowledgements.apply(stack, by);
  expect(faultsOf(stack)).toEqual([]);
  const { policy } = deployRole(stack);
  faultsOf(stack);
  expect(Object.keys(recorded(policy))).toEqual([WILDCARD]);
});

test('leaves a wildcard of a user a finding, also one that hides behind ours', () => {
  const { stack, role, policy } = deployRole();
  role.policy.addStatements(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::mine/*'] }));
  LibraryAcknowledgements.apply(stack, by);
  faultsOf(stack);
  expect(Object.keys(recorded(policy))).toEqual([WILDCARD]);

  const hidden = deployRole();
  hidden.role.policy.addStatements(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }));
  LibraryAcknowledgements.apply(hidden.stack, by);
  faultsOf(hidden.stack);
  expect(recorded(hidden.policy)).toEqual({});
});

test('leaves half alarms findings when the whole has no action', () => {
  const stack = testStack();
  const metric = new cloudwatch.Metric({ namespace: 'Api', metricName: 'Requests' });
  const slo = new SloAlarms(stack, 'Slo', { objective: ServiceLevelObjective.of({ availability: 99.9 }), total: metric, errors: metric });
  LibraryAcknowledgements.apply(stack, by);
  expect(faultsOf(stack)).toEqual([]);
  for (const { node } of slo.burnRateAlarms) expect(recorded(node.defaultChild!)).toEqual({});
});

test('keeps what somebody has acknowledged before, at the resource or above it', () => {
  const { stack, role, policy } = deployRole();
  acknowledge(role, { ...by, owner: 'somebody', rule: WILDCARD, reason: 'We looked at this ourselves and wrote it down.', control: 'our own review' });
  LibraryAcknowledgements.apply(stack, by);
  faultsOf(stack);
  expect(recorded(policy)).toEqual({});
});

test('writes nothing twice when an app is synthesised again', () => {
  const { stack, policy } = deployRole();
  LibraryAcknowledgements.apply(stack, by);
  faultsOf(stack);
  const before = policy.node.metadata.length;
  faultsOf(stack);
  expect(policy.node.metadata).toHaveLength(before);
});

test('leaves packs and rules that are not meant', () => {
  const stack = testStack();
  const topic = new AlarmTopic(stack, 'Alarms');
  const { policy } = deployRole(stack);
  LibraryAcknowledgements.apply(stack, { ...by, packs: ['AwsSolutions'], except: ['IAM5'] });
  faultsOf(stack);
  expect(Object.keys(recorded(topic.undelivered.node.defaultChild!))).toEqual(['AwsSolutions::AwsSolutions-SQS3']);
  expect(recorded(policy)).toEqual({});
});

test('an inner resource that is not there any more stops the synthesis by name', () => {
  const stack = testStack();
  const topic = new AlarmTopic(stack, 'Alarms');
  topic.undelivered.node.tryRemoveChild('Resource');
  LibraryAcknowledgements.apply(stack, by);
  expect(faultsOf(stack)[0]).toBe('Test/Alarms: the acknowledgement of SQS3 in AlarmTopic is for \'Undelivered/Resource\', which is not there; '
    + 'tell the maintainers of this library, and name the rule in `except` meanwhile');
});

test('takes no time where no rule pack would read it', () => {
  const { stack, policy } = deployRole(bareStack());
  LibraryAcknowledgements.apply(stack, by);
  RecoveryObjective.GATEWAY_EXCHANGE.enforce(stack);
  expect(faultsOf(stack)).toEqual([]);
  expect(recorded(policy)).toEqual({});
});

test('fails with everything that is wrong with the options at once', () => {
  expect(() => LibraryAcknowledgements.apply(testStack(), { owner: ' ', reviewBy: 'soon', packs: ['Nag'], except: ['S9'] }))
    .toThrow(/at Test: `owner` .*; `reviewBy` .* got: 'soon'; `packs` .* got: 'Nag'; `except` .*COG2.* got: 'S9'/);
});

test('works below a stage that has the rule packs itself', () => {
  process.env.CDK_VALIDATION = 'true';
  const app = testApp({ context: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
  const stage = new Stage(app, 'Production');
  new AlarmTopic(new TradingStack(stage, 'Alarms'), 'Alarms');
  Validations.of(stage).addPlugins(new AwsSolutionsChecks(stage));
  LibraryAcknowledgements.apply(stage, by);
  expect(() => app.synth()).not.toThrow();
});

test('covers constructs in stages when the packs are those of the app', () => {
  const { violations, error } = packReport((app: App) => {
    new AlarmTopic(new TradingStack(new Stage(app, 'Production'), 'Alarms'), 'Alarms');
    LibraryAcknowledgements.apply(app, by);
  });
  expect({ violations, error }).toEqual({ violations: [], error: '' });
});

test('a system may use it for itself and keep its own acknowledgements', () => {
  const { violations, error, suppressed } = packReport((app) => {
    const system = new RealtimeSimulator(app, 'Simulator');
    LibraryAcknowledgements.apply(system, by);
    new sqs.Queue(system.data, 'Own');
  });
  expect(violations.filter((found) => !found.includes('/Own/')).filter((found) => found.startsWith('AwsSolutions'))).toEqual([]);
  expect(violations.join()).toMatch(/AwsSolutions-SQS3 at Simulator\/Data\/Own\/Resource/);
  expect(error).not.toBe('');
  // The system has applied them itself: a second time changes nobody's name.
  expect(new Set(suppressed.map(({ reason }) => / Owner: (\w+)/.exec(reason!)?.[1]))).toEqual(new Set(['platform']));
});
