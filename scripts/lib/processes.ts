/** How the project's programs start others, show what they are at, and answer. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const root = join(__dirname, '../..');

/** The program of an installed package. */
export function programOf(name: string, path: string): string {
  return join(dirname(createRequire(join(root, 'package.json')).resolve(`${name}/package.json`)), path);
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Whether its output is shown as it comes, on standard error, so that standard output stays free for an answer. */
  readonly show?: boolean;
}

/** Runs a program to its end and returns its output; throws with its last words when it fails. */
export function run(program: string, args: readonly string[], { cwd = root, env = process.env, show = false }: RunOptions = {}): string {
  const { status, signal, error, stdout, stderr } = spawnSync(program, [...args], {
    cwd, env, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024, stdio: ['ignore', show ? 2 : 'pipe', show ? 2 : 'pipe'],
  });
  if (error) throw new Error(`${program} could not be started: ${error.message}`);
  if (status !== 0) {
    const words = `${stdout ?? ''}\n${stderr ?? ''}`.trim().split('\n').slice(-25).join('\n');
    throw new Error(`${[program, ...args].join(' ')} ended with ${signal ?? status}${words ? `:\n${words}` : ''}`);
  }
  return stdout ?? '';
}

/** The environment without the options of the npm that runs this program: they must not reach one that it starts. */
export function freshNpmEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(config_ignore|config_omit|lifecycle|package)/.test(name)));
}

/** Runs npm in a folder. */
export function npm(args: readonly string[], cwd: string): string {
  return run('npm', args, { cwd, env: freshNpmEnvironment() });
}

/** Does one step and shows, on standard error, what it is and how long it took. */
export async function step<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  process.stderr.write(`• ${what} … `);
  const started = Date.now();
  try {
    const result = await work();
    process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stderr.write('failed\n');
    throw error;
  }
}

/** A check as a program: its facts are printed, as one line of JSON last with `--json`; it exits with 1 when it throws. */
export function checkProgram(check: () => Promise<Record<string, unknown>>): void {
  const json = process.argv.includes('--json');
  const answer = (facts: Record<string, unknown>): void => {
    if (json) console.log(JSON.stringify(facts));
    else for (const [name, value] of Object.entries(facts)) console.log(`${name.padEnd(14)} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  };
  check().then((facts) => answer({ ok: true, ...facts }), (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    console.error(message);
    answer({ ok: false, error: message.split('\n')[0] });
    process.exitCode = 1;
  });
}
