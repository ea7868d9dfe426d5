import { resolve } from 'node:path';
import { DrillError, messageOf } from './drill/fault';
import { LOCAL_USAGE, parseLocalFlags, type LocalFlags } from './drill/flags';
import { localThresholds, SYSTEM_OBJECTIVES } from './drill/objectives';
import { DEFAULT_CRITERIA } from './judge/recovery';
import { brokenIsCaught, drillLocally, type LocalDrillOptions } from './local/drill';
import { summaryOf } from './report/summary';
import { writeReports } from './report/write';
import { prepareAssembly } from '../local/cli/assembly';
import { DEFAULT_SYSTEM, systemByName } from '../local/cli/systems';
import { endRemainingChildren } from '../local/servers/process';

const CRITERIA = DEFAULT_CRITERIA;

async function main(flags: LocalFlags, signal: AbortSignal): Promise<number> {
  const say = (line: string): void => (flags.json ? console.error(line) : console.log(line));
  const startedAt = new Date();
  const assembly = await prepareAssembly(systemByName(DEFAULT_SYSTEM), (what) => say(`${what} …`));
  const options: LocalDrillOptions = {
    assembly, say, signal, criteria: CRITERIA,
    rate: flags.rate, rounds: flags.rounds, tasks: flags.tasks, holdMs: flags.holdSeconds * 1_000, faults: flags.faults,
  };
  const { result, problems: found } = await drillLocally(options);
  const caught = flags.broken ? await brokenIsCaught(options) : undefined;
  const problems = caught === false ? [...found, 'an API that acknowledges too early was not found out: this drill proves nothing'] : found;
  const folder = resolve(flags.out);
  writeReports(folder, result, {
    title: `${DEFAULT_SYSTEM} on this machine`, startedAt, rate: flags.rate, criteria: CRITERIA, problems, brokenVariantCaught: caught,
    objective: localThresholds(SYSTEM_OBJECTIVES[DEFAULT_SYSTEM]),
  });
  say(`orders were sent ${Math.round(result.worstLagMs)} ms late at worst; drill.json, junit.xml and drill.svg are in ${folder}`);
  for (const problem of problems) console.error(problem);
  await new Promise<void>((done) => {
    process.stdout.write(`${JSON.stringify(summaryOf(result, caught))}\n`, () => done());
  });
  return problems.length > 0 ? 1 : 0;
}

async function start(): Promise<number> {
  const flags = parseLocalFlags(process.argv.slice(2));
  if (!flags) {
    console.log(LOCAL_USAGE);
    return 0;
  }
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort(new DrillError('interrupted; what was broken has been restored, and the system was stopped'));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, stop);
  // The script that started us is gone.
  process.once('disconnect', stop);
  process.channel?.unref();
  return main(flags, interrupt.signal);
}

start().catch((error: unknown) => {
  console.error(messageOf(error));
  return 1;
}).then(async (code) => {
  await endRemainingChildren();
  process.exit(code);
}, () => process.exit(1));
