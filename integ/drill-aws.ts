import { resolve } from 'node:path';
import { AWS_CRITERIA, drillOnAws } from './aws/drill';
import { AWS_FAULTS, AWS_USAGE, type AwsFlags, parseAwsFlags } from './aws/flags';
import { DrillError, messageOf } from './drill/fault';
import { SYSTEM_OBJECTIVES, thresholdsOf } from './drill/objectives';
import { summaryOf } from './report/summary';
import { writeReports } from './report/write';

function tradersOf({ DRILL_TRADER_1: first = '', DRILL_TRADER_2: second = '' }: NodeJS.ProcessEnv): readonly [string, string] {
  if (!first.includes(':') || !second.includes(':')) throw new DrillError('DRILL_TRADER_1 and DRILL_TRADER_2 must hold username:password of two traders');
  return [first, second];
}

async function main(flags: AwsFlags, signal: AbortSignal): Promise<number> {
  const say = (line: string): void => (flags.json ? console.error(line) : console.log(line));
  const startedAt = new Date();
  const { result, problems } = await drillOnAws(flags, tradersOf(process.env), say, signal);
  const folder = resolve(flags.out);
  writeReports(folder, result, {
    title: `${flags.system} in ${flags.region}`, startedAt, rate: flags.rate, criteria: AWS_CRITERIA, problems,
    objective: thresholdsOf(SYSTEM_OBJECTIVES[flags.system], AWS_FAULTS[flags.fault]),
  });
  say(`the results are in ${folder}`);
  for (const problem of problems) console.error(problem);
  await new Promise<void>((done) => {
    process.stdout.write(`${JSON.stringify(summaryOf(result))}\n`, () => done());
  });
  return problems.length > 0 ? 1 : 0;
}

async function start(): Promise<number> {
  const flags = parseAwsFlags(process.argv.slice(2));
  if (!flags) {
    console.log(AWS_USAGE);
    return 0;
  }
  const interrupt = new AbortController();
  const stop = (): void => {
    console.error('interrupted: what was broken is restored first, which can take as long as it says in the runbook');
    interrupt.abort(new DrillError('interrupted; what was broken has been restored'));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, stop);
  return main(flags, interrupt.signal);
}

start().catch((error: unknown) => {
  console.error(messageOf(error));
  return 1;
}).then((code) => process.exit(code), () => process.exit(1));
