import { DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import type { Platform } from '../../../local/platform';
import { type Command, type Event, decodeCommandBatch } from '../../../services/domain';
import { createCore } from '../../../services/reference-matcher/core';
import { awsClientSettings } from '../../../services/runtime';

/** The stream that the API appends to, by what the template calls it. */
function journalOf(platform: Platform): string {
  const streams = Object.entries(platform.describe().resources).filter(([path, { type }]) => type === 'AWS::Kinesis::Stream' && /journal/i.test(path));
  if (streams.length !== 1) throw new Error(`expected one journal, found ${streams.map(([path]) => path).join(', ') || 'none'}`);
  return streams[0][1].ref;
}

/** Every command in the journal, in order. Read with nothing of ours but the codec. */
export async function readJournal(platform: Platform): Promise<Command[]> {
  const { environment } = platform.describe();
  const client = new KinesisClient({
    ...awsClientSettings(),
    region: environment.AWS_REGION,
    endpoint: environment.AWS_ENDPOINT_URL_KINESIS,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    const StreamName = journalOf(platform);
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName }));
    // Partition 0 is the shard whose hash keys begin at 0.
    const shard = StreamDescription!.Shards!.find(({ HashKeyRange }) => HashKeyRange!.StartingHashKey === '0')!;
    let { ShardIterator } = await client.send(new GetShardIteratorCommand({ StreamName, ShardId: shard.ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
    const commands: Command[] = [];
    for (;;) {
      const { Records = [], NextShardIterator, MillisBehindLatest } = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 10_000 }));
      for (const { Data } of Records) commands.push(...decodeCommandBatch(Data!).commands);
      if (Records.length === 0 && !MillisBehindLatest) return commands;
      ShardIterator = NextShardIterator;
    }
  } finally {
    client.destroy();
  }
}

/** What a core makes of the whole journal: what the books must say, whoever died on the way. */
export function replay(commands: readonly Command[]): Event[] {
  const core = createCore({ partition: 0, idempotencyWindowMs: 3_600_000 });
  return commands.flatMap((command) => core.apply(command));
}
