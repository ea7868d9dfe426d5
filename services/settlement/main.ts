import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { z } from 'zod';
import { createLedgerPool } from '../adapters/postgres/pool';
import { awsClientSettings, createLogger, loadConfig } from '../runtime';
import { environmentSchema } from './config.generated';
import { Queues } from './queues';
import { type ReleaseResult, Settlement } from './settlement';

/** An operator's command: let the message that halted a partition through again. */
const releaseCommand = z.strictObject({ release: z.strictObject({ partition: z.int().min(0).max(0xffff) }) });

const config = loadConfig('settlement', environmentSchema);
const logger = createLogger({ service: 'settlement', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
const settlement = new Settlement({
  // One message at a time: the second connection is there while a broken one is still being given up.
  pool: createLedgerPool({ url: config.LEDGER_URL, region: process.env.AWS_REGION ?? '', logger, max: 2, statementTimeoutMs: 5_000 }),
  queues: new Queues(new SQSClient(awsClientSettings()), config.SETTLEMENT_QUEUE, config.DEAD_LETTER_QUEUE, logger),
  logger,
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'settlement',
  maxAttempts: config.MAX_ATTEMPTS,
  retryDelaySeconds: config.RETRY_DELAY_SECONDS,
});

/** Takes a batch of the settlement queue, or `{"release":{"partition":0}}`. */
export async function handler(event: unknown, context?: Context): Promise<SQSBatchResponse | ReleaseResult> {
  if (isBatch(event)) return settlement.settleBatch(event.Records, () => context?.getRemainingTimeInMillis?.() ?? Infinity);
  const command = releaseCommand.safeParse(event);
  if (!command.success) throw new Error('the event is neither a batch of SQS messages nor {"release":{"partition":<number>}}');
  return settlement.release(command.data.release.partition);
}

function isBatch(event: unknown): event is SQSEvent {
  return typeof event === 'object' && event !== null && 'Records' in event && Array.isArray(event.Records);
}
