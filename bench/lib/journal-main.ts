import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { CoreThread, serveCore } from './journal-core';
import { WorkloadEncoder } from './journal-encoder';
import { DurableSession, fillJournal, forget, newCore, rawRun, replayRun, zeroFile } from './journal-runs';
import { buildWorkload, checkWorkload, type Workload } from './matching-workload';

const USAGE = `Measures the file journal beside what the disk gives: npm run -s bench:journal -- [options]

  --rounds <n>    rounds, of which the median counts (default: 5)
  --seconds <n>   most seconds of the journal in one run (default: 1)
  --sizes <list>  commands per sync, separated by commas (default: 1,10,100,1000,10000)
  --dir <path>    folder on the disk that is measured (default: the system's for temporary files)
  --json          progress on standard error, nothing but the result on standard output
  --help          this text`;

const SIZES = [1, 10, 100, 1_000, 10_000];
const RESTING = 1_000_000;

interface Batch {
  readonly size: number;
  readonly commandsPerSecond: number;
  readonly rawPerSecond: number;
  readonly ratio: number;
}

interface Report {
  readonly batches: readonly Batch[];
  readonly replay: { readonly commands: number; readonly seconds: number };
  readonly snapshot: { readonly orders: number; readonly bytes: number; readonly seconds: number };
  readonly bytesPerRestingOrder: number;
}

let say: (line: string) => void = (line) => console.log(line);

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];
const spread = (values: readonly number[]): string => `${Math.round(Math.min(...values))}…${Math.round(Math.max(...values))}`;

/** Milliseconds after which the journal and the raw disk take turns: the machine's moods then meet both. */
const SLICE_MS = 60;

/** One run of a batch size: slices of the journal, each with the raw disk right after it on the same bytes. */
async function measureOnce(workload: Workload, core: CoreThread, folder: string, rawFile: string, size: number, seconds: number):
Promise<{ readonly ours: number; readonly raw: number; readonly slower: number; readonly bytes: number }> {
  const session = await DurableSession.open(workload, core, folder, size);
  const total = { commands: 0, ours: 0, O_DSYNC: 0, fdatasync: 0, bytes: 0 };
  try {
    while (total.ours < seconds && session.more) {
      const slice = await session.slice(SLICE_MS);
      const bytes = session.bytesOf(slice);
      total.commands += slice.commands;
      total.ours += slice.seconds;
      total.bytes += bytes.length;
      for (const primitive of ['O_DSYNC', 'fdatasync'] as const) total[primitive] += rawRun(slice, bytes, rawFile, primitive).seconds;
    }
  } finally {
    await session.close();
  }
  // The better of the two ways that Node has: the bound must not be low because of how it was measured.
  const [fast, slow] = [total.O_DSYNC, total.fdatasync].sort((a, b) => a - b);
  return { ours: total.commands / total.ours, raw: total.commands / fast, slower: total.commands / slow, bytes: total.bytes / total.commands };
}

async function measureBatches(
  workload: Workload, core: CoreThread, folder: string, sizes: readonly number[], rounds: number, seconds: number,
): Promise<Batch[]> {
  const found = sizes.map((size) => ({ size, ours: [] as number[], raw: [] as number[], ratio: [] as number[] }));
  const rawFile = join(folder, 'raw');
  zeroFile(rawFile);
  // The first round warms the code.
  for (let round = 0; round <= rounds; round++) {
    for (const one of found) {
      const limit = round === 0 ? Math.min(seconds, 0.3) : seconds;
      const { ours, raw, slower, bytes } = await measureOnce(workload, core, folder, rawFile, one.size, limit);
      if (round === 0) continue;
      one.ours.push(ours);
      one.raw.push(raw);
      one.ratio.push(ours / raw);
      say(`round ${round}, ${one.size} per sync: ${Math.round(ours)} commands/s, raw ${Math.round(raw)} (the slower way ${Math.round(slower)}), `
        + `${Math.round(bytes)} bytes each, ratio ${(ours / raw).toFixed(2)}`);
    }
  }
  rmSync(rawFile);
  for (const { size, ours, raw, ratio } of found) say(`${size} per sync: ${spread(ours)} commands/s, raw ${spread(raw)}, ratio ${Math.min(...ratio).toFixed(2)}…${Math.max(...ratio).toFixed(2)}`);
  return found.map(({ size, ours, raw, ratio }) => ({
    size, commandsPerSecond: Math.round(median(ours)), rawPerSecond: Math.round(median(raw)), ratio: Math.round(median(ratio) * 1_000) / 1_000,
  }));
}

