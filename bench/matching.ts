import { parseArgs } from 'node:util';
import type { MatchingJob } from './lib/matching-job';
import { PEER, type Round, type WorkloadReport, workloadReport } from './lib/matching-report';
import { ChildProgram, median } from './lib/matching-rounds';
import { buildWorkload, checkWorkload, type WorkloadName } from './lib/matching-workload';

const USAGE = `Measures the matching core against ${PEER} on two workloads: npm run -s bench:matching -- [options]

  --rounds <n>       rounds, each with both engines in processes of their own, one after the other (default: 5)
  --workload <name>  S1K or D1M only (default: both)
  --json             progress on standard error, nothing but the result on standard output
  --help             this text`;

/** Commands of the peer's books: a part of the workload, because it is slow on it. The trades over that part must be equal. */
const PEER_COMMANDS: Readonly<Record<WorkloadName, number>> = { S1K: 150_000, D1M: 50_000 };
const TIMED = 2_000_000;
const LATENCY_COMMANDS = 1_000_000;

let say: (line: string) => void = (line) => console.log(line);
const millions = (rate: number): string => `${(rate / 1e6).toFixed(3)} M/s`;

async function measure(program: ChildProgram, name: WorkloadName, rounds: number): Promise<WorkloadReport> {
  say(`${name}: making the workload and comparing it with its definition …`);
  checkWorkload(buildWorkload(name));
  const core: MatchingJob = { workload: name, engine: 'core', warmups: 2, books: 3, commands: TIMED };
  const peer: MatchingJob = {
    workload: name, engine: PEER, warmups: name === 'S1K' ? 2 : 0, books: name === 'S1K' ? 3 : 1, commands: PEER_COMMANDS[name],
  };
  const part = await program.run({ ...core, warmups: 0, books: 1, commands: peer.commands });
  const results: Round[] = [];
  for (let n = 1; n <= rounds; n++) {
    const round = { core: await program.run(core), peer: await program.run(peer) };
    if (round.peer.trades !== part.trades || round.peer.checksum !== part.checksum) {
      throw new Error(`${name}: ${PEER} made ${round.peer.trades} trades (${round.peer.checksum}) of the first ${peer.commands} commands, the core ${part.trades} (${part.checksum})`);
    }
    results.push(round);
    const rates = [median(round.core.rates), median(round.peer.rates)];
    const cpu = median(round.core.cpuRates) / median(round.peer.cpuRates);
    say(`${name}: round ${n} of ${rounds}: core ${millions(rates[0])}, ${PEER} ${millions(rates[1])}, ratio ${(rates[0] / rates[1]).toFixed(1)}, of CPU time ${cpu.toFixed(1)}`);
  }
  const latency = await program.run({ ...core, engine: 'latency', commands: LATENCY_COMMANDS });
  const report = workloadReport(name, results, peer.commands, latency);
  say(`${name}: service time p50 ${report.serviceNs.p50} ns, p99.9 ${report.serviceNs.p999} ns; null p50 ${report.nullNs.p50} ns, p99.9 ${report.nullNs.p999} ns`);
  return report;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' }, workload: { type: 'string' }, json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) throw new Error(`--rounds must be a whole number from 1 to 100, got: ${values.rounds}`);
  const names = (['S1K', 'D1M'] as const).filter((name) => values.workload === undefined || values.workload === name);
  if (names.length === 0) throw new Error(`--workload must be S1K or D1M, got: ${values.workload}`);
  if (values.json) say = (line) => console.error(line);
  const program = new ChildProgram();
  try {
    await program.build();
    const workloads: Record<string, WorkloadReport> = {};
    for (const name of names) workloads[name] = await measure(program, name, rounds);
    console.log(JSON.stringify({ workloads }));
    return 0;
  } finally {
    program.remove();
  }
}

main().then((code) => { process.exitCode = code; }, (error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
