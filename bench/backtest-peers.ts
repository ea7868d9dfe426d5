import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A peer: its package, pinned, and the program that runs the same strategy in it. */
export interface Peer {
  readonly name: string;
  readonly packages: readonly string[];
  readonly script: string;
  readonly rounds: number;
}

export const PEERS: readonly Peer[] = [
  { name: 'backtrader', packages: ['backtrader==1.9.78.123', 'pandas==2.3.3'], script: 'backtrader_sma.py', rounds: 1 },
  { name: 'nautilus_trader', packages: ['nautilus_trader==1.221.0'], script: 'nautilus_sma.py', rounds: 2 },
];

export interface PeerResult {
  readonly seconds: readonly number[];
  readonly fills: number;
  readonly digest: string;
  readonly version: string;
}

/** Python with a peer's packages, in a virtual environment of the user's cache that is made once. @throws Error when it cannot be made */
export async function pythonWith({ name, packages }: Peer, say: (line: string) => void): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cdk-trading-platform');
  const folder = join(cache, `bench-${packages[0].replace('==', '-')}`);
  const python = join(folder, 'bin', 'python');
  const mark = join(folder, 'complete');
  if (existsSync(mark)) return python;
  say(`${name}: making a virtual environment in ${folder} …`);
  mkdirSync(cache, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder], { timeout: 120_000 });
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:', '--prefer-binary', ...packages], { timeout: 900_000 })
    // backtrader has no wheel of its version for every Python; it is pure Python, so its source does.
    .catch(() => run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages], { timeout: 900_000 }));
  mkdirSync(mark);
  return python;
}

/** Runs the strategy over a file of bars. */
export async function runPeer(peer: Peer, python: string, bars: string, fast: number, slow: number): Promise<PeerResult> {
  const { stdout } = await run(python, [join(__dirname, 'backtest-peers', peer.script), bars, String(fast), String(slow), String(peer.rounds)], { timeout: 1_800_000, maxBuffer: 2 ** 24 });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as PeerResult;
}
