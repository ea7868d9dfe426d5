import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type FeedServer, startFeedServer } from '../feeds/feed-server';
import type { Platform } from '../platform';
import { childEnvironment, PROJECT_ROOT, projectNode } from '../servers/environment';
import { LocalError } from '../servers/errors';
import { freePort } from '../servers/ports';
import { type ChildHandle, launch } from '../servers/process';

/** Protocols that the system's own streamer does not speak here, each with a symbol that nobody else follows. */
const OTHERS = { bitget: 'VIABITGETUSDT', binance: 'VIABINANCEUSDT' } as const;

/**
 * Ticks, trades and best prices from all three protocols in the system's cache: its own streamer follows Bybit; the same program is started
 * again for each of the others, beside it.
 *
 * @param symbol that the system's own streamer follows
 * @throws LocalError naming what did not come
 */
export async function threeFeeds(platform: Platform, symbol: string, signal: AbortSignal): Promise<void> {
  const { redis, environment, caFile, resources, logs } = platform.describe();
  const stream = Object.entries(resources).find(([path, { type }]) => type === 'AWS::Kinesis::Stream' && path.includes('MarketData'))?.[1].ref;
  if (redis === undefined || stream === undefined) throw new LocalError('The assembly has no cache or no stream of market data.');
  const wanted = Object.entries({ bybit: symbol, ...OTHERS }).flatMap(([source, one]) => (
    ['ticker', 'market.trades', 'market.top'].map((kind) => ({ source, channel: `${kind}.${one}` }))));
  const heard = new Map<string, unknown>();
  const { hostname: host, port } = new URL(redis.url);
  const reader = new Redis({ host, port: Number(port), password: redis.token, tls: { ca: readFileSync(caFile) } });
  reader.on('message', (channel: string, text: string) => heard.set(channel, JSON.parse(text)));
  const servers: FeedServer[] = [];
  const children: ChildHandle[] = [];
  try {
    await reader.subscribe(...wanted.map(({ channel }) => channel));
    for (const [exchange, one] of Object.entries(OTHERS) as [keyof typeof OTHERS, string][]) {
      const server = await startFeedServer({ exchange, port: 0, symbols: [one] });
      servers.push(server);
      children.push(launch({
        name: `streamer of ${exchange}`,
        command: projectNode(),
        args: [join(PROJECT_ROOT, 'assets', 'streamer', 'main.js')],
        env: childEnvironment({
          ...environment, NODE_EXTRA_CA_CERTS: caFile, ENVIRONMENT: 'check', PORT: String(await freePort()), FEED_URL: server.url, FEED_PROTOCOL: exchange,
          SYMBOLS: one, MARKET_DATA_STREAM: stream, CACHE_URL: redis.url, CACHE_AUTH_TOKEN: redis.token,
        }),
        logFile: join(logs, `streamer-${exchange}.log`),
      }));
    }
    const deadline = Date.now() + 30_000;
    const missing = (): string[] => wanted.filter(({ channel, source }) => sourceOf(heard.get(channel)) !== source).map(({ channel }) => channel);
    while (missing().length > 0) {
      if (signal.aborted) throw new LocalError('The check was interrupted.');
      const ended = children.find((child) => child.ended());
      if (ended) throw new LocalError(`A streamer ended; its last lines:\n${ended.lastLines(10)}`);
      if (Date.now() > deadline) throw new LocalError(`Nothing came on ${missing().join(', ')} within 30 s.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    reader.disconnect();
    await Promise.all([...children.map((child) => child.stop()), ...servers.map((server) => server.close())]);
  }
}

/** Where a message comes from; trades come in lists. */
function sourceOf(message: unknown): unknown {
  return ((Array.isArray(message) ? message.at(-1) : message) as { source?: unknown } | undefined)?.source;
}
