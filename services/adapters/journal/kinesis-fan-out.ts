import { DescribeStreamConsumerCommand, SubscribeToShardCommand, type KinesisClient, type SubscribeToShardEventStream } from '@aws-sdk/client-kinesis';
import { closedShard, kinesisBackoff, type RawBatch, type ShardRequest } from './kinesis-source';

/** Longest silence on a subscription, in milliseconds: Kinesis sends something every few seconds, also when nothing is new. */
const SILENCE_MS = 30_000;

/** Whether the endpoint knows enhanced fan-out: emulators answer that there is no such operation. */
export async function offersFanOut(client: KinesisClient, consumerArn: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.send(new DescribeStreamConsumerCommand({ ConsumerARN: consumerArn }), { abortSignal: signal });
    return true;
  } catch (error) {
    // A consumer that does not exist or may not be described fails at the subscription, with that reason.
    const { name } = error as Error;
    if (name === 'UnknownOperationException') return false;
    if (['ResourceNotFoundException', 'AccessDeniedException'].includes(name)) return true;
    throw error;
  }
}

/**
 * Reads a shard by subscription: records come within milliseconds and no other reader takes bandwidth from this one. A
 * subscription ends after five minutes or with its connection and is renewed behind the last record that came.
 *
 * @param client one that speaks HTTP/2
 */
export async function* subscribeToShard(client: KinesisClient, consumerArn: string, request: ShardRequest): AsyncGenerator<RawBatch> {
  const { shardId, signal } = request;
  const backoff = kinesisBackoff('the subscription to the journal', request);
  let position = request.after;
  while (!signal.aborted) {
    let events: AsyncIterator<SubscribeToShardEventStream> | undefined;
    try {
      const { EventStream } = await client.send(new SubscribeToShardCommand({
        ConsumerARN: consumerArn,
        ShardId: shardId,
        StartingPosition: position === undefined ? { Type: 'TRIM_HORIZON' } : { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: position },
      }), { abortSignal: signal });
      events = EventStream?.[Symbol.asyncIterator]();
      for (;;) {
        const event = events && await next(events, signal);
        if (!event) break;
        const { Records: records = [], MillisBehindLatest: lagMs = 0, ContinuationSequenceNumber } = contentOf(event);
        backoff.succeeded();
        position = records.at(-1)?.SequenceNumber ?? position;
        yield { records, lagMs, caughtUp: lagMs === 0 };
        if (ContinuationSequenceNumber === undefined) throw closedShard(request);
      }
    } catch (error) {
      if (signal.aborted) return;
      await backoff.failed(error);
    } finally {
      // Not awaited: the connection may be gone, and nobody listens any more.
      events?.return?.().catch(() => undefined);
    }
  }
}

/** The next event, or undefined at the end of the subscription and when the signal aborts. @throws when it stays silent */
async function next(events: AsyncIterator<SubscribeToShardEventStream>, signal: AbortSignal): Promise<SubscribeToShardEventStream | undefined> {
  let stop: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      events.next().then(({ done, value }) => (done ? undefined : value)),
      new Promise<undefined>((resolve) => {
        stop = () => resolve(undefined);
        signal.addEventListener('abort', stop, { once: true });
      }),
      new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`nothing came for ${SILENCE_MS / 1_000} s`)), SILENCE_MS);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** @throws the error that the event stands for, when it is one */
function contentOf(event: SubscribeToShardEventStream): NonNullable<SubscribeToShardEventStream['SubscribeToShardEvent']> {
  if (event.SubscribeToShardEvent) return event.SubscribeToShardEvent;
  const error = Object.values(event).find((value): value is Error => value instanceof Error);
  throw error ?? new Error(`the subscription sent an event of unknown kind: ${Object.keys(event).join(', ')}`);
}
