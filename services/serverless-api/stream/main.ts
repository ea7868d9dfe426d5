import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { environmentSchema } from './config.generated';
import { type SocketEvent, SocketHandler } from './handle';
import { ConnectionTable } from '../../adapters/connections/connection-table';
import { awsClientSettings, createLogger, loadConfig } from '../../runtime';
import { tokenVerifier } from '../http/tokens';

const config = loadConfig('serverless-api-stream', environmentSchema);
const socket = new SocketHandler({
  connections: new ConnectionTable(new DynamoDBClient(awsClientSettings()), config.CONNECTIONS_TABLE),
  symbols: config.SYMBOLS,
  verify: tokenVerifier(config.USER_POOL_ISSUER, config.USER_POOL_CLIENT_ID),
  logger: createLogger({ service: 'serverless-api-stream', environment: config.ENVIRONMENT, level: config.LOG_LEVEL }),
});

/** Authorizer, `$connect`, `$disconnect` and `subscribe` of the WebSocket API. */
export function handler(event: SocketEvent): Promise<object> {
  return socket.handle(event);
}
