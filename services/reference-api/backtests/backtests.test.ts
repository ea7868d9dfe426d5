/** Backtests over HTTP: asked for here, run by the function that runs them, on stand-ins of DynamoDB, SQS and S3. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { MOST_ACTIVE } from './backtests';
import { PastMarket } from '../../../local/feeds/past-market';
import { startFauxqs } from '../../../local/servers/fauxqs';
import { BacktestDesk } from '../../adapters/backtests/backtest-desk';
import { BacktestStore } from '../../adapters/backtests/backtest-store';
import { CandleFiles } from '../../adapters/candles/candle-files';
import { PresignedObjects } from '../../adapters/uploads/presigned';
import { BucketSource } from '../../backtester/data/sources';
import { Executor } from '../../backtester/jobs/executor';
import { readInstruments } from '../../backtester/jobs/instruments';
import { runLight } from '../../backtester/runner/run-light';
import { awsClientSettings } from '../../runtime';
import { INSTRUMENTS, startTestTables, testCredentials } from '../../serverless-api/testing/given';
import { ALICE, type Answer, BOB, call, Harness, logger, type Task } from '../testing/harness';

const DAY = Date.parse('2025-12-10');
const dir = mkdtempSync(join(tmpdir(), 'backtest-routes-'));
let tables: Awaited<ReturnType<typeof startTestTables>>;
let emulator: Awaited<ReturnType<typeof startFauxqs>>;
let sqs: SQSClient;
let s3: S3Client;
let store: BacktestStore;
let queue: string;
let harness: Harness;
let task: Task;
let alice: string;
let bob: string;

beforeAll(async () => {
  [tables, emulator, harness] = await Promise.all([startTestTables(), startFauxqs({ dataDir: dir }), new Harness().start()]);
  const settings = { ...awsClientSettings(30_000), ...testCredentials, endpoint: emulator.url };
  sqs = new SQSClient(settings);
  s3 = new S3Client({ ...settings, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'cold' }));
  const market = new PastMarket('BTCUSDT', 'test');
  const candles = Array.from({ length: 1_440 }, (_, i) => market.candle(DAY + i * 60_000))
    .map(([time, open, high, low, close, volume, turnover]) => ({ openTime: Number(time), open, high, low, close, volume, turnover }));
  await new CandleFiles(s3, 'cold').write({ symbol: 'BTCUSDT', interval: '1m', day: DAY, source: 'test', candles });
  store = new BacktestStore(tables.client, 'backtests');
  queue = (await sqs.send(new CreateQueueCommand({ QueueName: 'light' }))).QueueUrl!;
  task = await harness.task({
    backtests: { desk: new BacktestDesk({ store, sqs, s3, lightQueue: queue, reportsBucket: 'cold' }), files: new PresignedObjects(s3, 'cold') },
  });
  [alice, bob] = [harness.pool.token(ALICE), harness.pool.token(BOB)];
}, 90_000);
afterAll(async () => {
  await harness?.stop();
  sqs?.destroy();
  s3?.destroy();
  await Promise.all([tables?.stop(), emulator?.stop()]);
  rmSync(dir, { recursive: true, force: true });
});

const job = (more: object = {}): object => ({ symbol: 'BTCUSDT', from: '2025-12-10', to: '2025-12-10', intervalMinutes: 1, strategy: { type: 'sma-cross', fast: 5, slow: 20 }, ...more });
const submit = (body: object, token = alice): Promise<Answer> => call(task, 'POST', '/v1/backtests', { token, body });
const read = (id: unknown, token = alice): Promise<Answer> => call(task, 'GET', `/v1/backtests/${String(id)}`, { token });

/** Does what the function does with the next message. */
async function runNext(): Promise<void> {
  const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue, WaitTimeSeconds: 1 }));
  const executor = new Executor({ store, source: new BucketSource(s3, 'cold'), s3, reportsBucket: 'cold', instrumentOf: readInstruments(INSTRUMENTS), logger });
  const record = { body: message.Body!, attributes: { ApproximateReceiveCount: '1' } } as SQSRecord;
  await runLight(record, () => 900_000, { executor, sqs, logger });
  await sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: message.ReceiptHandle! }));
}

