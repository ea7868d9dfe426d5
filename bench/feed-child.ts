/** One side of the benchmark in a process of its own; the job is the first argument. */
import { Redis } from 'ioredis';
import { type FeedJob, type FeedResult, SYMBOLS } from './feed-job';
import { startPeer } from './feed-peer';
import { createLogger } from '../services/runtime';
import { CachePublisher } from '../services/streamer/cache-publisher';
import { ExchangeFeed } from '../services/streamer/exchange-feed';
import { SymbolLeases } from '../services/streamer/leadership/symbol-leases';
import { PROTOCOLS } from '../services/streamer/protocols';
import { TradeOutlet } from '../services/streamer/trades/trade-outlet';

/** The streamer as it runs, without its stream. */
function startAdapter(job: FeedJob, onFrame: () => void): ReturnType<typeof startPeer> {
  const redis = new Redis({ port: job.redisPort });
  const logger = createLogger({ service: 'bench', environment: 'bench', level: 'error' });
  const protocol = PROTOCOLS[job.exchange]();
  const leases = new SymbolLeases({ redis, symbols: SYMBOLS, owner: `bench ${process.pid}`, logger, listeningMs: () => 0, onLead: (symbol) => outlet.lead(symbol) });
  const cache = new CachePublisher({ redis, leases });
  const outlet = new TradeOutlet({ redis, leases, logger, listening: () => feed.listening, numbered: protocol.numberedTrades });
  const feed = new ExchangeFeed({
    protocol, url: job.url, symbols: SYMBOLS, staleAfterMs: 60_000, logger,
    onTick: (tick) => cache.publish(tick),
    onTop: (top) => cache.publishTop(top),
    onTrades: (symbol, trades) => outlet.hear(symbol, trades),
    onFrame,
  });
  leases.start();
  feed.start();
  return {
    idle: () => outlet.state().waiting === 0,
    published: () => cache.state().published + outlet.state().published,
    stop: async () => {
      const { malformed, connections } = feed.state();
      if (Object.keys(malformed).length > 0 || connections !== 1) throw new Error(`the feed was not heard as it is: ${JSON.stringify({ malformed, connections })}`);
      if (leases.state().leading.length !== SYMBOLS.length) throw new Error(`it leads ${leases.state().leading.length} symbols only`);
      await feed.stop();
      await cache.close();
      await outlet.close();
      await leases.stop();
      redis.disconnect();
    },
  };
}

async function main(): Promise<FeedResult> {
  const job = JSON.parse(process.argv[2]) as FeedJob;
  let count = 0;
  let began = 0;
  let cpu = process.cpuUsage();
  let finished: () => void = () => undefined;
  const done = new Promise<void>((resolve) => { finished = resolve; });
  const side = (job.engine === 'adapter' ? startAdapter : startPeer)(job, () => {
    if (count++ === 0) {
      began = performance.now();
      cpu = process.cpuUsage();
    }
    if (count === job.frames) finished();
  });
  await done;
  while (!side.idle()) await new Promise((resolve) => setTimeout(resolve, 1));
  const { user, system } = process.cpuUsage(cpu);
  const result = { seconds: (performance.now() - began) / 1_000, cpuSeconds: (user + system) / 1e6, published: side.published() };
  await side.stop();
  return result;
}

main().then(
  (result) => process.send!({ result }),
  (error: unknown) => process.send!({ error: error instanceof Error ? error.message : String(error) }),
);
