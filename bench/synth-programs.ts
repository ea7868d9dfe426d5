import { fork } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { SynthAnswer, SynthJob } from './synth-job';
import { makeIndexLazy } from '../scripts/packaging/lazy-index';

const root = join(__dirname, '..');

/** The library and the bench's apps as plain JavaScript, file by file as the published package has them; `aws-cdk-lib` stays where it is. */
export class SynthPrograms {
  /** Below node_modules, so that `aws-cdk-lib` is found from here. */
  private readonly folder = join(root, 'node_modules', '.cache', 'cdk-trading-platform', `bench-synth-${process.pid}`);

  async compile(): Promise<void> {
    mkdirSync(this.folder, { recursive: true });
    const bench = readdirSync(join(root, 'bench', 'lib')).filter((name) => /^bare-app[a-z-]*\.ts$/.test(name)).map((name) => join(root, 'bench', 'lib', name));
    await build({
      entryPoints: [...sources(join(root, 'src')), ...bench, join(root, 'bench', 'synth-child.ts')],
      outdir: this.folder,
      outbase: root,
      format: 'cjs',
      platform: 'node',
      target: 'node22',
      tsconfigRaw: { compilerOptions: { target: 'es2022', useDefineForClassFields: false } },
      // A folder is loaded by require only.
      supported: { 'dynamic-import': false },
      logLevel: 'error',
    });
    // Constructs find the bundles beside the package.json above them.
    cpSync(join(root, 'package.json'), join(this.folder, 'package.json'));
    symlinkSync(join(root, 'assets'), join(this.folder, 'assets'));
    makeIndexLazy(join(root, 'src/index.ts'), join(this.folder, 'src'));
  }

  /** A folder for an assembly; removed with everything else. */
  outdir(name: string): string {
    return join(this.folder, `cdk.out.${name}`);
  }

  /** Synthesises an app in a process of its own. @throws Error with its last words when it fails */
  run(job: SynthJob, validation: boolean): Promise<SynthAnswer> {
    rmSync(job.outdir, { recursive: true, force: true });
    const env = { ...process.env, CDK_VALIDATION: validation ? 'true' : 'false', CDK_DEBUG: '', NODE_OPTIONS: '', JSII_DEPRECATED: 'quiet' };
    const child = fork(join(this.folder, 'bench', 'synth-child.js'), [JSON.stringify(job)], {
      env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'], cwd: this.folder,
    });
    const end = (): void => { child.kill('SIGKILL'); };
    process.once('exit', end);
    let words = '';
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => { words = (words + chunk.toString()).slice(-20_000); });
    return new Promise((resolve, reject) => {
      let answer: SynthAnswer | undefined;
      child.once('message', (message) => { answer = message as SynthAnswer; });
      child.once('exit', (code) => {
        process.removeListener('exit', end);
        if (answer !== undefined && code === 0) resolve(answer);
        else reject(new Error(`the app '${job.app}' could not be synthesised (exit code ${code}):\n${words}`));
      });
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The feature flags of the project: both apps are synthesised with them. */
export function projectContext(): Record<string, unknown> {
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
  // The validation does the same work for warnings as for errors, and the bare app is not made to pass.
  return { ...context, '@aws-cdk/core:validateAgainstDefaultRules': false };
}
