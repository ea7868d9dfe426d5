import type { Percentiles } from './latencies';

/** Readers of a stream, in a process of their own. */
export interface ReadersJob {
  /** WebSocket, such as `ws://127.0.0.1:8080/v1/stream`. */
  readonly url: string;
  readonly clients: number;
  /** Signs in and subscribes; without it the server sends to whoever is there. */
  readonly subscription?: { readonly token: string; readonly channels: readonly string[] };
}

/** What readers are told: forget what was measured so far, or say what it is. */
export type ReadersCommand = { readonly type: 'reset' } | { readonly type: 'report' };

/** What readers say. */
export type ReadersAnswer =
  | { readonly type: 'ready' }
  /** Every client has the message of this number. */
  | { readonly type: 'all'; readonly message: number }
  | { readonly type: 'report'; readonly lag: Percentiles; readonly deliveries: number };

/** A server of the peer: where the cache is, and what it listens to there. */
export interface PeerJob {
  readonly redis: { readonly url: string; readonly token: string; readonly caFile: string };
  readonly channels: readonly string[];
}

/** Milliseconds since 1970 with a fraction, the same in all processes of a machine. */
export const wallClock = (): number => performance.timeOrigin + performance.now();

/** Bytes of a ticker and of a book of twenty levels, about. */
const PADDING: readonly string[] = ['x'.repeat(120), 'x'.repeat(900)];

/** What is published: its number, when, and as many bytes as a ticker or a book has. */
export function messageOf(number: number): string {
  return JSON.stringify({ message: number, at: wallClock(), padding: PADDING[number % PADDING.length] });
}
