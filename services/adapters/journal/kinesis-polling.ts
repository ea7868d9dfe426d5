import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { pause } from './backoff';
import { closedShard, kinesisBackoff, type RawBatch, type ShardRequest } from './kinesis-source';

/** Most records of one answer. A record is a batch of commands, so this is plenty. */
const LIMIT = 1_000;

/**
 * Reads a shard by asking again and again. An iterator that expired is replaced by one behind the last record that came.
 *
 * @param intervalMs milliseconds between two questions when there is nothing new
 */
export async function* pollShard(client: KinesisClient, request: ShardRequest, intervalMs: () => number): AsyncGenerator<RawBatch> {
  const { stream, shardId, signal } = request;
  const backoff = kinesisBackoff('reading the journal', request);
  let position = request.after;
  let iterator: string | undefined;
  let closed = false;
  while (!signal.aborted) {
    let batch: RawBatch;
    try {
      iterator ??= (await client.send(new GetShardIteratorCommand({
        StreamName: stream,
        ShardId: shardId,
        ShardIteratorType: position === undefined ? 'TRIM_HORIZON' : 'AFTER_SEQUENCE_NUMBER',
        StartingSequenceNumber: position,
      }), { abortSignal: signal })).ShardIterator;
      const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: LIMIT }), { abortSignal: signal });
      backoff.succeeded();
      const records = answer.Records ?? [];
      const lagMs = answer.MillisBehindLatest ?? 0;
      if (answer.NextShardIterator === undefined) closed = true;
      // An iterator behind nothing stays as it is: emulators set the next one by their clock, past a record that is being written.
      else if (records.length > 0 || lagMs > 0) iterator = answer.NextShardIterator;
      // They also say that a full answer was the last.
      batch = { records, lagMs, caughtUp: lagMs === 0 && records.length < LIMIT };
    } catch (error) {
      if (signal.aborted) return;
      iterator = undefined;
      // An iterator lives five minutes; whoever reads may have paused longer.
      if ((error as Error).name !== 'ExpiredIteratorException') await backoff.failed(error);
      continue;
    }
    position = batch.records.at(-1)?.SequenceNumber ?? position;
    yield batch;
    if (closed) throw closedShard(request);
    if (batch.caughtUp) await pause(intervalMs(), signal);
  }
}
