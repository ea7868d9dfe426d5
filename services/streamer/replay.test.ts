import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExchangeFeed } from './exchange-feed';
import type { MarketTrade } from './model';
import { PROTOCOLS } from './protocols';
import { startFeedServer } from '../../local/feeds/feed-server';
import { openRecording, RecordingWriter } from '../../local/feeds/recording';
import { startReplayServer } from '../../local/feeds/replay-server';
import type { Ticker } from '../domain';
import { createLogger } from '../runtime';

const logger = createLogger({ service: 'test', environment: 'test', level: 'silent' });
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'replay-'));
  file = join(folder, 'a.feed.gz');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each(['bybit', 'bitget', 'binance'] as const)('a replay of %s gives the ticks that were recorded, faster', async (exchange) => {
  const symbols = ['BTCUSDT', 'ETHUSDT'];
  const server = await startFeedServer({ exchange, port: 0, symbols, intervalMs: 50 });
  const recorded: Ticker[] = [];
  const recordedTrades: MarketTrade[] = [];
  const writer = new RecordingWriter(file, { exchange, symbols, startedAt: new Date().toISOString() });
  const follow = (
    url: string, onTick: (tick: Ticker) => void, trades: MarketTrade[], onFrame?: (symbol: string, text: string) => void,
  ): ExchangeFeed => {
    const onTrades = (_: string, list: readonly MarketTrade[]): unknown => trades.push(...list);
    const feed = new ExchangeFeed({ protocol: PROTOCOLS[exchange](), url, symbols, staleAfterMs: 5_000, logger, onTick, onTrades, onFrame });
    feed.start();
    return feed;
  };
  const live = follow(server.url, (tick) => recorded.push(tick), recordedTrades, (symbol, text) => writer.write(symbol, text));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await live.stop();
  await server.close();
  await writer.close();

  const replay = await startReplayServer({ recording: await openRecording(file), port: 0, speed: 6 });
  const played: Ticker[] = [];
  const playedTrades: MarketTrade[] = [];
  const started = Date.now();
  const feed = follow(replay.url, (tick) => played.push(tick), playedTrades);
  await replay.finished;
  // Six times as fast, with time for the connection.
  expect(Date.now() - started).toBeLessThan(2_000);
  const plain = (ticks: readonly (Ticker | MarketTrade)[]): object[] => ticks.map(({ receivedTime: _, ...tick }) => tick);
  const deadline = Date.now() + 5_000;
  while (played.length < recorded.length && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  await feed.stop();
  await replay.close();
  expect(recorded.length).toBeGreaterThan(10);
  expect(plain(played)).toEqual(plain(recorded));
  expect(recordedTrades.length).toBeGreaterThan(5);
  expect(plain(playedTrades)).toEqual(plain(recordedTrades));
});
