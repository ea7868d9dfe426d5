import { runOpenLoop, steady, ramp, type Schedule } from './open-loop';
import { openOrdersSocket } from './orders-socket';
import { RetryingClient } from './retrying-client';
import type { SeenFill, TakeoverJob, TakeoverProgress, TakeoverResult } from './takeover-job';

const REPORT_MS = 50;
/** Part of the rate with which the warm-up begins. */
const RAMP_START = 0.1;

/** The time of both clocks of this machine's processes, with fractions of a millisecond. */
export const epochMs = (): number => performance.timeOrigin + performance.now();

/** Sends orders at a steady rate until it is stopped, asks again for what was not acknowledged, and tells every fill that it sees. */
export class TakeoverLoad {
  private readonly client: RetryingClient;
  private readonly orders: string[] = [];
  private readonly failures: Record<string, number> = {};
  private fills: SeenFill[] = [];
  private sent = 0;

  constructor(private readonly job: TakeoverJob, private readonly onProgress: (progress: TakeoverProgress) => void) {
    this.client = new RetryingClient(job.url);
  }

  async run(signal: AbortSignal): Promise<TakeoverResult> {
    const { url, traders, watched } = this.job;
    const sockets = await Promise.all(watched.map((token) => openOrdersSocket({
      url,
      token,
      onOrder: ({ event, seq }) => { if (event === 'fill') this.fills.push({ seq, at: epochMs() }); },
      onLost: (reason) => this.fail(`order stream: ${reason}`),
    })));
    const report = setInterval(() => this.report(), REPORT_MS);
    const pending = new Set<Promise<void>>();
    const send = (): void => {
      const one = this.place(this.sent++).finally(() => pending.delete(one));
      pending.add(one);
    };
    await runOpenLoop({ schedule: this.schedule(), count: Infinity, send, signal });
    // Nobody is left without a counterpart.
    while (this.sent % traders.length !== 0) send();
    await Promise.all(pending);
    clearInterval(report);
    this.report();
    for (const socket of sockets) socket.close();
    this.client.close();
    return { type: 'result', orders: this.orders, retries: this.client.retries, failures: this.failures };
  }

  private schedule(): Schedule {
    const { rate, warmupSeconds } = this.job;
    const start = performance.now();
    if (warmupSeconds === 0) return steady(start, rate);
    const growing = Math.round(((1 + RAMP_START) / 2) * rate * warmupSeconds);
    const [first, then] = [ramp(start, RAMP_START * rate, rate, warmupSeconds), steady(start + warmupSeconds * 1_000, rate)];
    return (index) => (index < growing ? first(index) : then(index - growing));
  }

  private async place(index: number): Promise<void> {
    const { traders, prefix, patienceMs } = this.job;
    try {
      const { orderId } = await this.client.place(traders[index % traders.length], `${prefix}-${index}`, patienceMs);
      this.orders.push(orderId);
    } catch (error) {
      this.fail((error as Error).message);
    }
  }

  private fail(reason: string): void {
    this.failures[reason] = (this.failures[reason] ?? 0) + 1;
  }

  private report(): void {
    const { fills } = this;
    this.fills = [];
    this.onProgress({ type: 'progress', fills, sent: this.sent, acknowledged: this.orders.length });
  }
}
