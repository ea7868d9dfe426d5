import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { CancelledError, Executor, folderOf } from './executor';
import { readInstruments } from './instruments';
import { PastMarket } from '../../../local/feeds/past-market';
import { startFauxqs } from '../../../local/servers/fauxqs';
import { type BacktestOrder, BacktestStore } from '../../adapters/backtests/backtest-store';
import { partsOf } from '../../adapters/backtests/estimate';
import { type BacktestJob, jobSchema } from '../../adapters/backtests/job';
import { decodeMessage, encodeMessage, sendParts } from '../../adapters/backtests/message';
import { candleKey, DAY_MS } from '../../adapters/candles/candle';
import { CandleFiles } from '../../adapters/candles/candle-files';
import { newOrderId } from '../../domain';
import { awsClientSettings } from '../../runtime';
import { backtestRoutes } from '../../serverless-api/backtest/routes';
import { Router } from '../../serverless-api/http/router';
import { instruments, INSTRUMENTS, logger, startTestTables, testCredentials } from '../../serverless-api/testing/given';
import { BucketSource, type CandleSource } from '../data/sources';
import type { FullReport } from '../report/html';
import { runLight } from '../runner/run-light';
import { Worker } from '../worker/worker';

const DAYS = [Date.parse('2025-12-10'), Date.parse('2025-12-11')];
const dir = mkdtempSync(join(tmpdir(), 'backtests-'));
let tables: Awaited<ReturnType<typeof startTestTables>>;
let emulator: Awaited<ReturnType<typeof startFauxqs>>;
let sqs: SQSClient;
let s3: S3Client;
let store: BacktestStore;
let light: string;
let heavy: string;
let router: Router;
let workers: Worker[] = [];
let queues = 0;

beforeAll(async () => {
  [tables, emulator] = await Promise.all([startTestTables(), startFauxqs({ dataDir: dir })]);
  const settings = { ...awsClientSettings(30_000), ...testCredentials, endpoint: emulator.url };
  sqs = new SQSClient(settings);
  s3 = new S3Client({ ...settings, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'cold' }));
  const files = new CandleFiles(s3, 'cold');
  for (const symbol of ['BTCUSDT', 'ETHUSDT']) {
    const market = new PastMarket(symbol, 'test');
    for (const day of DAYS) {
      const candles = Array.from({ length: 1_440 }, (_, i) => market.candle(day + i * 60_000))
        .map(([time, open, high, low, close, volume, turnover]) => ({ openTime: Number(time), open, high, low, close, volume, turnover }));
      await files.write({ symbol, interval: '1m', day, source: 'test', candles });
    }
  }
  await s3.send(new PutObjectCommand({ Bucket: 'cold', Key: candleKey('BTCUSDT', '1m', DAYS[0] - 30 * DAY_MS), Body: 'PAR1 but not for long' }));
  store = new BacktestStore(tables.client, 'backtests');
});
afterAll(async () => {
  sqs.destroy();
  s3.destroy();
  await Promise.all([tables.stop(), emulator.stop()]);
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(async () => {
  // New ones: a long poll that somebody gave up may still get the first message.
  const queue = async (name: string): Promise<string> => (await sqs.send(new CreateQueueCommand({ QueueName: `${name}-${++queues}` }))).QueueUrl!;
  [light, heavy] = [await queue('light'), await queue('heavy')];
  router = new Router(backtestRoutes({ store, instruments, sqs, s3, lightQueue: light, heavyQueue: heavy, reportsBucket: 'cold' }), logger);
});
afterEach(async () => {
  await Promise.all(workers.map((one) => one.stop()));
  workers = [];
});

const executorOf = (source: CandleSource = new BucketSource(s3, 'cold')): Executor => (
  new Executor({ store, source, s3, reportsBucket: 'cold', instrumentOf: readInstruments(INSTRUMENTS), logger }));
const body = (more: object = {}): string => JSON.stringify({
  symbol: 'BTCUSDT', from: '2025-12-10', to: '2025-12-11', intervalMinutes: 5, strategy: { type: 'sma-cross', fast: 5, slow: 20 }, ...more,
});
const ask = (method: string, path: string, text?: string, userId = 'me') => router.answer({ method, path, query: {}, body: text, userId });
const start = async (more: object = {}): Promise<{ backtestId: string; weight: string }> => (await ask('POST', '/v1/backtests', body(more))).body as { backtestId: string; weight: string };
const waiting = async (QueueUrl: string): Promise<number> => {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }));
  return Number(Attributes?.ApproximateNumberOfMessages);
};
const take = async (QueueUrl: string): Promise<Pick<SQSRecord, 'body' | 'attributes'>> => {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
  return { body: Messages[0].Body!, attributes: { ApproximateReceiveCount: '1' } as SQSRecord['attributes'] };
};
const options = () => ({ executor: executorOf(), sqs, heavyQueue: heavy as string | undefined, logger });
const plenty = (): number => 900_000;
const work = (): Worker => {
  const worker = new Worker({ sqs, queueUrl: heavy, executor: executorOf(), visibilitySeconds: 30, logger });
  workers.push(worker);
  worker.start();
  return worker;
};
const reportOf = async (backtestId: string): Promise<FullReport> => ((await ask('GET', `/v1/backtests/${backtestId}`)).body as { report: FullReport }).report;
/** 2 days of minutes, a grid of 100,000. */
const LARGE = { intervalMinutes: 1, symbols: ['ETHUSDT'], strategy: { type: 'sma-cross', fast: { from: 1, to: 196, step: 5 }, slow: { from: 1, to: 2_500 } } };
const GRID = { intervalMinutes: 1, symbols: ['ETHUSDT'], symbol: undefined, strategy: { type: 'sma-cross', fast: { from: 4, to: 24, step: 4 }, slow: { from: 10, to: 25, step: 5 } } };

