import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '../..');
const resolvePackage = createRequire(join(root, 'package.json')).resolve;

export interface StageResult {
  readonly passed: number;
  readonly failed: number;
}

export interface Stage {
  readonly name: string;
  readonly what: string;
  run(): Promise<StageResult>;
}

interface Child {
  readonly code: number;
  readonly lastLine: string;
}

/** How long one program of a stage may take, in minutes: one that hangs fails its stage instead of holding up the totals. */
const LIMIT_MINUTES = { small: 20, full: 60 };

/** Runs a program of the project under this Node; its output passes through. */
function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Child> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    const minutes = env.FULL === '1' ? LIMIT_MINUTES.full : LIMIT_MINUTES.small;
    const limit = setTimeout(() => {
      console.error(`not done after ${minutes} minutes, ended: ${args.join(' ')}`);
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
    }, minutes * 60_000);
    let tail = '';
    child.stdout.on('data', (data: Buffer) => {
      process.stdout.write(data);
      tail = (tail + data.toString('utf8')).slice(-65_536);
    });
    child.once('error', reject);
    const finish = (code: number | null): void => resolve({ code: code ?? 1, lastLine: tail.trimEnd().split('\n').at(-1) ?? '' });
    child.once('close', finish);
    child.once('exit', (code) => {
      clearTimeout(limit);
      // Its output stays open for as long as a process that it left behind holds it: that must not hold us.
      setTimeout(() => finish(code), 10_000).unref();
    });
  });
}

const bin = (name: string, path: string): string => join(dirname(resolvePackage(`${name}/package.json`)), path);
const tsx = (): string => bin('tsx', 'dist/cli.mjs');

/** A stage that passes or fails as a whole. */
function single(name: string, what: string, args: () => readonly string[]): Stage {
  return {
    name,
    what,
    run: async () => {
      const { code } = await run(args());
      return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
    },
  };
}

/**
 * How many times jest is started for the unit tests: hundreds of suites that each load the CDK leave more behind in one process than its
 * heap holds. Always with worker processes, because on two cores jest alone would choose its own.
 */
const SHARDS = 4;
/** What one run has compiled the next need not: the temporary folder of each is gone with it. */
const CACHE = join(root, 'node_modules', '.cache', 'jest');
const WORKERS = `--maxWorkers=${Math.max(2, availableParallelism())}`;

function jest(name: string, what: string, args: readonly string[], env: NodeJS.ProcessEnv): Stage {
  return {
    name,
    what,
    run: async () => {
      // Also where the tests put what is temporary: synthesised apps leave their folders behind. A server that runs as somebody else
      // must be able to pass through it.
      const folder = mkdtempSync(join(tmpdir(), 'cdk-trading-platform-test-'));
      chmodSync(folder, 0o711);
      const file = join(folder, 'result.json');
      try {
        const { code } = await run(['--no-warnings', bin('jest', 'bin/jest.js'), '--ci', '--json', `--outputFile=${file}`, `--cacheDirectory=${CACHE}`, ...args], { ...env, TMPDIR: folder });
        const result = JSON.parse(readFileSync(file, 'utf8')) as { numPassedTests: number; numFailedTests: number; numRuntimeErrorTestSuites: number };
        const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
        return { passed: result.numPassedTests, failed: code !== 0 && failed === 0 ? 1 : failed };
      } catch (error) {
        console.error(`jest left no result: ${error instanceof Error ? error.message : String(error)}`);
        return { passed: 0, failed: 1 };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Several runs that count as one stage. */
function together(name: string, what: string, parts: readonly Stage[]): Stage {
  return {
    name,
    what,
    run: async () => {
      let passed = 0;
      let failed = 0;
      for (const part of parts) {
        const result = await part.run();
        passed += result.passed;
        failed += result.failed;
      }
      return { passed, failed };
    },
  };
}

/** Brings the whole platform up, trades on it and takes it down; each step counts. */
const check: Stage = {
  name: 'platform',
  what: 'npm start -- --check: one order from sign-in to the ledger, on the synthesised template',
  run: async () => {
    const { lastLine } = await run([tsx(), 'local/cli/start.ts', '--check']);
    try {
      const result = JSON.parse(lastLine) as { ok: boolean; steps: { ok: boolean }[] };
      const failed = result.steps.filter((step) => !step.ok).length;
      return { passed: result.steps.length - failed, failed: failed === 0 && !result.ok ? 1 : failed };
    } catch {
      console.error('the last line is not the result as JSON');
      return { passed: 0, failed: 1 };
    }
  },
};

/** All stages, the quick ones first. */
export function stages(full: boolean): readonly Stage[] {
  const env = { FULL: full ? '1' : '' };
  const script = (file: string): (() => readonly string[]) => () => [tsx(), file];
  return [
    single('types', 'types of services, local platform, tests and tools', script('scripts/typecheck.ts')),
    single('lint', 'style and import directions', script('scripts/lint.ts')),
    single('jsii', 'the construct library compiles for every language', script('scripts/compile.ts')),
    together('unit', 'constructs, stacks, domain, services with real PostgreSQL and Redis', Array.from({ length: SHARDS }, (_, i) => jest(
      `unit ${i + 1}`, `part ${i + 1} of ${SHARDS}`,
      [`--shard=${i + 1}/${SHARDS}`, WORKERS, '--testPathIgnorePatterns', '/node_modules/', '<rootDir>/test/system/', '<rootDir>/test/package/'], env,
    ))),
    jest('package', 'the packed library installed in an empty app', ['test/package/', '--runInBand'], env),
    check,
    jest('system', 'the running platform: bad input, races, crashes, poisoned messages', ['test/system/', '--runInBand'], env),
  ];
}
