import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { KlineHistory } from './bybit/kline-history';
import { RefusedError } from './candle-source';
import { readRange } from './request';
import { daysToSync, syncDays, type SyncOptions } from './sync';
import { answer, minutes, type ScriptedExchange, startExchange } from './testing/exchange';
import { startFauxqs } from '../../local/servers/fauxqs';
import { freePort } from '../../local/servers/ports';
import { candleKey, DAY_MS, dayText } from '../adapters/candles/candle';
import { CandleFiles } from '../adapters/candles/candle-files';
import { CandleIndex } from '../adapters/candles/candle-index';
import { CandleTable } from '../adapters/candles/candle-table';
import { awsClientSettings } from '../runtime';
import { startTestLedger, type TestLedger } from '../setup/testing/ledger';

const Bucket = 'cold-storage';
const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const yesterday = today - DAY_MS;
let dir: string;
let ledger: TestLedger;
let fauxqs: Awaited<ReturnType<typeof startFauxqs>>;
let s3: S3Client;
let exchange: ScriptedExchange;
let files: CandleFiles;
let index: CandleIndex;
let table: CandleTable;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'history-'));
  [ledger, fauxqs, exchange] = await Promise.all([startTestLedger(), startFauxqs({ dataDir: dir }), startExchange(today + 300_000)]);
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_ENDPOINT_URL_S3: fauxqs.url });
  s3 = new S3Client(awsClientSettings());
  await s3.send(new CreateBucketCommand({ Bucket }));
  files = new CandleFiles(s3, Bucket);
  const pool = ledger.pool('history');
  index = new CandleIndex(pool);
  table = new CandleTable(pool, 90);
});
afterAll(async () => {
  s3?.destroy();
  await Promise.all([ledger?.stop(), fauxqs?.stop(), exchange?.close()]);
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(async () => {
  exchange.faults.length = 0;
  exchange.queries.length = 0;
  exchange.candles.clear();
  await ledger.query('TRUNCATE market.candle_days, market.candles');
  await table.prepare(today);
});

const options = (changes: Partial<SyncOptions> = {}): SyncOptions => ({
  source: new KlineHistory({ url: exchange.url, paceMs: 0 }), files, table, index, logger: ledger.logger, retryForMs: 2_000, pauseMs: [1, 4], today,
  signal: new AbortController().signal, ...changes,
});
const task = (symbol = 'BTCUSDT', day = yesterday) => ({ symbol, interval: '1m' as const, day });
const rows = () => ledger.query('SELECT symbol, day::text, status, candles, array_length(missing, 1) AS missing FROM market.candle_days ORDER BY symbol, day');

test('a day is in the file, in the table and, last, in the index; doing it again changes nothing', async () => {
  exchange.candles.set('BTCUSDT', minutes(yesterday));
  const order: string[] = [];
  const watched = options({
    files: { write: async (day) => { order.push('file'); return files.write(day); } },
    table: { keeps: () => true, write: async (day) => { order.push('table'); return table.write(day); } },
    index: { days: (...args) => index.days(...args), put: async (day, file) => { order.push('index'); return index.put(day, file); } },
  });
  expect(await syncDays([task()], watched)).toEqual({ complete: 1, incomplete: 0, failed: 0, candles: 1_440 });
  expect(order).toEqual(['file', 'table', 'index']);
  const [indexed] = await index.days('BTCUSDT', '1m', yesterday, yesterday);
  expect(indexed).toEqual({ day: yesterday, status: 'complete', candles: 1_440, key: candleKey('BTCUSDT', '1m', yesterday), sha256: expect.stringMatching(/^[0-9a-f]{64}$/), source: 'bybit' });
  const read = await files.read('BTCUSDT', '1m', yesterday, indexed.sha256);
  expect(read?.candles[61]).toEqual({ openTime: yesterday + 61 * 60_000, open: '90000.1', high: '90062.25', low: '89000', close: '90000', volume: '61.00000001', turnover: '12345.678901' });
  expect(await ledger.query('SELECT count(*)::int AS n, sum(volume)::text AS volume FROM market.candles')).toEqual([{ n: 1_440, volume: '1036080.00001440' }]);

  expect(await syncDays([task()], options())).toMatchObject({ complete: 1 });
  expect(await index.days('BTCUSDT', '1m', yesterday, yesterday)).toEqual([indexed]);
  expect(await ledger.query('SELECT count(*)::int AS n FROM market.candles')).toEqual([{ n: 1_440 }]);
});

test('a day of 1,439 minutes is asked for again, then marked, and complete once the exchange has it', async () => {
  exchange.candles.set('BTCUSDT', minutes(yesterday, [700]));
  expect(await syncDays([task()], options())).toEqual({ complete: 0, incomplete: 1, failed: 0, candles: 1_439 });
  expect(exchange.queries).toHaveLength(6);
  expect(await rows()).toEqual([{ symbol: 'BTCUSDT', day: dayText(yesterday), status: 'incomplete', candles: 1_439, missing: 1 }]);
  expect(await daysToSync(index, ['BTCUSDT'], ['1m'], yesterday, yesterday)).toEqual([task()]);

  exchange.candles.set('BTCUSDT', minutes(yesterday));
  expect(await syncDays(await daysToSync(index, ['BTCUSDT'], ['1m'], yesterday, yesterday), options())).toMatchObject({ complete: 1 });
  expect(await rows()).toMatchObject([{ status: 'complete', missing: null }]);
});

test('an exchange that fails is tried again; a symbol that it refuses does not hold up the others', async () => {
  exchange.candles.set('BTCUSDT', minutes(yesterday));
  exchange.candles.set('ETHUSDT', minutes(yesterday));
  exchange.faults.push((response) => response.writeHead(502).end());
  exchange.faults.push((response) => answer(response, today, {}, 10_006), (response) => response.destroy());
  const source = new KlineHistory({ url: exchange.url, paceMs: 0 });
  // Without the wait that the exchange asks for, which a test has no time for.
  const day: KlineHistory['day'] = (...args) => source.day(...args).catch((error: unknown) => {
    Object.assign(source, { pacer: { pass: () => Promise.resolve(), pause: () => undefined } });
    throw error instanceof RefusedError ? error : new Error((error as Error).message);
  });
  const seen: string[] = [];
  const summary = await syncDays([task('NOPE'), task(), task('ETHUSDT')], options({ source: { name: 'bybit', day }, onProgress: (done, of, { symbol }) => seen.push(`${done}/${of} ${symbol}`) }));
  expect(summary).toEqual({ complete: 2, incomplete: 0, failed: 1, candles: 2_880 });
  expect(seen.at(-1)).toMatch(/^3\/3 /);
  expect((await rows()).map(({ symbol }) => symbol)).toEqual(['BTCUSDT', 'ETHUSDT']);
});

test('what cannot be stored leaves no index row; the time that is given is kept to', async () => {
  exchange.candles.set('BTCUSDT', minutes(yesterday));
  const started = Date.now();
  const broken = { write: () => Promise.reject(new Error('the store is away')) };
  expect(await syncDays([task()], options({ files: broken, retryForMs: 100 }))).toMatchObject({ failed: 1 });
  expect(Date.now() - started).toBeLessThan(2_000);
  expect(await rows()).toEqual([]);
});

test('gaps of a range are found and filled, what is there is not asked for', async () => {
  const first = yesterday - 4 * DAY_MS;
  exchange.candles.set('BTCUSDT', new Map([0, 1, 2, 3, 4].flatMap((n) => [...minutes(first + n * DAY_MS)])));
  await syncDays([task('BTCUSDT', first + DAY_MS), task('BTCUSDT', first + 3 * DAY_MS)], options());
  const gaps = await daysToSync(index, ['BTCUSDT'], ['1m'], first, yesterday);
  expect(gaps.map(({ day }) => (day - first) / DAY_MS)).toEqual([0, 2, 4]);
  await syncDays(gaps, options());
  expect(await daysToSync(index, ['BTCUSDT'], ['1m'], first, yesterday)).toEqual([]);
});

test('a file that is not the one of the index is not used', async () => {
  exchange.candles.set('BTCUSDT', minutes(yesterday));
  await syncDays([task()], options());
  const [{ sha256, key }] = await index.days('BTCUSDT', '1m', yesterday, yesterday);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key }));
  const bytes = await Body!.transformToByteArray();
  bytes[1_000] ^= 1;
  await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: bytes }));
  await expect(files.read('BTCUSDT', '1m', yesterday, sha256)).rejects.toThrow('is not the file that the index names');
  expect(await files.read('SOLUSDT', '1m', yesterday)).toBeUndefined();
});

