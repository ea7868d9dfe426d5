import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RealtimeSimulator, RealtimeSimulatorProps } from '../../src';
import { LedgerChoice } from '../../src/stacks/ledger-choice';
import { testApp } from '../support/apps';

interface Finding { ruleName: string; reason?: string; acknowledgedId?: string; violatingConstructs: Array<{ constructPath: string }> }
interface Report { pluginReports: Array<{ pluginName: string; conclusion: string; violations: Finding[]; suppressedViolations?: Finding[] }> }

const VALIDATED = { '@aws-cdk/core:validateAgainstDefaultRules': true, '@aws-cdk/core:annotationsInValidationReport': true };

/** Synthesises a simulator with the AwsSolutions pack and the built-in rules and reads the report. */
function report(props: RealtimeSimulatorProps = {}, change: (system: RealtimeSimulator) => void = () => undefined): Report {
  process.env.CDK_VALIDATION = 'true';
  const app = testApp({ context: VALIDATED });
  change(new RealtimeSimulator(app, 'RealtimeSimulator', props));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
  const { directory } = app.synth();
  return JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8')) as Report;
}

const { pluginReports } = report();
const suppressed = pluginReports.flatMap(({ suppressedViolations }) => suppressedViolations ?? []);

test('the pack ran, and what it or the built-in rules find stops the synthesis', () => {
  expect(pluginReports.map(({ pluginName }) => pluginName)).toContain('AwsSolutions');
  expect(() => report({}, ({ data }) => new s3.Bucket(data, 'Bare'))).toThrow(/AwsSolutions::AwsSolutions-S10/);
  // A FIFO queue whose name does not end in .fifo.
  expect(() => report({}, ({ data }) => new sqs.CfnQueue(data, 'Wrong', { fifoQueue: true, queueName: 'wrong' }))).toThrow(/CloudFormation-Validate::/);
});

test('nothing is violated, not even as a warning', () => {
  expect(pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName))).toEqual([]);
  expect(pluginReports.map(({ conclusion }) => conclusion)).not.toContain('failure');
});

test('every suppression says why, who answers for it and until when', () => {
  expect(suppressed.length).toBeGreaterThan(0);
  for (const { acknowledgedId, reason } of suppressed) {
    expect(acknowledgedId).toMatch(/^AwsSolutions::/);
    expect(reason).toMatch(/^.{20,} Owner: \w+\. Control: .+\. Review by \d{4}-\d{2}-\d{2}\.$/);
  }
});

test('what is suppressed is known, rule by rule', () => {
  const count: Record<string, number> = {};
  for (const { ruleName, violatingConstructs } of suppressed) {
    const rule = ruleName.replace(/\[Resource::\{.*\}\}/, '[Resource::<bucket>');
    count[rule] = (count[rule] ?? 0) + violatingConstructs.length;
  }
  expect(count).toEqual({
    'AwsSolutions-CFR1': 1,
    'AwsSolutions-CFR4': 1,
    'AwsSolutions-COG2': 1,
    'AwsSolutions-ECS2': 6,
    'AwsSolutions-IAM5[Action::*]': 5,
    'AwsSolutions-IAM5[Resource::*]': 14,
    'AwsSolutions-IAM5[Resource::<bucket>/data/*]': 3,
    'AwsSolutions-IAM5[Resource::<bucket>/matcher-snapshots/*]': 2,
    'AwsSolutions-IAM5[Resource::<bucket>/reports/*]': 2,
    'AwsSolutions-IAM5[Resource::<bucket>/screenshots/*]': 1,
    'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:us-east-1:<AWS::AccountId>:log-group:RDSOSMetrics:log-stream:*]': 1,
    'AwsSolutions-KDS3': 2,
    'AwsSolutions-S1': 1,
    'AwsSolutions-SMG4': 2,
    'AwsSolutions-SQS3': 2,
  });
});

test('the small ledger passes too', () => {
  expect(report({ ledger: LedgerChoice.small() }).pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName))).toEqual([]);
});

test('a simulator that is thrown away passes too', () => {
  expect(report({ removalPolicy: RemovalPolicy.DESTROY }).pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
});
