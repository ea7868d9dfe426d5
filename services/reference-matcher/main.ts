import './set-v8-flags';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { connectCache } from '../adapters/cache/redis';
import { SqsEventBus } from '../adapters/events/sqs-event-bus';
import { journalOf, openJournalReader } from '../adapters/journal/open-journal';
import { openLease } from '../adapters/lease/open-lease';
import { S3Snapshots } from '../adapters/snapshots/s3-snapshots';
import { breakersOpen, ConfigurationError, createLogger, Health, Lifecycle, loadConfig, openTracing, runMain, ServiceMetrics } from '../runtime';
import { environmentSchema } from './config.generated';
import { coreBuild } from './core-build';
import { Matcher } from './matcher';
import { CacheWriter } from './projections/cache-writer';
import { serveSnapshots } from './publishing/snapshot-worker';
import { startQueryServer } from './query/query-server';
import manifest from './service.json';

async function main(): Promise<void> {
  const config = loadConfig(manifest.name, environmentSchema);
  const logger = createLogger({ service: manifest.name, environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
  const lifecycle = new Lifecycle(logger);
  const { LEASE_RENEWAL_MS: renewalMs, LEASE_LAPSE_MS: lapseMs } = config;
  if (lapseMs < renewalMs * 2) throw new ConfigurationError(`reference-matcher cannot start: LEASE_LAPSE_MS must be at least twice LEASE_RENEWAL_MS, got ${lapseMs} and ${renewalMs}`);

  const { ENVIRONMENT: environment, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config;
  const tracing = await openTracing({ service: manifest.name, environment, endpoint, logger });
  lifecycle.onStop('traces', () => tracing?.stop());
  const user = { service: manifest.name, logger, region: process.env.AWS_REGION ?? 'us-east-1' };
  // Only the leader is in a hurry.
  const journal = await openJournalReader(journalOf(config, manifest.name), user, () => (matcher.leads ? 20 : 100));
  // Two renewals that fail for lack of an answer must fit the lapse.
  const lease = openLease(config, { ...user, lapseMs, requestTimeoutMs: Math.max(80, Math.floor((lapseMs - renewalMs) / 2.4)) });
  const snapshots = new S3Snapshots({ bucket: config.SNAPSHOT_BUCKET, prefix: manifest.environment.SNAPSHOT_BUCKET.prefix });
  const bus = new SqsEventBus({ queueUrl: config.SETTLEMENT_QUEUE });
  const redis = connectCache({ url: config.CACHE_URL, authToken: config.CACHE_AUTH_TOKEN, name: 'projections', logger });
  const matcher: Matcher = new Matcher({
    partition: config.PARTITION,
    build: coreBuild({ workerFile: __filename }),
    idempotencyWindowMs: config.IDEMPOTENCY_WINDOW_SECONDS * 1_000,
    owner: `${hostname()}/${process.pid}/${randomUUID()}`,
    renewalMs,
    lapseMs,
    snapshotRequired: config.SNAPSHOT_REQUIRED ?? false,
    snapshotIntervalMs: config.SNAPSHOT_INTERVAL_SECONDS * 1_000,
    journal, lease, snapshots, bus, logger, tracing,
    cache: new CacheWriter(redis, logger),
    onFatal: (error) => lifecycle.fail('the matcher cannot go on', error),
  });

  const health = new Health(manifest.name)
    .add({ name: 'loop', critical: true, check: () => matcher.problems().loop })
    .add({ name: 'journal', critical: true, check: () => matcher.problems().journal })
    .add({ name: 'queue', critical: false, check: () => matcher.problems().queue })
    .add({ name: 'lease', critical: false, check: () => matcher.problems().lease })
    .add({ name: 'snapshots', critical: false, check: () => matcher.problems().snapshots })
    .add({ name: 'cache', critical: false, check: () => (redis.status === 'ready' ? undefined : `connection is ${redis.status}`) })
    .facts(() => matcher.facts());
  const server = await startQueryServer(matcher.query(), health, config.PORT);

  const metrics = new ServiceMetrics({
    name: config.METRICS_NAME ?? manifest.name, address: config.METRICS_ADDRESS, logger,
    sources: { CoreLag: () => matcher.coreLagMs, UnpublishedEvents: () => matcher.unpublished, BreakersOpen: breakersOpen },
  });
  await metrics.start();
  lifecycle.onStop('metrics', () => metrics.stop());
  lifecycle.onStop('server', () => server.close());
  lifecycle.onStop('connections', async () => {
    redis.disconnect();
    await Promise.all([journal.close(), lease.close(), snapshots.close(), bus.close()]);
  });
  lifecycle.onStop('matcher', () => matcher.stop());
  await matcher.start();
}

if (isMainThread) runMain(main);
// A thread of this very program, so that the bundle stays one file.
else serveSnapshots();
