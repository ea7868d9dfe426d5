import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Figures, figuresOf, type Summary } from './figures';
import type { LoadTarget } from './target';
import type { Answer } from '../lib/answer';
import { root } from '../lib/processes';

export interface LoadRun {
  /** The program. */
  readonly k6: string;
  /** Names of scripts in `load/`, one after the other. */
  readonly scripts: readonly string[];
  /** What the scripts are told to do otherwise, by the names of their environment. */
  readonly figures: Readonly<Record<string, string>>;
  readonly target: Pick<LoadTarget, 'url' | 'tokens'>;
  readonly environment: NodeJS.ProcessEnv;
}

/** The program that K6 names, or the first on the PATH. */
export function findK6({ K6: named, PATH: path = '' }: NodeJS.ProcessEnv): string | undefined {
  const places = named === undefined ? path.split(delimiter).filter((folder) => folder !== '').map((folder) => join(folder, 'k6')) : [named];
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs the scripts and says what they measured. */
export async function runLoad(run: LoadRun): Promise<Answer & { readonly skipped: false }> {
  const measured: Record<string, Figures> = {};
  for (const script of run.scripts) measured[script] = await runScript(run, script);
  return { skipped: false, passed: Object.values(measured).every(({ passed }) => passed), url: run.target.url, ...measured };
}

async function runScript({ k6, figures, target, environment }: LoadRun, script: string): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'load-k6-'));
  const SUMMARY = join(folder, 'summary.json');
  // Tokens are all that it needs.
  const { API_USERS: _, API_OPERATOR: __, ...rest } = environment;
  try {
    const code = await new Promise<number>((resolve, reject) => {
      const child = spawn(k6, ['run', '--quiet', '--no-usage-report', '--address', '127.0.0.1:0', join(root, 'load', `${script}.js`)], {
        // Its words go where nobody reads an answer.
        stdio: ['ignore', 2, 2],
        env: { ...rest, ...figures, API_URL: target.url, API_TOKENS: target.tokens.join(','), SUMMARY },
      });
      child.once('error', reject);
      child.once('exit', (status) => resolve(status ?? 1));
    });
    let summary: Summary;
    try {
      summary = JSON.parse(readFileSync(SUMMARY, 'utf8')) as Summary;
    } catch {
      throw new Error(`k6 ended with ${code} and measured nothing; its own words are above`);
    }
    // 99: thresholds that did not hold. Anything else is a fault of the run, whatever it measured.
    return figuresOf(script, summary, code === 0 || code === 99);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
