import { readFileSync } from 'node:fs';
import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { parquetReadObjects } from 'hyparquet';
import { Client } from 'pg';
import { WebSocket } from 'ws';
import type { CheckFactory, SystemCheck } from './system-check';
import type { Platform } from '../platform';
import { LocalError } from '../servers/errors';

type Json = Readonly<Record<string, unknown>>;
interface Answer { readonly status: number; readonly body: Json }
interface Balance { readonly asset: string; readonly amount: string }

const SYMBOL = 'BTCUSDT';
const DAY = 86_400_000;
const START = 100_000;

/** The flow of the serverless simulator: sign in, trade, backtest, read back what the tables and the bucket hold. */
class ServerlessCheck implements SystemCheck {
  private readonly base: string;
  private readonly wsUrl: string;
  private readonly dynamo: DynamoDBClient;
  private readonly s3: S3Client;
  private token = '';
  private readonly user;
  private readonly trades: Json[] = [];

  constructor(private readonly platform: Platform, private readonly signal: AbortSignal) {
    const { baseUrl, wsUrl, environment, caFile } = platform.describe();
    const user = platform.users.find(({ role }) => role === 'trader');
    if (!user) throw new LocalError('The assembly has no user pool, so nobody can trade.');
    this.user = user;
    this.base = `${baseUrl}/live`;
    this.wsUrl = wsUrl;
    const settings = (service: string) => ({
      region: 'us-east-1', endpoint: environment[`AWS_ENDPOINT_URL_${service}`], credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      requestHandler: new NodeHttpHandler({ httpsAgent: { ca: readFileSync(caFile) } }),
    });
    this.dynamo = new DynamoDBClient(settings('DYNAMODB'));
    this.s3 = new S3Client({ ...settings('S3'), forcePathStyle: true });
  }

  steps(): [string, () => Promise<void>][] {
    const paths = [...this.platform.schedules(), ...Object.keys(this.platform.describe().resources)];
    const has = (part: string): boolean => paths.some((path) => path.includes(part));
    const hasIngestion = has('IngestionSchedule');
    return [
      ['sign in', () => this.signIn()],
      ['a new account has its play money', () => this.startBalance()],
      ...(hasIngestion ? [
        // Before the prices: with listeners a run of those keeps the function for a minute.
        ['candles of past days in the bucket', () => this.ingestCandles()],
        ['prices of the exchange in the table of recent prices', () => this.ingestPrices()],
      ] as [string, () => Promise<void>][] : []),
      ['buy', () => this.trade('BUY', '0.25')],
      ['the same request again happens once', () => this.repeat()],
      ['sell', () => this.trade('SELL', '0.1')],
      ['more than there is is refused', () => this.refused()],
      ['portfolio and trades add up, in the API and in the table', () => this.portfolio()],
      ...(hasIngestion ? [['a light backtest through the function', async () => { await this.backtest('light', 5, { fast: 5, slow: 20 }); }]] as [string, () => Promise<void>][] : []),
      ...(has('HeavyBacktests') ? [
        ['a heavy backtest through the queue to the workers, and the light one of its best settings with the same result', () => this.equalBacktests()],
        ['a live price on the WebSocket', () => this.livePrice()],
      ] as [string, () => Promise<void>][] : []),
      ...(has('AnalyticsSchedule') ? [['trades in the analytics database', () => this.analytics()]] as [string, () => Promise<void>][] : []),
    ];
  }

  async close(): Promise<void> {
    this.dynamo.destroy();
    this.s3.destroy();
    await Promise.resolve();
  }

  private async signIn(): Promise<void> {
    expectStatus(await this.call('GET', '/v1/portfolio'), 401);
    const { username, password } = this.user;
    expectStatus(await this.call('POST', '/v1/sessions', { username, password: 'wrong' }), 401);
    const { body } = expectStatus(await this.call('POST', '/v1/sessions', { username, password }), 200);
    this.token = String(body.accessToken);
  }

  private async startBalance(): Promise<void> {
    const { body } = expectStatus(await this.call('GET', '/v1/portfolio'), 200);
    expectEqual('the new portfolio', [body.balances, body.trades], [[{ asset: 'USDT', amount: String(START), value: String(START) }], 0]);
  }

  private async ingestPrices(): Promise<void> {
    // With listeners a run takes a minute; the first price of it is enough.
    const run = this.run('IngestionSchedulePrices');
    run.catch(() => undefined);
    const priced = this.until(`The table has no price of ${SYMBOL}`, async () => {
      const { Items = [] } = await this.dynamo.send(new QueryCommand({
        TableName: this.resource('-Data/Prices'), KeyConditionExpression: 'symbol = :symbol', ExpressionAttributeValues: { ':symbol': { S: SYMBOL } },
      }));
      return Items.find(({ price, expiresAt }) => price.N !== undefined && Number(expiresAt.N) * 1_000 > Date.now());
    }, 30_000);
    await Promise.race([priced, run.then(() => priced)]);
  }