test('months of candles are made ahead and dropped by age; the role can do no more', async () => {
  const months = async () => (await ledger.query<{ name: string }>("SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'market.candles'::regclass ORDER BY 1")).map(({ name }) => name);
  expect(await table.prepare(today)).toEqual({ made: 0, dropped: 0 });
  const before = await months();
  expect(before.length).toBeGreaterThanOrEqual(6);
  await ledger.query("SELECT market.make_candle_months('2020-01-15', '2020-02-01')");
  expect(await months()).toEqual(['market.candles_2020_01', 'market.candles_2020_02', ...before]);
  expect(await table.prepare(today)).toEqual({ made: 0, dropped: 2 });
  expect(await months()).toEqual(before);
  const pool = ledger.pool('history', 1);
  await expect(pool.query('SELECT market.drop_candle_months(current_date)')).rejects.toThrow('are kept');
  for (const text of ['DELETE FROM market.candle_days', 'DROP TABLE market.candles', 'SELECT 1 FROM ledger.balances', 'CREATE TABLE market.mine (id int)']) {
    await expect(pool.query(text)).rejects.toMatchObject({ code: '42501' });
  }
  await expect(ledger.pool('api', 1).query('SELECT count(*) FROM market.candle_days')).resolves.toMatchObject({ rowCount: 1 });
});

