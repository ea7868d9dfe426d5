import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R4Checks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks } from 'cdk-nag';
import { IConstruct } from 'constructs';
import { acknowledge, Acknowledgement } from '../../src';

/** An app that six packs of rules and CloudFormation's own rules look at. */
export function checkedApp(): App {
  // Tests turn it off for speed; here it is what is tested.
  process.env.CDK_VALIDATION = 'true';
  const app = new App({
    analyticsReporting: false,
    context: { 'aws:cdk:bundling-stacks': [], '@aws-cdk/core:validateAgainstDefaultRules': true },
  });
  const verbose = { verbose: true };
  Validations.of(app).addPlugins(
    new AwsSolutionsChecks(app, verbose), new HIPAASecurityChecks(app, verbose), new NIST80053R4Checks(app, verbose),
    new NIST80053R5Checks(app, verbose), new PCIDSS321Checks(app, verbose), new ServerlessChecks(app, verbose),
  );
  return app;
}

interface Violation {
  readonly ruleName: string;
  readonly severity?: string;
  readonly violatingConstructs?: Array<{ constructPath?: string }>;
  readonly violatingResources?: Array<{ resourceLogicalId?: string }>;
}

/** What the packs have against an app, as `rule at path`, and what was acknowledged, as `rule at path`. */
export function findings(app: App): { errors: string[]; acknowledged: string[] } {
  try {
    app.synth();
  } catch (error) {
    if (!/validation/i.test((error as Error).message)) throw error;
  }
  const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as unknown;
  return { errors: [JSON.stringify(report)], acknowledged: [] };
}
