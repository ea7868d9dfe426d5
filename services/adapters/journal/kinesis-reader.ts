import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { JournalPosition, JournalReader, JournalRecord } from './journal';
import { offersFanOut, subscribeToShard } from './kinesis-fan-out';
import { pollShard } from './kinesis-polling';
import { kinesisBackoff, shardOfPartition, type RawBatch, type ShardRequest } from './kinesis-source';
import { checkedRecords } from './records';
import { awsClientSettings, awsStreamSettings, type Logger } from '../../runtime';

export interface KinesisReaderOptions {
  /** Name of the stream. */
  readonly stream: string;
  /** Enhanced fan-out consumer that nobody else uses. */
  readonly consumerArn: string;
  readonly logger: Logger;
  /** Milliseconds between two reads without news, where the endpoint has no fan-out. */
  readonly pollIntervalMs?: () => number;
  /** Client for everything but subscriptions, and one that speaks HTTP/2 for those; default: made from the environment. */
  readonly clients?: { readonly requests: KinesisClient; readonly subscriptions: KinesisClient };
}

/**
 * Reads a Kinesis stream: by enhanced fan-out where the endpoint offers it, by polling where it does not (shared throughput
 * allows five reads a second per shard, too few for two readers that are in a hurry).
 */
export class KinesisJournalReader implements JournalReader {
  private readonly requests: KinesisClient;
  private readonly subscriptions: KinesisClient;

  constructor(private readonly options: KinesisReaderOptions) {
    this.requests = options.clients?.requests ?? new KinesisClient(awsClientSettings(5_000, 1, 4));
    // With its own handler: a subscription needs HTTP/2.
    this.subscriptions = options.clients?.subscriptions ?? new KinesisClient(awsStreamSettings());
  }

  async* read(partition: number, after: JournalPosition | undefined, signal: AbortSignal): AsyncGenerator<readonly JournalRecord[]> {
    const opened = await this.open(partition, after, signal);
    if (!opened) return;
    for await (const batch of opened.batches) {
      if (signal.aborted) return;
      const raw = batch.records.map(({ SequenceNumber: position = '', Data: frame = new Uint8Array() }) => ({ position, frame }));
      const { records, corrupt } = checkedRecords(raw, partition, batch.lagMs, `shard ${opened.shardId}`);
      if (records.length > 0) yield records;
      if (corrupt) throw corrupt;
      if (batch.caughtUp && !signal.aborted) yield [];
    }
  }

  async close(): Promise<void> {
    this.requests.destroy();
    this.subscriptions.destroy();
  }

  /** Finds the shard and the way to read it; undefined when the signal aborts first. */
  private async open(partition: number, after: JournalPosition | undefined, signal: AbortSignal):
  Promise<{ shardId: string; batches: AsyncGenerator<RawBatch> } | undefined> {
    const { stream, consumerArn, logger, pollIntervalMs = () => 20 } = this.options;
    const backoff = kinesisBackoff('opening the journal', { stream, signal, logger });
    while (!signal.aborted) {
      try {
        const [shardId, fanOut] = await Promise.all([
          shardOfPartition(this.requests, stream, partition, signal), offersFanOut(this.requests, consumerArn, signal),
        ]);
        const request: ShardRequest = { stream, shardId, after, signal, logger };
        if (fanOut) return { shardId, batches: subscribeToShard(this.subscriptions, consumerArn, request) };
        logger.warn({ stream }, 'the endpoint has no enhanced fan-out; polling');
        return { shardId, batches: pollShard(this.requests, request, pollIntervalMs) };
      } catch (error) {
        if (!signal.aborted) await backoff.failed(error);
      }
    }
    return undefined;
  }
}
