import type { TestSystem } from './system';
import { runOpenLoop, steady } from '../../../bench/lib/open-loop';
import { type Acknowledged, RetryingClient } from '../../../bench/lib/retrying-client';
import { crossingTraders } from '../../../bench/lib/traders';

/** Orders at a steady rate, each crossing its neighbour, from a client that asks again until it has a 202. */
export class SteadyLoad {
  readonly acknowledged: Acknowledged[] = [];
  /** Why orders were never acknowledged. */
  readonly failures: string[] = [];
  readonly client: RetryingClient;
  sent = 0;
  private readonly stopping = new AbortController();
  private readonly pending: Promise<void>[] = [];
  private loop: Promise<void> | undefined;

  /** @param prefix first characters of every client order id */
  constructor(private readonly system: TestSystem, private readonly rate: number, private readonly prefix: string) {
    this.client = new RetryingClient(system.url);
  }

  start(): this {
    this.loop = runOpenLoop({
      schedule: steady(performance.now(), this.rate), count: Infinity, send: () => this.send(), signal: this.stopping.signal,
    });
    return this;
  }

  /** Ends with an even number on both sides and waits until every order has its answer. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
    while (this.sent % 4 !== 0) this.send();
    await Promise.all(this.pending);
  }

  /** Sends one order once more, as its client would. */
  again(index: number): Promise<Acknowledged> {
    const traders = crossingTraders(...this.system.traders);
    return this.client.place(traders[index % traders.length], `${this.prefix}-${index}`);
  }

  private send(): void {
    this.pending.push(this.again(this.sent++).then(
      (order) => { this.acknowledged.push(order); },
      (error: Error) => { this.failures.push(error.message); },
    ));
  }
}
