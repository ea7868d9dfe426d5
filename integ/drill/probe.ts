import type { HistoryLog } from './history-log';
import { outcomeOf } from './outcome';
import type { HttpAnswer } from '../../bench/lib/http-client';
import type { Trader } from '../../bench/lib/job';
import { runOpenLoop, steady } from '../../bench/lib/open-loop';

/** The public door. */
export interface ProbeClient {
  /** @throws Error when there is no answer */
  send(method: string, path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<HttpAnswer>;
  close(): void;
}

export interface ProbeOptions {
  /** Must have room for all that wait: those who wait for a frozen process keep nobody else from being asked. */
  readonly client: ProbeClient;
  /** Orders per second. */
  readonly rate: number;
  /** Orders go round the traders: neighbours are counterparts. Asked for with each order, as tokens are renewed. */
  readonly traders: () => readonly Trader[];
  /** First characters of every client order id; no run before had them. */
  readonly prefix: string;
}

/**
 * Writes a monotonic sequence of orders through the public API at a fixed rate, whatever becomes of them: a system that stalls is asked as
 * often as one that does not. Nothing is ever repeated, so that each request has one outcome.
 */
export class Probe {
  private readonly stopping = new AbortController();
  private readonly pending = new Set<Promise<void>>();
  private loop: Promise<void> | undefined;
  private sequence = 0;
  /** Latest sending so far, in milliseconds behind its time: the probe's own fault, not the system's. */
  worstLagMs = 0;

  constructor(private readonly options: ProbeOptions, private readonly history: HistoryLog) {}

  start(): void {
    const schedule = steady(performance.now(), this.options.rate);
    this.loop = runOpenLoop({ schedule, count: Infinity, send: (_, dueAt) => this.send(dueAt), signal: this.stopping.signal });
  }

  /** Sends no more, and resolves when every request has its outcome. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
    await Promise.all(this.pending);
    this.options.client.close();
  }

  private send(dueAt: number): void {
    this.worstLagMs = Math.max(this.worstLagMs, performance.now() - dueAt);
    const sequence = this.sequence++;
    const clientOrderId = `${this.options.prefix}-${sequence}`;
    this.history.add({ sequence, clientOrderId, dueAt });
    const one = this.place(sequence, clientOrderId).finally(() => this.pending.delete(one));
    this.pending.add(one);
  }

  private async place(sequence: number, clientOrderId: string): Promise<void> {
    const traders = this.options.traders();
    const { token, ...order } = traders[sequence % traders.length];
    const body = JSON.stringify({ ...order, type: 'limit', timeInForce: 'gtc', clientOrderId });
    const answer = await this.options.client.send('POST', '/v1/orders', { authorization: `Bearer ${token}` }, body).catch((error: Error) => error);
    this.history.end(clientOrderId, { ...outcomeOf(answer), endedAt: performance.now() });
  }
}
