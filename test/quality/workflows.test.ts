import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Step { name?: string; uses?: string; run?: string; with?: Record<string, unknown>; env?: Record<string, string> }
interface Job {
  'permissions'?: Record<string, string>;
  'environment'?: string;
  'steps': Step[];
  'defaults'?: { run?: { 'working-directory'?: string } };
  'if'?: string;
  'timeout-minutes'?: number;
}
interface Workflow { permissions?: Record<string, string>; jobs: Record<string, Job>; concurrency?: unknown }

const root = join(__dirname, '..', '..');
const users = join(root, 'examples', 'ci');
const load = (folder: string) => readdirSync(join(folder, '.github', 'workflows')).filter((file) => /\.ya?ml$/.test(file))
  .map((file) => [file, parse(readFileSync(join(folder, '.github', 'workflows', file), 'utf8')) as Workflow] as const);
const ours = load(root);
const theirs = load(users);
const jobsOf = (workflows: typeof ours): [string, Job][] => workflows.flatMap(([file, { jobs }]) => Object.entries(jobs).map(([id, job]): [string, Job] => [`${file} ${id}`, job]));
const stepsOf = (workflows: typeof ours): Step[] => jobsOf(workflows).flatMap(([, { steps }]) => steps);
const signsIn = ({ steps }: Job): boolean => steps.some(({ uses }) => uses?.startsWith('aws-actions/configure-aws-credentials@'));

describe.each([['ours', ours, root], ['those for users', theirs, users]] as const)('workflows: %s', (_, workflows, folder) => {
  test('every script that a step runs exists', () => {
    const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    const used = jobsOf(workflows).filter(([, job]) => job.defaults === undefined).flatMap(([, { steps }]) => steps)
      .flatMap(({ run = '' }) => [...run.matchAll(/\bnpm (?:run (?:--silent |-s )*)?([a-z][a-z0-9:-]*)/g)].map(([, name]) => name)).filter((name) => name !== 'ci');
    expect(used.filter((name) => scripts[name] === undefined)).toEqual([]);
    const files = [...stepsOf(workflows).map(({ run = '' }) => run), ...Object.values(scripts)]
      .flatMap((text) => [...text.matchAll(/\b(?:node|sh) (scripts\/[\w./-]+)/g)].map(([, file]) => file));
    for (const file of files) expect(() => readFileSync(join(folder, file))).not.toThrow();
  });

  test('no step has a long-lived key of AWS', () => {
    expect(JSON.stringify(workflows)).not.toMatch(/aws[-_](access[-_]key[-_]id|secret[-_]access[-_]key|session[-_]token)/i);
  });

  test('every job says what its token may do', () => {
    for (const [id, job] of jobsOf(workflows)) expect([id, job.permissions]).toEqual([id, expect.any(Object)]);
    expect(JSON.stringify(workflows)).not.toContain('write-all');
  });
});

describe('workflows for users', () => {
  test('actions are those of our own workflows, or pinned by commit', () => {
    const known = new Set(stepsOf(ours).map(({ uses }) => uses));
    const used = stepsOf(theirs).flatMap(({ uses }) => (uses === undefined ? [] : [uses]));
    expect(used.filter((uses) => !known.has(uses) && !/@[0-9a-f]{40}$/.test(uses))).toEqual([]);
    // One version of each.
    const names = new Set(used.map((uses) => uses.split('@')[0]));
    expect(new Set(used).size).toBe(names.size);
  });

  test('nothing is allowed by default, and every job ends at some time', () => {
    for (const [file, workflow] of theirs) {
      expect([file, workflow.permissions, workflow.concurrency !== undefined]).toEqual([file, {}, true]);
      for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
    }
  });

  test('only jobs that sign in to AWS get an identity, in an environment that a role trusts, and no secret is used', () => {
    const app = readFileSync(join(users, 'app.ts'), 'utf8');
    const trusted = [...app.matchAll(/environments: \[([^\]]+)\]/g)].flatMap(([, list]) => [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name));
    for (const [id, job] of jobsOf(theirs)) {
      expect([id, job.permissions?.['id-token'] === 'write']).toEqual([id, signsIn(job)]);
      if (signsIn(job) && job.environment !== 'branch-stacks') expect(trusted).toContain(job.environment);
      // Write access to anything else: the comment, and nothing more.
      const writes = Object.entries(job.permissions ?? {}).filter(([name, access]) => access === 'write' && name !== 'id-token').map(([name]) => name);
      expect(writes).toEqual(id === 'pull-request.yml diff' ? ['pull-requests'] : []);
    }
    expect(JSON.stringify(theirs)).not.toContain('secrets.');
  });

  test('what strangers write never becomes part of a script', () => {
    for (const { run = '' } of stepsOf(theirs)) expect(run).not.toContain('${{');
    for (const { uses, with: inputs } of stepsOf(theirs)) if (uses?.startsWith('actions/checkout@')) expect(inputs?.['persist-credentials']).toBe(false);
  });

  test('a pull request of a fork gets no role', () => {
    const jobs = jobsOf(theirs.filter(([file]) => /pull-request|branch-stack/.test(file)));
    expect(jobs.filter(([, job]) => signsIn(job)).map(([, job]) => String(job.if).includes('head.repo.full_name == github.repository'))).toEqual([true, true, true]);
  });
});

