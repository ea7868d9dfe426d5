import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { testApp } from './apps';

/** Feature flags of the project, which the command line passes to an app. */
const { context } = JSON.parse(readFileSync(join(__dirname, '../../cdk.json'), 'utf8')) as { context: Record<string, unknown> };

/** Folder with the assembly of an app, as the command line would write it; the caller removes it. */
export function synthesised(build: (app: App) => void): string {
  const outdir = mkdtempSync(join(tmpdir(), 'assembly-'));
  const app = testApp({ outdir, context: { ...context, 'aws:cdk:enable-path-metadata': true } });
  build(app);
  app.synth();
  return outdir;
}
