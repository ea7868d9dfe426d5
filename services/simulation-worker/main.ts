import { randomUUID } from 'node:crypto';
import { connectCache } from '../adapters/cache/redis';
import { Automations } from '../adapters/jobs/automations';
import { type Job, JOBS, mirrorJob, readJob } from '../adapters/jobs/job';
import { JobQueue } from '../adapters/jobs/job-queue';
import { KinesisJournalWriter } from '../adapters/journal/kinesis-writer';
import { isUuid, PartitionMap } from '../domain';
import { breakersOpen, ConfigurationError, createLogger, Health, Lifecycle, loadConfig, runMain, ServiceMetrics, startHealthServer } from '../runtime';
import { automationHandler } from './automations/handler';
import { environmentSchema } from './config.generated';
import { CacheView } from './mirror/cache-view';
import { MarketMirror } from './mirror/market-mirror';
import { type JobContext, type JobHandler, Worker } from './queue/worker';
import { type LiveLimits, LiveStrategy } from './strategies/live-strategy';

/** How often jobs that must exist are asked for, and what waits is counted. */
const ROUND_MS = 10_000;
/** What one strategy may take of what all share. */
const STRATEGY_LIMITS: LiveLimits = { ordersPerSecond: 10, openOrders: 50, callMs: 250 };

/** Automations and strategies that one worker bears, which is as many as there may be. */
const MOST_JOBS = 500;

type StrategyJob = Extract<Job, { type: 'strategy' }>;

async function main(): Promise<void> {
  const config = loadConfig('simulation-worker', environmentSchema);
  const accountId = config.HOUSE_ACCOUNT_ID;
  if (!isUuid(accountId)) throw new ConfigurationError(`simulation-worker cannot start: HOUSE_ACCOUNT_ID must be a lower-case UUID, got: ${JSON.stringify(accountId)}`);
  const partitions = partitionMapOf(config.PARTITION_MAP);
  const symbols = [...new Set(config.SYMBOLS)];
  const visibilityMs = config.VISIBILITY_SECONDS * 1_000;
  const logger = createLogger({ service: 'simulation-worker', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
  const lifecycle = new Lifecycle(logger);

  const cache = { url: config.CACHE_URL, authToken: config.CACHE_AUTH_TOKEN, logger };
  const redis = connectCache({ ...cache, name: 'jobs', pipeline: true });
  const subscriber = connectCache({ ...cache, name: 'live market', subscriber: true });
  const journal = new KinesisJournalWriter({ stream: config.JOURNAL_STREAM });
  // What a process listens to for several jobs it listens to once.
  const view = new CacheView({ redis, subscriber, accountId });
  const queue = new JobQueue({ redis, name: JOBS, visibilityMs, maxDeliveries: config.MAX_DELIVERIES });
  const mirror = (symbol: string): MarketMirror => new MarketMirror({
    symbol,
    partition: partitions.partitionOf(symbol),
    accountId,
    settings: { depth: config.DEPTH, spreadBps: config.SPREAD_BPS, stepBps: config.STEP_BPS, levelWorth: config.LEVEL_WORTH },
    latencyMs: config.LATENCY_MS,
    refreshMs: config.REFRESH_MS,
    staleAfterMs: config.STALE_AFTER_SECONDS * 1_000,
    journal,
    view,
    logger,
  });
  const strategy = async ({ strategy: asked, ...job }: StrategyJob, context: JobContext): Promise<void> => {
    // A connection of its own: a channel that one view leaves would be lost to another.
    const own = connectCache({ ...cache, name: `strategy ${job.accountId}`, subscriber: true });
    await new LiveStrategy({
      symbol: job.symbol, partition: partitions.partitionOf(job.symbol), accountId: job.accountId, strategy: asked,
      intervalMs: job.intervalSeconds * 1_000, budget: job.budget,
      limits: STRATEGY_LIMITS, journal, view: new CacheView({ redis, subscriber: own, accountId: job.accountId }), logger,
    }).run(context).finally(() => own.disconnect());
  };
  const automation = automationHandler({
    automations: new Automations({ redis }), memory: redis, partitions, journal, view, limits: STRATEGY_LIMITS, logger,
    connect: (name) => connectCache({ ...cache, name, subscriber: true }),
    viewOf: (of, own) => new CacheView({ redis, subscriber: own, accountId: of }),
  });
  const handler: JobHandler = (body, context, taken) => {
    const job = readJob(body);
    if (job.type === 'automation') return automation(job.id, context, taken);
    return job.type === 'mirror' ? mirror(job.symbol).run(context) : strategy(job, context);
  };
  // One alone must be able to bear everything: that is what is left after an interruption.
  const worker = new Worker({ queue, handler, name: randomUUID(), concurrency: symbols.length + MOST_JOBS, visibilityMs, logger });

  let jobs: number | undefined;
  let dead = 0;
  let lastRound = 0;
  const round = async (): Promise<void> => {
    for (const symbol of symbols) {
      const { id, body } = mirrorJob(symbol);
      await queue.add(id, body);
    }
    const counts = await queue.count();
    dead = counts.dead;
    lastRound = Date.now();
    jobs = counts.jobs;
  };
  // Every second until the cache is there, then at its pace.
  const timer = setInterval(() => {
    if (Date.now() - lastRound >= ROUND_MS) round().catch(() => undefined);
  }, 1_000);

  const health = new Health('simulation-worker')
    .add({ name: 'queue', critical: false, check: () => worker.state().problem })
    .add({ name: 'jobs', critical: false, check: () => (dead === 0 ? undefined : `${dead} jobs were put aside`) })
    .facts(() => ({ jobs: worker.state().jobs.join(' ') }));
  const server = await startHealthServer(health, config.PORT);
  const metrics = new ServiceMetrics({
    name: config.METRICS_NAME ?? 'simulation-worker',
    address: config.METRICS_ADDRESS,
    // Nothing is known of the jobs before they are counted.
    sources: { Jobs: () => jobs, DeadJobs: () => (jobs === undefined ? undefined : dead), BreakersOpen: breakersOpen },
    logger,
  });
  await metrics.start();
  lifecycle.onStop('metrics', () => metrics.stop());

  // From the last to the first: the quotes are taken back and the jobs given to others, then the connections go.
  lifecycle.onStop('health server', () => new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  }));
  lifecycle.onStop('cache', () => {
    redis.disconnect();
    subscriber.disconnect();
  });
  lifecycle.onStop('journal', () => journal.close());
  lifecycle.onStop('worker', () => worker.stop());
  lifecycle.onStop('rounds', () => clearInterval(timer));

  worker.start();
  logger.info({ symbols, account: accountId, port: config.PORT }, 'started');
}

/** @throws ConfigurationError */
function partitionMapOf(value: unknown): PartitionMap {
  try {
    return PartitionMap.of(value);
  } catch (error) {
    throw new ConfigurationError(`simulation-worker cannot start: PARTITION_MAP: ${(error as Error).message}`);
  }
}

runMain(main);
