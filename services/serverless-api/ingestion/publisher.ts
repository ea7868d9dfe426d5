import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { connectionPost } from '../../adapters/connections/connection-post';
import { ConnectionTable } from '../../adapters/connections/connection-table';
import { awsClientSettings } from '../../runtime';
import type { Quote } from '../market/prices';

/** Tells everybody who listens to a symbol about its price; undefined where there is no WebSocket API. */
export function publisher(dynamo: DynamoDBClient, table?: string, callbackUrl?: string): ((quotes: readonly Quote[]) => Promise<void>) | undefined {
  if (table === undefined || callbackUrl === undefined) return undefined;
  const connections = new ConnectionTable(dynamo, table);
  const post = connectionPost(callbackUrl, awsClientSettings(2_000, 2));
  const tell = async (connectionId: string, data: string): Promise<void> => {
    if (await post(connectionId, data) === 'gone') await connections.remove(connectionId);
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
