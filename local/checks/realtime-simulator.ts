import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { parquetReadObjects } from 'hyparquet';
import { Client } from 'pg';
import { lookedAfter } from './automations';
import { readBarsBack } from './bar-replay';
import { type CandleFile, replayCandles } from './candle-replay';
import { endedSession } from './sessions';
import type { CheckFactory, SystemCheck } from './system-check';
import { threeFeeds } from './three-feeds';
import { tradeCheck } from './trade';
import { times } from '../cli/check-trade';
import { Stream } from '../cli/stream';
import { PastMarket } from '../feeds/past-market';
import type { Platform } from '../platform';
import { ApiClient, type InstrumentInfo } from '../runtime/api-client';
import { LOCAL_CREDENTIALS } from '../runtime/stores';
import { LocalError } from '../servers/errors';

type Steps = [string, () => Promise<void>][];

interface CandleDay { readonly symbol: string; readonly day: string; readonly status: string; readonly candles: number; readonly object_key: string }
interface Book { readonly bids: readonly (readonly [string, string])[]; readonly asks: readonly (readonly [string, string])[] }

const DAY_MS = 86_400_000;
const MINUTES = 1_440;
/** How far from the market a stop-loss is set: a few steps of the generated one. */
const STOP_BPS = 4;

/** Two users' orders; then the live market as liquidity, and the night's candles from the exchange to the parquet file. */
class RealtimeSimulatorCheck implements SystemCheck {
  private readonly trade: SystemCheck;
  private readonly api: ApiClient;
  private readonly s3: S3Client;
  private readonly database: Client;
  private stream?: Stream;
  private days: readonly CandleDay[] = [];
  private readonly files: CandleFile[] = [];

