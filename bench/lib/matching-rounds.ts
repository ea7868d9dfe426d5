import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { messageFrom } from './children';
import type { MatchingAnswer, MatchingJob, MatchingResult } from './matching-job';
import { V8_FLAGS } from '../../services/reference-matcher/v8-flags';

/**
 * Both engines' processes may have their memory in large pages, where the system gives them to whoever asks (`madvise`): a large book misses the
 * translation caches otherwise. It has to be in the environment when the process starts.
 */
const MEMORY = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };

/** The children's program, bundled the way the services are, so that the code that is measured is the code that runs. */
export class ChildProgram {
  private readonly folder = mkdtempSync(join(tmpdir(), 'bench-matching-'));
  private readonly file = join(this.folder, 'child.js');

  async build(): Promise<void> {
    await build({
      entryPoints: [join(__dirname, '../matching-child.ts')],
      outfile: this.file,
      bundle: true,
      platform: 'node',
      target: 'node22',
      format: 'cjs',
      mainFields: ['main', 'module'],
      keepNames: true,
      minifySyntax: true,
      minifyWhitespace: true,
      tsconfigRaw: { compilerOptions: { target: 'es2022', useDefineForClassFields: false } },
      logLevel: 'error',
    });
  }

  /** Runs a job in a new process. @throws Error when it fails */
  async run(job: MatchingJob): Promise<MatchingResult> {
    const child = fork(this.file, [JSON.stringify(job)], {
      execArgv: [...V8_FLAGS, '--max-old-space-size=6144'], env: { ...process.env, ...MEMORY }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const end = (): void => { child.kill('SIGKILL'); };
    process.once('exit', end);
    try {
      const answer = await messageFrom(child, (m): m is MatchingAnswer => typeof m === 'object' && m !== null, 900_000);
      if ('error' in answer) throw new Error(`${job.engine} on ${job.workload}: ${answer.error}`);
      return answer.result;
    } finally {
      process.removeListener('exit', end);
      end();
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface Range {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Smallest, middle and largest of the rounds. */
export function rangeOf(values: readonly number[], digits: number): Range {
  const round = (value: number): number => Number(value.toFixed(digits));
  return { min: round(Math.min(...values)), median: round(median(values)), max: round(Math.max(...values)) };
}