describe('scripts for users', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'ci-scripts-')); });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const script = (name: string): string => join(users, 'scripts', name);

  const comment = (report: object | undefined, diff: string): string => {
    if (report) writeFileSync(join(folder, 'validation-report.json'), JSON.stringify(report));
    writeFileSync(join(folder, 'diff.txt'), diff);
    const { status, stdout } = spawnSync(process.execPath, [script('comment.mjs'), folder, join(folder, 'diff.txt')], { encoding: 'utf8' });
    expect(status).toBe(0);
    return stdout;
  };

  test('the comment shows what the packs say and warns of what is removed or replaced', () => {
    const finding = { ruleName: 'AwsSolutions-SQS4', violatingConstructs: [{ constructPath: 'Production/Data/Queue|`x`' }] };
    const report = { pluginReports: [{ pluginName: 'AwsSolutions', conclusion: 'failure', violations: [finding], suppressedViolations: [finding, finding] }] };
    const text = comment(report, [
      'Stack Production-Data', 'Resources', '[-] AWS::SQS::Queue Old destroy', '[~] AWS::RDS::DBCluster Ledger replace', ' └─ [~] Engine (requires replacement)', '[+] AWS::SQS::Queue New',
    ].join('\n'));
    expect(text).toContain('| AwsSolutions | failure | 1 | 2 |');
    expect(text).toContain('**AwsSolutions-SQS4** at Production/Data/Queue  x');
    expect(text).toContain('3 changes remove or replace something');
    expect(text).toContain('[+] AWS::SQS::Queue New');
  });

  test('the comment fits what GitHub takes, cannot leave its frame, and says when nothing changes', () => {
    const text = comment(undefined, `\`\`\`\`\`\n${'[+] AWS::SQS::Queue\n'.repeat(10_000)}`);
    expect(text.length).toBeLessThan(65_536);
    expect(text.match(/^`````$/gm)).toHaveLength(2);
    expect(comment(undefined, '')).toContain('Nothing changes.');
    expect(comment(undefined, '')).toContain('No rule pack has looked');
  });

  test('assets of every stack are published, nested ones too; the first failure ends it', () => {
    const tools = join(folder, 'bin');
    for (const path of ['bin', 'out/assembly-Stage', 'out/asset.123']) mkdirSync(join(folder, path), { recursive: true });
    for (const file of ['A.assets.json', 'assembly-Stage/B.assets.json', 'asset.123/own.assets.json']) writeFileSync(join(folder, 'out', file), '{}');
    writeFileSync(join(tools, 'cdk-assets'), `#!/bin/sh\necho "$@" >> ${folder}/calls\ncase "$*" in *"$FAIL"*) exit 3;; esac\n`);
    chmodSync(join(tools, 'cdk-assets'), 0o755);
    const run = (FAIL: string) => spawnSync(process.execPath, [script('publish-assets.mjs'), join(folder, 'out')], { env: { PATH: `${tools}:${process.env.PATH}`, FAIL } }).status;
    expect(run('nothing')).toBe(0);
    const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n').map((line) => line.replaceAll(`${folder}/out/`, ''));
    expect(calls()).toEqual(['--path A.assets.json publish', '--path assembly-Stage/B.assets.json publish']);
    expect(run('A.assets')).toBe(3);
    expect(calls()).toHaveLength(3);
  });

  test.each<[string, number[], number]>([
    ['answers all the time', [200], 0], ['stumbles once and recovers', [200, 500, 200], 0], ['stays bad', [200, 503, 503, 503], 1], ['redirects to a page', [302], 1],
  ])('the system that %s is judged so', async (_, statuses, code) => {
    let asked = 0;
    const server = createServer((request, response) => response.writeHead(request.url === '/v1/status' ? statuses[Math.min(asked++, statuses.length - 1)] : 404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const SiteUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    writeFileSync(join(folder, 'outputs.json'), JSON.stringify({ 'Production-Edge': { SiteUrl }, 'Production-Data': { UserPoolId: 'x' } }));
    const child = spawn(process.execPath, [script('verify.mjs'), join(folder, 'outputs.json')], { env: { VERIFY_MINUTES: '0.01', VERIFY_EVERY_MS: '60' }, stdio: 'ignore' });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(code);
    server.closeAllConnections();
    server.close();
  });

  test('a deployment without an address cannot be called good', () => {
    writeFileSync(join(folder, 'outputs.json'), '{"Production-Data":{"UserPoolId":"x"}}');
    expect(spawnSync(process.execPath, [script('verify.mjs'), join(folder, 'outputs.json')]).status).toBe(1);
  });
});
