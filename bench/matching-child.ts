/** One engine on one workload in a process of its own; the job is the first argument. */
import { CoreRun, journalWords } from './lib/matching-core';
import type { MatchingAnswer, MatchingJob, MatchingResult } from './lib/matching-job';
import { measureLatency } from './lib/matching-latency';
import { PeerRun } from './lib/matching-peer';
import { buildWorkload, type Workload } from './lib/matching-workload';

interface Timed {
  readonly seconds: number;
  /** Of the thread that runs the engine: what other work on the machine takes is not in it. */
  readonly cpuSeconds: number;
}

interface Measured extends Timed {
  readonly trades: number;
  readonly checksum: number;
}

function timed(run: () => void): Timed {
  const cpu = process.threadCpuUsage();
  const began = process.hrtime.bigint();
  run();
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const { user, system } = process.threadCpuUsage(cpu);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

function coreBooks(workload: Workload, job: MatchingJob): () => Measured {
  const journal = journalWords({ ...workload, records: workload.prefill + job.commands });
  const run = new CoreRun(workload, journal);
  return () => {
    run.prepare();
    let rejected = 0;
    const time = timed(() => { rejected = run.run(journal.end); });
    if (rejected > 0) throw new Error(`the core refused ${rejected} commands of the workload`);
    return { ...time, trades: run.trades, checksum: run.checksum >>> 0 };
  };
}

function peerBooks(workload: Workload, job: MatchingJob): () => Measured {
  return () => {
    const run = new PeerRun(workload);
    const time = timed(() => run.run(workload.prefill, workload.prefill + job.commands));
    return { ...time, trades: run.trades, checksum: run.checksum >>> 0 };
  };
}

function measure(job: MatchingJob): MatchingResult {
  const workload = buildWorkload(job.workload);
  if (job.engine === 'latency') {
    const journal = journalWords(workload);
    const run = new CoreRun(workload, journal);
    run.prepare();
    for (let n = 0; n < job.commands; n++) run.one();
    run.prepare();
    return { rates: [], cpuRates: [], trades: 0, checksum: 0, ...measureLatency(run, job.commands) };
  }
  if (job.engine === 'nodejs-order-book' && job.warmups === 0) {
    // A book of a million orders is filled once only; its code is warmed up on a small one.
    const small = buildWorkload('S1K');
    new PeerRun(small).run(small.prefill, small.prefill + 100_000);
  }
  const book = job.engine === 'core' ? coreBooks(workload, job) : peerBooks(workload, job);
  for (let n = 0; n < job.warmups; n++) book();
  const measured = Array.from({ length: job.books }, book);
  const [{ trades, checksum }] = measured;
  if (measured.some((m) => m.trades !== trades || m.checksum !== checksum)) throw new Error(`${job.engine} gave different trades for the same commands`);
  return {
    rates: measured.map(({ seconds }) => job.commands / seconds),
    cpuRates: measured.map(({ cpuSeconds }) => job.commands / cpuSeconds),
    trades,
    checksum,
  };
}

const send = (answer: MatchingAnswer): void => { process.send?.(answer, () => process.disconnect()); };
try {
  send({ result: measure(JSON.parse(process.argv[2]) as MatchingJob) });
} catch (error) {
  send({ error: error instanceof Error ? error.stack ?? error.message : String(error) });
}