test('the index takes no contradiction', async () => {
  const insert = (status: string, missing: string) => ledger.query(
    `INSERT INTO market.candle_days VALUES ('X', '1m', '2025-12-10', '${status}', 1439, '${missing}', 'k', 1, repeat('a', 64), 'bybit')`);
  await expect(insert('complete', '{2025-12-10T00:01:00Z}')).rejects.toMatchObject({ code: '23514' });
  await expect(insert('incomplete', '{}')).rejects.toMatchObject({ code: '23514' });
});

describe('the range of a run', () => {
  test.each<[string[], string, string]>([
    [[], dayText(today - 7 * DAY_MS), dayText(yesterday)],
    [['--from', '2025-01-01'], '2025-01-01', dayText(yesterday)],
    [['--from=2025-01-01', '--to=2025-01-31'], '2025-01-01', '2025-01-31'],
  ])('%j', (args, from, to) => {
    const range = readRange(args, 7, today);
    expect([dayText(range.from), dayText(range.to)]).toEqual([from, to]);
  });
  test.each<[string[], RegExp]>([
    [['--to', '2025-01-01'], /needs a --from/],
    [['--from', '2025-13-01'], /is not a day/],
    [['--from', '2025-01-02', '--to', '2025-01-01'], /must not be after/],
    [['--from', '2025-01-01', '--to', dayText(today)], /must be a day that is over/],
    [['--from', '2000-01-01'], /at most 3660 days/],
    [['--since', '2025-01-01'], /there are --from and --to/],
  ])('%j is refused', (args, message) => {
    expect(() => readRange(args, 7, today)).toThrow(message);
  });
});

describe('as a process', () => {
  const run = async (args: string[], environment: Record<string, string> = {}): Promise<{ code: number | null; output: string }> => {
    const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'main.ts'), ...args], {
      env: {
        PATH: process.env.PATH, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_ENDPOINT_URL_S3: fauxqs.url,
        NODE_EXTRA_CA_CERTS: new URL(ledger.server.url).searchParams.get('sslrootcert')!, PORT: String(await freePort()), MARKET_URL: exchange.url, SYMBOLS: 'BTCUSDT', CANDLES_BUCKET: Bucket,
        LEDGER_URL: ledger.url('history'), LOOK_BACK_DAYS: '2', RETRY_FOR_SECONDS: '0', ENVIRONMENT: 'test', ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { output += data.toString(); });
    return { code: await new Promise((resolve) => child.once('close', resolve)), output };
  };

  test('a nightly run leaves the files, counts what it did and ends', async () => {
    exchange.candles.set('BTCUSDT', new Map([...minutes(yesterday - DAY_MS, [3]), ...minutes(yesterday)]));
    const { code, output } = await run([]);
    expect({ code, output }).toMatchObject({ code: 0 });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'data/BTCUSDT/' }));
    expect(Contents.map(({ Key }) => Key)).toContain(candleKey('BTCUSDT', '1m', yesterday));
    const line = output.split('\n').find((text) => text.includes('"_aws"'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ ServiceName: 'history-sync', CompleteDays: 1, IncompleteDays: 1, FailedDays: 0, Candles: 2_879 });
  });

  test('a run that could not write a day fails', async () => {
    const { code, output } = await run([], { SYMBOLS: 'NOPE' });
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('a day of candles is missing') as string });
  });

  test('debugging in production, intervals and days that do not exist are one sentence', async () => {
    expect(await run([], { ENVIRONMENT: 'production', DEBUG: 'true' })).toMatchObject({ code: 1, output: expect.stringMatching(/^history-sync cannot start .*DEBUG: must not be true while ENVIRONMENT is "production".*\n$/) as string });
    expect(await run([], { INTERVALS: '1m,7m' })).toMatchObject({ code: 1, output: expect.stringMatching(/^history-sync cannot start: INTERVALS must be of 1m, .*"7m"\n$/) as string });
    expect(await run(['--from', 'monday'])).toMatchObject({ code: 1, output: expect.stringMatching(/^history-sync cannot start: "monday" is not a day/) as string });
  });
});
