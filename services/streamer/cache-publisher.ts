import type { Redis } from 'ioredis';
import { type Ticker, tickerChannel, tickerKey } from '../domain';

/** A price that nobody renews is worth nothing a day later. */
const KEEP_SECONDS = 86_400;

export interface CachePublisherOptions {
  readonly redis: Pick<Redis, 'pipeline'>;
  /** Milliseconds between two messages of one symbol, at least; default 50. */
  readonly intervalMs?: number;
}

/**
 * Publishes the newest tick of each symbol on its channel and keeps it under its key. Screens and engines want the price of
 * now, so ticks that come faster than the interval, or than the cache, are replaced by the newest.
 */
export class CachePublisher {
  private readonly waiting = new Map<string, Ticker>();
  private readonly intervalMs: number;
  private timer: NodeJS.Timeout | undefined;
  private busy: Promise<void> | undefined;
  private readyAt = 0;
  private published = 0;
  private problem: string | undefined;

  constructor(private readonly options: CachePublisherOptions) {
    this.intervalMs = options.intervalMs ?? 50;
  }

  /** Takes a tick and returns at once. */
  publish(ticker: Ticker): void {
    this.waiting.set(ticker.symbol, ticker);
    this.schedule();
  }

  state(): { readonly published: number; readonly problem?: string } {
    return { published: this.published, problem: this.problem };
  }

  /** Publishes what waits and ends. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.busy;
    if (this.waiting.size > 0) await this.flush();
    clearTimeout(this.timer);
  }

  private schedule(): void {
    if (this.timer !== undefined || this.busy || this.waiting.size === 0) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.busy = this.flush().finally(() => {
        this.busy = undefined;
        this.schedule();
      });
    }, Math.max(0, this.readyAt - Date.now()));
  }

  private async flush(): Promise<void> {
    this.readyAt = Date.now() + this.intervalMs;
    const ticks = [...this.waiting.values()];
    this.waiting.clear();
    const pipeline = this.options.redis.pipeline();
    for (const tick of ticks) {
      const text = JSON.stringify(tick);
      // The key first: whoever subscribes and then reads the key misses nothing.
      pipeline.set(tickerKey(tick.symbol), text, 'EX', KEEP_SECONDS);
      pipeline.publish(tickerChannel(tick.symbol), text);
    }
    try {
      const failed = (await pipeline.exec())?.find(([error]) => error !== null)?.[0];
      if (failed) throw failed;
      this.published += ticks.length;
      this.problem = undefined;
    } catch (error) {
      // Not again: the next tick is better than this one.
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }
}
