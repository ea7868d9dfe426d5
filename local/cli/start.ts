import { parseArgs } from 'node:util';
import { type Platform, startPlatform } from '../platform';
import { prepareAssembly } from './assembly';
import { runCheck } from './check';
import { Progress } from './progress';
import { summary } from './summary';
import { DEFAULT_SYSTEM, systemByName, type RunnableSystem } from './systems';
import { LocalError, messageOf } from '../servers/errors';
import { endRemainingChildren } from '../servers/process';

const USAGE = `Runs the synthesised platform on this machine: npm start -- [options]

  --system <class>     which system to run (default: RealtimeSimulator); each keeps its data for itself
  --check              brings everything up in a fresh, temporary data folder, goes through what its document describes, prints each step and ends
  --fresh              empties the data folder first
  --data <folder>      folder that keeps all data between runs (default: .local, .local.<system> for other systems)
  --feed <which>       where prices come from: generated (default), or bybit for the real exchange
  --tasks <n>          processes of each service that the template may scale (default: 1)
  --port <n>           port of the load balancer (default: a free one, the same as last time when possible)
  --assembly <folder>  a cloud assembly to run instead of the example app's
  --no-synth           takes cdk.out as it is
  --json               one line of JSON instead of text
  --help               this text`;

interface Choices {
  readonly system: RunnableSystem;
  readonly check: boolean;
  readonly fresh: boolean;
  readonly data: string;
  readonly feed: 'generated' | 'bybit';
  readonly tasks: number;
  readonly port?: number;
  readonly assembly?: string;
  readonly synth: boolean;
  readonly json: boolean;
}

function parse(args: readonly string[]): Choices | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      system: { type: 'string', default: DEFAULT_SYSTEM },
      check: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      data: { type: 'string' },
      feed: { type: 'string', default: 'generated' },
      tasks: { type: 'string', default: '1' },
      port: { type: 'string' },
      assembly: { type: 'string' },
      synth: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { check, fresh, feed, assembly, synth, json } = values;
  const system = systemByName(values.system);
  const data = values.data ?? system.data;
  if (feed !== 'generated' && feed !== 'bybit') throw new LocalError(`--feed must be generated or bybit, got: ${feed}`);
  const port = values.port === undefined ? undefined : whole('--port', values.port, 1, 65_535);
  return { system, check, fresh, data, feed, assembly, synth, json, port, tasks: whole('--tasks', values.tasks, 1, 16) };
}

function whole(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least || number > most) throw new LocalError(`${name} must be a whole number from ${least} to ${most}, got: ${text}`);
  return number;
}

/** Resolves with the reason when somebody wants us to end. */
function untilAskedToEnd(): { readonly signal: AbortSignal; readonly asked: Promise<void> } {
  const controller = new AbortController();
  const asked = new Promise<void>((resolve) => {
    const end = (): void => {
      controller.abort();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
    // The script that started us is gone.
    process.once('disconnect', end);
    process.channel?.unref();
    // Nobody reads what we say any more, as with a pipe to a program that has ended.
    process.stdout.on('error', end);
  });
  return { signal: controller.signal, asked };
}

async function main(): Promise<number> {
  const choices = parse(process.argv.slice(2));
  if (!choices) {
    console.log(USAGE);
    return 0;
  }
  const { signal, asked } = untilAskedToEnd();
  const say = (what: string): void => { if (!choices.json) console.log(`${what} …`); };
  const { system } = choices;
  const synthesise = async (): Promise<string> => choices.assembly ?? (choices.synth ? prepareAssembly(system, say) : system.assembly);
  if (choices.check) return runCheck({ ...choices, synthesise, signal });

  const assembly = await synthesise();
  const progress = new Progress(choices.json);
  let platform: Platform;
  try {
    platform = await startPlatform({
      ...choices,
      assembly,
      signal,
      onPlan: (resources) => progress.plan(resources),
      onResourceReady: (resource, provided) => progress.ready(resource, provided),
      onResourceFailed: (resource) => progress.failed(resource),
    });
  } catch (error) {
    await progress.end();
    if (signal.aborted) return 0;
    throw error;
  }
  await progress.end();
  // A laptop is seldom awake at five past midnight UTC; who tries a strategy today wants the days before it.
  for (const path of platform.schedules().filter((one) => one.includes('HistorySync'))) void platform.runSchedule(path).catch(() => undefined);
  console.log(choices.json ? JSON.stringify(platform.describe()) : summary(platform));
  try {
    await Promise.race([asked, platform.failed]);
    say('\nStopping');
    return 0;
  } finally {
    await platform.stop();
  }
}

main().catch((error: unknown) => {
  const known = error instanceof LocalError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  console.error(known && !process.env.DEBUG ? messageOf(error) : error);
  return 1;
}).then(async (code) => {
  await endRemainingChildren();
  process.exit(code);
}).catch(() => process.exit(1));
