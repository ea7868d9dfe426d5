import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisStreamEvent } from 'aws-lambda';
import { environmentSchema } from './config.generated';
import { Publisher } from './publisher';
import { connectionPost } from '../../adapters/connections/connection-post';
import { ConnectionTable } from '../../adapters/connections/connection-table';
import { decodeTrades } from '../../adapters/trade-stream/trade-record';
import { awsClientSettings, createLogger, loadConfig } from '../../runtime';

const config = loadConfig('socket-api-publisher', environmentSchema);
const logger = createLogger({ service: 'socket-api-publisher', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
const publisher = new Publisher(
  new ConnectionTable(new DynamoDBClient(awsClientSettings(2_000)), config.CONNECTIONS_TABLE),
  connectionPost(config.CALLBACK_URL, awsClientSettings(2_000, 2, 64)),
  logger,
);

/** Takes records of the trade stream. */
export async function handler(event: KinesisStreamEvent): Promise<{ batchItemFailures: [] }> {
  await publisher.publish(event.Records.flatMap(({ kinesis }) => decodeTrades(Buffer.from(kinesis.data, 'base64'))));
  return { batchItemFailures: [] };
}
