import { ConditionalCheckFailedException, DynamoDBClient, GetItemCommand, UpdateItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import type { LeaseState, LeaseStore } from './lease';
import { awsClientSettings } from '../../runtime';

export interface DynamoDbLeaseOptions {
  /** Name of the table; its partition key is the string `partition`. */
  readonly table: string;
  /** Longest wait for one answer, in milliseconds; several must fit before the lease lapses. */
  readonly requestTimeoutMs: number;
}

const NAMES = { '#owner': 'owner', '#epoch': 'epoch', '#version': 'version', '#published': 'publishedSeq' };
const n = (value: number): AttributeValue => ({ N: String(value) });

function stateOf(item: Record<string, AttributeValue>): LeaseState {
  const number = (name: string): number => Number(item[name]?.N ?? 0);
  return { owner: item.owner?.S ?? '', epoch: number('epoch'), version: number('version'), publishedSeq: number('publishedSeq') };
}

/** One item per partition in a DynamoDB table; conditional writes of that single item are all it needs. */
export class DynamoDbLease implements LeaseStore {
  private readonly client: DynamoDBClient;

  constructor(private readonly options: DynamoDbLeaseOptions) {
    // The keeper of the lease repeats by itself: it alone knows how much time is left.
    this.client = new DynamoDBClient(awsClientSettings(options.requestTimeoutMs, 1, 4));
  }

  async read(partition: number): Promise<LeaseState | undefined> {
    const { Item } = await this.client.send(new GetItemCommand({
      TableName: this.options.table, Key: this.key(partition), ConsistentRead: true,
    }), this.limit());
    return Item && stateOf(Item);
  }

  async acquire(partition: number, owner: string, observed: LeaseState | undefined): Promise<LeaseState | undefined> {
    const unchanged = observed ? '#version = :observed' : 'attribute_not_exists(#version)';
    const next: LeaseState = {
      owner, epoch: (observed?.epoch ?? 0) + 1, version: (observed?.version ?? 0) + 1, publishedSeq: observed?.publishedSeq ?? 0,
    };
    const values = {
      ':owner': { S: owner }, ':epoch': n(next.epoch), ':version': n(next.version), ':published': n(next.publishedSeq),
      ...(observed ? { ':observed': n(observed.version) } : {}),
    };
    const written = await this.update(partition, 'SET #owner = :owner, #epoch = :epoch, #version = :version, #published = :published', unchanged, values);
    return written ? next : undefined;
  }

  renew(partition: number, owner: string, epoch: number, publishedSeq: number): Promise<boolean> {
    return this.write(partition, owner, epoch, publishedSeq, owner);
  }

  async release(partition: number, owner: string, epoch: number, publishedSeq: number): Promise<void> {
    await this.write(partition, owner, epoch, publishedSeq, '');
  }

  async close(): Promise<void> {
    this.client.destroy();
  }

  /**
   * Not conditional on the version: a renewal whose answer was lost has moved it already. The sequence never goes back: a lower one
   * leaves it as it is, which takes a second request, as an update cannot take the greater of two values.
   */
  private async write(partition: number, owner: string, epoch: number, publishedSeq: number, newOwner: string): Promise<boolean> {
    const values = { ':new': { S: newOwner }, ':owner': { S: owner }, ':epoch': n(epoch), ':published': n(publishedSeq), ':one': n(1) };
    const leads = '#owner = :owner AND #epoch = :epoch';
    return await this.update(partition, 'SET #owner = :new, #published = :published, #version = #version + :one', `${leads} AND #published <= :published`, values)
      || this.update(partition, 'SET #owner = :new, #version = #version + :one', `${leads} AND #published > :published`, values);
  }

  /** @returns false when the condition does not hold */
  private async update(partition: number, expression: string, condition: string, values: Record<string, AttributeValue>): Promise<boolean> {
    const text = expression + condition;
    try {
      await this.client.send(new UpdateItemCommand({
        TableName: this.options.table,
        Key: this.key(partition),
        UpdateExpression: expression,
        ConditionExpression: condition,
        ExpressionAttributeNames: Object.fromEntries(Object.entries(NAMES).filter(([name]) => text.includes(name))),
        ExpressionAttributeValues: values,
      }), this.limit());
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  private key(partition: number): Record<string, AttributeValue> {
    return { partition: { S: String(partition) } };
  }

  /** Covers the time to connect as well. */
  private limit(): { abortSignal: AbortSignal } {
    return { abortSignal: AbortSignal.timeout(this.options.requestTimeoutMs) };
  }
}
