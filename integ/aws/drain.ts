import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { GetQueueAttributesCommand, type QueueAttributeName, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsSettings } from './settings';
import { DrillError, sleep } from '../drill/fault';

/** Kinesis lets everybody together read a shard five times a second; the system's own readers come first. */
const READ_PAUSE_MS = 500;

const COUNTS: readonly QueueAttributeName[] = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'];

/** Messages of a queue, in whatever state. The figure is approximate: it is asked for twice. */
async function depthOf(client: SQSClient, url: string): Promise<number> {
  const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...COUNTS] }));
  return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
}

/**
 * What is wrong with the queues after a drill, as sentences: one that does not empty within a time, and a dead-letter queue that holds more than
 * it did before.
 *
 * @param before depth of each dead-letter queue before the drill, by its URL
 */
export async function undrainedQueues(
  settings: AwsSettings, queueUrls: readonly string[], before: ReadonlyMap<string, number>, limitMs: number, pollMs = 2_000,
): Promise<string[]> {
  const client = new SQSClient(settings);
  try {
    const problems: string[] = [];
    for (const url of queueUrls) {
      const deadline = Date.now() + limitMs;
      const allowed = before.get(url) ?? 0;
      let [previous, depth] = [Infinity, await depthOf(client, url)];
      while ((depth > allowed || previous > allowed) && Date.now() < deadline) {
        await sleep(pollMs);
        [previous, depth] = [depth, await depthOf(client, url)];
      }
      if (depth > allowed) problems.push(`${url} holds ${depth} messages after ${limitMs / 1_000} s${before.has(url) ? `, ${allowed} before the drill` : ''}`);
    }
    return problems;
  } finally {
    client.destroy();
  }
}

/** How much each dead-letter queue holds. */
export async function depths(settings: AwsSettings, queueUrls: readonly string[]): Promise<Map<string, number>> {
  const client = new SQSClient(settings);
  try {
    return new Map(await Promise.all(queueUrls.map(async (url) => [url, await depthOf(client, url)] as const)));
  } finally {
    client.destroy();
  }
}

/** What a stream holds since a time. */
export interface StreamTail {
  readonly records: number;
  /** Whether the end of every shard was reached. */
  readonly complete: boolean;
}

/** Reads a stream from a time to its end: what was acknowledged is there to be read again. @throws DrillError when it does not end in time */
export async function readTail(settings: AwsSettings, stream: string, since: Date, limitMs: number): Promise<StreamTail> {
  // Its own handler speaks HTTP/2, which a stand-in does not.
  const client = new KinesisClient({ ...settings, ...(settings.endpoint === undefined ? {} : { requestHandler: new NodeHttpHandler() }) });
  const deadline = Date.now() + limitMs;
  try {
    const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: stream }));
    let records = 0;
    for (const { ShardId } of Shards) {
      const { ShardIterator } = await client.send(new GetShardIteratorCommand({ StreamName: stream, ShardId, ShardIteratorType: 'AT_TIMESTAMP', Timestamp: since }));
      let iterator = ShardIterator;
      while (iterator !== undefined) {
        const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: 10_000 }));
        records += answer.Records?.length ?? 0;
        if (answer.MillisBehindLatest === 0 && (answer.Records?.length ?? 0) === 0) break;
        if (Date.now() > deadline) throw new DrillError(`shard ${ShardId} of ${stream} was not read to its end within ${limitMs / 1_000} s`);
        iterator = answer.NextShardIterator;
        await sleep(READ_PAUSE_MS);
      }
    }
    return { records, complete: true };
  } finally {
    client.destroy();
  }
}
