import { ApiGatewayManagementApiClient, GoneException, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisStreamEvent } from 'aws-lambda';
import { decodeTrades } from '../../adapters/trade-stream/trade-record';
import { awsClientSettings, createLogger, loadConfig } from '../../runtime';
import { ConnectionTable } from '../connection-table';
import { environmentSchema } from './config.generated';
import { Publisher } from './publisher';

const config = loadConfig('socket-api-publisher', environmentSchema);
const logger = createLogger({ service: 'socket-api-publisher', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
const api = new ApiGatewayManagementApiClient({ ...awsClientSettings(2_000, 2, 64), endpoint: config.CALLBACK_URL });
const publisher = new Publisher(
  new ConnectionTable(new DynamoDBClient(awsClientSettings(2_000)), config.CONNECTIONS_TABLE),
  async (ConnectionId, text) => {
    try {
      await api.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from(text) }));
      return 'sent';
    } catch (error) {
      if (error instanceof GoneException) return 'gone';
      throw error;
    }
  },
  logger,
);

/** Takes records of the trade stream. */
export async function handler(event: KinesisStreamEvent): Promise<{ batchItemFailures: [] }> {
  await publisher.publish(event.Records.flatMap(({ kinesis }) => decodeTrades(Buffer.from(kinesis.data, 'base64'))));
  return { batchItemFailures: [] };
}
