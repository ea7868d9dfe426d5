import { gunzipSync } from 'node:zlib';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { Client } from 'pg';
import { GatewaySocket } from './gateway-socket';
import type { CheckFactory, SystemCheck } from './system-check';
import { times } from '../cli/check-trade';
import type { Platform } from '../platform';
import { ApiClient, type InstrumentInfo } from '../runtime/api-client';
import { LOCAL_CREDENTIALS } from '../runtime/stores';
import type { User } from '../runtime/users';
import { LocalError } from '../servers/errors';

interface Trader {
  readonly user: User;
  readonly token: string;
  readonly socket: GatewaySocket;
  orderId?: string;
}

interface Balance {
  readonly asset: string;
  readonly free: string;
  readonly held: string;
}

/** The path of an order through the exchange behind API Gateway, seen from outside at each place that it leaves a trace. */
class GatewayExchangeCheck implements SystemCheck {
  private readonly api: ApiClient;
  private readonly database: Client;
  private readonly dynamodb: DynamoDBClient;
  private readonly s3: S3Client;
  private instruments: readonly InstrumentInfo[] = [];
  private instrument?: InstrumentInfo;
  private traders: Trader[] = [];

  constructor(private readonly platform: Platform, private readonly signal: AbortSignal) {
    const { baseUrl, databaseUrl, environment } = platform.describe();
    if (databaseUrl === undefined || platform.users.length < 3) throw new LocalError('The assembly has no database or no user pool, so no trade can be checked.');
    this.api = new ApiClient(baseUrl);
    this.database = new Client({ connectionString: databaseUrl });
    const common = { region: 'us-east-1', credentials: LOCAL_CREDENTIALS };
    this.dynamodb = new DynamoDBClient({ ...common, endpoint: environment.AWS_ENDPOINT_URL_DYNAMODB });
    this.s3 = new S3Client({ ...common, endpoint: environment.AWS_ENDPOINT_URL_S3, forcePathStyle: true });
  }

  steps(): [string, () => Promise<void>][] {
    return [
      ['API Gateway refuses what has no token and what is no order', () => this.refusals()],
      ['sign in two traders and connect them to the WebSocket API', () => this.signIn()],
      ['place two crossing orders, each answered with 202', () => this.placeOrders()],
      ['both fills and the last price pushed over the WebSocket API', () => this.fills()],
      ['ledger rows of the trade in PostgreSQL', () => this.ledgerRows()],
      ['orders and wallets in DynamoDB as the ledger has them', () => this.readModels()],
      ['the API shows both from the tables, not from the ledger', () => this.shownFromTables()],
      ['trade as an object in S3', () => this.tradeObject()],
    ];
  }

  async close(): Promise<void> {
    for (const { socket } of this.traders) socket.close();
    this.dynamodb.destroy();
    this.s3.destroy();
    await this.database.end().catch(() => undefined);
  }

