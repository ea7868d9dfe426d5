import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { Ingestion } from './ingest';
import { type BybitRest, startBybitRest } from '../../../local/feeds/bybit-rest';
import { startFauxqs } from '../../../local/servers/fauxqs';
import { CandleFiles } from '../../adapters/candles/candle-files';
import { awsClientSettings } from '../../runtime';
import { ExchangeRest } from '../market/exchange';
import { PriceTable } from '../market/price-table';
import type { Quote } from '../market/prices';
import { logger, startTestTables, testCredentials } from '../testing/given';

const DAY = 86_400_000;
let tables: Awaited<ReturnType<typeof startTestTables>>;
let rest: BybitRest;
let stores: Awaited<ReturnType<typeof startFauxqs>>;
let s3: S3Client;
const dir = mkdtempSync(join(tmpdir(), 'ingestion-'));

beforeAll(async () => {
  [tables, rest, stores] = await Promise.all([startTestTables(), startBybitRest({ port: 0 }), startFauxqs({ dataDir: dir })]);
  s3 = new S3Client({ ...awsClientSettings(), ...testCredentials, endpoint: stores.url, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'candles' }));
});
afterAll(async () => {
  s3.destroy();
  await Promise.all([tables.stop(), rest.close(), stores.stop()]);
  rmSync(dir, { recursive: true, force: true });
});

function ingestion(more: object = {}): { ingestion: Ingestion; prices: PriceTable; candles: CandleFiles } {
  const prices = new PriceTable(tables.client, 'prices');
  const candles = new CandleFiles(s3, 'candles');
  return {
    prices, candles,
    ingestion: new Ingestion({
      exchange: new ExchangeRest(rest.url), prices, candles, symbols: ['BTCUSDT', 'ETHUSDT'], retentionSeconds: 3_600, backfillDays: 2, rounds: 1, logger, ...more,
    }),
  };
}

test('prices of the exchange are there afterwards, newest first, and told to who listens', async () => {
  const told: Quote[] = [];
  const one = ingestion({ publish: async (quotes: Quote[]) => { told.push(...quotes); } });
  expect(await one.ingestion.takePrices()).toEqual({ prices: 2 });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await one.ingestion.takePrices();
  const recent = await one.prices.recent('BTCUSDT', 10);
  expect(recent).toHaveLength(2);
  expect(recent[0].time).toBeGreaterThan(recent[1].time);
  expect(recent[0].price).toMatch(/^\d{5}(\.\d)?$/);
  expect(told).toHaveLength(4);
  expect((await one.prices.latest(['ETHUSDT', 'BTCUSDT', 'XRPUSDT'])).map(({ symbol }) => symbol)).toEqual(['ETHUSDT', 'BTCUSDT']);
});

test('what has expired is not shown, even before DynamoDB deletes it', async () => {
  const { prices } = ingestion();
  await prices.put({ symbol: 'OLDUSDT', price: '1', time: Date.now() - 10_000_000 }, 3_600);
  expect(await prices.recent('OLDUSDT', 10)).toEqual([]);
});

test('somebody who cannot be told does not lose the price', async () => {
  const one = ingestion({ publish: async () => Promise.reject(new Error('hung up')) });
  expect(await one.ingestion.takePrices()).toEqual({ prices: 2 });
});

test('candles of past days that are missing are fetched, whole days and once', async () => {
  const one = ingestion();
  const today = Date.now() - Date.now() % DAY;
  expect(await one.ingestion.takeCandles(() => true)).toEqual({ days: 4, complete: true });
  const day = await one.candles.read('BTCUSDT', '1m', today - DAY);
  expect(day!.candles).toHaveLength(1_440);
  expect([day!.candles[0].openTime, day!.candles[1_439].openTime]).toEqual([today - DAY, today - 60_000]);
  expect(await one.candles.read('BTCUSDT', '1m', today)).toBeUndefined();
  expect(await one.ingestion.takeCandles(() => true)).toEqual({ days: 0, complete: true });
  expect(await ingestion({ backfillDays: 5 }).ingestion.takeCandles(() => false)).toEqual({ days: 0, complete: false });
});

test.each<[string, number, string]>([
  ['refuses', 200, '{"retCode":10001,"retMsg":"params error","time":1,"result":{}}'],
  ['answers nonsense', 200, '{"retCode":0,"retMsg":"OK","time":1,"result":{"list":[{"symbol":"BTCUSDT","lastPrice":"NaN"}]}}'],
  ['is down', 503, ''],
])('an exchange that %s is an error and writes nothing', async (_, status, body) => {
  const server = createServer((_request, response) => { response.writeHead(status).end(body); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const put = jest.fn();
  const one = ingestion({ exchange: new ExchangeRest(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), prices: { put } });
  await expect(one.ingestion.takePrices()).rejects.toMatchObject({ name: 'ExchangeError' });
  expect(put).not.toHaveBeenCalled();
  server.close();
});
