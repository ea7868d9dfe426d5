/** What both ways of reading a Kinesis shard have in common. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ListShardsCommand, type _Record, type KinesisClient, type Shard } from '@aws-sdk/client-kinesis';
import type { JournalPosition } from './journal';
import type { Logger } from '../../runtime';

/** Records of one shard as they came, in order. */
export interface RawBatch {
  readonly records: readonly _Record[];
  /** Milliseconds behind the newest record, as far as the stream says. */
  readonly lagMs: number;
  /** Whether there is nothing newer now. */
  readonly caughtUp: boolean;
}

/** Where to read. */
export interface ShardRequest {
  readonly stream: string;
  readonly shardId: string;
  readonly after: JournalPosition | undefined;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** The stream cannot be read as it is; repeating the call will not help. */
export class JournalUnreadableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'JournalUnreadableError';
  }
}

/** Errors that only somebody's action can end. Everything else, throttling above all, passes. */
const PERMANENT = new Set(['ResourceNotFoundException', 'AccessDeniedException', 'InvalidArgumentException', 'ValidationException']);

/** Waits longer after each failure, with jitter, and speaks of trouble once until it is over. */
export class Backoff {
  private failures = 0;

  constructor(private readonly what: string, private readonly request: Pick<ShardRequest, 'stream' | 'signal' | 'logger'>) {}

  succeeded(): void {
    if (this.failures > 0) this.request.logger.info({ after: this.failures }, `${this.what} works again`);
    this.failures = 0;
  }

  /** @throws JournalUnreadableError when waiting is of no use */
  async failed(error: unknown): Promise<void> {
    if (error instanceof JournalUnreadableError) throw error;
    const { name, message } = error as Error;
    if (PERMANENT.has(name)) throw new JournalUnreadableError(`stream ${this.request.stream} cannot be read: ${name}: ${message}`, { cause: error });
    if (this.failures === 0) this.request.logger.warn({ reason: `${name}: ${message}` }, `${this.what} failed; trying again`);
    const limit = Math.min(5_000, 100 * 2 ** Math.min(this.failures++, 6));
    await pause(limit * (0.5 + Math.random() / 2), this.request.signal);
  }
}

/** Resolves after a time, or at once when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** The shard that is partition n: the nth of the open ones in the order of their hash ranges. */
export async function shardOfPartition(client: KinesisClient, stream: string, partition: number, signal: AbortSignal): Promise<string> {
  const shards: Shard[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(new ListShardsCommand(token ? { NextToken: token } : { StreamName: stream }), { abortSignal: signal });
    shards.push(...page.Shards ?? []);
    token = page.NextToken;
  } while (token);
  const open = shards
    .filter((shard) => shard.SequenceNumberRange?.EndingSequenceNumber === undefined)
    .sort((a, b) => (BigInt(a.HashKeyRange?.StartingHashKey ?? 0) < BigInt(b.HashKeyRange?.StartingHashKey ?? 0) ? -1 : 1));
  const shardId = open[partition]?.ShardId;
  if (shardId === undefined) {
    throw new JournalUnreadableError(`stream ${stream} has ${open.length} open shards, so there is no partition ${partition}; add shards or change PARTITION`);
  }
  return shardId;
}

/** A shard was split or merged: its successor would be read from the wrong place, so nobody goes on by guessing. */
export const closedShard = ({ stream, shardId }: ShardRequest): JournalUnreadableError => new JournalUnreadableError(
  `shard ${shardId} of stream ${stream} was closed; a partition keeps its shard, so undo the resharding by opening a new journal`);