  private async refusals(): Promise<void> {
    const { baseUrl } = this.platform.describe();
    const order = (body: object, headers: Record<string, string> = {}): Promise<Response> => (
      fetch(`${baseUrl}/v1/orders`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }));
    const { status } = await order({ symbol: 'BTCUSDT', side: 'buy', type: 'market', quantity: '1' });
    if (status !== 401) throw new LocalError(`An order without a token was answered with ${status}.`);
    const [trader] = this.platform.users.filter(({ role }) => role === 'trader');
    const { accessToken } = await this.api.signIn(trader);
    const noOrder = await order({ symbol: 'BTCUSDT', side: 'sideways', type: 'market' }, { authorization: `Bearer ${accessToken}` });
    if (noOrder.status !== 400) throw new LocalError(`An order without a side was answered with ${noOrder.status}.`);
    await this.database.connect();
  }

  private async signIn(): Promise<void> {
    const { wsUrl } = this.platform.describe();
    this.instruments = await this.api.instruments();
    [this.instrument] = this.instruments;
    if (!this.instrument) throw new LocalError('The API lists no instrument.');
    const { symbol } = this.instrument;
    const users = this.platform.users.filter(({ role }) => role === 'trader').slice(0, 2);
    this.traders = await Promise.all(users.map(async (user) => {
      const { accessToken: token } = await this.api.signIn(user);
      const socket = await GatewaySocket.open(wsUrl, token);
      await socket.subscribe(['orders', `ticker.${symbol}`]);
      return { user, token, socket };
    }));
  }

  private async placeOrders(): Promise<void> {
    const { symbol, tickSize, lotSize } = this.instrument as InstrumentInfo;
    const { baseUrl } = this.platform.describe();
    for (const [i, side] of ['sell', 'buy'].entries()) {
      const trader = this.traders[i];
      const body = JSON.stringify({ symbol, side, type: 'limit', price: times(tickSize, 500_000), quantity: times(lotSize, 100), timeInForce: 'gtc' });
      const response = await fetch(`${baseUrl}/v1/orders`, {
        method: 'POST', headers: { 'content-type': 'application/json', 'authorization': `Bearer ${trader.token}` }, body, signal: AbortSignal.timeout(15_000),
      });
      const answer = await response.text();
      if (response.status !== 202) throw new LocalError(`The order was answered with ${response.status}: ${answer}`);
      trader.orderId = (JSON.parse(answer) as { orderId: string }).orderId;
    }
  }

  private async fills(): Promise<void> {
    const { symbol } = this.instrument as InstrumentInfo;
    await Promise.all(this.traders.map(async ({ orderId, socket, user }) => {
      await socket.until(`the fill of ${user.username}`, ({ channel, data }) => channel === 'orders' && data?.event === 'fill' && data.orderId === orderId && data.remaining === '0');
      await socket.until(`the last price of ${symbol}`, ({ channel, data }) => channel === `ticker.${symbol}` && data?.symbol === symbol);
    }));
  }

  private async ledgerRows(): Promise<void> {
    await this.until('The ledger does not have both sides of the trade', async () => {
      const { rows } = await this.database.query('SELECT DISTINCT order_id FROM ledger.fills WHERE order_id = ANY($1::uuid[])', [this.traders.map(({ orderId }) => orderId)]);
      return rows.length === 2;
    });
  }

  private async readModels(): Promise<void> {
    const wallets = this.nameOf('AWS::DynamoDB::GlobalTable', 'Wallets');
    const orders = this.nameOf('AWS::DynamoDB::GlobalTable', 'Orders');
    for (const { orderId, user } of this.traders) {
      await this.until(`The wallet or the orders of ${user.username} are not what the ledger says`, async () => {
        const balances = await this.ledgerBalances(user.accountId);
        const items = await this.query(wallets, user.accountId);
        const shown = items.map(({ asset, p0 }) => this.balanceText({ asset: asset.S!, free: p0.M!.free.S!, held: p0.M!.held.S! })).sort();
        const history = (await this.query(orders, user.accountId)).find((item) => item.orderId.S === orderId);
        return history?.status.S === 'filled' && JSON.stringify(shown) === JSON.stringify(balances);
      });
    }
  }

  private async shownFromTables(): Promise<void> {
    for (const { orderId, token, user } of this.traders) {
      const portfolio = await this.api.get<{ source?: string; balances: Balance[] }>('/v1/portfolio', token);
      const list = await this.api.get<{ source?: string; orders: { orderId: string; status: string }[] }>('/v1/orders', token);
      if (portfolio.source !== 'read_model' || list.source !== 'read_model') throw new LocalError('The API does not say that it read the tables.');
      const shown = portfolio.balances.map((balance) => this.balanceText(balance)).sort();
      if (JSON.stringify(shown) !== JSON.stringify(await this.ledgerBalances(user.accountId))) {
        throw new LocalError(`The API shows ${user.username} other balances than the ledger has: ${shown.join(', ')}`);
      }
      if (!list.orders.some((order) => order.orderId === orderId && order.status === 'filled')) throw new LocalError(`The API does not list the order of ${user.username} as filled.`);
    }
  }

  /** An account's balances in the smallest units of the assets, as PostgreSQL has them. */
  private async ledgerBalances(accountId: string): Promise<readonly string[]> {
    const { rows } = await this.database.query<Balance>('SELECT asset, free::text, held::text FROM ledger.balances WHERE account_id = $1', [accountId]);
    return rows.map(({ asset, free, held }) => `${asset} ${free} ${held}`).sort();
  }

  private balanceText({ asset, free, held }: Balance): string {
    const { base, quote } = this.instruments.find((one) => [one.base.code, one.quote.code].includes(asset))!;
    const { decimals } = base.code === asset ? base : quote;
    const units = (text: string): string => {
      const [whole, fraction = ''] = text.split('.');
      return String(BigInt(whole + fraction.padEnd(decimals, '0')));
    };
    return `${asset} ${units(free)} ${units(held)}`;
  }

  private async tradeObject(): Promise<void> {
    const { symbol } = this.instrument as InstrumentInfo;
    const Bucket = this.nameOf('AWS::S3::Bucket', 'ColdStore');
    const [year, month, day] = new Date().toISOString().slice(0, 10).split('-');
    const Prefix = `trades/${symbol}/${year}/${month}/${day}/`;
    await this.until(`${Bucket} has no object below ${Prefix} with the trade`, async () => {
      const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
      for (const { Key } of Contents) {
        const { Body } = await this.s3.send(new GetObjectCommand({ Bucket, Key }));
        const text = gunzipSync(await Body!.transformToByteArray()).toString('utf8');
        if (this.traders.every(({ orderId }) => text.includes(`"orderId":"${orderId}"`))) return true;
      }
      return false;
    });
  }

  private async query(TableName: string, userId: string) {
    const { Items = [] } = await this.dynamodb.send(new QueryCommand({
      TableName, KeyConditionExpression: 'userId = :user', ExpressionAttributeValues: { ':user': { S: userId } }, ConsistentRead: true,
    }));
    return Items;
  }

  /** Physical name of a resource of the data stack, by the name of its construct. */
  private nameOf(type: string, construct: string): string {
    const { resources } = this.platform.describe();
    const found = Object.entries(resources).find(([path, one]) => one.type === type && path.split('/').includes(construct))
      ?? Object.entries(resources).find(([path, one]) => one.type === type && path.includes(construct));
    if (!found) throw new LocalError(`The assembly has no ${type} called ${construct}.`);
    return found[1].ref;
  }

  private async until(problem: string, holds: () => Promise<boolean>, timeoutMs = 45_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!await holds()) {
      if (this.signal.aborted) throw new LocalError('The check was interrupted.');
      if (Date.now() > deadline) throw new LocalError(`${problem} after ${timeoutMs / 1_000} s.`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Sign-in, order, push, ledger, read models and archive of the exchange behind API Gateway. */
export const gatewayExchangeCheck: CheckFactory = (platform, signal) => new GatewayExchangeCheck(platform, signal);