/** Days would have to be many to be heavy; this one is only taken to be, so that it comes in six pieces. */
async function startHeavy(more: object = {}): Promise<BacktestOrder> {
  const { estimate, ...rest } = decodeMessage(encodeMessage({
    userId: 'me', backtestId: newOrderId(), createdAt: '2025-12-12T00:00:00.000Z', job: jobSchema.parse(JSON.parse(body({ ...GRID, ...more }))) as BacktestJob,
    estimate: { weight: 'heavy', candles: 45_000_000, runs: 24, seconds: 300, mebibytes: 300 },
  }));
  const order = { ...rest, estimate };
  await sendParts(sqs, heavy, order);
  await store.queued(order);
  return order;
}

test('a light one goes through the light queue into a report that its owner reads, and nobody else', async () => {
  const { backtestId, weight } = await start();
  expect(weight).toBe('light');
  expect((await ask('GET', `/v1/backtests/${backtestId}`)).body).toMatchObject({ status: 'queued', progress: { done: 0, of: 1 } });
  await runLight(await take(light), plenty, options());
  const { body: found } = await ask('GET', `/v1/backtests/${backtestId}`);
  expect(found).toMatchObject({
    status: 'succeeded', weight: 'light', progress: { done: 1, of: 1 }, summary: { settings: { fast: 5, slow: 20 }, symbols: ['BTCUSDT'], status: 'completed' },
    basis: { engineVersion: 1, assumptions: { intrabar: 'pessimistic' } }, report: { bars: 576 },
  });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'cold', Prefix: `reports/me/${backtestId}/` }));
  expect(Contents.map(({ Key }) => Key!.split('/').slice(3).join('/')).sort()).toEqual(['equity.csv', 'fills.csv', 'parts/0.json', 'report.html', 'report.json', 'trades.csv']);
  const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket: 'cold', Key: `reports/me/${backtestId}/report.html` }));
  expect([ContentType, await Body!.transformToString()]).toEqual(['text/html; charset=utf-8', expect.stringContaining('<h1>sma-cross on BTCUSDT</h1>')]);
  expect((await ask('GET', `/v1/backtests/${backtestId}`, undefined, 'other')).status).toBe(404);
  expect((await ask('GET', '/v1/backtests')).body).toMatchObject({ backtests: [{ backtestId }] });
});

