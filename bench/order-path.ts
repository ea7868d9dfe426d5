import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CpuWatch } from './lib/cpu';
import { type OrderPathFlags, parseFlags, USAGE } from './lib/flags';
import type { LoadJob, LoadProgress, LoadResult } from './lib/job';
import { type Run, runProgram, type Say, withPlatform } from './lib/program';
import { type OrderPathReport, progressLine, reportOf } from './lib/report';
import { runLoad, runPeer } from './lib/run-load';
import { StageSamples, WRITTEN_AFTER_MS } from './lib/stage-samples';
import { stagesOf, stageTable } from './lib/stages';
import { openVenue } from './lib/venue';
import type { Platform } from '../local/platform';

const GRACE_MS = 30_000;
const SETTLE_LIMIT_MS = 120_000;

async function measure(platform: Platform, flags: OrderPathFlags, samples: StageSamples, say: Say): Promise<Run<OrderPathReport>> {
  const { way, openBooks } = await openVenue(platform);
  if (flags.transport === 'ws' && way.door !== 'service') throw new Error(`${flags.system} takes no orders over a WebSocket; measure it with --transport http`);
  const job: LoadJob = {
    ...way,
    transport: flags.transport,
    rate: flags.rate,
    warmupSeconds: flags.warmup,
    seconds: flags.seconds,
    prefix: `b${Date.now().toString(36)}`,
    graceMs: GRACE_MS,
  };
  let spent: ReturnType<CpuWatch['end']> = { shares: [], others: 0 };
  const line = (who: string) => (progress: LoadProgress): void => say(progressLine(who, progress));
  say(`${flags.rate} orders/s for ${flags.seconds} s after ${flags.warmup} s in which the rate grows to that, first at the peer, then at ${job.url}`);
  // The peer has the same machine as the platform: the platform runs beside it, without load.
  const peer = await runPeer(job, line(flags.transport === 'ws' ? 'ws' : 'express'));
  const cpu = new CpuWatch(() => new Map(platform.processes().flatMap(({ name, pid }) => (pid === undefined ? [] : [[pid, name] as const]))));
  const load = await runLoad(job, (progress) => {
    if (progress.second < 1) cpu.begin();
    if (progress.second < flags.seconds) spent = cpu.end();
    line('platform')(progress);
  });

  const books = await openBooks();
  try {
    const all = load.orders.map(([orderId]) => orderId);
    const measured = load.orders.filter(([, , counts]) => counts).map(([orderId]) => orderId);
    const started = performance.now();
    await books.untilEnded(all, SETTLE_LIMIT_MS);
    say(`settled ${((performance.now() - started) / 1_000).toFixed(1)} s after the last fill was seen or given up`);
    const found = await books.reconcile(all);
    await new Promise((resolve) => setTimeout(resolve, WRITTEN_AFTER_MS));
    const stages = stagesOf(samples.within(load.span), load.accepted);
    const { system, transport, rate } = flags;
    const report = reportOf({ system, transport, rate, load, settled: await books.ended(measured), books: found, peer, stages });
    explain(load, peer, platform, say);
    say(`of one core, in percent: ${spent.shares.map(({ name, percent }) => `${name} ${percent.toFixed(0)}`).join(', ')}; others on this machine ${spent.others.toFixed(0)}`);
    for (const row of stageTable(stages)) say(row);
    return { report, problems: problemsOf(report, load, peer, found.rejected, found.violations) };
  } finally {
    await books.close();
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

function explain(load: LoadResult, peer: LoadResult, platform: Platform, say: Say): void {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  say(`the generator sent at most ${ms(load.sendLag.max)} late (p99 ${ms(load.sendLag.p99)}; to the peer p99 ${ms(peer.sendLag.p99)}); this is part of every latency`);
  say(`acknowledged: p50 ${ms(load.accepted.p50)}, p99 ${ms(load.accepted.p99)}; filled: p50 ${ms(load.filled.p50)}, p99 ${ms(load.filled.p99)}; `
    + `peer: p50 ${ms(peer.accepted.p50)}, p99 ${ms(peer.accepted.p99)}`);
  const restarted = platform.processes().filter(({ restarts }) => restarts > 0);
  if (restarted.length > 0) say(`processes that ended by themselves: ${restarted.map(({ name, restarts }) => `${name} (${restarts})`).join(', ')}`);
}

runProgram({
  usage: USAGE,
  parse: parseFlags,
  run: async (flags, say, signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'stages-'));
    const samples = new StageSamples(folder);
    const bench = { name: 'order-path', system: flags.system, tasks: flags.tasks, environment: flags.stages ? samples.environment() : {} };
    try {
      return await withPlatform(bench, say, signal, (platform) => measure(platform, flags, samples, say));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});