test('a backtest is taken, run, and told with its report, to its owner alone', async () => {
  const { status, body: { backtestId, runs } } = await submit(job());
  expect([status, runs]).toEqual([202, 1]);
  expect((await read(backtestId)).body).toMatchObject({ status: 'queued', progress: { done: 0, of: 1 }, job: { startBalance: '100000' } });
  await runNext();
  const { body } = await read(backtestId);
  expect(body).toMatchObject({ status: 'succeeded', progress: { done: 1, of: 1 }, summary: { symbols: ['BTCUSDT'], settings: { fast: 5, slow: 20 } } });
  const report = body.report as { equity: [string, string][]; finalBalance: string; resultHash: string };
  expect([report.equity.at(-1)?.[1], report.resultHash]).toEqual([report.finalBalance, body.resultHash]);
  const page = await fetch((body.html as { url: string }).url);
  expect([page.status, (await page.text()).startsWith('<!doctype html>')]).toEqual([200, true]);
  expect((await call(task, 'GET', '/v1/backtests', { token: alice })).body).toMatchObject({ backtests: [{ backtestId, status: 'succeeded' }] });
  expect(await read(backtestId, bob)).toMatchObject({ status: 404, body: { code: 'unknown_backtest' } });
  expect((await call(task, 'GET', '/v1/backtests', { token: bob })).body).toEqual({ backtests: [] });
  expect(await call(task, 'DELETE', `/v1/backtests/${String(backtestId)}`, { token: alice })).toMatchObject({ status: 409, body: { code: 'backtest_ended' } });
});

test('an account has a limited number at a time; one that is cancelled makes room and is not run', async () => {
  const sent: Answer[] = [];
  for (let i = 0; i <= MOST_ACTIVE; i++) sent.push(await submit(job({ seed: i })));
  expect(sent.map(({ status }) => status)).toEqual([...Array<number>(MOST_ACTIVE).fill(202), 409]);
  expect(sent.at(-1)!.body).toMatchObject({ code: 'too_many_backtests', limit: MOST_ACTIVE });
  const [first] = sent;
  const cancel = (token: string): Promise<Answer> => call(task, 'DELETE', `/v1/backtests/${String(first.body.backtestId)}`, { token });
  expect((await cancel(bob)).status).toBe(404);
  expect((await cancel(alice)).body).toMatchObject({ status: 'cancelled' });
  expect((await cancel(alice)).status).toBe(200);
  expect((await submit(job({ seed: 9 }))).status).toBe(202);
  for (let i = 0; i <= MOST_ACTIVE; i++) await runNext();
  expect((await read(first.body.backtestId)).body.status).toBe('cancelled');
});

test.each<[string, object, number, string]>([
  ['a day that is not over', { to: '2999-01-01' }, 422, 'invalid_backtest'],
  ['a setting that there is not', { strategy: { type: 'sma-cross', fast: 1, slow: 2, hope: 1 } }, 422, 'invalid_backtest'],
  ['an instrument that is not traded', { symbol: 'NOPE' }, 400, 'unknown_symbol'],
  ['another strategy', { strategy: { type: 'astrology' } }, 400, 'invalid_field'],
  ['too much for a function', { from: '2005-01-01' }, 422, 'backtest_needs_workers'],
  ['another field', { userId: BOB }, 400, 'unknown_field'],
])('%s is refused', async (_, more, status, code) => {
  expect(await submit(job(more))).toMatchObject({ status, body: { code } });
});

test('the catalogue says what can be set', async () => {
  const { body } = await call(task, 'GET', '/v1/strategies');
  expect(body.strategies).toContainEqual({
    type: 'breakout', settings: expect.arrayContaining([expect.objectContaining({ name: 'window', least: 1, otherwise: 60 })]) as object,
  });
});

test('a store that is away is 503, and where none are run it is said', async () => {
  const reads = jest.spyOn(store, 'list').mockRejectedValue(new Error('away'));
  expect(await submit(job())).toMatchObject({ status: 503, body: { code: 'backtests_unavailable' } });
  reads.mockRestore();
  const none = await harness.task({ backtests: undefined });
  expect(await call(none, 'GET', '/v1/backtests', { token: alice })).toMatchObject({ status: 404, body: { code: 'feature_not_here', feature: 'backtests' } });
});
