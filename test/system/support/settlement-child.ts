/** The settlement function as a process: its real composition root behind a poller, as Lambda puts one before it. Killed by whoever started it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { awsClientSettings } from '../../../services/runtime';
import { record } from '../../../services/settlement/testing/queue';

type Handler = (event: { Records: SQSRecord[] }) => Promise<SQSBatchResponse>;

async function main(): Promise<never> {
  const { handler } = await import('../../../services/settlement/main') as { handler: Handler };
  const client = new SQSClient(awsClientSettings(30_000));
  const QueueUrl = process.env.SETTLEMENT_QUEUE;
  for (;;) {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'] }));
    if (Messages.length === 0) {
      await sleep(20);
      continue;
    }
    const { batchItemFailures } = await handler({
      Records: Messages.map(({ Body = '', Attributes = {}, MessageId, ReceiptHandle }) => record(Body, Attributes, MessageId, ReceiptHandle)),
    });
    const kept = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { MessageId = '', ReceiptHandle } of Messages) {
      if (!kept.has(MessageId)) await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

void main();
