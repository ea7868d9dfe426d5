import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { refuseForeignFrame } from './frame-check';
import type { JournalPosition, JournalWriter } from './journal';
import { type AppendOutcome, JournalUnavailableError } from './journal-errors';
import { listShards, shardsByPartition } from './kinesis-source';
import { awsClientSettings } from '../../runtime';

export interface KinesisWriterOptions {
  /** Name of the stream. */
  readonly stream: string;
  /** Longest wait for one answer, in milliseconds. */
  readonly requestTimeoutMs?: number;
  /** Attempts per append inside the AWS client. One, where the caller repeats by itself. */
  readonly attempts?: number;
}

/** The connection was never made, so nothing can have been written. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Largest record that Kinesis takes, its partition key of at most 15 bytes included. */
const MAX_RECORD_BYTES = 1024 * 1024 - 15;

/** Where a partition's records go. */
interface Place {
  readonly shardId: string | undefined;
  readonly hashKey: string;
}

const MADE_ANEW = new Set(['ResourceNotFoundException', 'InvalidArgumentException']);

/**
 * Appends to a Kinesis stream. Partition n is the nth of the shards in the order of their hash ranges; the explicit
 * hash key is the start of that range, so that no hash of a key decides where a command goes.
 */
export class KinesisJournalWriter implements JournalWriter {
  private readonly client: KinesisClient;
  private shards: Promise<readonly Place[]> | undefined;
  private closed = false;
  /** Per partition, the position of the last append: Kinesis then gives the next one a later place, within one second too. */
  private readonly last = new Map<number, JournalPosition>();

  constructor(private readonly options: KinesisWriterOptions) {
    this.client = new KinesisClient(awsClientSettings(options.requestTimeoutMs ?? 3_000, options.attempts ?? 3));
  }

  async append(partition: number, frame: Uint8Array): Promise<JournalPosition> {
    refuseForeignFrame(frame, partition, MAX_RECORD_BYTES);
    if (this.closed) throw new JournalUnavailableError('the journal is closed', 'refused');
    const { shardId, hashKey } = await this.placeOf(partition);
    try {
      const { SequenceNumber, ShardId } = await this.client.send(new PutRecordCommand({
        StreamName: this.options.stream,
        PartitionKey: `partition-${partition}`,
        ExplicitHashKey: hashKey,
        SequenceNumberForOrdering: this.last.get(partition),
        Data: frame,
      }));
      if (SequenceNumber === undefined) throw new JournalUnavailableError('the journal confirmed an append without a position', 'unknown');
      if (ShardId !== shardId) {
        // Somebody split or merged it: nobody will read what is in its successor. The next attempt looks again and says so.
        this.forget(partition);
        throw new JournalUnavailableError(`stream ${this.options.stream} put a record of partition ${partition} into shard ${ShardId} instead of ${shardId}`, 'unknown');
      }
      this.last.set(partition, SequenceNumber);
      return SequenceNumber;
    } catch (error) {
      if (MADE_ANEW.has((error as Error).name)) {
        // What is known of the stream is of another one by this name: look again before the next attempt.
        this.forget(partition);
      }
      throw this.failure('append', error);
    }
  }

  /** Asks the stream for its shards: whether a partition can be reached, without writing to it. @throws JournalUnavailableError */
  async probe(partition = 0): Promise<void> {
    this.shards = undefined;
    await this.placeOf(partition);
  }

  close(): Promise<void> {
    this.closed = true;
    this.client.destroy();
    return Promise.resolve();
  }

  private forget(partition: number): void {
    this.shards = undefined;
    this.last.delete(partition);
  }

  private async placeOf(partition: number): Promise<Place> {
    this.shards ??= this.listPlaces();
    const pending = this.shards;
    try {
      const places = await pending;
      if (partition < places.length) return places[partition];
      throw new JournalUnavailableError(
        `stream ${this.options.stream} has ${places.length} shards, so there is no partition ${partition}; start a new stream with more`, 'refused');
    } catch (error) {
      if (this.shards === pending) this.shards = undefined;
      throw error;
    }
  }

  private async listPlaces(): Promise<readonly Place[]> {
    const { stream } = this.options;
    try {
      return shardsByPartition(stream, await listShards(this.client, stream))
        .map(({ ShardId: shardId, HashKeyRange }) => ({ shardId, hashKey: HashKeyRange?.StartingHashKey ?? '0' }));
    } catch (error) {
      // Nothing was to be written yet.
      throw this.failure('list the shards of', error, 'refused');
    }
  }

  private failure(what: string, error: unknown, outcome: AppendOutcome = outcomeOfAwsError(error)): JournalUnavailableError {
    if (error instanceof JournalUnavailableError) return error;
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return new JournalUnavailableError(`could not ${what} stream ${this.options.stream}: ${reason}`, outcome, { cause: error });
  }
}

/** An answer of 4xx, or no connection at all, says that nothing was written, unless an earlier attempt may have written it. */
function outcomeOfAwsError(error: unknown): AppendOutcome {
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number; attempts?: number }; code?: string };
  if (($metadata?.attempts ?? 1) > 1) return 'unknown';
  const status = $metadata?.httpStatusCode ?? 0;
  return (status >= 400 && status < 500 && status !== 408) || NOT_CONNECTED.has(code ?? '') ? 'refused' : 'unknown';
}
