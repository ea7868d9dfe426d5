/** What a report was made of, so that a stale one is noticed without making it again. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Form } from './forms';
import { acknowledgementsBelow } from '../../src/assurance/compliance/acknowledgement-entry';
import { packageVersion } from '../../src/private/package-version';

const FILE = 'digests.json';

/** Packages whose version decides what is found. */
const RULES = ['aws-cdk-lib', 'cdk-nag', '@cdklabs/cdk-validator-cfnguard'];

/**
 * Digest of a form: of its templates without the hashes of code, of its acknowledgements, and of the versions of the rules. It takes
 * a synthesis without rule sets, which are the slow part.
 */
export function formDigest(form: Form): string {
  const outdir = mkdtempSync(join(tmpdir(), 'digest-'));
  const validation = process.env.CDK_VALIDATION;
  process.env.CDK_VALIDATION = 'false';
  const { error } = console;
  console.error = () => undefined;
  try {
    const app = new App({ outdir, analyticsReporting: false, context: { 'aws:cdk:bundling-stacks': [] } });
    form(app);
    // Somebody must be there to read acknowledgements, or none are written.
    Validations.of(app).addPlugins({ name: 'Digest', validate: () => ({ success: true, violations: [] }) });
    app.synth();
    return digestOf(app);
  } finally {
    console.error = error;
    if (validation === undefined) delete process.env.CDK_VALIDATION;
    else process.env.CDK_VALIDATION = validation;
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** The same of an app that was synthesised already. */
export function digestOf(app: App): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(app.outdir).filter((each) => each.endsWith('.template.json')).sort()) {
    hash.update(name).update(withoutHashes(readFileSync(join(app.outdir, name), 'utf8')));
  }
  const acknowledged = acknowledgementsBelow(app).map(({ at, id, reason, owner, control, reviewBy }) => [at, id, reason, owner, control, reviewBy].join('\n'));
  // A second synthesis of the same app acknowledges the same once more.
  hash.update([...new Set(acknowledged)].sort().join('\n\n'));
  for (const name of RULES) hash.update(`${name} ${packageVersion(name)}`);
  return hash.digest('hex').slice(0, 32);
}

/** Digests that a report was made with, by form; empty when there is no report. */
export function readDigests(folder: string): Record<string, string> {
  const file = join(folder, FILE);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as Record<string, string> : {};
}

export function writeDigests(folder: string, digests: Record<string, string>): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, FILE), `${JSON.stringify(digests, undefined, 1)}\n`);
}

/** Code is bundled by tools whose output differs between machines; what rules judge is around it. Logical ids of versions hold such hashes too. */
function withoutHashes(template: string): string {
  return template.replace(/[0-9a-f]{64}/g, '<hash>').replace(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1<hash>');
}