test('a heavy one is done in pieces by several workers, and its best run is the light run of the same settings', async () => {
  const record = await startHeavy();
  const { backtestId } = record;
  const parts = partsOf(record.job, record.estimate).length;
  expect(parts).toBe(6);
  expect([await waiting(light), await waiting(heavy)]).toEqual([0, parts]);
  work();
  work();
  await until(async () => /ed$/.test((await store.read('me', backtestId))?.status.replace('queued', '') ?? ''));
  expect((await store.read('me', backtestId))?.failure).toBeUndefined();
  const report = await reportOf(backtestId);
  expect(report.search).toMatchObject({ points: 15, rankBy: 'finalBalance', heat: { x: { name: 'slow' }, y: { name: 'fast' } } });
  expect(report.data[0]).toMatchObject({ symbol: 'ETHUSDT', bars: 2_880 });
  expect(report.search!.best[0]).toMatchObject({ settings: report.spec.strategy.settings, finalBalance: report.finalBalance });
  await until(async () => await waiting(heavy) === 0);
  // The same span in one piece, where nothing but the estimate differs.
  const { fast, slow } = report.spec.strategy.settings;
  const order = { ...record, userId: 'me', backtestId: '018f0000-0000-7000-8000-000000000001', job: { ...record.job, strategy: { type: 'sma-cross', fast, slow } as unknown as BacktestJob['strategy'] } };
  await executorOf().execute(order, 'light', () => undefined);
  expect((await store.read('me', order.backtestId))?.basis?.resultHash).toBe(report.resultHash);
}, 60_000);

test('a piece that is there is not done again: what was interrupted goes on where it was', async () => {
  const record = await startHeavy();
  const { backtestId } = record;
  const parts = partsOf(record.job, record.estimate).length;
  let reads = 0;
  const source = new BucketSource(s3, 'cold');
  const counting = { read: (key: string) => { reads++; return source.read(key); } };
  for (let part = 1; part < parts; part++) await executorOf(counting).execute({ ...record, part }, 'heavy', () => undefined);
  expect(await store.read('me', backtestId)).toMatchObject({ status: 'running', progress: { done: parts - 1, of: parts } });
  reads = 0;
  await executorOf(counting).execute({ ...record, part: 1 }, 'heavy', () => undefined);
  expect(reads).toBe(0);
  // The whole of it: only the piece that is missing is done, and the result is put together.
  await executorOf(counting).execute(record, 'light', () => undefined);
  expect(await store.read('me', backtestId)).toMatchObject({ status: 'succeeded' });
}, 60_000);

test('one that its owner cancels is not run, and stops where it runs', async () => {
  const { backtestId } = await startHeavy();
  expect((await ask('DELETE', `/v1/backtests/${backtestId}`, undefined, 'other')).status).toBe(404);
  expect(await ask('DELETE', `/v1/backtests/${backtestId}`)).toMatchObject({ status: 200, body: { status: 'cancelled' } });
  expect((await ask('DELETE', `/v1/backtests/${backtestId}`)).status).toBe(200);
  work();
  await until(async () => await waiting(heavy) === 0);
  expect((await store.read('me', backtestId))?.status).toBe('cancelled');
  const second = (await start(LARGE)).backtestId;
  const record = (await store.read('me', second))!;
  let looks = 0;
  const run = executorOf().execute(record, 'heavy', () => { if (looks++ === 3) void store.cancel(record); });
  await run;
  expect((await store.read('me', second))?.status).toBe('cancelled');
  expect((await ask('GET', `/v1/backtests/${second}`)).body).not.toHaveProperty('report');
  expect(new CancelledError()).toBeInstanceOf(Error);
  const { backtestId: done } = await start();
  await runLight({ ...await take(light), body: encodeMessage((await store.read('me', done))!) }, plenty, options());
  expect((await ask('DELETE', `/v1/backtests/${done}`)).body).toMatchObject({ code: 'backtest_ended' });
}, 60_000);

test('a worker that is told to stop gives its piece back', async () => {
  const { backtestId } = await startHeavy({ strategy: { type: 'sma-cross', fast: { from: 1, to: 60 }, slow: { from: 61, to: 120 } } });
  const all = await waiting(heavy);
  const worker = work();
  await until(async () => (await store.read('me', backtestId))?.status === 'running');
  await worker.stop();
  const { progress, status } = (await store.read('me', backtestId))!;
  expect(status).toBe('running');
  expect(await waiting(heavy)).toBe(all - progress.done);
}, 60_000);

test('one that takes longer than its function has goes to the workers in pieces', async () => {
  const { backtestId } = await start();
  const message = await take(light);
  await runLight(message, () => 10_000, options());
  const part = decodeMessage((await take(heavy)).body);
  expect([part.backtestId, part.part, await waiting(heavy)]).toEqual([backtestId, 0, 0]);
  await start();
  await runLight(await take(light), () => 10_000, { ...options(), heavyQueue: undefined });
  const [last] = await store.list('me', 1);
  expect(last.backtestId).not.toBe(backtestId);
  expect(last).toMatchObject({ status: 'failed', failure: { code: 'took_too_long' } });
});

