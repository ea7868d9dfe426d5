import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type Connection, LIFETIME_SECONDS } from '../../adapters/connections/connection-table';

/** Who is signed in: one session for each connection, found by its id and by its user. */
export class SessionTable {
  constructor(private readonly client: DynamoDBClient, private readonly table: string) {}

  async begin({ connectionId, accountId }: Connection, sourceIp: string): Promise<void> {
    const now = Date.now();
    await this.client.send(new PutItemCommand({
      TableName: this.table,
      Item: {
        sessionId: { S: connectionId },
        userId: { S: accountId },
        startedAt: { S: new Date(now).toISOString() },
        sourceIp: { S: sourceIp },
        expiresAt: { N: String(Math.floor(now / 1_000) + LIFETIME_SECONDS) },
      },
    }));
  }

  async end(connectionId: string): Promise<void> {
    await this.client.send(new DeleteItemCommand({ TableName: this.table, Key: { sessionId: { S: connectionId } } }));
  }
}
