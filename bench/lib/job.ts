import type { DoorName } from './doors';
import type { Percentiles } from './latencies';
import type { Span } from './stage-samples';

/** An account that trades, from the load generator's point of view. */
export interface Trader {
  readonly token: string;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly price: string;
  readonly quantity: string;
}

/** What orders travel over. */
export type Transport = 'http' | 'ws';

/** What a load generator is asked to do. */
export interface LoadJob {
  /** Where orders are posted to. */
  readonly url: string;
  /** How orders are asked for, and how their fills are told. */
  readonly door: DoorName;
  /** WebSocket that tells fills. Default: that of the service at `url`. */
  readonly streamUrl?: string;
  /** A request for each order, or one WebSocket per trader that all of them go over. */
  readonly transport: Transport;
  /** Orders per second. */
  readonly rate: number;
  /** Seconds in which the rate grows to what is asked for; not measured. What it leaves waiting is waited for. */
  readonly warmupSeconds: number;
  /** Seconds that are measured. */
  readonly seconds: number;
  /** Orders go round the traders: neighbours are counterparts. */
  readonly traders: readonly Trader[];
  /** Whether fills are awaited on the WebSocket; a peer has none. */
  readonly fills: boolean;
  /** First characters of every client order id; unique to the run. */
  readonly prefix: string;
  /** Milliseconds after the last order without any answer or fill until the others are given up. */
  readonly graceMs: number;
}

/** What happened in one second, for people who watch. */
export interface LoadProgress {
  readonly type: 'progress';
  /** Seconds since the first measured order was due; negative before. */
  readonly second: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly filled: number;
  readonly errors: number;
  /** Of this second alone. */
  readonly acceptedP50: number;
  readonly acceptedP99: number;
}

/** What a load generator measured. */
export interface LoadResult {
  readonly type: 'result';
  /** Of the measured seconds: from the moment an order was due until its acknowledgement had arrived. */
  readonly accepted: Percentiles;
  /** Of the measured seconds: from the moment an order was due until the WebSocket said that it is filled. */
  readonly filled: Percentiles;
  /** Milliseconds by which orders were sent later than due, worst case and 99th percentile: the generator's own part. */
  readonly sendLag: { readonly p99: number; readonly max: number };
  /** Acknowledged orders per second of the measured seconds, from the first due time to the last answer. */
  readonly achieved: number;
  /** Measured orders that were acknowledged, and of them those whose fill was seen. */
  readonly acknowledged: number;
  readonly fillsSeen: number;
  /** Orders that got anything but a 202, warm-up included, and how often for which reason. */
  readonly errors: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** From the moment the first measured order was due until nothing was waited for any more. */
  readonly span: Span;
  /** Every acknowledged order, warm-up included. */
  readonly orders: readonly AcknowledgedOrder[];
}

/** `[order id, client order id, whether it was measured]` */
export type AcknowledgedOrder = readonly [string, string, boolean];
