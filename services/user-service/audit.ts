import { randomUUID } from 'node:crypto';
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

/** Something that a user did to a session. */
export interface AuditEntry {
  /** What it was done to, such as `session/…`. */
  readonly entity: string;
  readonly actor: string;
  readonly action: string;
  /** 'ok', or why not. */
  readonly outcome: string;
}

/** Who did what, in a table to which entries are only added. */
export class AuditLog {
  constructor(private readonly client: DynamoDBClient, private readonly table: string, private readonly now: () => number = Date.now) {}

  async add({ entity, actor, action, outcome }: AuditEntry): Promise<void> {
    await this.client.send(new PutItemCommand({
      TableName: this.table,
      Item: {
        entity: { S: entity },
        timestampEventId: { S: `${new Date(this.now()).toISOString()}#${randomUUID()}` },
        actor: { S: actor },
        action: { S: action },
        outcome: { S: outcome },
      },
      // A put of the same key would replace an entry, which the policy of the table cannot tell apart.
      ConditionExpression: 'attribute_not_exists(entity)',
    }));
  }
}
