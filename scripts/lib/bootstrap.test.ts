import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Run {
  readonly code: number;
  readonly output: string;
  /** How often `npm ci` has run so far. */
  readonly installs: number;
}

describe('setting the project up', () => {
  let project: string;

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'bootstrap-'));
    mkdirSync(join(project, 'scripts', 'lib'), { recursive: true });
    mkdirSync(join(project, 'bin'));
    cpSync(join(__dirname, 'bootstrap.mjs'), join(project, 'scripts', 'lib', 'bootstrap.mjs'));
    writeFileSync(join(project, 'package-lock.json'), '{}');
    writeFileSync(join(project, 'program.cjs'), 'console.log("ran with " + process.argv.slice(2)); process.exit(Number(process.argv[2]));');
    writeFileSync(join(project, 'scripts', 'entry.mjs'), `
      import { prepareProject, runUnderOwnNode } from './lib/bootstrap.mjs';
      prepareProject();
      process.exit(await runUnderOwnNode('program.cjs', process.argv.slice(2)));`);
    install(0);
  });
  afterEach(() => rmSync(project, { recursive: true, force: true }));

  /** Puts an `npm` on the PATH that installs what the entry point looks for, or fails. */
  function install(status: number, ownNode = true): void {
    const npm = join(project, 'bin', 'npm');
    writeFileSync(npm, `#!/bin/sh
      echo "$@" >> "${project}/calls"
      [ ${status} = 0 ] || { echo 'no network' >&2; exit ${status}; }
      sleep 0.2
      mkdir -p node_modules/node/bin node_modules/tsx
      ${ownNode ? `ln -sf "${process.execPath}" node_modules/node/bin/node` : ':'}
      echo '{"main":"index.cjs"}' > node_modules/tsx/package.json; : > node_modules/tsx/index.cjs
      : > node_modules/.package-lock.json`);
    chmodSync(npm, 0o755);
  }

  const run = (...args: string[]): Promise<Run> => new Promise((resolve) => {
    const env = { ...process.env, PATH: `${join(project, 'bin')}:${process.env.PATH}`, NODE_OPTIONS: '' };
    execFile(process.execPath, [join(project, 'scripts', 'entry.mjs'), ...args], { cwd: project, env }, (error, stdout, stderr) => {
      const calls = existsSync(join(project, 'calls')) ? readFileSync(join(project, 'calls'), 'utf8').trim().split('\n') : [];
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr, installs: calls.filter((call) => call.startsWith('ci ')).length });
    });
  });

  test('installs once, again when the lock file is newer, and passes arguments and the exit code on', async () => {
    expect(await run('0', 'x')).toEqual({ code: 0, output: expect.stringContaining('ran with 0,x') as string, installs: 1 });
    expect(await run('7')).toMatchObject({ code: 7, installs: 1 });
    const later = Date.now() / 1_000 + 60;
    utimesSync(join(project, 'package-lock.json'), later, later);
    expect(await run('0')).toMatchObject({ code: 0, installs: 2 });
  });

  test('two that start at once install once', async () => {
    const both = await Promise.all([run('0'), run('0')]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(Math.max(...both.map(({ installs }) => installs))).toBe(1);
  });

  test('a failed installation is one sentence, and the next attempt is free to try', async () => {
    install(1);
    const failed = await run('0');
    expect(failed).toMatchObject({ code: 1, installs: 1 });
    expect(failed.output).toContain('npm ci failed (exit code 1); its own words are above.');
    install(0);
    expect(await run('0')).toMatchObject({ code: 0, installs: 2 });
  });

  test('an installation that was killed does not block the next one', async () => {
    writeFileSync(join(project, '.npm-ci.lock'), '999999999');
    expect(await run('0')).toMatchObject({ code: 0, installs: 1 });
  });

  test('packages that another checkout shares are left alone', async () => {
    mkdirSync(join(project, 'shared', 'other'), { recursive: true });
    symlinkSync(join(project, 'shared'), join(project, 'node_modules'));
    const { code, output, installs } = await run('0');
    expect({ code, installs }).toEqual({ code: 1, installs: 0 });
    expect(output).toContain('node_modules is a link to another folder');
    expect(existsSync(join(project, 'shared', 'other'))).toBe(true);
  });

  test('without install scripts the project\'s own Node is missing, and the sentence says so', async () => {
    install(0, false);
    const { code, output } = await run('0');
    expect(code).toBe(1);
    expect(output).toMatch(/The project's own Node is missing .* run npm ci without --ignore-scripts\./);
  });
});