  private async trade(action: string, quantity: string): Promise<void> {
    const { body } = expectStatus(await this.call('POST', '/v1/trades', { symbol: SYMBOL, action, quantity, clientTradeId: `check-${action}` }), 201);
    const trade = body.trade as Json;
    expectEqual('the trade', [trade.action, trade.quantity, trade.symbol], [action, quantity, SYMBOL]);
    this.trades.push(trade);
  }

  private async repeat(): Promise<void> {
    const [first] = this.trades;
    const { body } = expectStatus(await this.call('POST', '/v1/trades', { symbol: SYMBOL, action: 'BUY', quantity: '0.25', clientTradeId: 'check-BUY' }), 200);
    expectEqual('the repeated trade', body.trade, first);
    expectStatus(await this.call('POST', '/v1/trades', { symbol: SYMBOL, action: 'BUY', quantity: '0.5', clientTradeId: 'check-BUY' }), 422);
  }

  private async refused(): Promise<void> {
    const { body } = expectStatus(await this.call('POST', '/v1/trades', { symbol: SYMBOL, action: 'SELL', quantity: '1000' }), 422);
    expectEqual('the refusal', body.code, 'insufficient_balance');
    // A body that does not fit the model never reaches the function.
    expectStatus(await this.call('POST', '/v1/trades', { symbol: SYMBOL, action: 'STEAL', quantity: '1' }), 400);
  }

  private async portfolio(): Promise<void> {
    const [{ amount: paid }, { amount: received }] = this.trades;
    const cash = micro(String(START)) - micro(String(paid)) + micro(String(received));
    const { body } = expectStatus(await this.call('GET', '/v1/portfolio'), 200);
    const amountOf = (asset: string): string => (body.balances as Balance[]).find((one) => one.asset === asset)?.amount ?? '0';
    expectEqual('the balances', [micro(amountOf('USDT')), amountOf('BTC'), body.trades], [cash, '0.15', 2]);
    const { body: list } = expectStatus(await this.call('GET', '/v1/trades'), 200);
    expectEqual('the trades', list.trades, [...this.trades].reverse());
    const TableName = this.resource('-Data/Trades');
    const key = (timestampTradeId: string) => ({ userId: { S: this.user.accountId }, timestampTradeId: { S: timestampTradeId } });
    const { Item: wallet } = await this.dynamo.send(new GetItemCommand({ TableName, Key: key('wallet'), ConsistentRead: true }));
    expectEqual('the wallet in the table', [wallet?.version.N, micro(wallet?.balances.M?.USDT.N ?? '')], ['2', cash]);
    for (const { timestamp, tradeId, quantity, price } of this.trades) {
      const { Item } = await this.dynamo.send(new GetItemCommand({ TableName, Key: key(`${String(timestamp)}#${String(tradeId)}`), ConsistentRead: true }));
      expectEqual('a trade in the table', [Item?.symbol.S, Item?.quantity.N, Item?.price.N], [SYMBOL, quantity, price]);
    }
    const { body: tape } = expectStatus(await this.call('GET', `/v1/symbols/${SYMBOL}/trades`), 200);
    expectEqual('the trades of the symbol', (tape.trades as Json[]).length, 2);
  }

