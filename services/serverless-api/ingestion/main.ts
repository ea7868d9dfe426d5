import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { z } from 'zod';
import { environmentSchema } from './config.generated';
import { Ingestion } from './ingest';
import { publisher } from './publisher';
import { CandleFiles } from '../../adapters/candles/candle-files';
import { awsClientSettings, createLogger, loadConfig } from '../../runtime';
import { ExchangeRest } from '../market/exchange';
import { PriceTable } from '../market/price-table';

const SPARE_MS = 10_000;
const event = z.object({ task: z.enum(['prices', 'candles']) });

const config = loadConfig('serverless-api-ingestion', environmentSchema);
const logger = createLogger({ service: 'serverless-api-ingestion', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
const dynamo = new DynamoDBClient(awsClientSettings());
const ingestion = new Ingestion({
  exchange: new ExchangeRest(config.MARKET_URL),
  prices: new PriceTable(dynamo, config.PRICES_TABLE),
  candles: new CandleFiles(new S3Client(awsClientSettings(10_000)), config.CANDLES_BUCKET),
  symbols: config.SYMBOLS,
  retentionSeconds: config.PRICE_RETENTION_SECONDS,
  backfillDays: config.BACKFILL_DAYS,
  rounds: config.ROUNDS,
  publish: publisher(dynamo, config.CONNECTIONS_TABLE, config.CALLBACK_URL),
  logger,
});

/** Takes `{"task":"prices"}` every minute and `{"task":"candles"}` once a day. */
export async function handler(given: unknown, context?: Context): Promise<object> {
  const { task } = event.parse(given);
  const ends = Date.now() + (context?.getRemainingTimeInMillis() ?? Infinity) - SPARE_MS;
  const done = task === 'prices' ? await ingestion.takePrices() : await ingestion.takeCandles(() => Date.now() < ends);
  logger.info({ task, ...done }, 'done');
  return done;
}
