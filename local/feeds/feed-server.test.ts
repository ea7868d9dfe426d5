import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import WebSocket from 'ws';
import { type FeedServer, startFeedServer } from './feed-server';
import { GeneratedMarket } from './market';

interface Frame {
  readonly topic?: string;
  readonly type?: string;
  readonly conn_id?: string;
  readonly data?: unknown;
}
interface BookData { u: number; b: [string, string][]; a: [string, string][] }

let server: FeedServer;
let socket: WebSocket;
let frames: Frame[];

async function until<T>(what: () => T | undefined | false): Promise<T> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const value = what();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`did not happen: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Sends a request and waits for its answer. */
async function ask(request: object | string): Promise<Frame> {
  const before = frames.length;
  socket.send(typeof request === 'string' ? request : JSON.stringify(request));
  return until(() => frames.slice(before).find((frame) => frame.conn_id !== undefined));
}

beforeEach(async () => {
  server = await startFeedServer({ port: 0, symbols: ['BTCUSDT', 'ETHUSDT'], intervalMs: 10 });
  frames = [];
  socket = new WebSocket(server.url);
  socket.on('message', (text) => frames.push(JSON.parse(String(text)) as Frame));
  await new Promise((resolve) => socket.once('open', resolve));
});

afterEach(async () => {
  socket.terminate();
  await server.close();
});

test('answers requests as the exchange does on spot', async () => {
  expect(await ask({ op: 'subscribe', req_id: 'a', args: ['tickers.BTCUSDT'] })).toEqual(
    { success: true, ret_msg: 'subscribe', conn_id: expect.any(String), req_id: 'a', op: 'subscribe' });
  expect(await ask({ op: 'ping' })).toMatchObject({ success: true, ret_msg: 'pong', op: 'ping' });
  expect(await ask({ op: 'subscribe', args: ['tickers.BTCUSDT'] })).toMatchObject({ success: false, ret_msg: 'error:already subscribed,topic:tickers.BTCUSDT' });
  expect(await ask({ op: 'subscribe', args: ['tickers.NOPE'] })).toMatchObject({ success: false, ret_msg: 'Invalid symbol :[tickers.NOPE]' });
  expect(await ask({ op: 'subscribe', args: ['orderbook.7.BTCUSDT'] })).toMatchObject({ success: false, ret_msg: 'error:handler not found,topic:orderbook.7.BTCUSDT' });
  expect(await ask({ op: 'subscribe', args: Array.from({ length: 11 }, () => 'tickers.ETHUSDT') })).toMatchObject({ success: false, ret_msg: 'args size >10' });
  expect(await ask({ op: 'trade' })).toMatchObject({ success: false, ret_msg: 'error:invalid op' });
  expect(await ask('hello')).toMatchObject({ success: false });
  expect(await ask({ op: 'unsubscribe', args: ['tickers.BTCUSDT'] })).toMatchObject({ success: true, op: 'unsubscribe' });
  const count = frames.length;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(frames).toHaveLength(count);
});

test('one bad topic refuses the whole request', async () => {
  expect(await ask({ op: 'subscribe', args: ['tickers.BTCUSDT', 'tickers.NOPE'] })).toMatchObject({ success: false });
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(frames.filter(({ topic }) => topic)).toEqual([]);
});

test('a book that follows the deltas is the book: gapless, never crossed, fifty deep, and its best prices are those of level one', async () => {
  await ask({ op: 'subscribe', args: ['orderbook.50.BTCUSDT', 'orderbook.1.BTCUSDT', 'publicTrade.BTCUSDT', 'tickers.BTCUSDT'] });
  await until(() => frames.filter(({ type }) => type === 'delta').length > 100);
  const sides = { b: new Map<string, string>(), a: new Map<string, string>() };
  let last = 0;
  let top: string[] = [];
  for (const { topic, type, data: content } of frames) {
    const data = content as BookData;
    if (topic === 'orderbook.50.BTCUSDT') {
      if (type === 'delta') expect(data.u).toBe(last + 1);
      for (const side of ['b', 'a'] as const) {
        if (type === 'snapshot') sides[side].clear();
        for (const [price, size] of data[side]) if (Number(size) === 0) sides[side].delete(price); else sides[side].set(price, size);
        expect(sides[side].size).toBe(50);
      }
      last = data.u;
      top = [Math.max(...[...sides.b.keys()].map(Number)), Math.min(...[...sides.a.keys()].map(Number))].map((price) => price.toFixed(1));
      expect(Number(top[0])).toBeLessThan(Number(top[1]));
    }
    if (topic === 'orderbook.1.BTCUSDT') expect([type, data.b[0][0], data.a[0][0]]).toEqual(['snapshot', ...top]);
  }
  const trades = frames.filter(({ topic }) => topic === 'publicTrade.BTCUSDT').flatMap((frame) => frame.data as { p: string; seq: number }[]);
  expect(trades.length).toBeGreaterThan(50);
  expect(trades.map(({ seq }) => seq)).toEqual(trades.map(({ seq }) => seq).sort((a, b) => a - b));
  const tickers = frames.filter(({ topic }) => topic === 'tickers.BTCUSDT').map((frame) => (frame.data as { lastPrice: string }).lastPrice);
  expect(tickers.slice(1).every((price) => price === tickers[0] || trades.some(({ p }) => p === price))).toBe(true);
});

test('the same seed gives the same market, another one another, and prices stay near where they began', () => {
  const walk = (seed: string): string[] => {
    const market = new GeneratedMarket('BTCUSDT', seed);
    return Array.from({ length: 5_000 }, () => {
      market.step(0);
      return market.statistics().lastPrice;
    });
  };
  const first = walk('1');
  expect(walk('1')).toEqual(first);
  expect(walk('2')).not.toEqual(first);
  expect(Math.min(...first.map(Number))).toBeGreaterThan(30_000);
  expect(Math.max(...first.map(Number))).toBeLessThan(130_000);
  expect(new Set(first).size).toBeGreaterThan(500);
});

test('another path is refused', async () => {
  const other = new WebSocket(server.url.replace('spot', 'linear'));
  const error = await new Promise<Error>((resolve) => other.once('error', resolve));
  expect(error.message).toContain('404');
});

describe('as a process', () => {
  let child: ChildProcess;
  const start = (...args: string[]): Promise<string> => {
    child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'feed-server.ts'), ...args], { stdio: 'pipe' });
    return new Promise((resolve) => {
      child.stdout!.once('data', (data: Buffer) => resolve(data.toString()));
      child.stderr!.once('data', (data: Buffer) => resolve(data.toString()));
    });
  };
  const exit = (): Promise<unknown> => new Promise((resolve) => child.once('exit', resolve));

  afterEach(() => child.kill('SIGKILL'));

  test('says where it listens and ends with its starter or by SIGTERM', async () => {
    expect(await start('--port', '0', '--symbols', 'BTCUSDT')).toMatch(/^listening ws:\/\/127\.0\.0\.1:\d+\/v5\/public\/spot\n$/);
    child.stdin!.end();
    expect(await exit()).toBe(0);
    await start();
    child.kill('SIGTERM');
    expect(await exit()).toBe(0);
  });

  test('a wrong or taken port is one sentence and exit code 1', async () => {
    expect(await start('--port', '99999')).toBe('--port must be a whole number up to 65535, got "99999"\n');
    expect(await exit()).toBe(1);
    expect(await start('--port', String(server.port))).toBe(`port ${server.port} is taken; name another one with --port\n`);
    expect(await exit()).toBe(1);
  });
});
