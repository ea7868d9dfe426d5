import {
  type AttributeValue, DeleteItemCommand, type DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';

type Item = Record<string, AttributeValue>;

const s = (value: string): AttributeValue => ({ S: value });
const n = (value: number): AttributeValue => ({ N: String(value) });
/** The entry of the connection itself; those of its channels have the channel's name. */
const SELF = '#connection';
const INDEX = 'byChannel';
/** API Gateway ends a connection after two hours. */
export const LIFETIME_SECONDS = 2 * 3_600;

/** A client of a WebSocket API in API Gateway. */
export interface Connection {
  readonly connectionId: string;
  readonly accountId: string;
  /** Milliseconds since 1970 until which the token that let it in is good; absent where everybody may hear everything. */
  readonly authorizedUntil?: number;
}

/** Who is connected and what they listen to: an item for each connection and one for each of its channels. All of them expire. */
export class ConnectionTable {
  constructor(private readonly client: DynamoDBClient, private readonly table: string) {}

  async add({ connectionId, accountId, authorizedUntil }: Connection): Promise<void> {
    await this.put(connectionId, SELF, { userId: s(accountId), ...(authorizedUntil === undefined ? {} : { authorizedUntil: n(authorizedUntil) }) });
  }

  async find(connectionId: string): Promise<Connection | undefined> {
    const Key = { connectionId: s(connectionId), entry: s(SELF) };
    const { Item: item } = await this.client.send(new GetItemCommand({ TableName: this.table, Key }));
    if (!item) return undefined;
    const { userId, authorizedUntil } = item;
    return { connectionId, accountId: userId.S ?? '', ...(authorizedUntil === undefined ? {} : { authorizedUntil: Number(authorizedUntil.N) }) };
  }

  async subscribe(connectionId: string, channels: readonly string[]): Promise<void> {
    await Promise.all(channels.map((channel) => this.put(connectionId, channel, { channel: s(channel) })));
  }

  async unsubscribe(connectionId: string, channels: readonly string[]): Promise<void> {
    await Promise.all(channels.map((channel) => this.delete(connectionId, channel)));
  }

  /** What a connection listens to. */
  async channelsOf(connectionId: string): Promise<string[]> {
    return (await this.entries(connectionId)).filter((entry) => entry !== SELF);
  }

  /** Forgets a connection with everything that it listens to. */
  async remove(connectionId: string): Promise<void> {
    await Promise.all((await this.entries(connectionId)).map((entry) => this.delete(connectionId, entry)));
  }

  /** Connections that listen to a channel. */
  async listeners(channel: string): Promise<string[]> {
    const items = await this.query({ IndexName: INDEX, KeyConditionExpression: 'channel = :key', ExpressionAttributeValues: { ':key': s(channel) } });
    return items.map(({ connectionId }) => connectionId.S ?? '');
  }

  private async entries(connectionId: string): Promise<string[]> {
    const items = await this.query({ KeyConditionExpression: 'connectionId = :key', ExpressionAttributeValues: { ':key': s(connectionId) }, ConsistentRead: true });
    return items.map(({ entry }) => entry.S ?? '');
  }

  private async query(input: Omit<QueryCommandInput, 'TableName'>): Promise<Item[]> {
    const items: Item[] = [];
    let ExclusiveStartKey: Item | undefined;
    do {
      const page = await this.client.send(new QueryCommand({ TableName: this.table, ...input, ExclusiveStartKey }));
      items.push(...page.Items ?? []);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return items;
  }

  private async put(connectionId: string, entry: string, more: Item): Promise<void> {
    const expiresAt = n(Math.floor(Date.now() / 1_000) + LIFETIME_SECONDS);
    const item: Item = { connectionId: s(connectionId), entry: s(entry), expiresAt, ...more };
    await this.client.send(new PutItemCommand({ TableName: this.table, Item: item }));
  }

  private async delete(connectionId: string, entry: string): Promise<void> {
    await this.client.send(new DeleteItemCommand({ TableName: this.table, Key: { connectionId: s(connectionId), entry: s(entry) } }));
  }
}
