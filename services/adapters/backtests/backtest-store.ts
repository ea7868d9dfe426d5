import { type AttributeValue, ConditionalCheckFailedException, type DynamoDBClient, GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type Estimate, partsOf, type Weight } from './estimate';
import type { BacktestJob } from './job';

export type BacktestStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** What is asked of whoever runs a backtest: the body of its message. */
export interface BacktestOrder {
  readonly userId: string;
  readonly backtestId: string;
  readonly createdAt: string;
  readonly job: BacktestJob;
  readonly estimate: Estimate;
}

/** The best run, in short. */
export interface BacktestSummary {
  readonly symbols: readonly string[];
  readonly settings: Readonly<Record<string, number>>;
  readonly finalBalance: string;
  readonly totalReturn: number;
  readonly sharpe: number | null;
  readonly maxDrawdown: number;
  readonly trades: number;
  /** `stopped` when the strategy broke a rule. */
  readonly status: string;
}

/** What a result rests on, beside it. */
export interface BacktestBasis {
  readonly engineVersion: number;
  readonly resultHash: string;
  readonly dataDigest: string;
  readonly assumptions: object;
}

/** What is known about a backtest. */
export interface BacktestRecord extends BacktestOrder {
  readonly status: BacktestStatus;
  readonly weight: Weight;
  /** Pieces that are done, of how many. */
  readonly progress: { readonly done: number; readonly of: number };
  readonly finishedAt?: string;
  /** Where its report lies. */
  readonly reportKey?: string;
  readonly summary?: BacktestSummary;
  readonly basis?: BacktestBasis;
  readonly failure?: { readonly code: string; readonly message: string };
}

/** How a backtest ended. */
export type Ending = { readonly status: 'succeeded' } & Required<Pick<BacktestRecord, 'reportKey' | 'summary' | 'basis'>>
  | { readonly status: 'failed' } & Required<Pick<BacktestRecord, 'failure'>>;

type Item = Record<string, AttributeValue>;
const s = (value: string): AttributeValue => ({ S: value });
const json = (value: unknown): AttributeValue => s(JSON.stringify(value));
const keyOf = ({ userId, backtestId }: Pick<BacktestOrder, 'userId' | 'backtestId'>): Item => ({ userId: s(userId), backtestId: s(backtestId) });
const ACTIVE = '#status IN (:queued, :running)';
const active = { ':queued': s('queued'), ':running': s('running') };
const NAMES = { '#status': 'status' };

/** What is known about backtests, in DynamoDB: keys `userId` and `backtestId`, found by strategy too. */
export class BacktestStore {
  constructor(private readonly client: DynamoDBClient, private readonly table: string) {}

  /** Notes that a backtest waits, unless whoever runs it was faster. */
  async queued(order: BacktestOrder): Promise<void> {
    await this.note(order, 'queued', order.estimate.weight, 'attribute_not_exists(userId)', {});
  }

  /** Takes a backtest, or a piece of it, to run it. @returns false when it has ended already */
  begin(order: BacktestOrder, weight: Weight): Promise<boolean> {
    return this.note(order, 'running', weight, `attribute_not_exists(userId) OR ${ACTIVE}`, active);
  }

  /** Notes that a piece is done. @returns how many are */
  async partDone(order: BacktestOrder, part: number): Promise<number> {
    const { Attributes } = await this.client.send(new UpdateItemCommand({
      TableName: this.table, Key: keyOf(order), UpdateExpression: 'ADD partsDone :part', ExpressionAttributeValues: { ':part': { NS: [String(part)] } }, ReturnValues: 'UPDATED_NEW',
    }));
    return Attributes?.partsDone?.NS?.length ?? 0;
  }

  /** Notes how a backtest ended; of two who ran it the first one counts. */
  end(order: BacktestOrder, ending: Ending): Promise<boolean> {
    const values: Item = { ...active, ':status': s(ending.status), ':now': s(new Date().toISOString()) };
    if (ending.status === 'succeeded') Object.assign(values, { ':key': s(ending.reportKey), ':summary': json(ending.summary), ':basis': json(ending.basis) });
    else Object.assign(values, { ':failure': json(ending.failure) });
    return this.update(order, `SET #status = :status, finishedAt = :now, ${ending.status === 'succeeded' ? 'reportKey = :key, summary = :summary, basis = :basis' : 'failure = :failure'}`, ACTIVE, values);
  }

  /** Ends a backtest on its owner's word; whoever runs it looks now and then. @returns false when it has ended already */
  cancel(order: Pick<BacktestOrder, 'userId' | 'backtestId'>): Promise<boolean> {
    return this.update(order, 'SET #status = :status, finishedAt = :now', ACTIVE, { ...active, ':status': s('cancelled'), ':now': s(new Date().toISOString()) });
  }

  async read(userId: string, backtestId: string): Promise<BacktestRecord | undefined> {
    const { Item } = await this.client.send(new GetItemCommand({ TableName: this.table, Key: keyOf({ userId, backtestId }), ConsistentRead: true }));
    return Item && recordOf(Item);
  }

  /** Backtests of an account, newest first: their ids begin with the time. */
  async list(userId: string, limit: number): Promise<BacktestRecord[]> {
    const { Items = [] } = await this.client.send(new QueryCommand({
      TableName: this.table, KeyConditionExpression: 'userId = :user', ExpressionAttributeValues: { ':user': s(userId) }, ScanIndexForward: false, Limit: limit,
    }));
    return Items.map(recordOf);
  }

  private note(order: BacktestOrder, status: BacktestStatus, weight: Weight, condition: string, more: Item): Promise<boolean> {
    const { createdAt, job, estimate } = order;
    const fields: Item = {
      createdAt: s(createdAt), weight: s(weight), strategyId: s(job.strategy.type), symbol: s(job.symbols.join(',')), job: json(job), estimate: json(estimate),
    };
    const names = Object.keys(fields);
    return this.update(order, `SET #status = :status, ${names.map((name) => `#${name} = :${name}`).join(', ')}`, condition, {
      ...more, ':status': s(status), ...Object.fromEntries(names.map((name) => [`:${name}`, fields[name]])),
    }, Object.fromEntries(names.map((name) => [`#${name}`, name])));
  }

  private async update(order: Pick<BacktestOrder, 'userId' | 'backtestId'>, expression: string, condition: string, values: Item, names: Record<string, string> = {}): Promise<boolean> {
    try {
      await this.client.send(new UpdateItemCommand({
        TableName: this.table, Key: keyOf(order), UpdateExpression: expression, ConditionExpression: condition,
        ExpressionAttributeNames: { ...NAMES, ...names }, ExpressionAttributeValues: values,
      }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

function recordOf(item: Item): BacktestRecord {
  const text = (name: string): string => item[name]?.S ?? '';
  const optional = <T>(name: string): T | undefined => (item[name]?.S === undefined ? undefined : JSON.parse(item[name].S) as T);
  const job = JSON.parse(text('job')) as BacktestJob;
  const estimate = JSON.parse(text('estimate')) as Estimate;
  return {
    userId: text('userId'), backtestId: text('backtestId'), createdAt: text('createdAt'), status: text('status') as BacktestStatus, weight: text('weight') as Weight, job, estimate,
    progress: { done: item.partsDone?.NS?.length ?? 0, of: partsOf(job, estimate).length },
    finishedAt: item.finishedAt?.S, reportKey: item.reportKey?.S, summary: optional('summary'), basis: optional('basis'), failure: optional('failure'),
  };
}