  private async ingestCandles(): Promise<void> {
    await this.run('IngestionScheduleCandles');
    const day = new Date(Date.now() - DAY).toISOString().slice(0, 10);
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.resource('-Data/ColdStore'), Key: `data/${SYMBOL}/${day.replaceAll('-', '/')}.parquet` }));
    const bytes = await Body!.transformToByteArray();
    const rows = await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer });
    expectEqual(`the candles of ${day}`, rows.length, 1_440);
  }

  /** A search by the workers, then the best of it once more by the function: the same run, so the same result. */
  private async equalBacktests(): Promise<void> {
    // Many choices, of which few make sense: heavy by what is expected of it, and soon done.
    const heavy = await this.backtest('heavy', 30, { fast: { from: 1, to: 245 }, slow: { from: 1, to: 20 } });
    const { summary, basis } = heavy;
    const { fast, slow } = (summary as { settings: Json }).settings;
    const light = await this.backtest('light', 30, { fast, slow });
    expectEqual('the hash of the light result', (light.basis as Json).resultHash, (basis as Json).resultHash);
    expectEqual('the report of the search', (heavy.report as { search: Json }).search.points, 20 * 19 / 2);
  }

  private async backtest(weight: 'light' | 'heavy', days: number, settings: object): Promise<Json> {
    const to = Date.now() - DAY;
    const { body } = expectStatus(await this.call('POST', '/v1/backtests', {
      symbol: SYMBOL, from: isoDay(to - (days - 1) * DAY), to: isoDay(to), intervalMinutes: 1, strategy: { type: 'sma-cross', ...settings },
    }), 202);
    expectEqual('where the backtest runs', body.weight, weight);
    const id = String(body.backtestId);
    const done = await this.until(`The ${weight} backtest has not ended`, async () => {
      const { body: found } = expectStatus(await this.call('GET', `/v1/backtests/${id}`), 200);
      if (found.status === 'failed') throw new LocalError(`The ${weight} backtest failed: ${JSON.stringify(found.failure)}`);
      return found.status === 'succeeded' ? found : undefined;
    });
    const folder = `reports/${this.user.accountId}/${id}`;
    expectEqual('the report in the bucket', await this.object(`${folder}/report.json`), done.report);
    await this.s3.send(new HeadObjectCommand({ Bucket: this.resource('-Data/ColdStore'), Key: `${folder}/report.html` }));
    const { Item } = await this.dynamo.send(new GetItemCommand({
      TableName: this.resource('-Data/Backtests'), Key: { userId: { S: this.user.accountId }, backtestId: { S: id } }, ConsistentRead: true,
    }));
    expectEqual('the record in the table', [Item?.status.S, Item?.weight.S, Item?.basis.S], ['succeeded', weight, JSON.stringify(done.basis)]);
    return done;
  }

  private async livePrice(): Promise<void> {
    const socket = new WebSocket(this.wsUrl, this.token);
    const heard = new Promise<Json>((resolve, reject) => {
      socket.on('message', (data) => resolve(JSON.parse(String(data)) as Json));
      socket.on('error', reject);
    });
    heard.catch(() => undefined);
    await new Promise((resolve, reject) => { socket.on('open', resolve).on('error', reject); });
    socket.send(JSON.stringify({ op: 'subscribe', channels: [`ticker.${SYMBOL}`] }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    // The schedule takes a minute; the first price of it is enough.
    void this.run('IngestionSchedulePrices').catch(() => undefined);
    const timeout = new Promise<never>((_, reject) => { setTimeout(() => reject(new LocalError('No price came within 20 s.')), 20_000).unref(); });
    const { channel } = await Promise.race([heard, timeout]);
    socket.close();
    expectEqual('the channel', channel, `ticker.${SYMBOL}`);
  }

  private async analytics(): Promise<void> {
    await this.run('AnalyticsSchedule');
    const database = new Client({ connectionString: this.platform.describe().databaseUrl });
    await database.connect();
    try {
      const { rows } = await database.query<{ quantity: string }>('SELECT quantity FROM analytics.trades WHERE user_id = $1 ORDER BY traded_at', [this.user.accountId]);
      expectEqual('the trades in PostgreSQL', rows.map(({ quantity }) => quantity), this.trades.map(({ quantity }) => quantity));
    } finally {
      await database.end();
    }
  }

  private async run(part: string): Promise<void> {
    const path = this.platform.schedules().find((one) => one.includes(part));
    if (path === undefined) throw new LocalError(`There is no schedule ${part}.`);
    await this.platform.runSchedule(path);
  }

  /** Physical name of the only table or bucket below a path. */
  private resource(part: string): string {
    const found = Object.entries(this.platform.describe().resources).find(([path, { type }]) => path.includes(part) && /::(GlobalTable|Table|Bucket)$/.test(type));
    if (!found) throw new LocalError(`The assembly has nothing at ${part}.`);
    return found[1].ref;
  }

  private async object(Key: string): Promise<unknown> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.resource('-Data/ColdStore'), Key }));
    return JSON.parse(await Body!.transformToString()) as unknown;
  }

  private async call(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(this.base + path, {
      method,
      headers: { 'content-type': 'application/json', ...(this.token === '' ? {} : { authorization: `Bearer ${this.token}` }) },
      body: body && JSON.stringify(body),
      signal: this.signal,
    });
    return { status: response.status, body: await response.json() as Json };
  }

  private async until<T>(problem: string, look: () => Promise<T | undefined>, timeoutMs = 180_000): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new LocalError(`${problem} after ${timeoutMs / 1_000} s.`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status !== status) throw new LocalError(`The API answered with ${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
  return answer;
}

function expectEqual(what: string, found: unknown, wanted: unknown): void {
  if (text(found) !== text(wanted)) throw new LocalError(`It is not as it should be: ${what}. It is ${text(found)}; it should be ${text(wanted)}.`);
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one)).slice(0, 1_000);
}

/** A decimal in millionths, exactly. */
function micro(decimal: string): bigint {
  const [whole, fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(6, '0'));
}

function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** Trades, portfolio, backtests. */
export const serverlessCheck: CheckFactory = (platform, signal) => new ServerlessCheck(platform, signal);
