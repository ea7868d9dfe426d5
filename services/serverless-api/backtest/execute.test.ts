import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { BacktestStore } from './backtest-store';
import { CandleStore } from './candles';
import { Executor, reportKey } from './execute';
import { decodeOrder, encodeOrder } from './message';
import { backtestRoutes } from './routes';
import { PastMarket } from '../../../local/feeds/past-market';
import { startFauxqs } from '../../../local/servers/fauxqs';
import { awsClientSettings } from '../../runtime';
import { runLight } from '../backtest-runner/run-light';
import { Worker } from '../backtest-worker/worker';
import { Router } from '../http/router';
import type { Candle } from '../market/exchange';
import { instruments, logger, startTestTables, testCredentials } from '../testing/given';

const DAY = 86_400_000;
const dir = mkdtempSync(join(tmpdir(), 'backtests-'));
let tables: Awaited<ReturnType<typeof startTestTables>>;
let emulator: Awaited<ReturnType<typeof startFauxqs>>;
let sqs: SQSClient;
let s3: S3Client;
let store: BacktestStore;
let executor: Executor;
let light: string;
let heavy: string;
let router: Router;
let worker: Worker | undefined;
let queues = 0;

beforeAll(async () => {
  [tables, emulator] = await Promise.all([startTestTables(), startFauxqs({ dataDir: dir })]);
  const settings = { ...awsClientSettings(30_000), ...testCredentials, endpoint: emulator.url };
  sqs = new SQSClient(settings);
  s3 = new S3Client({ ...settings, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'cold' }));
  const candles = new CandleStore(s3, 'cold');
  const market = new PastMarket('BTCUSDT', 'test');
  for (const day of [Date.parse('2025-12-10'), Date.parse('2025-12-11')]) {
    const minutes = Array.from({ length: 1_440 }, (_, i) => market.candle(day + i * DAY / 1_440));
    await candles.write('BTCUSDT', day, minutes.map(([time, ...values]) => [Number(time), ...values.slice(0, 5)] as unknown as Candle));
  }
  store = new BacktestStore(tables.client, 'backtests');
  executor = new Executor({ store, candles, s3, reportsBucket: 'cold', instruments, logger });
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
afterEach(() => worker?.stop());

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
const options = () => ({ executor, sqs, heavyQueue: heavy, logger });
const plenty = (): number => 900_000;

test('a light one goes through the light queue into a report that its owner reads, and nobody else', async () => {
  const { backtestId, weight } = await start();
  expect(weight).toBe('light');
  expect((await ask('GET', `/v1/backtests/${backtestId}`)).body).toMatchObject({ status: 'queued' });
  await runLight(await take(light), plenty, options());
  const { body: found } = await ask('GET', `/v1/backtests/${backtestId}`);
  expect(found).toMatchObject({ status: 'succeeded', weight: 'light', summary: { fast: 5, slow: 20 }, report: { candles: 576, pairs: 1 } });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'cold', Key: `reports/me/${backtestId}.json` }));
  expect(JSON.parse(await Body!.transformToString())).toEqual((found as { report: object }).report);
  expect((await ask('GET', `/v1/backtests/${backtestId}`, undefined, 'other')).status).toBe(404);
  expect((await ask('GET', '/v1/backtests')).body).toMatchObject({ backtests: [{ backtestId }] });
});

test('a heavy one goes to the workers, who delete it when it is done', async () => {
  const large = { intervalMinutes: 1, from: '2024-01-01', strategy: { type: 'sma-cross', fast: { from: 1, to: 60 }, slow: { from: 1, to: 60 } } };
  expect(await start(large)).toMatchObject({ weight: 'heavy' });
  expect([await waiting(light), await waiting(heavy)]).toEqual([0, 1]);
  worker = new Worker({ sqs, queueUrl: heavy, executor, visibilitySeconds: 30, logger });
  worker.start();
  const [{ backtestId }] = (await store.list('me', 1));
  await until(async () => (await store.read('me', backtestId))?.status === 'succeeded');
  await worker.stop();
  expect(await store.read('me', backtestId)).toMatchObject({ weight: 'heavy', reportKey: reportKey({ userId: 'me', backtestId }) });
  expect(await waiting(heavy)).toBe(0);
}, 30_000);

test('a worker that is told to stop gives its backtest back', async () => {
  await start({ intervalMinutes: 1, from: '2024-01-01', strategy: { type: 'sma-cross', fast: { from: 1, to: 900 }, slow: { from: 1, to: 900 } } });
  const [{ backtestId }] = (await store.list('me', 1));
  worker = new Worker({ sqs, queueUrl: heavy, executor, visibilitySeconds: 30, logger });
  worker.start();
  await until(async () => (await store.read('me', backtestId))?.status === 'running');
  await worker.stop();
  expect(await waiting(heavy)).toBe(1);
  expect((await store.read('me', backtestId))?.status).toBe('running');
}, 30_000);

test('one that takes longer than its function has goes to the workers as it came', async () => {
  const { backtestId } = await start();
  const message = await take(light);
  // The second look at the clock comes within the work.
  let looks = 0;
  await runLight(message, () => (looks++ === 0 ? 900_000 : 10_000), { ...options(), executor: slow() });
  expect((await take(heavy)).body).toBe(message.body);
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
  const order = { ...decodeOrder(message.body), userId: 'nobody-noted' };
  await runLight({ ...message, body: encodeOrder(order) }, plenty, options());
  expect(await store.read('nobody-noted', order.backtestId)).toMatchObject({ status: 'succeeded' });
});

test('without candles it fails and says so; a fault of ours fails after the last attempt', async () => {
  await start({ from: '2020-01-01', to: '2020-01-02' });
  await runLight(await take(light), plenty, options());
  expect((await store.list('me', 1))[0]).toMatchObject({ status: 'failed', failure: { code: 'no_candles' } });
  await start();
  const message = await take(light);
  const broken = new Executor({ store, candles: { read: () => Promise.reject(new Error('S3 is away')) } as unknown as CandleStore, s3, reportsBucket: 'cold', instruments, logger });
  await expect(runLight(message, plenty, { ...options(), executor: broken })).rejects.toThrow('S3 is away');
  expect((await store.list('me', 1))[0].status).toBe('running');
  const last = { ...message, attributes: { ...message.attributes, ApproximateReceiveCount: '3' } };
  await expect(runLight(last, plenty, { ...options(), executor: broken })).rejects.toThrow('S3 is away');
  expect((await store.list('me', 1))[0]).toMatchObject({ status: 'failed', failure: { code: 'internal_error' } });
});

test.each<[string, object, string]>([
  ['a day that is not over', { to: '2999-01-01' }, 'invalid_backtest'],
  ['a span that ends before it begins', { from: '2025-12-12' }, 'invalid_backtest'],
  ['a fast average that is never faster', { strategy: { type: 'sma-cross', fast: 20, slow: 20 } }, 'invalid_backtest'],
  ['another strategy', { strategy: { type: 'astrology', fast: 1, slow: 2 } }, 'invalid_field'],
  ['a symbol that is not traded', { symbol: 'XRPUSDT' }, 'unknown_symbol'],
  ['money as a number', { startBalance: 5 }, 'invalid_field'],
])('%s is refused before it is queued', async (_, more, code) => {
  expect((await ask('POST', '/v1/backtests', body(more))).body).toMatchObject({ code });
  expect([await waiting(light), await waiting(heavy)]).toEqual([0, 0]);
});

function slow(): Executor {
  return { execute: async (_order: object, _weight: 'light', check: () => void) => { check(); check(); }, fail: () => undefined } as unknown as Executor;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not come to that');
}
