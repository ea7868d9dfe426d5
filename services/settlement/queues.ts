import { ChangeMessageVisibilityBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import type { Logger } from '../runtime';

/** What the copy of a message in the dead-letter queue says about why it is there. */
export interface Cause {
  readonly partition: number | undefined;
  readonly seq: number | undefined;
  readonly reason: string;
}

/** Longest reason in an attribute and in the ledger. */
const REASON_LENGTH = 1_000;
/** Characters that SQS does not take in an attribute. */
const UNFIT = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/gu;

/** The settlement queue and its dead-letter queue, as far as settlement acts on them. */
export class Queues {
  constructor(
    private readonly client: SQSClient,
    private readonly settlementUrl: string,
    private readonly deadLetterUrl: string,
    private readonly logger: Logger,
  ) {}

  /** Copies a message to the dead-letter queue. The id is the message's own: within SQS's five minutes a repetition adds no second copy. */
  async copyToDeadLetters(record: SQSRecord, cause: Cause): Promise<void> {
    const attribute = (value: string, type = 'String'): { DataType: string; StringValue: string } => ({ DataType: type, StringValue: value });
    await this.client.send(new SendMessageCommand({
      QueueUrl: this.deadLetterUrl,
      MessageBody: record.body,
      MessageGroupId: record.attributes.MessageGroupId ?? 'unknown',
      MessageDeduplicationId: `halted-${record.messageId}`,
      MessageAttributes: {
        Reason: attribute(cause.reason.replace(UNFIT, '?')),
        OriginalMessageId: attribute(record.messageId),
        ReceiveCount: attribute(record.attributes.ApproximateReceiveCount, 'Number'),
        ...(cause.partition === undefined ? {} : { Partition: attribute(String(cause.partition), 'Number') }),
        ...(cause.seq === undefined ? {} : { Seq: attribute(String(cause.seq), 'Number') }),
      },
    }));
  }

  /**
   * Says when messages that stay may come again. All of a group together: one that is still invisible keeps the others back.
   * Best effort: without it they come again when the queue's own visibility timeout ends.
   */
  async postpone(records: readonly SQSRecord[], seconds: number): Promise<void> {
    for (let from = 0; from < records.length; from += 10) {
      const batch = records.slice(from, from + 10);
      try {
        const { Failed } = await this.client.send(new ChangeMessageVisibilityBatchCommand({
          QueueUrl: this.settlementUrl,
          Entries: batch.map(({ receiptHandle }, i) => ({ Id: String(i), ReceiptHandle: receiptHandle, VisibilityTimeout: seconds })),
        }));
        if (Failed?.length) this.logger.warn({ failed: Failed.length, reason: Failed[0].Message }, 'messages could not be postponed');
      } catch (error) {
        this.logger.warn({ messages: batch.length, reason: String(error) }, 'messages could not be postponed');
      }
    }
  }
}

/** Text short enough for an attribute and a column. */
export function shortened(reason: string): string {
  return reason.length <= REASON_LENGTH ? reason : `${reason.slice(0, REASON_LENGTH - 1)}…`;
}

/**
 * Seconds until a message that stays is tried again: a tenth of the time for which it has been coming back, so that its receives
 * last through an outage of days before the queue's `maxReceiveCount` (at most 1,000) ends them.
 *
 * @param longest the delay that is never passed
 */
export function retryDelay(record: SQSRecord, shortest: number, longest: number, now: number = Date.now()): number {
  const since = Number(record.attributes.ApproximateFirstReceiveTimestamp);
  const seconds = Number.isFinite(since) ? Math.floor((now - since) / 10_000) : 0;
  return Math.max(shortest, Math.min(longest, seconds));
}
