import {
  type AttributeValue, ConditionalCheckFailedException, type DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { BacktestJob } from './job';
import type { Estimate, Weight } from './rule';

export type BacktestStatus = 'queued' | 'running' | 'succeeded' | 'failed';

/** What is asked of whoever runs a backtest: the body of its message. */
export interface BacktestOrder {
  readonly userId: string;
  readonly backtestId: string;
  readonly createdAt: string;
  readonly job: BacktestJob;
  readonly estimate: Estimate;
}

/** What is known about a backtest. */
export interface BacktestRecord extends BacktestOrder {
  readonly status: BacktestStatus;
  readonly weight: Weight;
  readonly finishedAt?: string;
  /** Where its report lies. */
  readonly reportKey?: string;
  /** The best pair, in short. */
  readonly summary?: { readonly finalBalance: string; readonly fast: number; readonly slow: number; readonly trades: number };
  readonly failure?: { readonly code: string; readonly message: string };
}

/** How a backtest ended. */
export type Ending = { readonly status: 'succeeded' } & Required<Pick<BacktestRecord, 'reportKey' | 'summary'>>
  | { readonly status: 'failed' } & Required<Pick<BacktestRecord, 'failure'>>;

type Item = Record<string, AttributeValue>;
const s = (value: string): AttributeValue => ({ S: value });
const json = (value: unknown): AttributeValue => s(JSON.stringify(value));

/** What is known about backtests, in DynamoDB: keys `userId` and `backtestId`, found by strategy too. */
export class BacktestStore {
  constructor(private readonly client: DynamoDBClient, private readonly table: string) {}

  /** Notes that a backtest waits, unless whoever runs it was faster. */
  async queued(order: BacktestOrder): Promise<void> {
    await this.unless(this.client.send(new PutItemCommand({
      TableName: this.table, Item: itemOf({ ...order, status: 'queued', weight: order.estimate.weight }), ConditionExpression: 'attribute_not_exists(userId)',
    })));
  }

  /** Takes a backtest to run it. @returns false when it has ended already */
  begin(order: BacktestOrder, weight: Weight): Promise<boolean> {
    return this.unless(this.client.send(new PutItemCommand({
      TableName: this.table,
      Item: itemOf({ ...order, status: 'running', weight }),
      ConditionExpression: 'attribute_not_exists(userId) OR #status IN (:queued, :running)',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':queued': s('queued'), ':running': s('running') },
    })));
  }

  /** Notes how a backtest ended; of two who ran it the first one counts. */
  end({ userId, backtestId }: BacktestOrder, ending: Ending): Promise<boolean> {
    const values: Item = { ':running': s('running'), ':status': s(ending.status), ':now': s(new Date().toISOString()) };
    if (ending.status === 'succeeded') Object.assign(values, { ':key': s(ending.reportKey), ':summary': json(ending.summary) });
    else Object.assign(values, { ':failure': json(ending.failure) });
    return this.unless(this.client.send(new UpdateItemCommand({
      TableName: this.table,
      Key: { userId: s(userId), backtestId: s(backtestId) },
      UpdateExpression: `SET #status = :status, finishedAt = :now, ${ending.status === 'succeeded' ? 'reportKey = :key, summary = :summary' : 'failure = :failure'}`,
      ConditionExpression: '#status = :running',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: values,
    })));
  }

  async read(userId: string, backtestId: string): Promise<BacktestRecord | undefined> {
    const Key = { userId: s(userId), backtestId: s(backtestId) };
    const { Item } = await this.client.send(new GetItemCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return Item && recordOf(Item);
  }

  /** Backtests of an account, newest first: their ids begin with the time. */
  async list(userId: string, limit: number): Promise<BacktestRecord[]> {
    const { Items = [] } = await this.client.send(new QueryCommand({
      TableName: this.table, KeyConditionExpression: 'userId = :user', ExpressionAttributeValues: { ':user': s(userId) }, ScanIndexForward: false, Limit: limit,
    }));
    return Items.map(recordOf);
  }

  private async unless(write: Promise<unknown>): Promise<boolean> {
    try {
      await write;
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

function itemOf({ userId, backtestId, createdAt, job, estimate, status, weight }: BacktestRecord): Item {
  return {
    userId: s(userId), backtestId: s(backtestId), createdAt: s(createdAt), status: s(status), weight: s(weight),
    strategyId: s(job.strategy.type), symbol: s(job.symbol), job: json(job), estimate: json(estimate),
  };
}

function recordOf(item: Item): BacktestRecord {
  const text = (name: string): string => item[name]?.S ?? '';
  const optional = <T>(name: string): T | undefined => (item[name]?.S === undefined ? undefined : JSON.parse(item[name].S) as T);
  return {
    userId: text('userId'), backtestId: text('backtestId'), createdAt: text('createdAt'), status: text('status') as BacktestStatus, weight: text('weight') as Weight,
    job: JSON.parse(text('job')) as BacktestJob, estimate: JSON.parse(text('estimate')) as Estimate,
    finishedAt: item.finishedAt?.S, reportKey: item.reportKey?.S, summary: optional('summary'), failure: optional('failure'),
  };
}
