import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment, PROJECT_ROOT, projectNode } from '../servers/environment';
import { LocalError } from '../servers/errors';

/** A day of candles as the bucket has it, with what the index says of it. */
export interface CandleFile {
  readonly symbol: string;
  readonly day: string;
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly candles: number;
}

/**
 * Plays days of candles to a strategy, as whoever takes the files from the bucket would, and looks that every candle of the index was played.
 *
 * @throws LocalError with what was played instead
 */
export async function replayCandles(files: readonly CandleFile[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-trading-platform-replay-'));
  try {
    for (const { key, bytes } of files) {
      mkdirSync(dirname(join(folder, key)), { recursive: true });
      writeFileSync(join(folder, key), bytes);
    }
    const days = files.map(({ day }) => day).sort();
    const { stdout } = await promisify(execFile)(projectNode(), [
      '--import', 'tsx', join(PROJECT_ROOT, 'services', 'backtester', 'cli', 'main.ts'), '--strategy', 'sma-cross', '--data', folder, '--from', days[0],
      '--to', days[days.length - 1], '--json',
    ], { cwd: PROJECT_ROOT, env: childEnvironment(), timeout: 60_000, maxBuffer: 64 * 1024 * 1024 }).catch((error: Error & { stdout?: string }) => {
      throw new LocalError(`The candles cannot be replayed: ${(error.stdout || error.message).slice(0, 500)}`);
    });
    const report = JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as {
      status: string; barsRun: number; data: { symbol: string; missingDays: unknown[]; incompleteDays: unknown[] }[];
    };
    const wanted = files.reduce((sum, { candles }) => sum + candles, 0);
    const complete = report.data.every(({ missingDays, incompleteDays }) => missingDays.length + incompleteDays.length === 0);
    if (report.status === 'stopped' || report.barsRun !== wanted || !complete) {
      throw new LocalError(`The index has ${wanted} candles; ${report.barsRun} were replayed: ${JSON.stringify(report.data)}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
