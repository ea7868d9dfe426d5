import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import {
  AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R4Checks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks,
} from 'cdk-nag';
import { IConstruct } from 'constructs';
import { testApp } from './apps';
import { acknowledge } from '../../src/assurance/acknowledge';

/** A finding of a rule, or a suppressed one with its reason. */
export interface PackFinding {
  readonly ruleName: string;
  readonly reason?: string;
  readonly acknowledgedId?: string;
  readonly violatingConstructs: Array<{ readonly constructPath: string }>;
}

/** What the rule packs said of an app. */
export interface PackReport {
  /** Names of the packs and of the built-in rules that ran. */
  readonly plugins: string[];
  /** Every finding that was not acknowledged, as `rule at construct path`. */
  readonly violations: string[];
  /** Every acknowledged finding. */
  readonly suppressed: PackFinding[];
  /** What the synthesis threw, empty when it passed. */
  readonly error: string;
}

interface Plugin { pluginName: string; violations: PackFinding[]; suppressedViolations?: PackFinding[] }

/** Synthesises an app with all six packs of cdk-nag and the built-in CloudFormation rules, and reads the report. */
export function packReport(build: (app: App) => void): PackReport {
  process.env.CDK_VALIDATION = 'true';
  const app = testApp({ context: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
  build(app);
  Validations.of(app).addPlugins(
    new AwsSolutionsChecks(app), new HIPAASecurityChecks(app), new NIST80053R4Checks(app),
    new NIST80053R5Checks(app), new PCIDSS321Checks(app), new ServerlessChecks(app),
  );
  let error = '';
  try {
    app.synth();
  } catch (thrown) {
    error = (thrown as Error).message;
  }
  const { pluginReports } = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as { pluginReports: Plugin[] };
  return {
    plugins: pluginReports.map(({ pluginName }) => pluginName),
    violations: pluginReports.flatMap(({ violations }) => violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} at ${constructPath}`))),
    suppressed: pluginReports.flatMap(({ suppressedViolations }) => suppressedViolations ?? []),
    error,
  };
}

/** All six packs, as their findings name them. */
export const PACKS = ['AwsSolutions', 'HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321', 'Serverless'];

/** A finding that is accepted in some packs, and why. */
export interface Acceptance {
  /** Name of the rule without its pack, such as `S3BucketReplicationEnabled`, with `[finding]` where a rule has several. */
  readonly rule: string;
  readonly packs: string[];
  readonly reason: string;
  readonly control: string;
}

/** Accepts findings at the narrowest construct that has them, in the form that leaves the reason in the report. */
export function accept(scope: IConstruct, ...acceptances: Acceptance[]): void {
  for (const { rule, packs, reason, control } of acceptances) {
    for (const pack of packs) {
      acknowledge(scope, { rule: `${pack}::${pack}-${rule}`, reason, control, owner: 'platform', reviewBy: '2027-05-31' });
    }
  }
}
