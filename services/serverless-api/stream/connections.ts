import { type AttributeValue, DeleteItemCommand, type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';

const s = (value: string): AttributeValue => ({ S: value });
/** API Gateway ends a connection after two hours. */
const LIFETIME_SECONDS = 2 * 3_600;
const SELF = 'connection';

/** Who is connected and what they listen to: one item per connection, one per channel of it. */
export class Connections {
  constructor(private readonly client: DynamoDBClient, private readonly table: string) {}

  async add(connectionId: string, userId: string): Promise<void> {
    await this.put(connectionId, SELF, { userId: s(userId) });
  }

  async subscribe(connectionId: string, channel: string): Promise<void> {
    await this.put(connectionId, channel, { channel: s(channel) });
  }

  /** Forgets a connection with everything that it listened to. */
  async remove(connectionId: string): Promise<void> {
    const { Items = [] } = await this.client.send(new QueryCommand({
      TableName: this.table, KeyConditionExpression: 'connectionId = :id', ExpressionAttributeValues: { ':id': s(connectionId) },
    }));
    await Promise.all(Items.map(({ entry }) => (
      this.client.send(new DeleteItemCommand({ TableName: this.table, Key: { connectionId: s(connectionId), entry } })))));
  }

  /** Connections that listen to a channel. */
  async listeners(channel: string): Promise<string[]> {
    const ids: string[] = [];
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.client.send(new QueryCommand({
        TableName: this.table, IndexName: 'byChannel', KeyConditionExpression: 'channel = :channel',
        ExpressionAttributeValues: { ':channel': s(channel) }, ExclusiveStartKey,
      }));
      ids.push(...(page.Items ?? []).map(({ connectionId }) => connectionId.S ?? ''));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return ids;
  }

  private async put(connectionId: string, entry: string, more: Record<string, AttributeValue>): Promise<void> {
    const expiresAt = Math.floor(Date.now() / 1_000) + LIFETIME_SECONDS;
    await this.client.send(new PutItemCommand({
      TableName: this.table, Item: { connectionId: s(connectionId), entry: s(entry), expiresAt: { N: String(expiresAt) }, ...more },
    }));
  }
}
