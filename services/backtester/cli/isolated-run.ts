import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { StrategyError, type StrategySettings } from '../../domain/strategy';
import type { BarSeries } from '../engine/series';
import { type RunResult, Simulation, type SimulationOptions } from '../engine/simulation';

/** A strategy of a file, bundled with the engine to run in a thread of its own. */
export interface FileStrategy {
  readonly code: string;
  readonly sha256: string;
}

export interface IsolatedOptions extends SimulationOptions {
  readonly settings: StrategySettings;
  /** Milliseconds without a bar after which the strategy counts as stuck. */
  readonly stuckAfterMs: number;
  readonly memoryMiB: number;
}

/** Longest time until a thread runs, on a machine that has much else to do. */
const START_MS = 30_000;

/** What the thread answers. */
export type ThreadAnswer = { readonly result: RunResult } | { readonly error: string };

/** @throws Error when the file cannot be compiled; esbuild's words name the line */
export async function bundleStrategy(file: string): Promise<FileStrategy> {
  const { outputFiles: [{ text }] } = await build({
    stdin: {
      contents: `import * as given from ${JSON.stringify(resolve(file))};\nimport { runThread } from ${JSON.stringify(resolve(__dirname, 'strategy-thread'))};\nrunThread(given.default);`,
      resolveDir: __dirname, loader: 'ts',
    },
    bundle: true, write: false, platform: 'node', target: 'node22', format: 'cjs', logLevel: 'silent', mainFields: ['main', 'module'],
    tsconfigRaw: { compilerOptions: { target: 'es2022', useDefineForClassFields: false } },
  });
  return { code: text, sha256: createHash('sha256').update(text).digest('hex') };
}

/**
 * Runs a strategy of a file with limits on its time and memory. A strategy that throws, floods, loops or fills the memory ends its own run,
 * never this process. This keeps mistakes in, not attackers: a thread can still read files.
 */
export async function runIsolated({ code }: FileStrategy, series: readonly BarSeries[], options: IsolatedOptions,
  onProgress?: (bars: number) => void): Promise<RunResult> {
  const { stuckAfterMs, memoryMiB } = options;
  const progress = new Int32Array(new SharedArrayBuffer(8));
  const { settings, assumptions, seed } = options;
  const thread = new Worker(code, {
    eval: true, execArgv: [], env: {}, workerData: { series, settings, assumptions, seed, progress },
    resourceLimits: { maxOldGenerationSizeMb: memoryMiB, stackSizeMb: 4 },
  });
  let seen = -1;
  let since = Date.now();
  const stopped = (error: StrategyError): RunResult => {
    // What it did until then is lost with its thread.
    const simulation = new Simulation(series, { onStart: () => { throw error; } }, options);
    simulation.run();
    return simulation.result();
  };
  let watch: NodeJS.Timeout | undefined;
  return new Promise<RunResult>((done, failed) => {
    watch = setInterval(() => {
      const now = Atomics.load(progress, 0);
      onProgress?.(now);
      if (now !== seen) [seen, since] = [now, Date.now()];
      else if (Date.now() - since > (now === 0 ? Math.max(START_MS, stuckAfterMs) : stuckAfterMs)) done(stopped(new StrategyError('strategy_stuck', `the strategy did not finish with a bar for ${stuckAfterMs / 1_000} s, after about ${now} bars`)));
    }, 50);
    thread.once('message', (answer: ThreadAnswer) => ('error' in answer ? failed(new Error(answer.error)) : done(answer.result)));
    thread.once('error', (error: NodeJS.ErrnoException) => done(stopped(error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      ? new StrategyError('strategy_memory', `the strategy took more than ${memoryMiB} MiB`) : new StrategyError('strategy_threw', `the strategy threw: ${error.message}`))));
    thread.once('exit', () => done(stopped(new StrategyError('strategy_threw', 'the strategy ended its thread'))));
  }).finally(() => {
    clearInterval(watch);
    return thread.terminate();
  });
}
