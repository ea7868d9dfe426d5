import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateQueueCommand, DeleteMessageCommand, type Message, PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { startFauxqs } from '../../../local/servers/fauxqs';
import { encodeEventRun, type EventRun } from '../../domain';
import { awsClientSettings } from '../../runtime';

/** Emulated SQS with the two queues of settlement, and what AWS does between a queue and its function. */
export interface TestQueues {
  readonly client: SQSClient;
  readonly settlementUrl: string;
  readonly deadLetterUrl: string;
  /** Puts a run where the matcher puts it. */
  send(run: EventRun): Promise<void>;
  sendBody(group: string, body: string): Promise<void>;
  /** Receives once, `most` messages at most, and lets `handle` settle what came; deletes what it settled. @returns how many messages came */
  deliver(handle: (records: SQSRecord[]) => Promise<SQSBatchResponse>, most?: number): Promise<number>;
  deadLetters(): Promise<Message[]>;
  /** Forgets all messages, those that wait for a release too. */
  purge(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the emulator with both queues. */
export async function startTestQueues(): Promise<TestQueues> {
  const dir = mkdtempSync(join(tmpdir(), 'queues-'));
  const server = await startFauxqs({ dataDir: dir });
  const client = new SQSClient({
    ...awsClientSettings(), endpoint: server.url, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const create = async (name: string): Promise<string> => {
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: { FifoQueue: 'true', VisibilityTimeout: '60' } }));
    return QueueUrl ?? '';
  };
  const [settlementUrl, deadLetterUrl] = [await create('settlement.fifo'), await create('settlement-dlq.fifo')];
  let sent = 0;
  const sendBody = async (group: string, body: string, id = `raw-${++sent}`): Promise<void> => {
    await client.send(new SendMessageCommand({ QueueUrl: settlementUrl, MessageGroupId: group, MessageDeduplicationId: id, MessageBody: body }));
  };
  const receive = async (url: string, most = 10): Promise<Message[]> => {
    const { Messages } = await client.send(new ReceiveMessageCommand({
      QueueUrl: url, MaxNumberOfMessages: most, MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'],
    }));
    return Messages ?? [];
  };
  return {
    client,
    settlementUrl,
    deadLetterUrl,
    sendBody,
    send: (run) => sendBody(String(run.partition), encodeEventRun(run).toString('base64'),
      `${run.partition}-${run.epoch}-${run.events[0].seq}-${run.events.at(-1)?.seq}`),
    deliver: async (handle, most) => {
      const messages = await receive(settlementUrl, most);
      if (messages.length === 0) return 0;
      const { batchItemFailures } = await handle(messages.map(recordOf));
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const { MessageId, ReceiptHandle } of messages) {
        if (!failed.has(MessageId ?? '')) await client.send(new DeleteMessageCommand({ QueueUrl: settlementUrl, ReceiptHandle }));
      }
      return messages.length;
    },
    deadLetters: async () => {
      const all: Message[] = [];
      for (let more = await receive(deadLetterUrl); more.length > 0; more = await receive(deadLetterUrl)) {
        all.push(...more);
        for (const { ReceiptHandle } of more) await client.send(new DeleteMessageCommand({ QueueUrl: deadLetterUrl, ReceiptHandle }));
      }
      return all;
    },
    purge: async () => {
      for (const QueueUrl of [settlementUrl, deadLetterUrl]) await client.send(new PurgeQueueCommand({ QueueUrl }));
    },
    stop: async () => {
      client.destroy();
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A received message as Lambda hands it on. */
function recordOf(message: Message): SQSRecord {
  return record(message.Body ?? '', message.Attributes ?? {}, message.MessageId, message.ReceiptHandle);
}

let made = 0;

/** A message as Lambda hands it on. */
export function record(body: string, attributes: Record<string, string>, messageId = `made-${++made}`, receiptHandle = 'none'): SQSRecord {
  return {
    messageId, receiptHandle, body, messageAttributes: {}, md5OfBody: '', eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:us-east-1:0:q',
    awsRegion: 'us-east-1',
    attributes: {
      ApproximateReceiveCount: '1', SentTimestamp: '0', SenderId: 'test', ApproximateFirstReceiveTimestamp: String(Date.now()), ...attributes,
    },
  };
}

export function recordOfRun(run: EventRun, attributes: Record<string, string> = {}): SQSRecord {
  return record(encodeEventRun(run).toString('base64'), { MessageGroupId: String(run.partition), ...attributes });
}
