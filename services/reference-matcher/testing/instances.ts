/** Matchers in this process, on the resources of a test. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Names, TestPlatform } from './platform';
import { connectCache } from '../../adapters/cache/redis';
import type { EventBus } from '../../adapters/events/event-bus';
import { SqsEventBus } from '../../adapters/events/sqs-event-bus';
import { KinesisJournalReader } from '../../adapters/journal/kinesis-reader';
import { DynamoDbLease } from '../../adapters/lease/dynamodb-lease';
import type { LeaseStore } from '../../adapters/lease/lease';
import { S3Snapshots } from '../../adapters/snapshots/s3-snapshots';
import { createLogger } from '../../runtime';
import { coreBuild } from '../core-build';
import { Matcher, type MatcherOptions } from '../matcher';
import { CacheWriter } from '../projections/cache-writer';

export const RENEWAL_MS = 100;
export const LAPSE_MS = 700;
export const logger = createLogger({ service: 'test', environment: 'test', level: process.env.TEST_LOG_LEVEL ?? 'silent' });

export interface Instance {
  readonly matcher: Matcher;
  readonly fatal: unknown[];
  /** Cuts its network: it goes on, and nothing of it gets out. */
  crash(): void;
}

/** Starts matchers and whatever else a test has to put away again. */
export class Instances {
  readonly cleanUp: (() => Promise<unknown> | unknown)[] = [];
  private count = 0;

  constructor(private readonly platform: TestPlatform, private readonly names: Names) {}

  async start(change: Partial<MatcherOptions> = {}): Promise<Instance> {
    const { platform, names } = this;
    const fatal: unknown[] = [];
    const cache = connectCache({ url: platform.redis.url, authToken: platform.redis.password, name: 'projections', logger });
    await new Promise((resolve) => cache.once('ready', resolve));
    const journal = new KinesisJournalReader({ stream: names.stream, consumerArn: 'arn:aws:kinesis:consumer', logger, pollIntervalMs: () => 10 });
    const cable = { cut: false };
    const lease = breakable(new DynamoDbLease({ table: names.table, requestTimeoutMs: 250 }), cable);
    const bus = breakable(new SqsEventBus({ queueUrl: names.queueUrl }), cable);
    const snapshots = this.snapshots();
    const matcher = new Matcher({
      partition: 0, build: coreBuild(), idempotencyWindowMs: 3_600_000, owner: `matcher-${++this.count}`, renewalMs: RENEWAL_MS, lapseMs: LAPSE_MS,
      snapshotIntervalMs: 3_600_000, journal, lease, snapshots, bus, cache: new CacheWriter(cache, logger), logger,
      onFatal: (error) => fatal.push(error), publishSpacingMs: 5, ...change,
    });
    this.cleanUp.push(async () => {
      await matcher.stop().catch(() => undefined);
      cache.disconnect();
      await Promise.all([journal.close(), lease.close(), bus.close()]);
    });
    await matcher.start();
    return { matcher, fatal, crash: () => { cable.cut = true; } };
  }

  snapshots(): S3Snapshots {
    const snapshots = new S3Snapshots({ bucket: this.names.bucket, prefix: 'matcher-snapshots/' });
    this.cleanUp.push(() => snapshots.close());
    return snapshots;
  }

  async stop(): Promise<void> {
    for (const step of this.cleanUp.splice(0).reverse()) await step();
  }
}

/** A connection that can be cut: nothing gets out any more, as from a machine that lost its network. */
function breakable<T extends LeaseStore | EventBus>(target: T, cable: { cut: boolean }): T {
  return new Proxy(target, {
    get: (object, name) => {
      const value: unknown = Reflect.get(object, name);
      if (typeof value !== 'function' || name === 'close') return value;
      return (...args: unknown[]) => (cable.cut ? sleep(100).then(() => { throw new Error('no route to host'); }) : Reflect.apply(value, object, args));
    },
  });
}

export async function until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 8_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!await condition()) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen in ${timeoutMs} ms`);
    await sleep(10);
  }
}

export const leads = ({ matcher }: Instance): Promise<void> => until('leading', () => matcher.leads);
