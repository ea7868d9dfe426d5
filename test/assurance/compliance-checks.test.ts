/** What the checks let pass, what stops the synthesis, and what is written. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, IPolicyValidationPlugin, Stack, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { acknowledge, Acknowledgement } from '../../src/assurance/acknowledge';
import { ComplianceChecks, ComplianceChecksOptions } from '../../src/assurance/compliance/compliance-checks';
import { testApp } from '../support/apps';

const RULE = 'AwsSolutions::AwsSolutions-SNS3';
const good: Acknowledgement = {
  rule: RULE, reason: 'Only CloudWatch publishes here, and it has no other way than TLS.', owner: 'desk', control: 'the policy names one service', reviewBy: '2027-05-31',
};
const TODAY = '2026-11-21';

/** Synthesises a topic under the checks; everything that every pack finds in it is accepted, so that one thing can be wrong. */
function run(change: (topic: sns.CfnTopic, app: App) => void, options: ComplianceChecksOptions = {}) {
  const app = testApp();
  const topic = new sns.CfnTopic(new Stack(app, 'Test'), 'Topic');
  change(topic, app);
  const checks = ComplianceChecks.apply(app, { today: TODAY, ...options });
  const log = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  let error = '';
  try {
    app.synth();
  } catch (thrown) {
    error = (thrown as Error).message;
  }
  log.mockRestore();
  const { pluginReports } = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as {
    pluginReports: Array<{ pluginName: string; violations: Array<{ ruleName: string; description: string }> }>;
  };
  const faults = pluginReports.filter(({ pluginName }) => pluginName === 'Compliance').flatMap(({ violations }) => violations);
  return { checks, error, faults };
}

const byRule = (checks: ComplianceChecks) => Object.fromEntries(checks.results().map(({ ruleSet, ...figures }) => [ruleSet, figures]));
test('eight rule sets run, and a finding that nobody accepted stops the synthesis', () => {
  const { checks, error } = run(() => undefined);
  expect(Object.keys(byRule(checks))).toEqual([
    'AwsSolutions', 'HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321', 'Serverless', 'CloudFormation-Validate', 'TradingPlatform',
  ]);
  expect(byRule(checks).AwsSolutions).toEqual({ evaluated: 131, errors: expect.any(Number) as number, acknowledged: 0, unevaluated: 0 });
  expect(byRule(checks).AwsSolutions.errors).toBeGreaterThan(0);
  expect(error).not.toBe('');
});