  constructor(private readonly platform: Platform, private readonly signal: AbortSignal) {
    this.trade = tradeCheck(platform, signal);
    const { baseUrl, environment, caFile, databaseUrl } = platform.describe();
    this.api = new ApiClient(baseUrl);
    this.database = new Client({ connectionString: databaseUrl });
    this.s3 = new S3Client({
      region: environment.AWS_REGION,
      endpoint: environment.AWS_ENDPOINT_URL_S3,
      credentials: LOCAL_CREDENTIALS,
      forcePathStyle: true,
      requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: readFileSync(caFile) }) }),
    });
  }

  steps(): Steps {
    return [
      ...this.trade.steps(),
      ['a session that stays, is listed, and is ended from another one', () => endedSession(this.platform)],
      ['the live market is in the book', async () => void await this.book()],
      ['a market order filled at the live price', () => this.marketOrder()],
      ['a stop-loss triggered by a live tick', () => this.stopLoss()],
      ['a bracket and a trailing stop that a worker looked after', () => this.automations()],
      ['ticks, trades and best prices of Bybit, Bitget and Binance', async () => threeFeeds(this.platform, (await this.api.instruments())[0].symbol, this.signal)],
      ['the nightly run, and its rows in the index', () => this.nightlyRun()],
      ['its candles read back from the parquet files', () => this.candles()],
      ['the same bars from the API, in pages and replayed over the stream', () => this.bars()],
      ['every candle of the index replayed to a strategy', () => replayCandles(this.files)],
      ['the same candles in the table of late', () => this.table()],
    ];
  }

  async close(): Promise<void> {
    this.stream?.close();
    this.s3.destroy();
    await this.database.end().catch(() => undefined);
    await this.trade.close();
  }

  /** The book, once the house stands on both sides of it around the live price. */
  private async book(): Promise<{ book: Book; instrument: InstrumentInfo; live: number; token: string }> {
    const [instrument] = await this.api.instruments();
    const trader = this.platform.users.filter(({ role }) => role === 'trader')[0];
    const { accessToken: token } = await this.api.signIn(trader);
    this.stream ??= await Stream.open(this.platform.describe().wsUrl, token, ['orders', `ticker.${instrument.symbol}`]);
    const { stream } = this;
    const deadline = Date.now() + 30_000;
    for (;;) {
      const tickers = stream.messages.filter(({ channel }) => channel === `ticker.${instrument.symbol}`);
      const live = Number(tickers.at(-1)?.data.lastPrice);
      const book = await this.api.get<Book>(`/v1/book/${instrument.symbol}`, token);
      const [bid, ask] = [Number(book.bids[0]?.[0]), Number(book.asks[0]?.[0])];
      if (bid < ask && Math.abs(bid / live - 1) < 0.005 && Math.abs(ask / live - 1) < 0.005) return { book, instrument, live, token };
      this.stopIfAborted();
      if (Date.now() > deadline) throw new LocalError(`The book does not follow the live market: ${bid} and ${ask} around ${live}.`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  private async marketOrder(): Promise<void> {
    const { instrument, live, token } = await this.book();
    const order = { symbol: instrument.symbol, side: 'buy', type: 'market', quantity: times(instrument.lotSize, 50) };
    const { orderId } = await this.api.post<{ orderId: string }>('/v1/orders', order, token);
    const fill = await this.stream!.until('the fill of the market order', (messages) => messages.find(({ channel, data }) => (
      channel === 'orders' && data.event === 'fill' && data.orderId === orderId && data.status === 'filled'
    )));
    const { price, liquidity } = fill.data.fill as { price: string; liquidity: string };
    if (liquidity !== 'taker' || Math.abs(Number(price) / live - 1) > 0.01) throw new LocalError(`The order was filled at ${price} as ${liquidity} while the market is at ${live}.`);
  }

  /** One stop-loss on either side of the market, close to it: nobody else trades, so a tick of the live market triggers the first of them. */
  private async stopLoss(): Promise<void> {
    const { instrument, token } = await this.book();
    const { symbol, tickSize, lotSize } = instrument;
    const stream = this.stream!;
    const ticks = (bps: number, price: number): string => times(tickSize, Math.round(price * (1 + bps / 10_000) / Number(tickSize)));
    const { book } = await this.book();
    const from = stream.messages.length;
    const orders: { orderId: string; stopPrice: string; side: string }[] = [];
    for (const [side, stopPrice] of [['sell', ticks(-STOP_BPS, Number(book.bids[0][0]))], ['buy', ticks(STOP_BPS, Number(book.asks[0][0]))]] as const) {
      const order = { symbol, side, type: 'stop_loss', stopPrice, quantity: times(lotSize, 10) };
      orders.push({ ...await this.api.post<{ orderId: string }>('/v1/orders', order, token), stopPrice, side });
    }
    const about = (event: string) => stream.until(`the ${event} of a stop-loss`, (messages) => messages.slice(from).find(({ channel, data }) => (
      channel === 'orders' && data.event === event && orders.some(({ orderId }) => orderId === data.orderId)
    )));
    const { data: { orderId } } = await about('triggered');
    const { data: { fill } } = await about('fill');
    const { side, stopPrice } = orders.find((order) => order.orderId === orderId)!;
    const { liquidity } = fill as { liquidity: string };
    // The market itself was there, by its own ticks: within the spread that the house keeps around it.
    const reached = stream.messages.slice(from).some(({ channel, data }) => (
      channel === `ticker.${symbol}` && (side === 'sell' ? Number(data.bidPrice) <= Number(stopPrice) * 1.0005 : Number(data.askPrice) >= Number(stopPrice) * 0.9995)));
    if (!reached || liquidity !== 'taker') throw new LocalError(`The stop-loss to ${side} at ${stopPrice} was filled as ${liquidity}; the live market ${reached ? 'was' : 'was not'} there.`);
    const other = orders.find((order) => order.orderId !== orderId)!;
    await fetch(`${this.platform.describe().baseUrl}/v1/orders/${other.orderId}`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  }

  private async automations(): Promise<void> {
    const { instrument, live, token } = await this.book();
    await lookedAfter(this.api, instrument, live, token, () => this.stopIfAborted());
  }

  private async nightlyRun(): Promise<void> {
    const schedule = this.platform.schedules().find((path) => path.includes('HistorySync'));
    if (schedule === undefined) throw new LocalError('The assembly has no schedule for the history.');
    await this.platform.runSchedule(schedule);
    await this.database.connect();
    const yesterday = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);
    const { rows } = await this.database.query<CandleDay>(
      'SELECT symbol, day::text, status, candles, object_key FROM market.candle_days WHERE candle_interval = \'1m\' AND day = $1 ORDER BY symbol', [yesterday]);
    const symbols = (await this.api.instruments()).map(({ symbol }) => symbol).sort();
    if (rows.map(({ symbol }) => symbol).join() !== symbols.join() || rows.some(({ status, candles }) => status !== 'complete' || candles !== MINUTES)) {
      throw new LocalError(`The index does not have ${yesterday} of ${symbols.join(', ')} complete: ${JSON.stringify(rows)}`);
    }
    this.days = rows;
  }

  private async candles(): Promise<void> {
    for (const { symbol, day, object_key: key, candles } of this.days) {
      if (key !== `data/${symbol}/${day.replaceAll('-', '/')}.parquet`) throw new LocalError(`The candles of ${symbol} are at ${key}.`);
      const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket(), Key: key }));
      const bytes = await Body!.transformToByteArray();
      this.files.push({ symbol, day, key, bytes, candles });
      const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
      const rows = await parquetReadObjects({ file }) as { open_time: Date; open: number; close: number; volume: number }[];
      const market = new PastMarket(symbol, '1');
      const start = Date.parse(`${day}T00:00:00Z`);
      const wrong = rows.findIndex(({ open_time, open, close, volume }, minute) => {
        const [time, wantedOpen, , , wantedClose, wantedVolume] = market.candle(start + minute * 60_000);
        const equal = (a: number, b: string): boolean => Math.abs(a - Number(b)) < 1e-6;
        return open_time.getTime() !== Number(time) || !equal(open, wantedOpen) || !equal(close, wantedClose) || !equal(volume, wantedVolume);
      });
      if (rows.length !== MINUTES || wrong >= 0) throw new LocalError(`${key} has ${rows.length} candles; number ${wrong} is not the exchange's.`);
    }
  }

  private async bars(): Promise<void> {
    const trader = this.platform.users.filter(({ role }) => role === 'trader')[0];
    const { accessToken } = await this.api.signIn(trader);
    await readBarsBack(this.api, this.platform.describe().wsUrl, accessToken, this.days);
  }

  private async table(): Promise<void> {
    const { rows } = await this.database.query<{ symbol: string; n: number }>(
      'SELECT symbol, count(*)::int AS n FROM market.candles WHERE open_time >= $1::date AND open_time < $1::date + 1 GROUP BY symbol ORDER BY symbol', [this.days[0].day]);
    if (rows.length !== this.days.length || rows.some(({ n }) => n !== MINUTES)) throw new LocalError(`The table of candles has ${JSON.stringify(rows)}.`);
  }

  private bucket(): string {
    const found = Object.entries(this.platform.describe().resources).find(([path, { type }]) => type === 'AWS::S3::Bucket' && path.includes('ColdStore'));
    if (!found) throw new LocalError('The assembly has no bucket for candles.');
    return found[1].ref;
  }

  private stopIfAborted(): void {
    if (this.signal.aborted) throw new LocalError('The check was interrupted.');
  }
}

/** The flow of document 001. */
export const realtimeSimulatorCheck: CheckFactory = (platform, signal) => new RealtimeSimulatorCheck(platform, signal);
