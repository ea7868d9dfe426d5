import type { MarketDataState } from '../adapters/market-data/market-data';
import { Health } from '../runtime';
import type { FeedState } from './feed';
import { describeHealth } from './streamer-health';
import type { TradeOutletState } from './trades/trade-outlet';

const feed: FeedState = { connected: true, ageMs: 20, staleSymbols: [], refused: {}, connections: 1, malformed: {}, loopAgeMs: 100 };
const stream: MarketDataState = { queued: 0, lagMs: 0, written: 9, conflated: 0 };

const trades: TradeOutletState = { published: 0, waiting: 0, gaps: 0, missed: 0 };

function report(changes: {
  trades?: Partial<TradeOutletState & { stream: MarketDataState }>; leases?: string;
  feed?: Partial<FeedState>; cache?: { ready?: boolean; problem?: string }; stream?: Partial<MarketDataState>;
} = {}) {
  const health = new Health('streamer');
  describeHealth(health, {
    feed: () => ({ ...feed, ...changes.feed }),
    cache: () => ({ ready: true, published: 3, ...changes.cache }),
    stream: () => ({ ...stream, ...changes.stream }),
    trades: () => ({ ...trades, stream, ...changes.trades }),
    leases: () => ({ leading: ['BTCUSDT'], others: 1, problem: changes.leases }),
    staleAfterMs: 15_000,
  });
  return health.report();
}

test('well', () => {
  expect(report()).toMatchObject({ status: 'ok', facts: { feedAgeMs: 20, streamWritten: 9, published: 3 } });
});

test.each([
  ['connection', { feed: { connected: false } }, 'not connected'],
  ['feed', { feed: { ageMs: 15_001 } }, '15001 ms'],
  ['symbols', { feed: { staleSymbols: ['ABCUSDT'] } }, 'ABCUSDT'],
  ['symbols', { feed: { refused: { 'tickers.X': 'Invalid symbol' } } }, 'tickers.X refused'],
  ['cache', { cache: { ready: false } }, 'not connected'],
  ['cache', { cache: { problem: 'READONLY' } }, 'READONLY'],
  ['stream', { stream: { problem: 'throttled' } }, 'throttled'],
  ['stream', { stream: { lagMs: 20_000 } }, '20000 ms behind'],
  ['trades', { feed: { paused: '50001 trades wait' } }, '50001 trades wait'],
  ['trades', { trades: { problem: 'no answer' } }, 'no answer'],
  ['leases', { leases: 'no connection' }, 'no connection'],
  ['clock', { feed: { skewMs: -1_001 } }, '1001 ms ahead'],
  ['clock', { feed: { skewMs: 5_001 } }, '5001 ms behind'],
])('a problem of the %s degrades it and is named', (name, changes, words) => {
  const { status, checks } = report(changes);
  expect(status).toBe('degraded');
  expect(checks[name]).toContain(words);
});

test('only a dead loop is worth a new task', () => {
  expect(report({ feed: { loopAgeMs: 30_001 } }).status).toBe('unhealthy');
  expect(report({ feed: { connected: false, ageMs: 1e9, staleSymbols: ['A'] }, cache: { ready: false }, stream: { problem: 'x' } }).status).toBe('degraded');
});
