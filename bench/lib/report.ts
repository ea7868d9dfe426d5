import type { LoadProgress, LoadResult, Transport } from './job';
import type { Percentiles } from './latencies';
import type { Reconciliation } from './ledger';
import type { Stages } from './stages';

/** The last line of the benchmark. Latencies in milliseconds. */
export interface OrderPathReport {
  /** Class of the system. */
  readonly system: string;
  /** What orders travelled over. */
  readonly transport: Transport;
  /** Orders per second that were asked for. */
  readonly rate: number;
  /** Orders per second that were acknowledged. */
  readonly achieved: number;
  /** From the moment an order was due until its acknowledgement had arrived. */
  readonly accepted: Percentiles;
  /** From the moment an order was due until the WebSocket said that it is filled, or the acknowledgement where that says it. */
  readonly filled: Percentiles;
  /** Orders without an acknowledgement, warm-up included. */
  readonly errors: number;
  /** Measured orders that were acknowledged. */
  readonly acknowledged: number;
  /** Measured orders that were acknowledged and that the ledger has, ended. */
  readonly settled: number;
  /** Acknowledged orders, warm-up included, that the ledger does not have or has not ended. */
  readonly lost: number;
  /** Orders, warm-up included, with more effect than they may have. */
  readonly duplicated: number;
  readonly peer: { readonly name: string; readonly p50: number; readonly p99: number };
  /** 99th percentile of `accepted` over that of the peer. */
  readonly ratioP99: number;
  /** Each stage beside the budget of the document of `GatewayExchange`. */
  readonly stages: Stages;
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000;

function rounded({ p50, p95, p99, p999 }: Percentiles): Percentiles {
  return { p50: round(p50), p95: round(p95), p99: round(p99), p999: round(p999) };
}

/** What a run consists of. */
export interface OrderPathParts {
  readonly system: string;
  readonly transport: Transport;
  readonly rate: number;
  readonly load: LoadResult;
  /** Of the measured orders only, like `acknowledged`. */
  readonly settled: number;
  readonly books: Reconciliation;
  readonly peer: LoadResult;
  readonly stages: Stages;
}

/** Puts the parts of a run together. */
export function reportOf({ system, transport, rate, load, settled, books, peer, stages }: OrderPathParts): OrderPathReport {
  return {
    system,
    transport,
    rate,
    achieved: round(load.achieved),
    accepted: rounded(load.accepted),
    filled: rounded(load.filled),
    errors: load.errors,
    acknowledged: load.acknowledged,
    settled,
    lost: books.lost,
    duplicated: books.duplicated,
    peer: { name: transport === 'ws' ? 'ws-echo' : 'express-echo', p50: round(peer.accepted.p50), p99: round(peer.accepted.p99) },
    ratioP99: peer.accepted.p99 === 0 ? 0 : round(load.accepted.p99 / peer.accepted.p99),
    stages,
  };
}

/** One second of a load, for people. */
export function progressLine(who: string, { second, sent, acknowledged, filled, errors, acceptedP50, acceptedP99 }: LoadProgress): string {
  const phase = second < 0 ? 'warm-up' : `${String(second + 1).padStart(4)} s `;
  return `${who.padEnd(8)} ${phase}  sent ${String(sent).padStart(5)}  202 ${String(acknowledged).padStart(5)}  filled ${String(filled).padStart(5)}`
    + `  errors ${String(errors).padStart(3)}  202 after p50 ${acceptedP50.toFixed(1)} ms, p99 ${acceptedP99.toFixed(1)} ms`;
}
