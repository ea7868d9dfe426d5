import { type KinesisClient, PutRecordsCommand, type PutRecordsResultEntry } from '@aws-sdk/client-kinesis';
import type { MarketDataState, MarketDataWriter } from './market-data';
import { TickQueue, type TickRun } from './tick-queue';
import type { Ticker } from '../../domain';
import type { Logger } from '../../runtime';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

export interface KinesisMarketDataOptions {
  readonly client: Pick<KinesisClient, 'send'>;
  /** Name of the stream. */
  readonly stream: string;
  readonly logger: Logger;
  /** Milliseconds that ticks are collected for one request; default 200. */
  readonly lingerMs?: number;
  /** Ticks that may wait before they are conflated; default 10 000. */
  readonly maxQueued?: number;
}

/**
 * Writes ticks to a Kinesis stream. A record holds the ticks of one symbol since the last request, one JSON document per line,
 * under the symbol as partition key. Whatever the stream refuses is sent again, before anything newer of that symbol.
 */
export class KinesisMarketDataWriter implements MarketDataWriter {
  private readonly queue: TickQueue;
  private readonly lingerMs: number;
  /** What is on its way to the stream, or was refused and waits to be sent again. */
  private batch: TickRun[] = [];
  private written = 0;
  private failures = 0;
  private problem: string | undefined;
  private closing = false;
  private abandoned = false;
  private wake: (() => void) | undefined;
  private readonly loop: Promise<void>;

  constructor(private readonly options: KinesisMarketDataOptions) {
    this.lingerMs = options.lingerMs ?? 200;
    this.queue = new TickQueue({
      maxTicks: options.maxQueued ?? 10_000,
      // A record may have 1 MiB, a request 500 records and 5 MiB.
      maxRunBytes: 512 * 1024,
      maxRuns: 500,
      maxBytes: 4 * 1024 * 1024,
    }, Date.now);
    this.loop = this.run();
  }

  write(ticker: Ticker): void {
    if (this.closing) return;
    this.queue.add(ticker);
    if (this.queue.size === 1) this.wake?.();
  }

  state(): MarketDataState {
    const oldest = Math.min(...this.batch.map((run) => run.since), this.queue.oldest() ?? Infinity);
    return {
      queued: this.queued(),
      lagMs: Number.isFinite(oldest) ? Math.max(0, Date.now() - oldest) : 0,
      written: this.written,
      conflated: this.queue.conflated,
      problem: this.problem,
    };
  }

  async close(limitMs = 5_000): Promise<number> {
    this.closing = true;
    this.wake?.();
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.loop, limit]);
    clearTimeout(timer);
    this.abandoned = true;
    return this.queued();
  }

  private queued(): number {
    return this.queue.size + this.batch.reduce((sum, run) => sum + run.count, 0);
  }

  private async run(): Promise<void> {
    while (!this.abandoned) {
      if (this.queued() === 0) {
        if (this.closing) return;
        await this.pause(Infinity);
      }
      await this.pause(this.batch.length > 0 ? this.retryDelay() : this.lingerMs);
      // While something is refused nothing newer is sent: the order of a symbol holds, and a throttled stream gets less.
      if (this.batch.length === 0) this.batch = this.queue.take();
      if (this.batch.length > 0) this.batch = await this.send(this.batch);
    }
  }

  /** Sends runs and returns those that the stream did not take. */
  private async send(runs: TickRun[]): Promise<TickRun[]> {
    let refused: TickRun[];
    let reason: string | undefined;
    try {
      const answer = await this.options.client.send(new PutRecordsCommand({
        StreamName: this.options.stream,
        Records: runs.map((run) => ({ Data: run.data, PartitionKey: run.symbol })),
      }));
      const results: readonly PutRecordsResultEntry[] = answer.Records ?? [];
      refused = runs.filter((_, i) => results[i]?.SequenceNumber === undefined);
      const failed = results.find((result) => result.ErrorCode !== undefined);
      if (refused.length > 0) reason = failed ? `${failed.ErrorCode}: ${failed.ErrorMessage}` : 'the answer has no sequence number';
    } catch (error) {
      refused = runs;
      reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    }
    this.written += runs.reduce((sum, run) => sum + run.count, 0) - refused.reduce((sum, run) => sum + run.count, 0);
    if (reason !== undefined && this.problem === undefined) {
      this.options.logger.warn({ stream: this.options.stream, reason, refused: refused.length }, 'the market-data stream refuses records; they are sent again');
    } else if (reason === undefined && this.problem !== undefined) {
      this.options.logger.info({ stream: this.options.stream, conflated: this.queue.conflated }, 'the market-data stream accepts records again');
    }
    this.failures = reason === undefined ? 0 : this.failures + 1;
    this.problem = reason;
    return refused;
  }

  private retryDelay(): number {
    return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.failures, 10)) * (0.5 + Math.random() / 2);
  }

  /** Waits; a wake-up (the first tick, the end) cuts an endless wait short, and the end every wait. */
  private async pause(ms: number): Promise<void> {
    if (this.closing && this.batch.length === 0) return;
    await new Promise<void>((resolve) => {
      const timer = Number.isFinite(ms) ? setTimeout(resolve, ms) : undefined;
      this.wake = () => {
        if (timer !== undefined && !this.closing) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }
}
