import type { Redis } from 'ioredis';
import { type Ticker, tickerChannel, tickerKey } from '../domain';
import { leaseKey, TELL, toldKey } from './leadership/scripts';
import { type BookTop, marketTopChannel, marketTopKey } from './model';

/** A price that nobody renews is worth nothing a day later. */
const KEEP_SECONDS = 86_400;

export interface CachePublisherOptions {
  readonly redis: Pick<Redis, 'pipeline'>;
  /** Milliseconds between two messages of one symbol, at least; default 50. */
  readonly intervalMs?: number;
  /** Whose symbols are published; without it all are, whoever else does. */
  readonly leases?: { readonly owner: string; leads(symbol: string): boolean; lost(symbol: string): void };
  /** Takes the best prices that were published. */
  readonly onTop?: (top: BookTop) => void;
}

type Pipeline = ReturnType<Redis['pipeline']>;
interface Waiting { ticker?: Ticker; top?: BookTop }

/**
 * Publishes the newest tick and the newest best prices of each symbol on their channels and keeps them under their keys. Screens and engines want the
 * price of now, so what comes faster than the interval, or than the cache, is replaced by the newest.
 */
export class CachePublisher {
  private readonly waiting = new Map<string, Waiting>();
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
    this.of(ticker.symbol).ticker = ticker;
    this.schedule();
  }

  /** Takes best prices and returns at once. */
  publishTop(top: BookTop): void {
    this.of(top.symbol).top = top;
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

  private of(symbol: string): Waiting {
    let waiting = this.waiting.get(symbol);
    if (!waiting) this.waiting.set(symbol, waiting = {});
    return waiting;
  }

  private async flush(): Promise<void> {
    this.readyAt = Date.now() + this.intervalMs;
    const { redis, leases, onTop } = this.options;
    const mine = [...this.waiting].filter(([symbol]) => leases?.leads(symbol) ?? true);
    this.waiting.clear();
    if (mine.length === 0) return;
    const pipeline = redis.pipeline();
    for (const [symbol, { ticker, top }] of mine) {
      if (ticker) {
        const { receivedTime: _, ...content } = ticker;
        this.tell(pipeline, symbol, 'ticker', ticker.exchangeTime, content, [tickerKey(symbol), tickerChannel(symbol)], ticker);
      }
      if (top) {
        const { receivedTime: _, ...content } = top;
        this.tell(pipeline, symbol, 'top', top.exchangeTime ?? top.updateId, content, [marketTopKey(symbol), marketTopChannel(symbol)], top);
      }
    }
    try {
      const answers = await pipeline.exec() ?? [];
      const failed = answers.find(([error]) => error !== null)?.[0];
      if (failed) throw failed;
      // Two answers for each message, and the second one is the lease's.
      const messages = mine.flatMap(([symbol, { ticker, top }]) => (
        [...(ticker ? [{ symbol, top: undefined }] : []), ...(top ? [{ symbol, top }] : [])]));
      messages.forEach(({ symbol, top }, i) => {
        const answer = Number(answers[2 * i + 1][1]);
        if (leases && answer < 0) return leases.lost(symbol);
        if (leases && answer === 0) return;
        this.published++;
        if (top) onTop?.(top);
      });
      this.problem = undefined;
    } catch (error) {
      // Not again: the next tick is better than this one.
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  /** The key first: whoever subscribes and then reads the key misses nothing. */
  private tell(
    pipeline: Pipeline, symbol: string, kind: string, order: number, content: object, [key, channel]: readonly [string, string], message: object,
  ): void {
    const text = JSON.stringify(message);
    pipeline.set(key, text, 'EX', KEEP_SECONDS);
    const { leases } = this.options;
    if (!leases) pipeline.publish(channel, text);
    else pipeline.eval(TELL, 2, leaseKey(symbol), toldKey(symbol), leases.owner, kind, String(order), JSON.stringify(content), channel, text);
  }
}
