import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient, ListShardsCommand, type _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import type { LocalFunction } from './functions';

/** An event source mapping from a Kinesis stream to a function. */
export interface StreamMapping {
  readonly kinesis: KinesisClient;
  readonly streamName: string;
  readonly streamArn: string;
  readonly region: string;
  readonly batchSize: number;
  /** Whether it begins with what is there, or with what comes. */
  readonly from: 'TRIM_HORIZON' | 'LATEST';
  /** Calls of the function with the same records, after which they are passed over. */
  readonly attempts: number;
  readonly target: LocalFunction;
  readonly report: (sentence: string) => void;
}

const POLL_MS = 50;
const RETRY_MS = 500;

/** What Lambda's pollers do for a stream: hands the records of each shard to the function in their order, a batch at a time. */
export class StreamPoller {
  private stopping = false;
  private readonly running: Promise<void>[] = [];

  constructor(private readonly mapping: StreamMapping) {}

  /** Resolves when all shards are being read: what is written from then on is seen. */
  async start(): Promise<void> {
    const { kinesis, streamName: StreamName, from } = this.mapping;
    const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
    for (const { ShardId } of Shards) {
      const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: from }));
      this.running.push(this.read(ShardId!, ShardIterator));
    }
  }

  /** Ends after the batches that are being worked on. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.running);
  }

  private async read(shard: string, first: string | undefined): Promise<void> {
    const { kinesis, streamName: StreamName, batchSize, report, target } = this.mapping;
    let iterator = first;
    let after: string | undefined;
    let failing = false;
    while (!this.stopping && iterator !== undefined) {
      try {
        const { Records = [], NextShardIterator } = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: batchSize }));
        if (Records.length > 0) await this.work(shard, Records);
        after = Records.at(-1)?.SequenceNumber ?? after;
        iterator = NextShardIterator;
        failing = false;
        if (Records.length === 0) await pause(POLL_MS);
      } catch (error) {
        if (this.stopping) return;
        if (!failing) report(`The stream of ${target.spec.service} (${StreamName}) did not answer: ${(error as Error).message}`);
        failing = true;
        await pause(RETRY_MS);
        // An iterator is good for five minutes, and for the server that made it.
        const place = after === undefined
          ? { ShardIteratorType: this.mapping.from } : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: after };
        const fresh = await kinesis.send(new GetShardIteratorCommand({ StreamName, ShardId: shard, ...place })).catch(() => undefined);
        iterator = fresh?.ShardIterator ?? iterator;
      }
    }
  }

  private async work(shard: string, records: readonly KinesisRecord[]): Promise<void> {
    const { target, attempts, report } = this.mapping;
    const event = { Records: records.map((record) => this.eventOf(shard, record)) };
    for (let attempt = 1; ; attempt++) {
      const outcome = await target.invoke(event);
      if (!('error' in outcome)) return;
      report(`${target.spec.service} failed on ${records.length} record${records.length > 1 ? 's' : ''}: ${outcome.error.errorMessage}`);
      if (attempt >= attempts || this.stopping) return;
      await pause(RETRY_MS);
    }
  }

  private eventOf(shard: string, { Data, PartitionKey, SequenceNumber, ApproximateArrivalTimestamp }: KinesisRecord): object {
    const { streamArn, region } = this.mapping;
    return {
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: PartitionKey,
        sequenceNumber: SequenceNumber,
        data: Buffer.from(Data!).toString('base64'),
        approximateArrivalTimestamp: (ApproximateArrivalTimestamp ?? new Date()).getTime() / 1_000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shard}:${SequenceNumber}`,
      eventName: 'aws:kinesis:record',
      awsRegion: region,
      eventSourceARN: streamArn,
    };
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
