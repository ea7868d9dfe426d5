import { Agent, request } from 'node:http';
import type { LocalFunction } from './functions';

interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes?: Record<string, string>;
  readonly MessageAttributes?: Record<string, { readonly StringValue?: string; readonly BinaryValue?: string; readonly DataType: string }>;
}

/** An event source mapping from an SQS queue to a function. */
export interface QueueMapping {
  readonly endpoint: string;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly region: string;
  readonly batchSize: number;
  /** Whether the function names the messages that failed; otherwise an error fails the whole batch. */
  readonly reportsFailures: boolean;
  readonly target: LocalFunction;
  readonly report: (sentence: string) => void;
}

const WAIT_SECONDS = 20;

/**
 * What Lambda's pollers do: receives batches, invokes the function, deletes what succeeded. What failed becomes visible again
 * when its time is over; only messages whose process died are given back at once, because nobody who kills a process here
 * wants to wait for the minutes that AWS takes. Calls are plain HTTP without the SDK: the queue is asked hundreds of times a
 * second under load, and signing costs more than the call.
 */
export class QueuePoller {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly stopping = new AbortController();
  private running?: Promise<void>;

  constructor(private readonly mapping: QueueMapping) {}

  start(): void {
    this.running = this.giveBackLeftovers().then(() => this.run());
  }

  /** Ends after the batch that is being worked on. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.agent.destroy();
  }

  private async run(): Promise<void> {
    const { target, report, queueArn } = this.mapping;
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      try {
        const messages = await this.receive();
        if (messages.length > 0) await this.work(messages);
        failures = 0;
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        failures++;
        if (failures === 1) report(`The queue of ${target.spec.service} (${queueArn}) did not answer: ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, Math.min(100 * 2 ** failures, 5_000)));
      }
    }
  }

  private async work(messages: readonly ReceivedMessage[]): Promise<void> {
    const { target, report, reportsFailures } = this.mapping;
    const outcome = await target.invoke({ Records: messages.map((message) => this.record(message)) });
    let failed: ReadonlySet<string>;
    if ('error' in outcome) {
      failed = new Set(messages.map((message) => message.MessageId));
      report(`${target.spec.service} failed on ${messages.length} message${messages.length > 1 ? 's' : ''}: ${outcome.error.errorMessage}`);
      if (outcome.error.errorType === 'Runtime.ExitError') await this.giveBack(messages.map((message) => message.ReceiptHandle));
    } else {
      failed = reportsFailures ? failedIn(outcome.value, messages) : new Set();
    }
    const done = messages.filter((message) => !failed.has(message.MessageId));
    if (done.length === 0) return;
    const Entries = done.map((message, i) => ({ Id: String(i), ReceiptHandle: message.ReceiptHandle }));
    await this.call('DeleteMessageBatch', { QueueUrl: this.mapping.queueUrl, Entries });
  }

  /** What an earlier run of the platform was working on when it ended; the emulator lists it. */
  private async giveBackLeftovers(): Promise<void> {
    const { endpoint, queueUrl } = this.mapping;
    const name = queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
    try {
      const answer = await fetch(`${endpoint}/_fauxqs/queues/${encodeURIComponent(name)}`);
      const { messages } = await answer.json() as { messages: { inflight: { receiptHandle: string }[] } };
      await this.giveBack(messages.inflight.map(({ receiptHandle }) => receiptHandle));
    } catch (error) {
      this.mapping.report(`Messages in flight of ${name} could not be given back and wait for their time: ${(error as Error).message}`);
    }
  }

  /** Makes messages visible now, the last one first: each goes to the front of its group. */
  private async giveBack(handles: readonly string[]): Promise<void> {
    for (const ReceiptHandle of [...handles].reverse()) {
      await this.call('ChangeMessageVisibility', { QueueUrl: this.mapping.queueUrl, ReceiptHandle, VisibilityTimeout: 0 });
    }
  }

  private record(message: ReceivedMessage): object {
    const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, {
      stringValue: value.StringValue, binaryValue: value.BinaryValue, dataType: value.DataType, stringListValues: [], binaryListValues: [],
    }]);
    return {
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes ?? {},
      messageAttributes: Object.fromEntries(attributes),
      md5OfBody: message.MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: this.mapping.queueArn,
      awsRegion: this.mapping.region,
    };
  }

  private async receive(): Promise<readonly ReceivedMessage[]> {
    const { queueUrl, batchSize } = this.mapping;
    const answer = await this.call('ReceiveMessage', {
      QueueUrl: queueUrl,
      MaxNumberOfMessages: Math.min(batchSize, 10),
      WaitTimeSeconds: WAIT_SECONDS,
      AttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }, this.stopping.signal);
    return (answer as { Messages?: ReceivedMessage[] }).Messages ?? [];
  }

  private call(action: string, input: object, signal?: AbortSignal): Promise<unknown> {
    const body = Buffer.from(JSON.stringify(input));
    return new Promise((resolve, reject) => {
      const req = request(this.mapping.endpoint, {
        method: 'POST',
        agent: this.agent,
        signal,
        timeout: (WAIT_SECONDS + 10) * 1_000,
        headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}`, 'content-length': body.length },
      }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (response.statusCode !== 200) reject(new Error(`${action} was answered with ${response.statusCode}: ${text.slice(0, 200)}`));
          else resolve(text === '' ? {} : JSON.parse(text));
        });
      });
      req.once('timeout', () => req.destroy(new Error(`${action} was not answered`)));
      req.once('error', reject);
      req.end(body);
    });
  }
}

/** Ids that the function reported. An answer that cannot be read means that everything failed, as in Lambda. */
function failedIn(answer: unknown, messages: readonly ReceivedMessage[]): ReadonlySet<string> {
  const all = new Set(messages.map((message) => message.MessageId));
  if (answer === null || answer === undefined) return new Set();
  const failures = (answer as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return all;
  const ids = failures.map((failure: { itemIdentifier?: unknown } | null) => failure?.itemIdentifier);
  return ids.every((id) => typeof id === 'string' && all.has(id)) ? new Set(ids as string[]) : all;
}
