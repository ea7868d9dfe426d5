/** What both ways of reading a Kinesis shard have in common. */
import { ListShardsCommand, type _Record, type KinesisClient, type Shard } from '@aws-sdk/client-kinesis';
import { Backoff } from './backoff';
import type { JournalPosition } from './journal';
import { JournalUnreadableError } from './journal-errors';
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

/** Errors that only somebody's action can end. Everything else, throttling above all, passes. */
const PERMANENT = new Set(['ResourceNotFoundException', 'AccessDeniedException', 'InvalidArgumentException', 'ValidationException']);

/** Patience with a stream. */
export const kinesisBackoff = (what: string, { stream, signal, logger }: Pick<ShardRequest, 'stream' | 'signal' | 'logger'>): Backoff => new Backoff({
  what, where: `stream ${stream}`, signal, logger, isPermanent: (error) => PERMANENT.has((error as Error).name),
});

/** All shards of a stream, the closed ones of its past included. */
export async function listShards(client: KinesisClient, stream: string, signal?: AbortSignal): Promise<Shard[]> {
  const shards: Shard[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(new ListShardsCommand(token ? { NextToken: token } : { StreamName: stream }), { abortSignal: signal });
    shards.push(...page.Shards ?? []);
    token = page.NextToken;
  } while (token);
  return shards;
}

/**
 * The shards by partition: partition n is the nth in the order of their hash ranges.
 *
 * @throws JournalUnreadableError when the stream was resharded: what a partition was is then spread over several shards
 */
export function shardsByPartition(stream: string, shards: readonly Shard[]): readonly Shard[] {
  const changed = shards.find((shard) => shard.SequenceNumberRange?.EndingSequenceNumber !== undefined || shard.ParentShardId !== undefined);
  if (changed) {
    throw new JournalUnreadableError(`stream ${stream} was resharded (shard ${changed.ShardId}); a partition keeps its shard for as long as the journal lives, `
      + 'so nothing is read or appended by guessing: start a new stream from a snapshot, with as many shards as it will need (docs/journals.md)');
  }
  const start = (shard: Shard): bigint => BigInt(shard.HashKeyRange?.StartingHashKey ?? 0);
  return [...shards].sort((a, b) => (start(a) < start(b) ? -1 : 1));
}

/** The shard that is this partition. @throws JournalUnreadableError when there is none */
export async function shardOfPartition(client: KinesisClient, stream: string, partition: number, signal: AbortSignal): Promise<string> {
  const shards = shardsByPartition(stream, await listShards(client, stream, signal));
  const shardId = shards[partition]?.ShardId;
  if (shardId === undefined) {
    throw new JournalUnreadableError(`stream ${stream} has ${shards.length} shards, so there is no partition ${partition}; change PARTITION, or start a new stream with more`);
  }
  return shardId;
}

/** A shard was split or merged while it was read: its successor would be read from the wrong place, so nobody goes on by guessing. */
export const closedShard = ({ stream, shardId }: ShardRequest): JournalUnreadableError => new JournalUnreadableError(
  `shard ${shardId} of stream ${stream} was closed by resharding; a partition keeps its shard for as long as the journal lives: start a new stream from a snapshot`);
