import type { MatchingResult, Quantiles } from './matching-job';
import { median, type Range, rangeOf } from './matching-rounds';
import { EXPECTED, type WorkloadName } from './matching-workload';

export const PEER = 'nodejs-order-book';

/** What a round measured: each engine's books, and the core's on the commands that the peer had. */
export interface Round {
  readonly core: MatchingResult;
  readonly peer: MatchingResult;
}

export interface WorkloadReport {
  /** Commands per second. */
  readonly ops: Range;
  readonly peers: Readonly<Record<typeof PEER, { readonly ops: Range; readonly ratio: Range; readonly commands: number }>>;
  /** The same per second of CPU time of the engines' threads, which other work on the machine disturbs less than the clock. */
  readonly cpu: { readonly ops: Range; readonly peerOps: Range; readonly ratio: Range };
  readonly trades: number;
  readonly checksum: number;
  readonly serviceNs: Quantiles;
  readonly nullNs: Quantiles;
}

/** @throws Error when the core's trades are not those of the workload's definition */
export function workloadReport(name: WorkloadName, rounds: readonly Round[], peerCommands: number, latency: MatchingResult): WorkloadReport {
  const expected = EXPECTED[name];
  for (const { core } of rounds) {
    if (core.trades !== expected.trades || core.checksum !== expected.checksum) {
      throw new Error(`${name}: ${core.trades} trades with checksum ${core.checksum}; ${expected.trades} with ${expected.checksum} were expected`);
    }
  }
  const rates = rounds.map(({ core, peer }) => ({ core: median(core.rates), peer: median(peer.rates) }));
  const cpu = rounds.map(({ core, peer }) => ({ core: median(core.cpuRates), peer: median(peer.cpuRates) }));
  return {
    ops: rangeOf(rates.map(({ core }) => core), 0),
    peers: {
      [PEER]: {
        ops: rangeOf(rates.map(({ peer }) => peer), 0),
        ratio: rangeOf(rates.map(({ core, peer }) => core / peer), 1),
        commands: peerCommands,
      },
    },
    cpu: {
      ops: rangeOf(cpu.map(({ core }) => core), 0),
      peerOps: rangeOf(cpu.map(({ peer }) => peer), 0),
      ratio: rangeOf(cpu.map(({ core, peer }) => core / peer), 1),
    },
    trades: expected.trades,
    checksum: expected.checksum,
    serviceNs: latency.service!,
    nullNs: latency.nothing!,
  };
}
