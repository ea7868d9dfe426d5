import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { z } from 'zod';
import { KinesisJournalWriter } from '../adapters/journal/kinesis-writer';
import { createLedgerPool } from '../adapters/postgres/pool';
import { awsClientSettings, createLogger, loadConfig, openTracing, type Tracing } from '../runtime';
import { environmentSchema } from './config.generated';
import { createProjections } from './projections/create';
import { rebuild, rebuildCommand, type RebuildResult } from './projections/rebuild';
import { Queues } from './queues';
import { type ReleaseResult, Settlement } from './settlement';
import { relayAgain, relayCommand, type RelayResult, TransferRelay } from './transfer-relay';

/** An operator's command: let the message that halted a partition through again. */
const releaseCommand = z.strictObject({ release: z.strictObject({ partition: z.int().min(0).max(0xffff) }) });

/** Longest time that a batch waits for its traces to be sent, in milliseconds. */
const FLUSH_MS = 300;

const config = loadConfig('settlement', environmentSchema);
const logger = createLogger({ service: 'settlement', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
// One message at a time: the second connection is there while a broken one is still being given up.
const pool = createLedgerPool({ url: config.LEDGER_URL, region: process.env.AWS_REGION ?? '', logger, max: 2, statementTimeoutMs: 5_000 });
const projections = createProjections(config, pool);
// Both attempts fit the time that a message gets.
const relay = config.JOURNAL_STREAM === undefined ? undefined
  : new TransferRelay(new KinesisJournalWriter({ stream: config.JOURNAL_STREAM, requestTimeoutMs: 2_000, attempts: 2 }));
let traces: Promise<Tracing | undefined> | undefined;
/** Opened by the first message that is traced: a cold start does not load what it may never need. Functions have X-Ray's daemon beside them. */
const tracing = (): Promise<Tracing | undefined> => (traces ??= openTracing({
  service: 'settlement', environment: config.ENVIRONMENT, endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT, daemon: process.env.AWS_XRAY_DAEMON_ADDRESS, logger,
}));
const settlement = new Settlement({
  pool,
  projections,
  relay,
  queues: new Queues(new SQSClient(awsClientSettings()), config.SETTLEMENT_QUEUE, config.DEAD_LETTER_QUEUE, logger),
  logger,
  tracing,
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'settlement',
  maxAttempts: config.MAX_ATTEMPTS,
  retryDelaySeconds: config.RETRY_DELAY_SECONDS,
});

/**
 * Takes a batch of the settlement queue, `{"release":{"partition":0}}`, `{"rebuild":{"partition":0}}` for the read models, or
 * `{"relay":{"partition":0}}` for transfers to other partitions whose messages were lost.
 */
export async function handler(event: unknown, context?: Context): Promise<SQSBatchResponse | ReleaseResult | RebuildResult | RelayResult> {
  const remainingMs = (): number => context?.getRemainingTimeInMillis?.() ?? Infinity;
  if (isBatch(event)) {
    const answer = await settlement.settleBatch(event.Records, remainingMs);
    // Between two batches a function stands still, and what it has not sent may wait for ever.
    await (await traces)?.flush(FLUSH_MS);
    return answer;
  }
  const remake = rebuildCommand.safeParse(event);
  if (remake.success) {
    if (!projections) throw new Error('this system has no read models: no table is configured');
    return rebuild(projections, remake.data.rebuild.partition, remake.data.rebuild.next, remainingMs);
  }
  const again = relayCommand.safeParse(event);
  if (again.success) {
    if (!relay) throw new Error('this system has no transfers between partitions: JOURNAL_STREAM is not set');
    return relayAgain(pool, relay, again.data.relay, remainingMs);
  }
  const command = releaseCommand.safeParse(event);
  if (!command.success) throw new Error('the event is neither a batch of SQS messages nor {"release":{"partition":<number>}}, nor such a rebuild or relay');
  return settlement.release(command.data.release.partition);
}

function isBatch(event: unknown): event is SQSEvent {
  return typeof event === 'object' && event !== null && 'Records' in event && Array.isArray(event.Records);
}
