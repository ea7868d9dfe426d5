import { loadavg } from 'node:os';
import { messageFrom, startProgram } from './lib/children';
import { LedgerAudit } from './lib/ledger';
import { type Run, runProgram, type Say, withPlatform } from './lib/program';
import { parseTakeoverFlags, type TakeoverFlags, USAGE } from './lib/takeover-flags';
import type { TakeoverJob, TakeoverProgress, TakeoverResult } from './lib/takeover-job';
import { figuresOf, type TakeoverReport } from './lib/takeover-report';
import { type Ending, FillLog, type TakeoverRound, Takeovers } from './lib/takeover-rounds';
import { crossingTraders, fundedTraders } from './lib/traders';
import type { Platform } from '../local/platform';

const PATIENCE_MS = 60_000;
const SETTLE_LIMIT_MS = 180_000;

const isResult = (message: unknown): message is TakeoverResult => (message as TakeoverResult).type === 'result';

async function measure(platform: Platform, flags: TakeoverFlags, say: Say): Promise<Run<TakeoverReport>> {
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
  const { rounds, load } = await underLoad(job, platform, flags, say);
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
    explain(rounds, load, say);
    return { report, problems: problemsOf(report, load, books.rejected, books.violations) };
  } finally {
    await audit.close();
  }
}

/** Both kinds of takeover in turn, so that what happens on the machine meets both. */
async function underLoad(
  job: TakeoverJob, platform: Platform, flags: TakeoverFlags, say: Say,
): Promise<{ rounds: TakeoverRound[]; load: TakeoverResult }> {
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

function explain(rounds: readonly TakeoverRound[], load: TakeoverResult, say: Say): void {
  for (const ending of ['kill', 'terminate'] as const) {
    const { seconds, lease } = figuresOf(rounds, ending);
    say(`${ending}: first fill after ${seconds.min} / ${seconds.median} / ${seconds.max} s (min, median, max), of which until the lease ${lease.min} / ${lease.median} / ${lease.max} s`);
  }
  say(`${load.orders.length} orders acknowledged, ${load.retries} requests repeated`);
}

runProgram({
  usage: USAGE,
  parse: parseTakeoverFlags,
  run: (flags, say, signal) => {
    // That matchers end is no news here.
    const onReport = (sentence: string): void => { if (!sentence.startsWith('reference-matcher')) say(sentence); };
    return withPlatform({ name: 'takeover', system: flags.system, onReport }, say, signal, (platform) => measure(platform, flags, say));
  },
});
