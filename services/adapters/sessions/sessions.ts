import { ConditionalCheckFailedException, type AttributeValue, type DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { REVOCATIONS, type Revocation, revocationKey, revocationOf, TOLD_SECONDS } from './revocation';
import { isSessionId, type Session, type Sighting } from './session';

export interface SessionsOptions {
  readonly client: DynamoDBClient;
  /** Table with the key `sessionId` and the index `byUser` on `userId` and `expiresAt`. */
  readonly table: string;
  readonly lifetimeSeconds: number;
  readonly perUser: number;
  /** Seconds of the epoch. */
  readonly now?: () => number;
}

type Item = Record<string, AttributeValue>;

/** A second look within this time is not written: nobody needs to know it to the second. */
const SIGHTING_SECONDS = 60;

const n = (value: number): AttributeValue => ({ N: String(value) });
/** Item that says since when all sessions of a user are new; in no index. */
const markKey = (userId: string): string => `since/${userId}`;

/**
 * Sessions in DynamoDB, which are the truth: one that is ended, or too old, is over, whatever its tokens say. An ended session stays in the
 * table until its tokens would have expired, so that it cannot begin again. Whatever ends is also entered as a revocation, so that who decides
 * from memory learns of it with one query for everybody instead of a read for each session.
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
    const [there, mark] = await Promise.all([this.get(sessionId), this.read(markKey(userId))]);
    // The table may never have heard of a session that was ended together with all others.
    if (Number(mark?.endedUntil?.N ?? -1) >= signedInAt) return undefined;
    if (there !== undefined) {
      if (there.userId !== userId || there.endedAt !== undefined) return undefined;
      if (now - there.lastSeenAt < SIGHTING_SECONDS) return 'known';
    }
    const values: Item = { ':user': { S: userId }, ':in': n(signedInAt), ':now': n(now), ':expires': n(expiresAt) };
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
    for await (const { sessionId } of this.index(userId, this.now())) {
      if (isSessionId(sessionId.S ?? '')) ids.push(sessionId.S!);
    }
    const found = await Promise.all(ids.map((id) => this.get(id)));
    return found.filter((one): one is Session => one !== undefined && one.userId === userId && one.endedAt === undefined)
      .sort((a, b) => b.signedInAt - a.signedInAt || (a.sessionId < b.sessionId ? -1 : 1));
  }

  /** Ends a session of a user. @returns false when he has none of that id */
  async end(userId: string, sessionId: string): Promise<boolean> {
    if ((await this.get(sessionId))?.userId !== userId) return false;
    // Told first: when the second write fails, the session is refused too early, not too late, and the caller tries again.
    await this.tell({ kind: 'session', id: sessionId, at: this.now() });
    return this.close(userId, sessionId);
  }

  /**
   * Ends all sessions of a user, also those that this table never saw: a token of a sign-in up to this second is good for nothing.
   *
   * @param apiKeys whether what goes by his API keys is over as well
   * @returns ids of the sessions that were known
   */
  async endAll(userId: string, apiKeys = false): Promise<string[]> {
    const at = this.now();
    await this.options.client.send(new PutItemCommand({
      TableName: this.options.table,
      Item: { sessionId: { S: markKey(userId) }, endedUntil: n(at), expiresAt: n(at + this.options.lifetimeSeconds) },
    }));
    await this.tell({ kind: 'user', id: userId, at });
    if (apiKeys) await this.tell({ kind: 'keys', id: userId, at });
    const ids = (await this.list(userId)).map(({ sessionId }) => sessionId);
    for (const sessionId of ids) await this.close(userId, sessionId);
    return ids;
  }

  /** Ends the oldest sessions of a user beyond what he may have. @returns their ids */
  async endBeyondLimit(userId: string): Promise<string[]> {
    const beyond = (await this.list(userId)).slice(this.options.perUser).map(({ sessionId }) => sessionId);
    for (const sessionId of beyond) await this.end(userId, sessionId);
    return beyond;
  }

  /**
   * What was ended since a second. The index is not read consistently and clocks differ: ask for a while more than was seen.
   *
   * @param since second of the epoch; nothing is told for longer than `TOLD_SECONDS`
   */
  async revocations(since: number): Promise<Revocation[]> {
    const found: Revocation[] = [];
    for await (const { sessionId, expiresAt } of this.index(REVOCATIONS, Math.max(this.now(), since + TOLD_SECONDS - 1))) {
      const one = revocationOf(sessionId.S ?? '', Number(expiresAt.N) - TOLD_SECONDS);
      if (one !== undefined) found.push(one);
    }
    return found;
  }

  /** Entries of the index that expire after a second. */
  private async* index(userId: string, after: number): AsyncGenerator<Item> {
    let start: Item | undefined;
    do {
      const page = await this.options.client.send(new QueryCommand({
        TableName: this.options.table,
        IndexName: 'byUser',
        KeyConditionExpression: 'userId = :user AND expiresAt > :after',
        ExpressionAttributeValues: { ':user': { S: userId }, ':after': n(after) },
        ExclusiveStartKey: start,
      }));
      yield* page.Items ?? [];
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  private async tell(revocation: Revocation): Promise<void> {
    await this.options.client.send(new PutItemCommand({
      TableName: this.options.table,
      Item: { sessionId: { S: revocationKey(revocation) }, userId: { S: REVOCATIONS }, expiresAt: n(revocation.at + TOLD_SECONDS) },
    }));
  }

  private close(userId: string, sessionId: string): Promise<boolean> {
    return this.update(sessionId, 'SET endedAt = if_not_exists(endedAt, :now)', 'userId = :user', { ':now': n(this.now()), ':user': { S: userId } });
  }

  private async read(key: string): Promise<Item | undefined> {
    const { Item: item } = await this.options.client.send(new GetItemCommand({
      TableName: this.options.table, Key: { sessionId: { S: key } }, ConsistentRead: true,
    }));
    return item;
  }

  private async get(sessionId: string): Promise<Session | undefined> {
    // Ids come from outside too, and the table holds other items.
    const item = isSessionId(sessionId) ? await this.read(sessionId) : undefined;
    if (item === undefined) return undefined;
    const number = (name: string): number => Number(item[name]?.N ?? 0);
    return {
      sessionId,
      userId: item.userId?.S ?? '',
      signedInAt: number('signedInAt'),
      lastSeenAt: number('lastSeenAt'),
      expiresAt: number('expiresAt'),
      ...(item.endedAt === undefined ? {} : { endedAt: number('endedAt') }),
      ...(item.userAgent?.S === undefined ? {} : { client: item.userAgent.S }),
    };
  }

  private async update(sessionId: string, expression: string, condition: string, values: Item): Promise<boolean> {
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
