import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import { App } from 'aws-cdk-lib';
import { digestOf } from './digests';
import { Form } from './forms';
import { ComplianceChecks } from '../../src/assurance/compliance/compliance-checks';
import { JudgedApp } from '../../src/assurance/compliance/compliance-verdict';

/** Guard writes all that it has found at once. */
const OUTPUT = 256 * 1024 * 1024;

/** What the checks said of a form. */
export interface CheckedForm {
  readonly checks: ComplianceChecks;
  readonly app: JudgedApp;
  /** What the form was made of. */
  readonly digest: string;
  /** What the synthesis threw; empty when it passed. */
  readonly error: string;
}

/** Synthesises a form of a system with all nine rule sets. */
export function checkForm(form: Form, today?: string): CheckedForm {
  const outdir = mkdtempSync(join(tmpdir(), 'compliance-'));
  const app = new App({ outdir, analyticsReporting: false, context: { 'aws:cdk:bundling-stacks': [], '@aws-cdk/core:annotationsInValidationReport': true } });
  try {
    form(app);
    const checks = ComplianceChecks.apply(app, { today, furtherRuleSets: [new CfnGuardValidator({ maxBuffer: OUTPUT })] });
    const error = synthesise(app);
    return { checks, app: checks._verdict().app(), digest: digestOf(app), error };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** The CDK prints the whole report before it throws; everything in it is in ours. */
function synthesise(app: App): string {
  const { error } = console;
  console.error = () => undefined;
  try {
    app.synth();
    return '';
  } catch (thrown) {
    return (thrown as Error).message;
  } finally {
    console.error = error;
  }
}
