import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { type AttributeValue, DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { CheckFactory, SystemCheck } from './system-check';
import { tradeCheck } from './trade';
import { times } from '../cli/check-trade';
import type { Platform } from '../platform';
import { ApiClient, type InstrumentInfo } from '../runtime/api-client';
import { LOCAL_CREDENTIALS } from '../runtime/stores';
import { LocalError } from '../servers/errors';

type Item = Readonly<Record<string, AttributeValue>>;
type Steps = [string, () => Promise<void>][];

interface Tables { readonly book: string; readonly trades: string; readonly orders: string }

/** One trade as in every exchange; then what settlement shows of orders and trades, read back from the tables themselves. */
class RetailCheck implements SystemCheck {
  private readonly trade: SystemCheck;
  private readonly api: ApiClient;
  private readonly dynamodb: DynamoDBClient;
  private readonly tables: Tables;
  private token = '';
  private instrument?: InstrumentInfo;
  private orderId = '';

  constructor(private readonly platform: Platform, private readonly signal: AbortSignal) {
    this.trade = tradeCheck(platform, signal);
    const { baseUrl, environment, caFile, resources } = platform.describe();
    const table = (id: string): string => {
      const found = Object.entries(resources).find(([path, { type }]) => type.startsWith('AWS::DynamoDB::') && path.includes(`Data/${id}`));
      if (!found) throw new LocalError(`The assembly has no table ${id}.`);
      return found[1].ref;
    };
    this.tables = { book: table('OrderBook'), trades: table('Trades'), orders: table('OrderHistory') };
    this.api = new ApiClient(baseUrl);
    this.dynamodb = new DynamoDBClient({
      region: environment.AWS_REGION,
      endpoint: environment.AWS_ENDPOINT_URL_DYNAMODB,
      credentials: LOCAL_CREDENTIALS,
      requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: readFileSync(caFile) }) }),
    });
  }

  steps(): Steps {
    return [
      ...this.trade.steps(),
      ['both sides of the trade in the table of trades', () => this.bothSides()],
      ['rest an order, and find it in the table of the order book', () => this.rest()],
      ['cancel it: gone from the book, cancelled in the order history', () => this.cancel()],
      ['the API lists orders from the order history', () => this.listed()],
    ];
  }

  async close(): Promise<void> {
    this.dynamodb.destroy();
    await this.trade.close();
  }

  private async bothSides(): Promise<void> {
    const sides = await Promise.all(this.traders().map(({ accountId }) => this.until(
      `No trade of ${accountId} is in the table`, async () => (await this.query(this.tables.trades, 'userId', accountId))[0])));
    const [one, other] = sides;
    const same = (name: string): boolean => one[name].S !== undefined && one[name].S === other[name].S;
    if (!same('tradeId') || !same('price') || !same('quantity') || one.side.S === other.side.S) {
      throw new LocalError(`The two items are not two sides of one trade: ${JSON.stringify(sides)}`);
    }
  }

  private async rest(): Promise<void> {
    const [user] = this.traders();
    [this.instrument] = await this.api.instruments();
    this.token = (await this.api.signIn(user)).accessToken;
    const { symbol, tickSize, lotSize } = this.instrument;
    // Below everything that the check has traded at, so that nobody takes it.
    const order = { symbol, side: 'buy', type: 'limit', price: times(tickSize, 400_000), quantity: times(lotSize, 100), timeInForce: 'gtc' };
    this.orderId = (await this.api.post<{ orderId: string }>('/v1/orders', order, this.token)).orderId;
    const item = await this.until('The order is not in the table of the order book', () => this.resting());
    if (item.price.S !== order.price || item.quantity.S !== order.quantity) throw new LocalError(`The book shows another order: ${JSON.stringify(item)}`);
  }

  private async cancel(): Promise<void> {
    const { baseUrl } = this.platform.describe();
    const { status } = await fetch(`${baseUrl}/v1/orders/${this.orderId}`, {
      method: 'DELETE', headers: { authorization: `Bearer ${this.token}` }, signal: AbortSignal.timeout(15_000),
    });
    if (status !== 202) throw new LocalError(`The cancellation was answered with ${status}.`);
    await this.until('The order is still in the table of the order book', async () => (await this.resting() === undefined ? true : undefined));
    const [{ accountId }] = this.traders();
    await this.until('The order history does not show the cancellation', async () => (
      (await this.query(this.tables.orders, 'userId', accountId)).find(({ orderId, status: now }) => orderId.S === this.orderId && now.S === 'cancelled')));
  }

  private async listed(): Promise<void> {
    const { source, orders } = await this.api.get<{ source?: string; orders: { orderId: string; status: string }[] }>('/v1/orders', this.token);
    if (source !== 'read_model') throw new LocalError('The API does not say that it read the order history.');
    if (!orders.some(({ orderId, status }) => orderId === this.orderId && status === 'cancelled')) throw new LocalError('The API does not list the order as cancelled.');
  }

  private async resting(): Promise<Item | undefined> {
    return (await this.query(this.tables.book, 'symbolSide', `${this.instrument?.symbol}#buy`)).find(({ orderId }) => orderId.S === this.orderId);
  }

  private async query(TableName: string, key: string, value: string): Promise<readonly Item[]> {
    const { Items = [] } = await this.dynamodb.send(new QueryCommand({
      TableName, ConsistentRead: true, KeyConditionExpression: '#key = :value', ExpressionAttributeNames: { '#key': key }, ExpressionAttributeValues: { ':value': { S: value } },
    }));
    return Items;
  }

  private traders(): Platform['users'] {
    return this.platform.users.filter(({ role }) => role === 'trader').slice(0, 2);
  }

  private async until<T>(problem: string, find: () => Promise<T | undefined>, timeoutMs = 30_000): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = await find();
      if (found !== undefined) return found;
      if (this.signal.aborted) throw new LocalError('The check was interrupted.');
      if (Date.now() > deadline) throw new LocalError(`${problem} after ${timeoutMs / 1_000} s.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The flow of the retail exchange. */
export const retailCheck: CheckFactory = (platform, signal) => new RetailCheck(platform, signal);
