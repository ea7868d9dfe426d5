import { createHash } from 'node:crypto';
import type { StrategySettings } from '../../domain/strategy';
import { type Assumptions, ENGINE_VERSION } from '../engine/assumptions';
import type { RunResult } from '../engine/simulation';

/** Everything that a run follows from, but for the numbers of the data. */
export interface RunSpec {
  readonly strategy: {
    readonly name: string;
    readonly settings: StrategySettings;
    /** Digest of its source when it is a file. */
    readonly sha256?: string;
  };
  /** In this order they are the strategy's instruments. */
  readonly symbols: readonly string[];
  /** First and last day, both included. */
  readonly from: string;
  readonly to: string;
  readonly intervalMinutes: number;
  readonly seed: number;
  readonly assumptions: Assumptions;
}

/** The same for the same content, however it was put together. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (
    one !== null && typeof one === 'object' && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one
  ));
}

/**
 * Names a result: the same engine, strategy, assumptions, seed and data give the same one, wherever they run. Made of what went in and of
 * every fill and every day that came out.
 */
export function resultHash(spec: RunSpec, dataDigest: string, run: RunResult): string {
  const { fills, days, status, fault, finalUnits, bars } = run;
  const hash = createHash('sha256').update(canonicalJson({ engine: ENGINE_VERSION, spec, dataDigest, status, fault, finalUnits, bars }));
  for (const column of [fills.times, fills.instruments, fills.orderIds, fills.lots, fills.prices, fills.fees, fills.makers, days.times,
    days.equity]) {
    hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  }
  return hash.digest('hex');
}
