import {
  type AttributeValue, ConditionalCheckFailedException, DeleteItemCommand, type DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;

export const s = (value: string): AttributeValue => ({ S: value });
export const n = (value: number): AttributeValue => ({ N: String(value) });

/** Attributes that are there, without those that are undefined. */
export function itemOf(attributes: Readonly<Record<string, AttributeValue | undefined>>): Item {
  return Object.fromEntries(Object.entries(attributes).filter((entry): entry is [string, AttributeValue] => entry[1] !== undefined));
}

/**
 * A table of a read model. Every item says in `seq` which event it shows, and nothing older ever takes the place of something newer:
 * single-item conditional writes, so a run may be projected any number of times and in pieces.
 */
export class ReadModelTable {
  constructor(private readonly client: DynamoDBClient, private readonly name: string) {}

  async get(key: Item): Promise<Item | undefined> {
    const { Item: item } = await this.client.send(new GetItemCommand({ TableName: this.name, Key: key, ConsistentRead: true }));
    return item;
  }

  /** Writes an item, unless the one that is there is newer. */
  async put(item: Item, seq: number): Promise<void> {
    await unlessNewer(this.client.send(new PutItemCommand({
      TableName: this.name, Item: { ...item, seq: n(seq) }, ConditionExpression: 'attribute_not_exists(#seq) OR #seq <= :seq', ...sequence(seq),
    })));
  }

  /** Removes an item, unless the one that is there is newer. */
  async remove(key: Item, seq: number): Promise<void> {
    await unlessNewer(this.client.send(new DeleteItemCommand({
      TableName: this.name, Key: key, ConditionExpression: 'attribute_not_exists(#seq) OR #seq <= :seq', ...sequence(seq),
    })));
  }

  /** Sets one attribute of an item to a map with a sequence of its own, unless that map is newer; the other attributes stay. */
  async putPart(key: Item, part: string, value: Item, seq: number): Promise<void> {
    await unlessNewer(this.client.send(new UpdateItemCommand({
      TableName: this.name,
      Key: key,
      UpdateExpression: 'SET #part = :value',
      ConditionExpression: 'attribute_not_exists(#part) OR #part.#seq <= :seq',
      ExpressionAttributeNames: { '#part': part, '#seq': 'seq' },
      ExpressionAttributeValues: { ':value': { M: { ...value, seq: n(seq) } }, ':seq': n(seq) },
    })));
  }
}

function sequence(seq: number) {
  return { ExpressionAttributeNames: { '#seq': 'seq' }, ExpressionAttributeValues: { ':seq': n(seq) } };
}

async function unlessNewer(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

/** Writes on their way at once: as many as the clients have connections for, with some left. */
const AT_ONCE = 32;

/** Does work for each of many, some at a time. The first error ends it, when what was on its way has come back. */
export async function forEachOf<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  let next = 0;
  let failed: { error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    while (next < all.length && !failed) {
      try {
        await work(all[next++]);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, all.length) }, worker));
  if (failed) throw failed.error;
}
