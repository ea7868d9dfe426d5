import { ConditionalCheckFailedException, type AttributeValue, type DynamoDBClient, GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

/** A time that somebody signed in. */
export interface Session {
  readonly sessionId: string;
  readonly userId: string;
  /** Seconds of the epoch. */
  readonly signedInAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  /** When it was ended, if it was. */
  readonly endedAt?: number;
  /** What the client called itself when it was seen first. */
  readonly client?: string;
}

/** Who asks, from where. */
export interface Sighting {
  readonly sessionId: string;
  readonly userId: string;
  readonly signedInAt: number;
  readonly client?: string;
}

export interface SessionsOptions {
  readonly client: DynamoDBClient;
  /** Table with the key `sessionId` and the index `byUser` on `userId` and `expiresAt`. */
  readonly table: string;
  readonly lifetimeSeconds: number;
  readonly perUser: number;
  /** Seconds of the epoch. */
  readonly now?: () => number;
}

/** A second look within this time is not written: nobody needs to know it to the second. */
const SIGHTING_SECONDS = 60;

const n = (value: number): AttributeValue => ({ N: String(value) });

/**
 * Sessions in DynamoDB, which are the truth: one that is ended, or too old, is over, whatever its tokens say. An ended session stays in the
 * table until its tokens would have expired, so that it cannot begin again.
 */
export class Sessions {
  private readonly now: () => number;

  constructor(private readonly options: SessionsOptions) {
    this.now = options.now ?? (() => Math.floor(Date.now() / 1_000));
  }

  /**
   * Notes that a session is used; the first time makes it.
   *
   * @returns whether it was made now, or undefined when it is over
   */
  async see({ sessionId, userId, signedInAt, client }: Sighting): Promise<'new' | 'known' | undefined> {
    const now = this.now();
    const expiresAt = signedInAt + this.options.lifetimeSeconds;
    if (expiresAt <= now) return undefined;
    const there = await this.get(sessionId);
    if (there !== undefined) {
      if (there.userId !== userId || there.endedAt !== undefined) return undefined;
      if (now - there.lastSeenAt < SIGHTING_SECONDS) return 'known';
    }
    const values: Record<string, AttributeValue> = { ':user': { S: userId }, ':in': n(signedInAt), ':now': n(now), ':expires': n(expiresAt) };
    if (client !== undefined) values[':client'] = { S: client.slice(0, 200) };
    // Ended between the look and the write: then it stays ended.
    const written = await this.update(sessionId,
      `SET userId = :user, signedInAt = :in, lastSeenAt = :now, expiresAt = :expires${client === undefined ? '' : ', userAgent = if_not_exists(userAgent, :client)'}`,
      'attribute_not_exists(endedAt)', values);
    if (!written) return undefined;
    return there === undefined ? 'new' : 'known';
  }

  /** Sessions of a user that are not over, newest first. */
  async list(userId: string): Promise<Session[]> {
    const ids: string[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.options.client.send(new QueryCommand({
        TableName: this.options.table,
        IndexName: 'byUser',
        KeyConditionExpression: 'userId = :user AND expiresAt > :now',
        ExpressionAttributeValues: { ':user': { S: userId }, ':now': n(this.now()) },
        ExclusiveStartKey: start,
      }));
      ids.push(...(page.Items ?? []).map(({ sessionId }) => sessionId.S ?? ''));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    const found = await Promise.all(ids.map((id) => this.get(id)));
    return found.filter((one): one is Session => one !== undefined && one.userId === userId && one.endedAt === undefined)
      .sort((a, b) => b.signedInAt - a.signedInAt || (a.sessionId < b.sessionId ? -1 : 1));
  }

  /** Ends a session of a user. @returns false when he has none of that id */
  async end(userId: string, sessionId: string): Promise<boolean> {
    return this.update(sessionId, 'SET endedAt = if_not_exists(endedAt, :now)', 'userId = :user', { ':now': n(this.now()), ':user': { S: userId } });
  }

  /** Ends the oldest sessions of a user beyond what he may have. @returns their ids */
  async endBeyondLimit(userId: string): Promise<string[]> {
    const beyond = (await this.list(userId)).slice(this.options.perUser).map(({ sessionId }) => sessionId);
    for (const sessionId of beyond) await this.end(userId, sessionId);
    return beyond;
  }

  private async get(sessionId: string): Promise<Session | undefined> {
    const { Item } = await this.options.client.send(new GetItemCommand({
      TableName: this.options.table, Key: { sessionId: { S: sessionId } }, ConsistentRead: true,
    }));
    if (Item === undefined) return undefined;
    const number = (name: string): number => Number(Item[name]?.N ?? 0);
    return {
      sessionId,
      userId: Item.userId?.S ?? '',
      signedInAt: number('signedInAt'),
      lastSeenAt: number('lastSeenAt'),
      expiresAt: number('expiresAt'),
      ...(Item.endedAt === undefined ? {} : { endedAt: number('endedAt') }),
      ...(Item.userAgent?.S === undefined ? {} : { client: Item.userAgent.S }),
    };
  }

  private async update(sessionId: string, expression: string, condition: string, values: Record<string, AttributeValue>): Promise<boolean> {
    try {
      await this.options.client.send(new UpdateItemCommand({
        TableName: this.options.table,
        Key: { sessionId: { S: sessionId } },
        UpdateExpression: expression,
        ConditionExpression: condition,
        ExpressionAttributeValues: values,
      }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}
