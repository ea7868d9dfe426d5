import { ApiGatewayManagementApiClient, GoneException, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { awsClientSettings } from '../../runtime';
import type { Quote } from '../market/prices';
import { Connections } from '../stream/connections';

/** Tells everybody who listens to a symbol about its price; undefined where there is no WebSocket API. */
export function publisher(dynamo: DynamoDBClient, table?: string, callbackUrl?: string): ((quotes: readonly Quote[]) => Promise<void>) | undefined {
  if (table === undefined || callbackUrl === undefined) return undefined;
  const connections = new Connections(dynamo, table);
  const api = new ApiGatewayManagementApiClient({ ...awsClientSettings(2_000, 2), endpoint: callbackUrl });
  const tell = async (ConnectionId: string, data: string): Promise<void> => {
    try {
      await api.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from(data) }));
    } catch (error) {
      if (!(error instanceof GoneException)) throw error;
      await connections.remove(ConnectionId);
    }
  };
  return async (quotes) => {
    for (const { symbol, price, time } of quotes) {
      const channel = `ticker.${symbol}`;
      const data = JSON.stringify({ channel, data: { symbol, price, time } });
      const told = await Promise.allSettled((await connections.listeners(channel)).map((id) => tell(id, data)));
      const failed = told.find((one) => one.status === 'rejected');
      if (failed) throw failed.reason;
    }
  };
}
