import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageFrom, startProgram } from './lib/children';
import { LedgerAudit } from './lib/ledger';
import { parseTakeoverFlags, type TakeoverFlags, USAGE } from './lib/takeover-flags';
import type { TakeoverJob, TakeoverProgress, TakeoverResult } from './lib/takeover-job';
import { figuresOf, type TakeoverReport } from './lib/takeover-report';
import { type Ending, FillLog, type TakeoverRound, Takeovers } from './lib/takeover-rounds';
import { crossingTraders, fundedTraders } from './lib/traders';
import { prepareAssembly } from '../local/cli/assembly';
import { systemByName } from '../local/cli/systems';
import { type Platform, startPlatform } from '../local/platform';
import { endRemainingChildren } from '../local/servers/process';

const PATIENCE_MS = 60_000;
const SETTLE_LIMIT_MS = 180_000;

/** Progress for people; standard output keeps to the result when it is read by a program. */
let say: (line: string) => void = (line) => console.log(line);

interface Run {
  readonly report: TakeoverReport;
  /** Why the run is no good, as sentences. */
  readonly problems: readonly string[];
}

const isResult = (message: unknown): message is TakeoverResult => (message as TakeoverResult).type === 'result';

/** Brings the platform up in a folder of its own, measures, reconciles and takes it down. @throws Error also when `signal` aborts */
async function main(flags: TakeoverFlags, signal: AbortSignal): Promise<Run> {
  const interrupted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('interrupted')), { once: true }));
  interrupted.catch(() => undefined);
  const data = mkdtempSync(join(tmpdir(), 'takeover-'));
  let platform: Platform | undefined;
  try {
    const assembly = await prepareAssembly(systemByName(flags.system), (what) => say(`${what} …`));
    say(`starting the platform in ${data} …`);
    // That matchers end is no news here.
    platform = await startPlatform({
      assembly, data, without: ['simulation-worker'], signal, onReport: (sentence) => { if (!sentence.startsWith('reference-matcher')) say(sentence); },
    });
    return await Promise.race([platform.failed, interrupted, measure(platform, flags)]);
  } finally {
    await platform?.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

async function measure(platform: Platform, flags: TakeoverFlags): Promise<Run> {
  const { baseUrl, databaseUrl } = platform.describe();
  if (databaseUrl === undefined) throw new Error('the platform has no database to reconcile with');
  const accounts = await fundedTraders(platform.users, baseUrl);
  const job: TakeoverJob = {
    url: baseUrl,
    rate: flags.rate,
    warmupSeconds: flags.warmup,
    traders: crossingTraders(...accounts),
    watched: accounts.map(({ token }) => token),
    prefix: `t${Date.now().toString(36)}`,
    patienceMs: PATIENCE_MS,
  };
  const { rounds, load } = await underLoad(job, platform, flags);
  const audit = await LedgerAudit.connect(databaseUrl);
  try {
    await audit.untilEnded(load.orders, SETTLE_LIMIT_MS);
    const books = await audit.reconcile(load.orders, accounts.map(({ accountId }) => accountId));
    const report: TakeoverReport = {
      rate: flags.rate,
      rounds: flags.rounds,
      kill: figuresOf(rounds, 'kill'),
      terminate: figuresOf(rounds, 'terminate'),
      acknowledged: load.orders.length,
      lost: books.lost,
      duplicated: books.duplicated,
    };
    explain(rounds, load);
    return { report, problems: problemsOf(report, load, books.rejected, books.violations) };
  } finally {
    await audit.close();
  }
}

/** Both kinds of takeover in turn, so that what happens on the machine meets both. */
async function underLoad(job: TakeoverJob, platform: Platform, flags: TakeoverFlags): Promise<{ rounds: TakeoverRound[]; load: TakeoverResult }> {
  const fills = new FillLog();
  const takeovers = new Takeovers(platform, fills);
  const child = startProgram('takeover-load.ts');
  try {
    let last: TakeoverProgress | undefined;
    child.on('message', (message: TakeoverProgress | TakeoverResult) => {
      if (message.type !== 'progress') return;
      last = message;
      fills.add(message.fills);
    });
    const ended = messageFrom(child, isResult, 24 * 3_600_000);
    ended.catch(() => undefined);
    child.send(job);
    say(`${job.rate} orders/s at ${job.url}, growing for ${job.warmupSeconds} s; then ${flags.rounds} times kill -9 and ${flags.rounds} times SIGTERM for the leader`);
    await new Promise((resolve) => setTimeout(resolve, (job.warmupSeconds + 2) * 1_000));
    const rounds: TakeoverRound[] = [];
    for (let i = 0; i < 2 * flags.rounds; i++) {
      const ending: Ending = i % 2 === 0 ? 'kill' : 'terminate';
      const round = await Promise.race([takeovers.round(ending), ended.then(() => { throw new Error('the load ended before the rounds'); })]);
      rounds.push(round);
      say(`${String(i + 1).padStart(3)} ${ending.padEnd(9)}  first fill after ${round.seconds.toFixed(3)} s, lease after ${round.leaseSeconds.toFixed(3)} s, `
        + `${round.repeated} fills told again; sent ${last?.sent}, 202 ${last?.acknowledged}, load of the machine ${loadavg()[0].toFixed(1)}`);
    }
    child.send('stop');
    return { rounds, load: await ended };
  } finally {
    child.kill();
  }
}

function problemsOf(report: TakeoverReport, load: TakeoverResult, rejected: number, violations: readonly string[]): string[] {
  const problems = [...violations];
  if (Object.keys(load.failures).length > 0) problems.push(`not every order was acknowledged, or a stream broke off: ${JSON.stringify(load.failures)}`);
  if (report.lost > 0) problems.push(`${report.lost} acknowledged orders are lost`);
  if (report.duplicated > 0) problems.push(`${report.duplicated} orders have more effect than they may have`);
  if (rejected > 0) problems.push(`${rejected} orders were rejected`);
  return problems;
}

function explain(rounds: readonly TakeoverRound[], load: TakeoverResult): void {
  for (const ending of ['kill', 'terminate'] as const) {
    const { seconds, lease } = figuresOf(rounds, ending);
    say(`${ending}: first fill after ${seconds.min} / ${seconds.median} / ${seconds.max} s (min, median, max), of which until the lease ${lease.min} / ${lease.median} / ${lease.max} s`);
  }
  say(`${load.orders.length} orders acknowledged, ${load.retries} requests repeated`);
}

async function start(): Promise<number> {
  const flags = parseTakeoverFlags(process.argv.slice(2));
  if (!flags) {
    console.log(USAGE);
    return 0;
  }
  if (flags.json) say = (line) => console.error(line);
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => interrupt.abort());
  // The script that started us is gone.
  process.once('disconnect', () => interrupt.abort());
  process.channel?.unref();
  const { report, problems } = await main(flags, interrupt.signal);
  for (const problem of problems) console.error(problem);
  await new Promise<void>((resolve) => {
    process.stdout.write(`${JSON.stringify(report)}\n`, () => resolve());
  });
  return problems.length > 0 ? 1 : 0;
}

start().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  return 1;
}).then(async (code) => {
  await endRemainingChildren();
  process.exit(code);
}, () => process.exit(1));
