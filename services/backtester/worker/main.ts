import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { environmentSchema } from './config.generated';
import { Worker } from './worker';
import { BacktestStore } from '../../adapters/backtests/backtest-store';
import { awsClientSettings, createLogger, Health, Lifecycle, loadConfig, runMain, startHealthServer } from '../../runtime';
import { BucketSource } from '../data/sources';
import { Executor } from '../jobs/executor';
import { readInstruments } from '../jobs/instruments';

async function main(): Promise<void> {
  const config = loadConfig('backtester-worker', environmentSchema);
  const logger = createLogger({ service: 'backtester-worker', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
  const lifecycle = new Lifecycle(logger);
  const s3 = new S3Client(awsClientSettings(10_000));
  const worker = new Worker({
    // Longer than a long poll.
    sqs: new SQSClient(awsClientSettings(30_000)),
    queueUrl: config.HEAVY_QUEUE,
    visibilitySeconds: config.VISIBILITY_SECONDS,
    executor: new Executor({
      store: new BacktestStore(new DynamoDBClient(awsClientSettings()), config.BACKTEST_TABLE),
      source: new BucketSource(s3, config.CANDLES_BUCKET),
      s3,
      reportsBucket: config.REPORTS_BUCKET,
      instrumentOf: readInstruments(config.INSTRUMENTS),
      logger,
    }),
    logger,
  });
  const health = new Health('backtester-worker').add({ name: 'queue', critical: false, check: () => worker.lastProblem });
  const server = await startHealthServer(health, config.PORT);
  lifecycle.onStop('health server', () => new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  }));
  lifecycle.onStop('worker', () => worker.stop());
  worker.start();
  logger.info({ port: config.PORT }, 'started');
}

runMain(main);
