import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient, SubscribeToShardCommand } from '@aws-sdk/client-kinesis';
import { offersFanOut } from '../adapters/journal/kinesis-fan-out';
import { listShards } from '../adapters/journal/kinesis-source';
import type { Ticker } from '../domain';
import type { Logger } from '../runtime';

export interface TickSourceOptions {
  readonly stream: string;
  readonly consumerArn: string;
  readonly requests: KinesisClient;
  /** One that speaks HTTP/2. */
  readonly subscriptions: KinesisClient;
  readonly logger: Logger;
  readonly onTick: (ticker: Ticker) => void;
}

const PAUSE_MS = 1_000;
const POLL_MS = 250;

/**
 * Ticks of a stream from now on, by enhanced fan-out where the endpoint offers it. Unlike the journal, this stream may be resharded while it
 * runs: a shard that ends is followed by those that the stream has then. What is missed in between is old: a newer tick follows.
 */
export class TickSource {
  private readonly abort = new AbortController();
  private readonly reading = new Set<string>();
  private problem: string | undefined;

  constructor(private readonly options: TickSourceOptions) {}

  start(): void {
    void this.watch();
  }

  stop(): void {
    this.abort.abort();
  }

  state(): { readonly shards: number; readonly problem?: string } {
    return { shards: this.reading.size, problem: this.problem };
  }

  private async watch(): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      try {
        const shards = await listShards(this.options.requests, this.options.stream, signal);
        const open = shards.filter((shard) => shard.SequenceNumberRange?.EndingSequenceNumber === undefined).map((shard) => shard.ShardId ?? '');
        const fanOut = await offersFanOut(this.options.requests, this.options.consumerArn, signal);
        for (const shardId of open.filter((id) => !this.reading.has(id))) {
          this.reading.add(shardId);
          void (fanOut ? this.subscribe(shardId) : this.poll(shardId))
            .catch((error: Error) => this.failed(error))
            .finally(() => this.reading.delete(shardId));
        }
      } catch (error) {
        this.failed(error as Error);
      }
      await pause(PAUSE_MS, signal);
    }
  }

  private async subscribe(shardId: string): Promise<void> {
    const { subscriptions, consumerArn } = this.options;
    const { EventStream } = await subscriptions.send(new SubscribeToShardCommand({
      ConsumerARN: consumerArn, ShardId: shardId, StartingPosition: { Type: 'LATEST' },
    }), { abortSignal: this.abort.signal });
    for await (const event of EventStream ?? []) {
      for (const { Data } of event.SubscribeToShardEvent?.Records ?? []) this.take(Data);
      if (event.SubscribeToShardEvent) this.problem = undefined;
    }
  }

  private async poll(shardId: string): Promise<void> {
    const { requests, stream } = this.options;
    const { signal } = this.abort;
    let iterator = (await requests.send(new GetShardIteratorCommand({ StreamName: stream, ShardId: shardId, ShardIteratorType: 'LATEST' }))).ShardIterator;
    while (iterator !== undefined && !signal.aborted) {
      const { Records = [], NextShardIterator } = await requests.send(new GetRecordsCommand({ ShardIterator: iterator }), { abortSignal: signal });
      this.problem = undefined;
      for (const { Data } of Records) this.take(Data);
      iterator = NextShardIterator;
      if (Records.length === 0) await pause(POLL_MS, signal);
    }
  }

  /** A record holds ticks of one symbol, a JSON document per line. */
  private take(data: Uint8Array | undefined): void {
    for (const line of Buffer.from(data ?? []).toString().split('\n').filter((text) => text !== '')) {
      try {
        const tick = JSON.parse(line) as Ticker & { readonly type?: string };
        // Trades, best prices and gaps travel in the same stream.
        if (tick.type === undefined) this.options.onTick(tick);
      } catch (error) {
        this.failed(error as Error);
      }
    }
  }

  private failed(error: Error): void {
    if (this.abort.signal.aborted) return;
    if (this.problem === undefined) this.options.logger.warn({ reason: error.message }, 'ticks cannot be read');
    this.problem = error.message;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