test('what CloudFormation itself would refuse is an error, not a warning', () => {
  const { error, faults, checks } = run((topic) => { topic.addPropertyOverride('TopicNome', 'x'); });
  expect(error).not.toBe('');
  expect(faults.map(({ ruleName }) => ruleName).join()).toMatch(/Error\[CloudFormation-Validate\//);
  expect(byRule(checks)['CloudFormation-Validate'].errors).toBeGreaterThan(0);
});

describe('an acknowledgement', () => {
  const faultsOf = (change: (topic: sns.CfnTopic) => void, options?: ComplianceChecksOptions) => run(change, options).faults
    .map(({ ruleName, description }) => `${ruleName}: ${description}`).filter((text) => text.includes('SNS3') || text.includes('SNS9'));

  test('that fits is counted with owner, reason and date, and is no fault', () => {
    expect(faultsOf((topic) => acknowledge(topic, good))).toEqual([]);
    expect(byRule(run((topic) => acknowledge(topic, good)).checks).AwsSolutions.acknowledged).toBe(1);
  });

  test('that is expired fails, and holds on its last day', () => {
    expect(faultsOf((topic) => acknowledge(topic, { ...good, reviewBy: '2026-11-20' }))[0]).toMatch(/^ExpiredAcknowledgement: AwsSolutions::AwsSolutions-SNS3 at Test\/Topic was to be reviewed by 2026-11-20/);
    expect(faultsOf((topic) => acknowledge(topic, { ...good, reviewBy: TODAY }))).toEqual([]);
  });

  test('that fits nothing fails', () => {
    const [fault] = faultsOf((topic) => acknowledge(new s3.CfnBucket(topic.stack, 'Bucket'), good));
    expect(fault).toMatch(/^UnmatchedAcknowledgement: AwsSolutions::AwsSolutions-SNS3 at Test\/Bucket fits nothing/);
  });

  test('without its pack, which hides the finding without a trace, fails', () => {
    const { faults, checks } = run((topic) => Validations.of(topic).acknowledge({ id: 'AwsSolutions-SNS3', reason: good.reason }));
    expect(faults.find(({ ruleName }) => ruleName === 'BareAcknowledgement')?.description).toMatch(/hides the finding without a trace: acknowledge 'AwsSolutions::AwsSolutions-SNS3'/);
    expect(byRule(checks).AwsSolutions.acknowledged).toBe(0);
  });

  test('without owner, control and date fails', () => {
    expect(faultsOf((topic) => Validations.of(topic).acknowledge({ id: RULE, reason: good.reason }))[0]).toMatch(/^BareAcknowledgement: .+ has no owner, control and review date/);
  });

  test('with a vague reason fails', () => {
    expect(faultsOf((topic) => Validations.of(topic).acknowledge({ id: RULE, reason: 'fine. Owner: desk. Control: a policy. Review by 2027-05-31.' }))[0])
      .toMatch(/^VagueAcknowledgement: .+ must say in 20 characters or more/);
  });

  test('for a rule or a rule set that does not exist fails', () => {
    expect(faultsOf((topic) => acknowledge(topic, { ...good, rule: 'AwsSolutions::AwsSolutions-SNS9' }))[0]).toMatch(/^UnknownRule: .+ names no rule of AwsSolutions/);
    expect(faultsOf((topic) => acknowledge(topic, { ...good, rule: 'AwsSolution::AwsSolutions-SNS3' }))[0]).toMatch(/^UnknownRule: .+ names no rule set: known are AwsSolutions,/);
  });

  test('for a rule set that this app does not run is left alone', () => {
    expect(run((topic) => acknowledge(topic, { ...good, rule: 'cdk-validator-cfnguard::sns_encrypted_kms_check' })).faults.filter(({ ruleName }) => ruleName.endsWith('Acknowledgement'))).toEqual([]);
  });
});

test('a rule that crashed has not passed: it is counted apart, and stops the synthesis even when somebody acknowledged it', () => {
  const crash = (topic: sns.CfnTopic) => {
    const group = new ec2.CfnSecurityGroup(topic.stack, 'Group', { groupDescription: 'x', securityGroupIngress: [{ ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIp: topic.attrTopicName }] });
    acknowledge(group, { ...good, rule: 'NIST.800.53.R5::NIST.800.53.R5-EC2RestrictedSSH' });
  };
  const { checks, faults, error } = run(crash);
  expect(byRule(checks)['NIST.800.53.R5'].unevaluated).toBeGreaterThan(0);
  expect(faults.map(({ ruleName }) => ruleName)).toContain('Unevaluated[NIST.800.53.R5/NIST.800.53.R5-EC2RestrictedSSH]');
  expect(error).not.toBe('');
});

test('a tool that fails as a whole has judged nothing', () => {
  const broken: IPolicyValidationPlugin = { name: 'Broken tool', validate: () => { throw new Error('no such binary'); } };
  const { checks, error } = run(() => undefined, { furtherRuleSets: [broken] });
  expect(byRule(checks)['Broken-tool']).toEqual({ evaluated: 0, errors: 0, acknowledged: 0, unevaluated: 1 });
  expect(error).not.toBe('');
});

test('further rule sets are counted as rules times resources, and their findings acknowledged by their name', () => {
  const further: IPolicyValidationPlugin = {
    name: 'House rules', ruleIds: ['R1', 'R2'], validate: ({ stackTemplates: [{ templatePath }] }) => ({
      success: false, violations: [{ ruleName: 'R1', description: 'No topics.', violatingResources: [{ resourceLogicalId: 'Topic', templatePath, locations: ['/Resources/Topic/Properties/TopicName'] }] }],
    }),
  };
  const { checks } = run((topic) => { topic.topicName = 'alarms'; acknowledge(topic, { ...good, rule: 'House-rules::R1' }); }, { furtherRuleSets: [further] });
  expect(byRule(checks)['House-rules']).toEqual({ evaluated: 2, errors: 0, acknowledged: 1, unevaluated: 0 });
});

test('there is no report of an app that was not synthesised', () => {
  const app = testApp();
  const checks = ComplianceChecks.apply(app);
  expect(() => checks.results()).toThrow(/there is nothing to report, the app was not synthesised/);
});

test('fails with everything that is wrong with the options', () => {
  expect(() => ComplianceChecks.apply(testApp(), { today: 'soon', reportDirectory: '' })).toThrow(/`today` must be a date.*`reportDirectory` must not be empty/);
});

test('the report is written whatever was found', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'report-')), 'app');
  run((topic) => acknowledge(topic, good), { reportDirectory: folder, title: 'Alarms' });
  for (const name of ['compliance.csv', 'compliance.json', 'compliance.sarif', 'index.html']) expect(existsSync(join(folder, name))).toBe(true);
  expect(readFileSync(join(folder, 'compliance.csv'), 'utf8')).toContain('AwsSolutions,SNS3,,ACKNOWLEDGED,Test/Topic,AWS::SNS::Topic');
});
