import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..', '..');
const { app, context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { app: string; context: Record<string, unknown> };
const home = mkdtempSync(join(tmpdir(), 'synth-'));
const outdir = join(home, 'cdk.out');

// As the CLI runs it, on a machine without credentials and with nothing but Node on its path: no Docker, no git.
const run = spawnSync(process.execPath, [require.resolve('tsx/cli'), app.replace('tsx ', '')], {
  cwd: root,
  encoding: 'utf8',
  env: {
    PATH: dirname(process.execPath),
    HOME: home,
    CDK_OUTDIR: outdir,
    CDK_CONTEXT_JSON: JSON.stringify(context),
    AWS_EC2_METADATA_DISABLED: 'true',
  },
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

test('the example synthesises without an account, credentials or Docker', () => {
  expect({ status: run.status, stderr: run.status === 0 ? '' : run.stderr }).toEqual({ status: 0, stderr: '' });
});

test('it looks nothing up', () => {
  const manifest = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8')) as { missing?: unknown[]; artifacts: Record<string, { type: string; environment?: string }> };
  expect(manifest.missing).toBeUndefined();
  const stacks = Object.values(manifest.artifacts).filter(({ type }) => type === 'aws:cloudformation:stack');
  expect(stacks.map(({ environment }) => environment)).toEqual(Array(6).fill('aws://unknown-account/us-east-1'));
});

test('findings stop the synthesis: the rules are on in cdk.json', () => {
  expect(context['@aws-cdk/core:validateAgainstDefaultRules']).toBe(true);
  const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')) as { pluginReports: Array<{ pluginName: string }> };
  expect(report.pluginReports.map(({ pluginName }) => pluginName)).toContain('AwsSolutions');
});
