/** The read models that settlement keeps in DynamoDB, where a system has them: they take the lists that screens ask for off the ledger. */
import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { OrderList } from './queries';
import type { OrderStatus } from '../../domain';
import { Breaker } from '../../runtime';
import { ApiError, unavailable } from '../http/errors';

type Item = Record<string, AttributeValue>;

/** Items that one question reads at most to find those of a status: a page may be short, and says that there is more. */
const MOST_READ = 1_000;

/** Tables of the read models, each if the system has it. */
export interface ReadModelTables {
  readonly orders?: string;
  readonly wallets?: string;
}

/** An order as the table has it. */
export interface ReadModelOrder extends Readonly<Record<string, unknown>> {
  readonly orderId: string;
  readonly partition: number;
  /** Sequence of the event that it shows. */
  readonly seq: number;
}

export interface ReadModelBalance {
  readonly asset: string;
  readonly partition: number;
  readonly free: string;
  readonly held: string;
  readonly seq: number;
}

const TEXTS = [
  'orderId', 'clientOrderId', 'symbol', 'side', 'type', 'timeInForce', 'listId', 'price', 'stopPrice', 'quantity', 'quoteQuantity', 'remaining', 'filled',
  'filledQuote', 'status', 'reason',
] as const;

/** A place in a list of the table, as text that a client passes back. */
const CURSOR = /^t:(\d{4}-\d\d-\d\dT[\d:.]{8,12}Z#[0-9a-f-]{36})$/;

/** The sort key that a cursor of a table stands for; undefined for one of the ledger's. */
export function tableCursor(text: string): string | undefined {
  return CURSOR.exec(Buffer.from(text, 'base64url').toString('latin1'))?.[1];
}

/** Reads the tables. What was written before a question is in its answer; what the ledger has and settlement has not copied yet is not. */
export class ReadModels {
  private readonly breaker = new Breaker({ name: 'the read models' });

  constructor(private readonly client: DynamoDBClient, private readonly tables: ReadModelTables) {}

  get hasOrders(): boolean {
    return this.tables.orders !== undefined;
  }

  get hasWallets(): boolean {
    return this.tables.wallets !== undefined;
  }

  /** An account's orders, newest first. @throws ApiError 503 */
  async orders(
    accountId: string, { limit, status, partition }: Pick<OrderList, 'limit' | 'status' | 'partition'>, after?: string,
  ): Promise<{ readonly orders: readonly ReadModelOrder[]; readonly next?: string }> {
    const found: Item[] = [];
    let from = after;
    let read = 0;
    for (;;) {
      const { items, last, scanned } = await this.page(accountId, limit + 1 - found.length, status, partition, from);
      found.push(...items);
      read += scanned;
      from = last;
      if (from === undefined || found.length > limit || read >= MOST_READ) break;
    }
    const orders = found.slice(0, limit);
    // More than were asked for prove that there are more; so does a reading that was broken off.
    const next = found.length > limit ? orders[orders.length - 1].createdAtOrderId.S : from;
    return { orders: orders.map(orderOf), ...(next === undefined ? {} : { next: cursorOf(next) }) };
  }

  /** An account's balances by asset and partition. @throws ApiError 503 */
  async balances(accountId: string): Promise<readonly ReadModelBalance[]> {
    const rows: ReadModelBalance[] = [];
    let from: Item | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.query(this.tables.wallets!, accountId, { ExclusiveStartKey: from });
      for (const { asset, ...parts } of Items) {
        for (const [name, { M: part }] of Object.entries(parts)) {
          if (part && /^p\d+$/.test(name)) {
            rows.push({ asset: asset.S!, partition: Number(name.slice(1)), free: part.free.S!, held: part.held.S!, seq: Number(part.seq.N) });
          }
        }
      }
      from = LastEvaluatedKey;
    } while (from);
    return rows.sort((a, b) => a.partition - b.partition || (a.asset < b.asset ? -1 : 1));
  }

  private async page(accountId: string, limit: number, status: OrderStatus | undefined, partition: number | undefined, after: string | undefined) {
    const filters = [...(status === undefined ? [] : ['#status = :status']), ...(partition === undefined ? [] : ['#partition = :partition'])];
    const { Items = [], LastEvaluatedKey, ScannedCount = 0 } = await this.query(this.tables.orders!, accountId, {
      ScanIndexForward: false,
      // A filter drops what was read: small pages would ask many times.
      Limit: filters.length === 0 ? limit : 200,
      ExclusiveStartKey: after === undefined ? undefined : { userId: { S: accountId }, createdAtOrderId: { S: after } },
      ...(filters.length === 0 ? {} : {
        FilterExpression: filters.join(' AND '),
        ExpressionAttributeNames: { ...(status === undefined ? {} : { '#status': 'status' }), ...(partition === undefined ? {} : { '#partition': 'partition' }) },
      }),
    }, { ...(status === undefined ? {} : { ':status': { S: status } }), ...(partition === undefined ? {} : { ':partition': { N: String(partition) } }) });
    return { items: Items, last: LastEvaluatedKey?.createdAtOrderId.S, scanned: ScannedCount };
  }

  private async query(table: string, accountId: string, more: object, values: Item = {}) {
    try {
      return await this.breaker.run(() => this.client.send(new QueryCommand({
        TableName: table, KeyConditionExpression: 'userId = :user', ConsistentRead: true, ...more, ExpressionAttributeValues: { ':user': { S: accountId }, ...values },
      })));
    } catch (error) {
      throw Object.assign(unavailable('read_model_unavailable', 'The read model cannot be read at the moment.'), { cause: error });
    }
  }
}

function cursorOf(place: string): string {
  return Buffer.from(`t:${place}`).toString('base64url');
}

function orderOf(item: Item): ReadModelOrder {
  const time = (name: string): number => Date.parse(item[name].S!);
  return {
    ...Object.fromEntries(TEXTS.flatMap((name) => (item[name]?.S === undefined ? [] : [[name, item[name].S]]))),
    orderId: item.orderId.S!, partition: Number(item.partition.N), seq: Number(item.seq.N), createdAt: time('createdAt'), updatedAt: time('updatedAt'),
  };
}

/** A cursor that the other source gave out. */
export function foreignCursor(): ApiError {
  return new ApiError(400, 'invalid_cursor', 'The cursor is not one that this list gave out.', { field: 'cursor' });
}
