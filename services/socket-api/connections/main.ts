import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ConnectionTable } from '../../adapters/connections/connection-table';
import type { SocketAnswer, SocketEvent } from '../events';
import { environmentSchema } from './config.generated';
import { ConnectionHandler } from './handle';
import { SessionTable } from './session-table';
import { awsClientSettings, createLogger, loadConfig } from '../../runtime';

const config = loadConfig('socket-api-connections', environmentSchema);
const logger = createLogger({ service: 'socket-api-connections', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
const client = new DynamoDBClient(awsClientSettings(2_000));
const handling = new ConnectionHandler(
  new ConnectionTable(client, config.CONNECTIONS_TABLE),
  config.SESSIONS_TABLE === undefined ? undefined : new SessionTable(client, config.SESSIONS_TABLE),
);

/** `$connect`, `$disconnect`, `subscribe` and `unsubscribe` of the WebSocket API. */
export async function handler(event: SocketEvent): Promise<SocketAnswer> {
  try {
    return await handling.handle(event);
  } catch (error) {
    logger.error({ err: error, route: event.requestContext.routeKey }, 'a message could not be handled');
    throw error;
  }
}
