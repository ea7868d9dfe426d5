import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { environmentSchema } from './config.generated';
import { runLight } from './run-light';
import { BacktestStore } from '../../adapters/backtests/backtest-store';
import { awsClientSettings, createLogger, loadConfig } from '../../runtime';
import { BucketSource } from '../data/sources';
import { Executor } from '../jobs/executor';
import { readInstruments } from '../jobs/instruments';

const config = loadConfig('backtester-runner', environmentSchema);
const logger = createLogger({ service: 'backtester-runner', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
const s3 = new S3Client(awsClientSettings(10_000));
const options = {
  executor: new Executor({
    store: new BacktestStore(new DynamoDBClient(awsClientSettings()), config.BACKTEST_TABLE),
    source: new BucketSource(s3, config.CANDLES_BUCKET),
    s3,
    reportsBucket: config.REPORTS_BUCKET,
    instrumentOf: readInstruments(config.INSTRUMENTS),
    logger,
  }),
  sqs: new SQSClient(awsClientSettings()),
  heavyQueue: config.HEAVY_QUEUE,
  logger,
};

/** Takes messages of the queue of light backtests. */
export async function handler({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
  for (const record of Records) {
    await runLight(record, () => context.getRemainingTimeInMillis(), options)
      .catch(() => batchItemFailures.push({ itemIdentifier: record.messageId }));
  }
  return { batchItemFailures };
}
