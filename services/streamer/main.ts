import { KinesisClient } from '@aws-sdk/client-kinesis';
import { connectCache } from '../adapters/cache/redis';
import { KinesisMarketDataWriter } from '../adapters/market-data/kinesis';
import { Health, Lifecycle, awsClientSettings, createLogger, loadConfig, runMain, startHealthServer } from '../runtime';
import { CachePublisher } from './cache-publisher';
import { environmentSchema } from './config.generated';
import { ExchangeFeed } from './exchange-feed';
import { PROTOCOLS } from './protocols';
import { describeHealth } from './streamer-health';

async function main(): Promise<void> {
  const config = loadConfig('streamer', environmentSchema);
  const logger = createLogger({ service: 'streamer', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
  const lifecycle = new Lifecycle(logger);
  const staleAfterMs = config.STALE_AFTER_SECONDS * 1_000;

  const redis = connectCache({ url: config.CACHE_URL, authToken: config.CACHE_AUTH_TOKEN, name: 'ticks', logger });
  const kinesis = new KinesisClient(awsClientSettings());
  const cache = new CachePublisher({ redis });
  const stream = new KinesisMarketDataWriter({ client: kinesis, stream: config.MARKET_DATA_STREAM, logger });
  const feed = new ExchangeFeed({
    protocol: PROTOCOLS[config.FEED_PROTOCOL](),
    url: config.FEED_URL,
    symbols: [...new Set(config.SYMBOLS)],
    staleAfterMs,
    logger,
    onTick: (tick) => {
      cache.publish(tick);
      stream.write(tick);
    },
  });

  const health = new Health('streamer');
  describeHealth(health, {
    feed: () => feed.state(),
    cache: () => ({ ready: redis.status === 'ready', ...cache.state() }),
    stream: () => stream.state(),
    staleAfterMs,
  });
  const server = await startHealthServer(health, config.PORT);

  // Stopped from the last to the first: no new ticks, then what waits goes out, then the connections.
  lifecycle.onStop('health server', () => new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  }));
  lifecycle.onStop('kinesis', () => kinesis.destroy());
  lifecycle.onStop('redis', () => redis.disconnect());
  lifecycle.onStop('cache', () => cache.close());
  lifecycle.onStop('stream', async () => {
    const left = await stream.close();
    if (left > 0) logger.warn({ ticks: left }, 'ticks were left behind');
  });
  lifecycle.onStop('feed', () => feed.stop());

  feed.start();
  logger.info({ feed: config.FEED_URL, exchange: config.FEED_PROTOCOL, symbols: config.SYMBOLS, port: config.PORT }, 'started');
}

runMain(main);
