import { randomUUID } from 'node:crypto';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { connectCache } from '../adapters/cache/redis';
import { KinesisMarketDataWriter } from '../adapters/market-data/kinesis';
import { Health, Lifecycle, ServiceMetrics, awsClientSettings, breakersOpen, createLogger, loadConfig, runMain, startHealthServer } from '../runtime';
import { CachePublisher } from './cache-publisher';
import { environmentSchema } from './config.generated';
import { ExchangeFeed } from './exchange-feed';
import { SymbolLeases } from './leadership/symbol-leases';
import { PROTOCOLS } from './protocols';
import { describeHealth } from './streamer-health';
import { MinuteBars } from './trades/minute-bars';
import { TradeOutlet, type TradeStream } from './trades/trade-outlet';

/** A writer takes anything that has a symbol, a line each. */
type LineWriter = TradeStream & { close(): Promise<number> };

async function main(): Promise<void> {
  const config = loadConfig('streamer', environmentSchema);
  const logger = createLogger({ service: 'streamer', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
  const lifecycle = new Lifecycle(logger);
  const staleAfterMs = config.STALE_AFTER_SECONDS * 1_000;

  const redis = connectCache({ url: config.CACHE_URL, authToken: config.CACHE_AUTH_TOKEN, name: 'ticks', logger });
  const kinesis = new KinesisClient(awsClientSettings());
  const symbols = [...new Set(config.SYMBOLS)];
  const protocol = PROTOCOLS[config.FEED_PROTOCOL]();
  const writer = (maxQueued: number): LineWriter => (
    new KinesisMarketDataWriter({ client: kinesis, stream: config.MARKET_DATA_STREAM, logger, maxQueued }));
  const stream = writer(10_000);
  // Best prices are another kind of newest than ticks: each is conflated for itself. Trades never are: they stop the feed instead.
  const tops = writer(10_000);
  const trades = writer(Infinity);
  const leases = new SymbolLeases({
    redis,
    symbols,
    owner: randomUUID(),
    logger,
    listeningMs: () => {
      const { since } = feed.listening;
      return since === undefined || feed.state().paused !== undefined ? undefined : Date.now() - since;
    },
    onLead: (symbol) => {
      outlet.lead(symbol);
      minutes.lead(symbol);
    },
  });
  const cache = new CachePublisher({ redis, leases, onTop: (top) => tops.write(top) });
  const minutes = new MinuteBars({ redis, leases });
  const outlet = new TradeOutlet({
    redis,
    leases,
    stream: trades,
    logger,
    listening: () => feed.listening,
    numbered: protocol.numberedTrades,
    onTrade: (trade) => minutes.hear(trade),
    onPressure: (reason) => feed.pause(reason),
    onRelief: () => feed.resume(),
  });
  const feed = new ExchangeFeed({
    protocol,
    url: config.FEED_URL,
    symbols,
    staleAfterMs,
    logger,
    onTick: (tick) => {
      cache.publish(tick);
      if (leases.leads(tick.symbol)) stream.write(tick);
    },
    onTop: (top) => cache.publishTop(top),
    onTrades: (symbol, list) => outlet.hear(symbol, list),
    onDisconnected: () => leases.poke(),
  });

  const health = new Health('streamer');
  describeHealth(health, {
    feed: () => feed.state(),
    cache: () => ({ ready: redis.status === 'ready', ...cache.state() }),
    stream: () => stream.state(),
    trades: () => ({ ...outlet.state(), problem: outlet.state().problem ?? minutes.state().problem, stream: trades.state() }),
    leases: () => leases.state(),
    staleAfterMs,
  });
  const server = await startHealthServer(health, config.PORT);
  const metrics = new ServiceMetrics({
    name: config.METRICS_NAME ?? 'streamer', address: config.METRICS_ADDRESS, sources: { FeedAge: () => feed.state().ageMs, BreakersOpen: breakersOpen }, logger,
  });
  await metrics.start();
  lifecycle.onStop('metrics', () => metrics.stop());

  // Stopped from the last to the first: no new ticks, then what waits goes out, then the connections.
  lifecycle.onStop('health server', () => new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  }));
  lifecycle.onStop('kinesis', () => kinesis.destroy());
  lifecycle.onStop('redis', () => redis.disconnect());
  lifecycle.onStop('stream', async () => {
    const [ticks, best, made] = await Promise.all([stream.close(), tops.close(), trades.close()]);
    if (ticks + best + made > 0) logger.warn({ ticks, tops: best, trades: made }, 'market data was left behind');
  });
  lifecycle.onStop('leases', () => leases.stop());
  lifecycle.onStop('cache', () => cache.close());
  lifecycle.onStop('minutes', () => minutes.close());
  lifecycle.onStop('trades', () => outlet.close());
  lifecycle.onStop('feed', () => feed.stop());

  feed.start();
  // Nothing can be led before the cache is there.
  if (redis.status === 'ready') leases.start();
  else redis.once('ready', () => leases.start());
  logger.info({ feed: config.FEED_URL, exchange: config.FEED_PROTOCOL, symbols: config.SYMBOLS, port: config.PORT }, 'started');
}

runMain(main);
