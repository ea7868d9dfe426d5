import type { ChainableCommander, Redis } from 'ioredis';
import type { Logger } from '../../runtime';

/** A write to the cache. */
export type CacheWrite = (pipeline: ChainableCommander) => void;

const MAX_BATCH = 2_000;

/**
 * Writes to the cache in order, one pipeline in flight. What the cache does not take is dropped: nobody waits for a
 * projection.
 */
export class CacheWriter {
  private waiting: CacheWrite[] = [];
  private running: Promise<void> | undefined;
  private failing = false;

  /** @param capacity writes that may wait; beyond it the oldest are dropped */
  constructor(private readonly redis: Redis, private readonly logger: Logger, private readonly capacity = 50_000) {}

  get ready(): boolean {
    return this.redis.status === 'ready';
  }

  /** Calls back whenever a connection is made: what the cache had may be gone. */
  onReady(callback: () => void): void {
    this.redis.on('ready', callback);
  }

  write(write: CacheWrite): void {
    if (!this.ready) return;
    this.waiting.push(write);
    if (this.waiting.length > this.capacity) {
      this.logger.warn({ dropped: this.waiting.length }, 'the cache is too slow; private updates and trades were dropped');
      this.waiting = [];
    }
    this.running ??= this.run();
  }

  /** Whether the cache has lost any of these keys; false while nobody can say. */
  async misses(keys: readonly string[]): Promise<boolean> {
    if (!this.ready || keys.length === 0) return false;
    const pipeline = this.redis.pipeline();
    for (const key of keys) pipeline.exists(key);
    const results = await pipeline.exec().catch(() => null);
    return results?.some(([error, count]) => error === null && count === 0) ?? false;
  }

  clear(): void {
    this.waiting = [];
  }

  /** Resolves when everything that waits was written or dropped. */
  async flush(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    // What one batch of the journal makes goes together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MAX_BATCH);
      const pipeline = this.redis.pipeline();
      for (const write of batch) write(pipeline);
      try {
        const results = await pipeline.exec();
        const failed = results?.find(([error]) => error)?.[0];
        if (failed) throw failed;
        if (this.failing) this.logger.info('the cache takes writes again');
        this.failing = false;
      } catch (error) {
        if (!this.failing) this.logger.warn({ reason: String(error) }, 'the cache did not take some writes; they are dropped');
        this.failing = true;
      }
    }
    this.running = undefined;
  }
}
