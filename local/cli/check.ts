import { mkdtempSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Platform, type PlatformOptions, startPlatform } from '../platform';
import type { RunnableSystem } from './systems';
import { CHECKS } from '../checks';
import type { SystemCheck } from '../checks/system-check';
import { tradeCheck } from '../checks/trade';
import { LocalError, messageOf } from '../servers/errors';

/** What a check is run with. */
export interface CheckOptions extends Pick<PlatformOptions, 'feed' | 'tasks' | 'port'> {
  readonly system: RunnableSystem;
  readonly json: boolean;
  readonly signal: AbortSignal;
  /** Brings the assembly up to date; resolves to its folder. */
  readonly synthesise: () => Promise<string | undefined>;
}

const TEAR_DOWN = 'tear down';

interface Step {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
}

/**
 * Proves that a system does what its document describes: brings everything up in a folder of its own, goes through the flow step by
 * step, and looks for the effects from outside. Prints each step; the last line is JSON. Resolves to the exit code.
 */
export async function runCheck(options: CheckOptions): Promise<number> {
  const started = Date.now();
  const steps: Step[] = [];
  const data = mkdtempSync(join(tmpdir(), 'cdk-trading-platform-check-'));
  let platform: Platform | undefined;
  let check: SystemCheck | undefined;

  const interrupted = new Promise<never>((_, reject) => {
    options.signal.addEventListener('abort', () => reject(new LocalError('The check was interrupted.')), { once: true });
  });
  interrupted.catch(() => undefined);
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const begun = Date.now();
    try {
      const result = await Promise.race([work(), ...(platform ? [platform.failed, ...(name === TEAR_DOWN ? [] : [interrupted])] : [])]);
      finish(name, true, begun);
      return result;
    } catch (error) {
      finish(name, false, begun);
      throw error;
    }
  };
  const finish = (name: string, ok: boolean, begun: number): void => {
    const ms = Date.now() - begun;
    steps.push({ name, ok, ms });
    if (!options.json) console.log(`${ok ? 'ok    ' : 'FAILED'} ${String(ms).padStart(6)} ms  ${name}`);
  };

  try {
    const assembly = await step('bundle and synthesise', options.synthesise);
    const running = await step('bring everything up', () => startPlatform({
      assembly, data, feed: options.feed, tasks: options.tasks, port: options.port, signal: options.signal,
    }));
    platform = running;
    check = (CHECKS[options.system.name] ?? tradeCheck)(running, options.signal);
    for (const [name, work] of check.steps()) await step(name, work);
  } catch (error) {
    console.error(error instanceof LocalError ? error.message : error);
    if (platform) console.error(`Logs: ${platform.describe().logs}`);
    if (!(error instanceof LocalError)) console.error(messageOf(error));
  }
  await check?.close();
  const ran = steps.length > 0 && steps.every(({ ok }) => ok) && check !== undefined;
  if (platform) await step(TEAR_DOWN, platform.stop).catch(() => undefined);
  const ok = ran && steps.every((one) => one.ok);
  // The logs are what explains a failure.
  if (ok) rmSync(data, { recursive: true, force: true });
  else if (readdirSync(data).length === 0) rmdirSync(data);
  else console.error(`The data folder of the failed check is kept: ${data}`);
  console.log(JSON.stringify({ ok, steps, seconds: Math.round((Date.now() - started) / 100) / 10 }));
  return ok ? 0 : 1;
}
