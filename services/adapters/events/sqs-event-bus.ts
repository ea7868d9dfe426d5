import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { EventBus } from './event-bus';
import { encodeRunTraces, TRACES_ATTRIBUTE } from './run-traces';
import { encodeEventRun, type EventRun, type EventTrace } from '../../domain';
import { awsClientSettings } from '../../runtime';

/** Longest body in bytes: below the 256 KiB that every queue takes, attributes included. */
const MAX_BODY = 200 * 1024;
/** More events make a long ledger transaction without saving many requests. */
const MAX_EVENTS = 500;

export interface SqsEventBusOptions {
  /** URL of the FIFO queue. */
  readonly queueUrl: string;
  /** Longest wait for an answer, in milliseconds. */
  readonly requestTimeoutMs?: number;
}

/**
 * One message at a time per partition and group: two in flight could change places. The deduplication id names leader and
 * range, so a repetition is dropped by the queue and a new leader's copy is not.
 */
export class SqsEventBus implements EventBus {
  private readonly client: SQSClient;

  constructor(private readonly options: SqsEventBusOptions) {
    // The endpoint is the client's own business (region, AWS_ENDPOINT_URL_SQS); the URL only names the queue.
    this.client = new SQSClient({ ...awsClientSettings(options.requestTimeoutMs ?? 3_000, 2, 4), useQueueUrlAsEndpoint: false });
  }

  async publish(run: EventRun): Promise<number> {
    const { events, body } = fit(run);
    const last = events[events.length - 1];
    await this.client.send(new SendMessageCommand({
      QueueUrl: this.options.queueUrl,
      MessageGroupId: String(run.partition),
      MessageDeduplicationId: `${run.partition}-${run.epoch}-${events[0].seq}-${last.seq}`,
      MessageBody: body,
      ...attributesOf(run.traces?.filter(({ seq }) => seq <= last.seq)),
    }));
    return events.length;
  }

  async close(): Promise<void> {
    this.client.destroy();
  }
}

/** Only a traced run has any, and its body is the same: the ledger and the deduplication do not see the difference. */
function attributesOf(traces: readonly EventTrace[] = []): { MessageAttributes?: Record<string, { DataType: string; StringValue: string }> } {
  return traces.length === 0 ? {} : { MessageAttributes: { [TRACES_ATTRIBUTE]: { DataType: 'String', StringValue: encodeRunTraces(traces) } } };
}

/** The longest beginning of a run, found by halving, whose message is short enough. */
function fit(run: EventRun): { events: EventRun['events']; body: string } {
  let events = run.events.slice(0, MAX_EVENTS);
  for (;;) {
    const body = encodeEventRun({ ...run, events }).toString('base64');
    if (body.length <= MAX_BODY || events.length === 1) return { events, body };
    events = events.slice(0, events.length >> 1);
  }
}
