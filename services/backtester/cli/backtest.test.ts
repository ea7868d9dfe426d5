import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { backtest } from './backtest';
import { parseFlags } from './flags';
import { PastMarket } from '../../../local/feeds/past-market';
import { candleKey, DAY_MS, dayText } from '../../adapters/candles/candle';
import { encodeCandles } from '../../adapters/candles/parquet';
import { csv } from '../report/csv';
import { htmlOf } from '../report/html';
import { windowsOf } from '../search/walk-forward';
import { DAY0 } from '../testing/given';

const DAYS = 12;
let data: string;
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), 'backtest-data-'));
  const market = new PastMarket('BTCUSDT', 'test');
  for (let i = 0; i < DAYS; i++) {
    const day = DAY0 + i * DAY_MS;
    const candles = Array.from({ length: i === 3 ? 1_439 : 1_440 }, (_, minute) => market.candle(day + minute * 60_000))
      .map(([time, open, high, low, close, volume, turnover]) => ({ openTime: Number(time), open, high, low, close, volume, turnover }));
    const path = join(data, candleKey('BTCUSDT', '1m', day));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, encodeCandles({ symbol: 'BTCUSDT', interval: '1m', day, source: 'test', candles }));
  }
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

const span = ['--from', dayText(DAY0), '--to', dayText(DAY0 + (DAYS - 1) * DAY_MS)];
const ask = (...more: string[]) => backtest(parseFlags(['--data', data, ...span, ...more])!);

test('the command ends with one line of JSON, the same result each time', async () => {
  const program = [join(__dirname, '../../../node_modules/node/bin/node'), '--import', 'tsx', join(__dirname, 'main.ts')];
  const once = async () => (await promisify(execFile)(program[0], [...program.slice(1), '--strategy', 'sma-cross', '--data', data, ...span, '--json'])).stdout;
  const [first, second] = [await once(), await once()].map((out) => JSON.parse(out.trim().split('\n').at(-1)!) as Record<string, unknown>);
  expect(first).toMatchObject({
    status: 'completed', bars: DAYS * 1_440 - 1, spec: { strategy: { name: 'sma-cross', settings: { fast: 10, slow: 50 } }, symbols: ['BTCUSDT'], assumptions: { intrabar: 'pessimistic' } },
    data: [{ incompleteDays: [{ day: '2025-12-13', candles: 1_439, expected: 1_440 }] }], metrics: { maxDrawdown: expect.any(Number) },
  });
  expect(first.resultHash).toMatch(/^[0-9a-f]{64}$/);
  expect(second.resultHash).toBe(first.resultHash);
}, 60_000);

test('anything that goes in changes the hash of the result', async () => {
  const hashes = await Promise.all([
    [], ['--seed', '2'], ['--balance', '99999'], ['--taker-fee-ppm', '999'], ['--set', 'fast=11'], ['--interval', '5'], ['--intrabar', 'path'], ['--from', '2025-12-11'],
  ].map(async (more) => (await ask('--strategy', 'sma-cross', ...more)).report.resultHash));
  expect(new Set(hashes).size).toBe(hashes.length);
});

test('a grid ranks every choice that makes sense, and the report is that of the best', async () => {
  const told: number[] = [];
  const { report, barsRun } = await backtest(parseFlags(['--data', data, ...span, '--strategy', 'sma-cross', '--interval', '15', '--set', 'fast=5:25:5', '--set', 'slow=10:40:10'])!,
    (done, of, what) => { if (what === 'searching') told.push(done / of); });
  expect(report.search).toMatchObject({ points: 14, stopped: 0, heat: { x: { name: 'slow', values: [10, 20, 30, 40] }, y: { name: 'fast', values: [5, 10, 15, 20, 25] } } });
  const balances = report.search!.best.map(({ finalBalance }) => Number(finalBalance));
  expect(balances).toEqual([...balances].sort((a, b) => b - a));
  expect([report.finalBalance, report.spec.strategy.settings]).toEqual([report.search!.best[0].finalBalance, report.search!.best[0].settings]);
  expect(told).toEqual(Array.from({ length: 14 }, (_, i) => (i + 1) / 14));
  expect(barsRun).toBe(15 * report.bars);
});

test('a walk forward tries settings on days that did not choose them', async () => {
  const { report } = await ask('--strategy', 'sma-cross', '--interval', '15', '--set', 'fast=4:12:4', '--set', 'slow=20', '--walk-forward', '4:2');
  expect(report.walkForward!.windows.map(({ train, test: tried }) => [...train, ...tried])).toEqual([
    ['2025-12-10', '2025-12-13', '2025-12-14', '2025-12-15'], ['2025-12-12', '2025-12-15', '2025-12-16', '2025-12-17'],
    ['2025-12-14', '2025-12-17', '2025-12-18', '2025-12-19'], ['2025-12-16', '2025-12-19', '2025-12-20', '2025-12-21'],
  ]);
  const product = report.walkForward!.windows.reduce((value, { testReturn }) => value * (1 + testReturn), 1);
  expect(report.walkForward!.totalReturn).toBeCloseTo(product - 1, 9);
  expect(windowsOf(0, 5 * DAY_MS, { trainDays: 4, testDays: 2 })).toEqual([]);
});

