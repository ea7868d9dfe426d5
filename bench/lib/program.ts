import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareAssembly } from '../../local/cli/assembly';
import { systemByName } from '../../local/cli/systems';
import { type Platform, type PlatformOptions, startPlatform } from '../../local/platform';
import { endRemainingChildren } from '../../local/servers/process';

/** What a benchmark says to people: on standard error when a program reads standard output. */
export type Say = (line: string) => void;

/** What a run came to. */
export interface Run<Report> {
  /** The last line of standard output, as JSON. */
  readonly report: Report;
  /** Why the run is no good, as sentences. */
  readonly problems: readonly string[];
}

/** A benchmark as a program. */
export interface Program<Flags extends { readonly json: boolean }, Report> {
  readonly usage: string;
  /** @returns undefined when only the usage was asked for */
  parse(args: readonly string[]): Flags | undefined;
  run(flags: Flags, say: Say, signal: AbortSignal): Promise<Run<Report>>;
}

/** What a benchmark wants of the platform that it brings up. */
export interface Bench extends Pick<PlatformOptions, 'tasks' | 'environment' | 'onReport' | 'without'> {
  /** First characters of the folder that keeps its data. */
  readonly name: string;
  /** Class of the system. */
  readonly system: string;
}

/** Two accounts trade for everybody: what one user may ask for is not what is measured. */
const UNLIMITED = { ADMISSION: JSON.stringify({ ordersPerSecond: 100_000 }) };

/**
 * Brings a system up in a folder of its own, without the house that trades by itself, measures and takes everything down again.
 *
 * @throws Error also when `signal` aborts
 */
export async function withPlatform<T>(
  { name, system, ...options }: Bench, say: Say, signal: AbortSignal, measure: (platform: Platform) => Promise<T>,
): Promise<T> {
  const interrupted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('interrupted')), { once: true }));
  interrupted.catch(() => undefined);
  const data = mkdtempSync(join(tmpdir(), `${name}-`));
  let platform: Platform | undefined;
  try {
    const assembly = await prepareAssembly(systemByName(system), (what) => say(`${what} …`));
    say(`starting the platform in ${data} …`);
    const environment = { ...UNLIMITED, ...options.environment };
    platform = await startPlatform({ onReport: say, without: ['simulation-worker'], ...options, environment, assembly, data, signal });
    return await Promise.race([platform.failed, interrupted, measure(platform)]);
  } finally {
    await platform?.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

/** Runs a benchmark and ends the process: 0 when the run is good, 1 when it is not or did not take place. */
export function runProgram<Flags extends { readonly json: boolean }, Report>(program: Program<Flags, Report>): void {
  start(program).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }).then(async (code) => {
    await endRemainingChildren();
    process.exit(code);
  }, () => process.exit(1));
}

async function start<Flags extends { readonly json: boolean }, Report>({ usage, parse, run }: Program<Flags, Report>): Promise<number> {
  const flags = parse(process.argv.slice(2));
  if (!flags) {
    console.log(usage);
    return 0;
  }
  const say: Say = flags.json ? (line) => console.error(line) : (line) => console.log(line);
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => interrupt.abort());
  // The script that started us is gone.
  process.once('disconnect', () => interrupt.abort());
  process.channel?.unref();
  const { report, problems } = await run(flags, say, interrupt.signal);
  for (const problem of problems) console.error(problem);
  await new Promise<void>((resolve) => {
    process.stdout.write(`${JSON.stringify(report)}\n`, () => resolve());
  });
  return problems.length > 0 ? 1 : 0;
}
