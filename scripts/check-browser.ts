/**
 * Uses the trading screen as people do, in a real browser against a system that is started here: `npm run check:browser`.
 *
 *   -- --json         one line of JSON last: {"steps":[{"name","ok","ms"}],"axe":{"serious","critical"},"passed","failed"}
 *   -- --screenshots  also writes the pictures of docs/images
 *   -- --no-synth     takes the cloud assembly and the bundles as they are
 *
 * Needs Chromium; CHROMIUM names one that is not in the usual places.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium, openScreen, type OpenScreen } from './check-browser/browser';
import { Check } from './check-browser/check';
import { root } from './lib/processes';
import { prepareAssembly } from '../local/cli/assembly';
import { systemByName } from '../local/cli/systems';
import { type Platform, startPlatform } from '../local/platform';
import { endRemainingChildren } from '../local/servers/process';

interface Step {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
}

async function main(): Promise<number> {
  const flags = new Set(process.argv.slice(2));
  const json = flags.has('--json');
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const steps: Step[] = [];
  const axe = { serious: 0, critical: 0 };
  const answer = (): number => {
    const failed = steps.filter(({ ok }) => !ok).length;
    const passed = steps.length - failed;
    if (json) console.log(JSON.stringify({ steps, axe, passed, failed }));
    else console.log(`check:browser: ${passed} passed, ${failed} failed; axe: ${axe.serious} serious, ${axe.critical} critical`);
    return failed === 0 && steps.length > 0 ? 0 : 1;
  };
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const started = Date.now();
    const finish = (ok: boolean): void => {
      steps.push({ name, ok, ms: Date.now() - started });
      say(`${ok ? 'ok    ' : 'FAILED'} ${String(Date.now() - started).padStart(6)} ms  ${name}`);
    };
    try {
      const result = await work();
      finish(true);
      return result;
    } catch (error) {
      finish(false);
      throw error;
    }
  };

  const chromium = findChromium();
  if (chromium === undefined) {
    say('MISSING: Chromium. Install it (Debian: apt-get install chromium), or name one with CHROMIUM=<path>. Nothing was checked.');
    steps.push({ name: 'find Chromium', ok: false, ms: 0 });
    return answer();
  }
  const pictures = flags.has('--screenshots') ? join(root, 'docs', 'images') : undefined;
  const data = mkdtempSync(join(tmpdir(), 'check-browser-'));
  let platform: Platform | undefined;
  let screen: OpenScreen | undefined;
  try {
    const system = systemByName('RealtimeSimulator');
    const assembly = flags.has('--no-synth')
      ? system.assembly
      : await step('bundle and synthesise', () => prepareAssembly(system, () => undefined));
    const running = (platform = await step('bring the system up', () => startPlatform({ assembly, data, onReport: say })));
    if (pictures !== undefined) mkdirSync(pictures, { recursive: true });
    const open = (screen = await step('open the browser', () => openScreen(chromium, join(data, 'browser'))));
    const check = new Check(running, open, axe, pictures);
    for (const [name, work] of check.steps()) await step(name, () => Promise.race([work(), running.failed]));
  } catch (error) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    if (screen) {
      await screen.page.screenshot({ path: join(tmpdir(), 'check-browser-failed.png') }).then(
        () => say(`Picture: ${join(tmpdir(), 'check-browser-failed.png')}`),
        () => undefined,
      );
    }
  }
  await screen?.close();
  await platform?.stop();
  rmSync(data, { recursive: true, force: true });
  return answer();
}

main()
  .catch((error: unknown) => {
    console.error(error);
    return 1;
  })
  .then(async (code) => {
    await endRemainingChildren();
    process.exit(code);
  })
  .catch(() => process.exit(1));