async function measureReplay(workload: Workload, folder: string, rounds: number): Promise<Report['replay']> {
  const path = join(folder, 'replay');
  await fillJournal(workload, path);
  const seconds: number[] = [];
  let hash: string | undefined;
  for (let round = 0; round <= rounds; round++) {
    const run = await replayRun(workload, path);
    if (run.commands !== workload.records) throw new Error(`${run.commands} commands were replayed, ${workload.records} were written`);
    const state = run.core.stateHash();
    if (hash !== undefined && state !== hash) throw new Error('two replays of the same journal ended in different states');
    hash = state;
    if (round > 0) seconds.push(run.seconds);
  }
  forget(path);
  say(`replay of ${workload.records} commands: ${seconds.map((one) => one.toFixed(3)).join(', ')} s`);
  return { commands: workload.records, seconds: median(seconds) };
}

/** A core with a million resting orders: what it takes in memory, and how long its snapshot takes. */
function measureSnapshot(rounds: number): Pick<Report, 'snapshot' | 'bytesPerRestingOrder'> {
  const whole = buildWorkload('D1M');
  // Only what fills the book.
  const workload: Workload = { ...whole, records: RESTING, nextId: RESTING + 1 };
  const before = memory();
  const core = newCore({ ...workload, nextId: 4_096 });
  const encoder = new WorkloadEncoder(workload);
  while (encoder.left > 0) core.replay(encoder.frame(Math.min(10_000, encoder.left)));
  const used = memory() - before;
  const seconds: number[] = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    bytes = core.snapshot().length;
    seconds.push((performance.now() - began) / 1_000);
  }
  const { bids, asks } = core.orders('BTCUSDT');
  const orders = bids.length + asks.length;
  if (orders !== RESTING) throw new Error(`${orders} orders rest, ${RESTING} were to`);
  say(`snapshot of ${orders} orders: ${bytes} bytes, ${seconds.map((one) => one.toFixed(3)).join(', ')} s; ${Math.round(used / orders)} bytes of memory per order`);
  return { snapshot: { orders, bytes, seconds: median(seconds) }, bytesPerRestingOrder: Math.round(used / orders) };
}

/** Bytes in use after everything that nobody needs is gone. */
function memory(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '1' }, sizes: { type: 'string', default: SIZES.join() }, dir: { type: 'string', default: tmpdir() },
      json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  if (!Number.isInteger(rounds) || rounds < 1 || !(seconds > 0 && seconds <= 60)) throw new Error('--rounds must be a whole number from 1, --seconds at most 60');
  const sizes = values.sizes.split(',').map(Number);
  if (!sizes.every((size) => Number.isInteger(size) && size >= 1 && size <= 20_000)) throw new Error('--sizes must be whole numbers from 1 to 20000, separated by commas');
  if (values.json) say = (line) => console.error(line);
  const folder = mkdtempSync(join(values.dir, 'bench-journal-'));
  const core = new CoreThread(__filename);
  try {
    const workload = buildWorkload('S1K');
    checkWorkload(workload);
    const batches = await measureBatches(workload, core, folder, sizes, rounds, seconds);
    await core.end();
    const replay = await measureReplay(workload, folder, rounds);
    const report: Report = { batches, replay, ...measureSnapshot(rounds) };
    await new Promise<void>((resolve) => process.stdout.write(`${JSON.stringify(report)}\n`, () => resolve()));
    return 0;
  } finally {
    await core.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (isMainThread) {
  main().then((code) => process.exit(code), (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  });
} else {
  serveCore();
}
