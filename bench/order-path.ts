import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareAssembly } from '../local/cli/assembly';
import { systemByName } from '../local/cli/systems';
import { type Platform, startPlatform } from '../local/platform';
import { CpuWatch } from './lib/cpu';
import { type OrderPathFlags, USAGE, parseFlags } from './lib/flags';
import type { LoadJob, LoadProgress, LoadResult } from './lib/job';
import { LedgerAudit } from './lib/ledger';
import { type OrderPathReport, progressLine, reportOf } from './lib/report';
import { runLoad, runPeer } from './lib/run-load';
import { crossingTraders, fundedTraders } from './lib/traders';
import { endRemainingChildren } from '../local/servers/process';

const GRACE_MS = 30_000;
const SETTLE_LIMIT_MS = 120_000;

/** Progress for people; standard output keeps to the result when it is read by a program. */
let say: (line: string) => void = (line) => console.log(line);

interface Run {
  readonly report: OrderPathReport;
  /** Why the run is no good, as sentences. */
  readonly problems: readonly string[];
}

/** Brings the platform up in a folder of its own, measures, reconciles and takes it down. @throws Error also when `signal` aborts */
async function main(flags: OrderPathFlags, signal: AbortSignal): Promise<Run> {
  const interrupted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('interrupted')), { once: true }));
  interrupted.catch(() => undefined);
  const data = mkdtempSync(join(tmpdir(), 'order-path-'));
  let platform: Platform | undefined;
  try {
    const assembly = await prepareAssembly(systemByName(flags.system), (what) => say(`${what} …`));
    say(`starting the platform in ${data} …`);
    platform = await startPlatform({ assembly, data, tasks: flags.tasks, without: ['simulation-worker'], signal, onReport: (sentence) => say(sentence) });
    return await Promise.race([platform.failed, interrupted, measure(platform, flags)]);
  } finally {
    await platform?.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

async function measure(platform: Platform, flags: OrderPathFlags): Promise<Run> {
  const { baseUrl, databaseUrl } = platform.describe();
  if (databaseUrl === undefined) throw new Error('the platform has no database to reconcile with');
  const accounts = await fundedTraders(platform.users, baseUrl);
  const job: LoadJob = {
    url: baseUrl,
    rate: flags.rate,
    warmupSeconds: flags.warmup,
    seconds: flags.seconds,
    traders: crossingTraders(accounts[0], accounts[1]),
    fills: true,
    prefix: `b${Date.now().toString(36)}`,
    graceMs: GRACE_MS,
  };
  let spent: ReturnType<CpuWatch['end']> = { shares: [], others: 0 };
  const line = (who: string) => (progress: LoadProgress): void => say(progressLine(who, progress));
  say(`${flags.rate} orders/s for ${flags.seconds} s after ${flags.warmup} s in which the rate grows to that, first at the peer, then at ${baseUrl}`);
  // The peer has the same machine as the platform: the platform runs beside it, without load.
  const peer = await runPeer(job, line('express'));
  const cpu = new CpuWatch(() => new Map(platform.processes().flatMap(({ name, pid }) => (pid === undefined ? [] : [[pid, name] as const]))));
  const load = await runLoad(job, (progress) => {
    if (progress.second < 1) cpu.begin();
    if (progress.second < flags.seconds) spent = cpu.end();
    line('platform')(progress);
  });

  const audit = await LedgerAudit.connect(databaseUrl);
  try {
    const all = load.orders.map(([orderId]) => orderId);
    const measured = load.orders.filter(([, , counts]) => counts).map(([orderId]) => orderId);
    const started = performance.now();
    await audit.untilEnded(all, SETTLE_LIMIT_MS);
    say(`settled ${((performance.now() - started) / 1_000).toFixed(1)} s after the last fill was seen or given up`);
    const books = await audit.reconcile(all, accounts.map(({ accountId }) => accountId));
    const report = reportOf(flags.rate, load, await audit.ended(measured), books, peer);
    explain(load, peer, platform);
    say(`of one core, in percent: ${spent.shares.map(({ name, percent }) => `${name} ${percent.toFixed(0)}`).join(', ')}; others on this machine ${spent.others.toFixed(0)}`);
    return { report, problems: problemsOf(report, load, peer, books.rejected, books.violations) };
  } finally {
    await audit.close();
  }
}

function problemsOf(report: OrderPathReport, load: LoadResult, peer: LoadResult, rejected: number, violations: readonly string[]): string[] {
  const problems = [...violations];
  if (report.errors > 0) problems.push(`${report.errors} orders were not acknowledged: ${JSON.stringify(load.reasons)}`);
  if (peer.errors > 0) problems.push(`${peer.errors} requests to the peer failed: ${JSON.stringify(peer.reasons)}`);
  if (report.lost > 0) problems.push(`${report.lost} acknowledged orders are lost`);
  if (report.duplicated > 0) problems.push(`${report.duplicated} orders have more effect than they may have`);
  if (rejected > 0) problems.push(`${rejected} orders were rejected`);
  if (load.fillsSeen < load.acknowledged) problems.push(`${load.acknowledged - load.fillsSeen} fills were not seen on the WebSocket`);
  return problems;
}

function explain(load: LoadResult, peer: LoadResult, platform: Platform): void {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  say(`the generator sent at most ${ms(load.sendLag.max)} late (p99 ${ms(load.sendLag.p99)}; to the peer p99 ${ms(peer.sendLag.p99)}); this is part of every latency`);
  say(`202: p50 ${ms(load.accepted.p50)}, p99 ${ms(load.accepted.p99)}; filled: p50 ${ms(load.filled.p50)}, p99 ${ms(load.filled.p99)}; `
    + `peer: p50 ${ms(peer.accepted.p50)}, p99 ${ms(peer.accepted.p99)}`);
  const restarted = platform.processes().filter(({ restarts }) => restarts > 0);
  if (restarted.length > 0) say(`processes that ended by themselves: ${restarted.map(({ name, restarts }) => `${name} (${restarts})`).join(', ')}`);
}

async function start(): Promise<number> {
  const flags = parseFlags(process.argv.slice(2));
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
