import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type AuditEntry, type AuditEvent, hashOf, NO_HASH, storable, VERSION } from './entry';
import { itemOf } from './item';

export interface AuditTrailOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** Service that writes, part of the name of its chains. */
  readonly writer: string;
  /** Days after which the table forgets an entry. */
  readonly days?: number;
  /** Milliseconds of the epoch. */
  readonly now?: () => number;
}

interface Head {
  readonly chain: string;
  readonly last?: AuditEntry;
}

/**
 * Adds entries to the audit table, each with the digest of the one before. Every process has a chain of its own: it needs to read nothing and waits
 * for no other writer, and its right to the table is to add. An entry of which nobody knows whether it was written ends its chain: the next one
 * begins another, so that no place is taken twice.
 */
export class AuditTrail {
  private head: Head;
  private turn: Promise<unknown> = Promise.resolve();
  private readonly now: () => number;

  constructor(private readonly options: AuditTrailOptions) {
    this.now = options.now ?? Date.now;
    this.head = this.begin();
  }

  /** Writes what happened; calls are worked off one after another. @throws what DynamoDB answers */
  add(event: AuditEvent): Promise<AuditEntry> {
    const mine = this.turn.then(() => this.write(event));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async write(event: AuditEvent): Promise<AuditEntry> {
    const entry = this.next(event);
    try {
      await this.put(entry);
    } catch (error) {
      this.head = this.begin();
      throw error;
    }
    this.head = { chain: entry.chain, last: entry };
    return entry;
  }

  private next({ entity, actor, action, outcome, source = '', detail = {} }: AuditEvent): AuditEntry {
    const { chain, last } = this.head;
    // A clock that is set back must not make a later entry look earlier.
    const time = Math.max(this.now(), last === undefined ? 0 : Date.parse(last.timestampEventId.split('#')[0]));
    const content = {
      version: VERSION,
      entity: storable(entity),
      timestampEventId: `${new Date(time).toISOString()}#${randomUUID()}`,
      actor: storable(actor) || 'nobody',
      action: storable(action),
      outcome: storable(outcome),
      source: storable(source),
      detail: Object.fromEntries(Object.entries(detail).map(([name, value]) => [storable(name), storable(value)])),
      chain,
      sequence: last === undefined ? 0 : last.sequence + 1,
      previous: last && { entity: last.entity, timestampEventId: last.timestampEventId },
      previousHash: last?.hash ?? NO_HASH,
      expiresAt: Math.floor(time / 1_000) + (this.options.days ?? 400) * 86_400,
    };
    return { ...content, hash: hashOf(content) };
  }

  private async put(entry: AuditEntry): Promise<void> {
    const { client, table } = this.options;
    try {
      await client.send(new PutItemCommand({
        TableName: table,
        Item: itemOf(entry),
        // A put of the same key would replace an entry, which the policy of the table cannot tell apart.
        ConditionExpression: 'attribute_not_exists(entity)',
      }));
    } catch (error) {
      // The key has a random part: whatever is there is this entry, from an attempt whose answer was lost.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  private begin(): Head {
    return { chain: `${this.options.writer}/${randomUUID()}` };
  }
}
