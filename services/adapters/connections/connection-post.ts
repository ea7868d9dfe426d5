import { ApiGatewayManagementApiClient, GoneException, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { awsClientSettings } from '../../runtime';

/** Sends a message to a connection; `gone` when there is no such connection any more. */
export type ConnectionPost = (connectionId: string, text: string) => Promise<'sent' | 'gone'>;

/**
 * Posts through API Gateway.
 *
 * @param endpoint URL of the WebSocket API's stage that messages are posted to
 * @param settings of the client, such as its time limits
 */
export function connectionPost(endpoint: string, settings: ReturnType<typeof awsClientSettings>): ConnectionPost {
  const api = new ApiGatewayManagementApiClient({ ...settings, endpoint });
  return async (ConnectionId, text) => {
    try {
      await api.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from(text) }));
      return 'sent';
    } catch (error) {
      if (error instanceof GoneException) return 'gone';
      throw error;
    }
  };
}
