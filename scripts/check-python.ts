/**
 * `npm run check:python`: builds the wheel, installs it in a virtual environment and runs a Python app that synthesises a construct of
 * each layer and every system from it.
 *
 *   --json   the facts as one line of JSON, last
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkProgram, root, run, step } from './lib/processes';
import { ensureCompiled, systems } from './packaging/assembly';
import { OLDEST_CDK, pacmak } from './packaging/languages';

/** A Python that can make virtual environments; says what is missing otherwise. */
function python(): string {
  const program = ['python3', 'python'].find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
  if (program === undefined) throw new Error('python3 is not installed; jsii needs 3.10 or later');
  const [major, minor] = run(program, ['-c', 'import sys; print(sys.version_info[0], sys.version_info[1])']).trim().split(' ').map(Number);
  if (major < 3 || minor < 10) throw new Error(`Python ${major}.${minor} is too old; jsii needs 3.10 or later`);
  if (spawnSync(program, ['-c', 'import venv, ensurepip'], { stdio: 'ignore' }).status !== 0) {
    throw new Error(`${program} cannot make virtual environments: its modules venv or ensurepip are missing (on Debian and Ubuntu: apt install python3-venv)`);
  }
  return program;
}

checkProgram(async () => {
  const interpreter = python();
  const folder = mkdtempSync(join(tmpdir(), 'cdk-trading-platform-python-'));
  try {
    await step('bundle the services', () => run(process.execPath, ['scripts/bundle.mjs']));
    await step('compile the library', ensureCompiled);
    await step('build the wheel', () => pacmak('python', folder, { codeOnly: false }));
    const wheels = join(folder, 'python');
    const wheel = join(wheels, readdirSync(wheels).find((name) => name.endsWith('.whl'))!);
    const environment = join(folder, 'venv');
    const inside = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
    await step('make a virtual environment', () => run(interpreter, ['-m', 'venv', environment]));
    await step('install the wheel', () => run(inside, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', wheel, `aws-cdk-lib==${OLDEST_CDK}`]));
    const app = join(root, 'scripts/packaging/python/app.py');
    const answer = await step('synthesise', () => run(inside, [app, ...systems()], { cwd: folder }));
    const facts = JSON.parse(answer.trim().split('\n').at(-1)!) as Record<string, unknown>;
    return { wheel: `${(statSync(wheel).size / 1024 / 1024).toFixed(2)} MB`, python: run(inside, ['--version']).trim(), cdk: OLDEST_CDK, ...facts };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
