import { type SQSClient, SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import type { BacktestOrder } from './backtest-store';
import { partsOf } from './estimate';
import { jobSchema } from './job';

const schema = z.object({
  userId: z.string().min(1), backtestId: z.string().min(1), createdAt: z.string(), job: jobSchema,
  estimate: z.object({ weight: z.enum(['light', 'heavy']), candles: z.number(), runs: z.number(), seconds: z.number(), mebibytes: z.number() }),
  part: z.int().min(0).optional(),
});

/** What a message asks for: a whole backtest, or with `part` one piece of it. */
export interface BacktestMessage extends BacktestOrder {
  readonly part?: number;
}

export function encodeMessage(message: BacktestMessage): string {
  return JSON.stringify(message);
}

/** @throws Error when a message is not one of ours */
export function decodeMessage(body: string): BacktestMessage {
  return schema.parse(JSON.parse(body)) as BacktestMessage;
}

/** Asks the workers for every piece of a backtest. Asking twice is harmless: a piece that is there is not done again. */
export async function sendParts(sqs: SQSClient, QueueUrl: string, order: BacktestOrder): Promise<void> {
  const parts = partsOf(order.job, order.estimate).length;
  for (let first = 0; first < parts; first += 10) {
    const Entries = Array.from({ length: Math.min(10, parts - first) },
      (_, i) => ({ Id: String(first + i), MessageBody: encodeMessage({ ...order, part: first + i }) }));
    const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    if (Failed.length > 0) throw new Error(`the queue refused ${Failed.length} messages: ${Failed[0].Message ?? Failed[0].Code}`);
  }
}

/** Asks for a whole backtest. */
export async function sendWhole(sqs: SQSClient, QueueUrl: string, order: BacktestOrder): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: encodeMessage(order) }));
}