test('a message that comes twice changes nothing the second time', async () => {
  await start();
  const message = await take(light);
  await runLight(message, plenty, options());
  const [first] = await store.list('me', 1);
  await runLight(message, plenty, options());
  expect((await store.list('me', 1))[0]).toEqual(first);
});

test('a record that the API did not come to write is written by who runs it', async () => {
  await start();
  const message = await take(light);
  const order = { ...decodeMessage(message.body), userId: 'nobody-noted' };
  await runLight({ ...message, body: encodeMessage(order) }, plenty, options());
  expect(await store.read('nobody-noted', order.backtestId)).toMatchObject({ status: 'succeeded' });
});

test.each<[string, object, string]>([
  ['without candles', { from: '2020-01-01', to: '2020-01-02' }, 'no_candles'],
  ['with a damaged file', { from: '2025-11-10', to: '2025-11-10' }, 'corrupt_candles'],
])('%s it fails and says so', async (_, more, code) => {
  await start(more);
  await runLight(await take(light), plenty, options());
  expect((await store.list('me', 1))[0]).toMatchObject({ status: 'failed', failure: { code } });
});

test('a fault of ours fails after the last attempt', async () => {
  await start();
  const message = await take(light);
  const broken = executorOf({ read: () => Promise.reject(new Error('S3 is away')) });
  await expect(runLight(message, plenty, { ...options(), executor: broken })).rejects.toThrow('S3 is away');
  expect((await store.list('me', 1))[0].status).toBe('running');
  const last = { ...message, attributes: { ...message.attributes, ApproximateReceiveCount: '3' } };
  await expect(runLight(last, plenty, { ...options(), executor: broken })).rejects.toThrow('S3 is away');
  expect((await store.list('me', 1))[0]).toMatchObject({ status: 'failed', failure: { code: 'internal_error' } });
});

test('several instruments each by itself, and in one account', async () => {
  for (const together of [false, true]) {
    const { backtestId } = await start({ symbol: undefined, symbols: ['BTCUSDT', 'ETHUSDT'], together });
    await runLight(await take(light), plenty, options());
    const report = await reportOf(backtestId);
    expect(report.spec.symbols).toHaveLength(together ? 2 : 1);
    expect(report.search?.best.map(({ symbols }) => symbols?.[0]).sort()).toEqual(together ? undefined : ['BTCUSDT', 'ETHUSDT']);
  }
  expect(folderOf({ userId: 'a', backtestId: 'b' })).toBe('reports/a/b');
  await s3.send(new DeleteObjectCommand({ Bucket: 'cold', Key: 'nothing' }));
});

test.each<[string, object, string]>([
  ['a day that is not over', { to: '2999-01-01' }, 'invalid_backtest'],
  ['a span that ends before it begins', { from: '2025-12-12' }, 'invalid_backtest'],
  ['a fast average that is never faster', { strategy: { type: 'sma-cross', fast: 20, slow: 20 } }, 'invalid_strategy'],
  ['a grid of averages that are never faster', { strategy: { type: 'sma-cross', fast: { from: 20, to: 30 }, slow: 20 } }, 'invalid_backtest'],
  ['another strategy', { strategy: { type: 'astrology', fast: 1, slow: 2 } }, 'invalid_field'],
  ['a setting that there is not', { strategy: { type: 'sma-cross', fast: 1, slow: 2, hope: 1 } }, 'invalid_backtest'],
  ['a setting out of range', { strategy: { type: 'sma-cross', fast: 1, slow: { from: 1, to: 20_000 } } }, 'invalid_backtest'],
  ['no symbol', { symbol: undefined }, 'invalid_field'],
  ['a symbol that is not traded', { symbol: 'XRPUSDT' }, 'unknown_symbol'],
  ['money as a number', { startBalance: 5 }, 'invalid_field'],
])('%s is refused before it is queued', async (_, more, code) => {
  expect((await ask('POST', '/v1/backtests', body(more))).body).toMatchObject({ code });
  expect([await waiting(light), await waiting(heavy)]).toEqual([0, 0]);
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 800; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not come to that');
}
