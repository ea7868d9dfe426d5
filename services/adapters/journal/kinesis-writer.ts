import { KinesisClient, ListShardsCommand, PutRecordCommand, type Shard } from '@aws-sdk/client-kinesis';
import type { JournalPosition, JournalWriter } from './journal';
import { type AppendOutcome, JournalUnavailableError } from './journal-errors';
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

const MADE_ANEW = new Set(['ResourceNotFoundException', 'InvalidArgumentException']);

/**
 * Appends to a Kinesis stream. Partition n is the nth of the open shards in the order of their hash ranges; the explicit
 * hash key is the start of that range, so that no hash of a key decides where a command goes.
 */
export class KinesisJournalWriter implements JournalWriter {
  private readonly client: KinesisClient;
  private hashKeys: Promise<readonly string[]> | undefined;
  /** Per partition, the position of the last append: Kinesis then gives the next one a later place, within one second too. */
  private readonly last = new Map<number, JournalPosition>();

  constructor(private readonly options: KinesisWriterOptions) {
    this.client = new KinesisClient(awsClientSettings(options.requestTimeoutMs ?? 3_000, options.attempts ?? 3));
  }

  async append(partition: number, frame: Uint8Array): Promise<JournalPosition> {
    const hashKey = await this.hashKeyOf(partition);
    try {
      const { SequenceNumber } = await this.client.send(new PutRecordCommand({
        StreamName: this.options.stream,
        PartitionKey: `partition-${partition}`,
        ExplicitHashKey: hashKey,
        SequenceNumberForOrdering: this.last.get(partition),
        Data: frame,
      }));
      if (SequenceNumber === undefined) throw new JournalUnavailableError('the journal confirmed an append without a position', 'unknown');
      this.last.set(partition, SequenceNumber);
      return SequenceNumber;
    } catch (error) {
      if (MADE_ANEW.has((error as Error).name)) {
        // What is known of the stream is of another one by this name: look again before the next attempt.
        this.hashKeys = undefined;
        this.last.delete(partition);
      }
      throw this.failure('append', error);
    }
  }

  /** Asks the stream for its shards: whether the journal can be reached, without writing to it. @throws JournalUnavailableError */
  async probe(): Promise<void> {
    this.hashKeys = undefined;
    await this.hashKeyOf(0);
  }

  close(): Promise<void> {
    this.client.destroy();
    return Promise.resolve();
  }

  private async hashKeyOf(partition: number): Promise<string> {
    this.hashKeys ??= this.listHashKeys();
    const pending = this.hashKeys;
    try {
      const keys = await pending;
      if (partition < keys.length) return keys[partition];
      throw new JournalUnavailableError(
        `stream ${this.options.stream} has ${keys.length} open shards, so there is no partition ${partition}; add shards`, 'refused');
    } catch (error) {
      if (this.hashKeys === pending) this.hashKeys = undefined;
      throw error;
    }
  }

  private async listHashKeys(): Promise<readonly string[]> {
    const shards: Shard[] = [];
    let token: string | undefined;
    try {
      do {
        const page = await this.client.send(new ListShardsCommand(token ? { NextToken: token } : { StreamName: this.options.stream }));
        shards.push(...page.Shards ?? []);
        token = page.NextToken;
      } while (token);
    } catch (error) {
      // Nothing was to be written yet.
      throw this.failure('list the shards of', error, 'refused');
    }
    return hashKeysByRange(shards);
  }

  private failure(what: string, error: unknown, outcome: AppendOutcome = outcomeOfAwsError(error)): JournalUnavailableError {
    if (error instanceof JournalUnavailableError) return error;
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return new JournalUnavailableError(`could not ${what} stream ${this.options.stream}: ${reason}`, outcome, { cause: error });
  }
}

/** The starting hash keys of the open shards, lowest first. */
export function hashKeysByRange(shards: readonly Shard[]): string[] {
  return shards
    .filter((shard) => shard.SequenceNumberRange?.EndingSequenceNumber === undefined)
    .map((shard) => shard.HashKeyRange?.StartingHashKey ?? '0')
    .sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
}

/** An answer of 4xx, or no connection at all, says that nothing was written, unless an earlier attempt may have written it. */
function outcomeOfAwsError(error: unknown): AppendOutcome {
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number; attempts?: number }; code?: string };
  if (($metadata?.attempts ?? 1) > 1) return 'unknown';
  const status = $metadata?.httpStatusCode ?? 0;
  return (status >= 400 && status < 500 && status !== 408) || NOT_CONNECTED.has(code ?? '') ? 'refused' : 'unknown';
}