test('the files: a page with everything in it, tables that spreadsheets take for text', async () => {
  const out = join(data, 'out');
  const { files, report } = await ask('--strategy', 'breakout', '--set', 'window=30', '--out', out);
  expect(files.map((file) => file.slice(out.length + 1))).toEqual(['report.json', 'report.html', 'equity.csv', 'trades.csv', 'fills.csv']);
  const page = readFileSync(join(out, 'report.html'), 'utf8');
  expect(page.match(/<svg /g)!.length).toBe(3);
  for (const text of [report.resultHash, report.dataDigest, ...report.assumptionsInWords.slice(0, 2), '1 incomplete days (2025-12-13 with 1439 of 1440)']) expect(page).toContain(text);
  expect(page).not.toMatch(/<script|https?:|src=|@import|NaN|undefined|Infinity/);
  expect(readFileSync(join(out, 'trades.csv'), 'utf8').split('\r\n')[1]).toMatch(/^BTCUSDT,long,2025-12-/);
  expect(readFileSync(join(out, 'equity.csv'), 'utf8').trim().split('\r\n')).toHaveLength(DAYS + 1);
  expect(csv(['a'], [['=1+1'], ['-2.5'], ['-x'], ['say "hi", please'], [undefined]])).toBe('a\r\n\'=1+1\r\n-2.5\r\n\'-x\r\n"say ""hi"", please"\r\n\r\n');
  const evil = { ...report, spec: { ...report.spec, strategy: { name: '<img src=x>', settings: {} } } };
  expect(htmlOf(evil)).not.toContain('<img');
});

describe('a strategy of a file', () => {
  const file = (body: string): string => {
    const path = join(data, `strategy-${Math.abs(body.length)}.ts`);
    writeFileSync(path, `export default class { n = 0; hold: unknown[] = []; constructor(readonly settings: Record<string, number>) {} onBar(bar: any, context: any) { this.n++; ${body} } }`);
    return path;
  };
  const runFile = async (body: string, ...more: string[]) => (await ask('--strategy', file(body), '--memory', '48', '--set', 'lots=3', ...more)).report;
  test('runs on the same engine', async () => {
    const report = await runFile('if (this.n === 5) context.submit({ instrument: 0, side: "buy", type: "market", lots: this.settings.lots });');
    expect(report).toMatchObject({ status: 'completed', metrics: { fills: 1 }, spec: { strategy: { settings: { lots: 3 }, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } } });
  }, 60_000);
  test.each([
    ['throws', 'if (this.n === 9) throw new Error("oops");', 'strategy_threw', '2025-12-10T00:09:00.000Z'],
    ['loops', 'if (this.n === 9) for (;;);', 'strategy_stuck', undefined],
    ['eats memory', 'if (this.n === 9) for (;;) this.hold.push(new Array(100_000).fill(this.n));', 'strategy_memory', undefined],
    ['floods', 'for (;;) context.submit({ instrument: 0, side: "buy", type: "limit", price: 1, lots: 1 });', 'order_flood', '2025-12-10T00:01:00.000Z'],
    ['ends its thread', 'globalThis.process.exit(0);', 'strategy_threw', undefined],
  ])('that %s ends its own run, and the result says so', async (_, body, code, time) => {
    const report = await runFile(body, '--stuck-after', code === 'strategy_stuck' ? '1' : '30');
    expect(report).toMatchObject({ status: 'stopped', fault: { code, ...(time === undefined ? {} : { time }) } });
    expect(htmlOf(report)).toContain('<strong>Stopped at');
  }, 60_000);
  test('that is none is refused with the place of the mistake', async () => {
    await expect(runFile('this is not')).rejects.toThrow(/Expected ";" but found|strategy-/);
  });
});

test.each([
  [['--strategy', 'sma-cross', '--from', '2030-01-01', '--to', '2030-01-02'], 'there are no candles of BTCUSDT from 2030-01-01 to 2030-01-02'],
  [['--strategy', 'sma-cross', '--symbol', 'ETHUSDT'], 'there are no candles of ETHUSDT'],
  [['--strategy', 'astrology'], '--strategy must be sma-cross, breakout, buy-and-hold or a file, got: astrology'],
  [['--strategy', 'sma-cross', '--set', 'fast=60'], 'fast must be shorter than slow, got 60 and 50'],
  [['--strategy', 'sma-cross', '--set', 'fast=x'], '--set must be name=value or name=from:to:step, got: fast=x'],
  [['--strategy', 'sma-cross', '--walk-forward', '30:9'], 'a walk forward of 30 and 9 days needs 39 days'],
  [['--strategy', 'sma-cross', '--from', '2025-02-30'], '--from must be a day such as 2025-12-10, got: 2025-02-30'],
  [['--strategy', 'sma-cross', '--data', '/nowhere'], 'there is no folder /nowhere'],
  [['--strategy', 'sma-cross', '--slippage', 'some'], '--slippage must be none'],
])('%j: %s', async (args, message) => {
  await expect((async () => ask(...args))()).rejects.toThrow(message);
});
