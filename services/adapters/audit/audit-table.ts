import { type AttributeValue, type DynamoDBClient, GetItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import type { AuditEntry, EntryKey } from './entry';
import { entryOf } from './item';

/** An item of the table, or a line of the archive, that is no entry. */
export interface Unreadable {
  readonly key: string;
  readonly problem: string;
}

/** Reads the audit table. */
export class AuditTableReader {
  constructor(private readonly client: DynamoDBClient, private readonly table: string) {}

  /** One entry as it is now; undefined when there is none. @throws Error when it is no entry */
  async get({ entity, timestampEventId }: EntryKey): Promise<AuditEntry | undefined> {
    const { Item } = await this.client.send(new GetItemCommand({
      TableName: this.table, Key: { entity: { S: entity }, timestampEventId: { S: timestampEventId } }, ConsistentRead: true,
    }));
    return Item && entryOf(Item);
  }

  /** Everything that is there. */
  async* all(): AsyncGenerator<AuditEntry | Unreadable> {
    for await (const { Items = [] } of paginateScan({ client: this.client }, { TableName: this.table, ConsistentRead: true })) {
      for (const item of Items) yield read(item);
    }
  }
}

function read(item: Record<string, AttributeValue>): AuditEntry | Unreadable {
  try {
    return entryOf(item);
  } catch (error) {
    return { key: `${item.entity?.S ?? ''} ${item.timestampEventId?.S ?? ''}`, problem: (error as Error).message };
  }
}
