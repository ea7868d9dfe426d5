/** `node scripts/run.mjs services/reference-matcher/recovery/main.ts --help` */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { openEpoch } from './open-epoch';
import { rebuildCore } from './rebuild';
import { connectCache } from '../../adapters/cache/redis';
import { SqsEventBus } from '../../adapters/events/sqs-event-bus';
import { KinesisJournalReader } from '../../adapters/journal/kinesis-reader';
import { createLedgerPool } from '../../adapters/postgres/pool';
import { S3Snapshots } from '../../adapters/snapshots/s3-snapshots';
import { awsClientSettings, ConfigurationError, createLogger, runMain } from '../../runtime';
import { coreBuild } from '../core-build';
import manifest from '../service.json';

const HELP = `Builds the core of a partition out of its ledger, for a region that takes over from a lost one.

  --ledger-url <url>             postgresql://recovery@host:port/trading, the promoted ledger (IAM sign-in)
  --snapshot-bucket <name>       where the matchers of this region look for snapshots
  --lease-table <name>           lease table of this region
  --settlement-queue <url>       settlement queue of this region
  --partition <n>                default 0
  --window-seconds <n>           idempotency window of the lost core, default 3600
  --core-version <n>             behaviour of the lost core if it was never upgraded, default the newest here
  --journal-stream <name>        journal of the lost region, if it can still be read, for the report
  --journal-consumer <arn>       enhanced fan-out consumer to read it with; its region is the journal's
  --cache-url <rediss://…>       cache of the lost region, if it can still be read; its token in CACHE_AUTH_TOKEN
  --report <file>                where the report goes, default standard output
  --apply                        writes; without it only the report is made

Stop the matchers of this region first, and start them afterwards with an empty journal.`;

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      'ledger-url': text, 'snapshot-bucket': text, 'lease-table': text, 'settlement-queue': text, 'partition': { ...text, default: '0' },
      'window-seconds': { ...text, default: '3600' }, 'core-version': text, 'journal-stream': text, 'journal-consumer': text, 'cache-url': text, 'report': text,
      'apply': { type: 'boolean', default: false }, 'help': { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(`${HELP}\n`);
  const required = (name: 'ledger-url' | 'snapshot-bucket' | 'lease-table' | 'settlement-queue'): string => {
    const value = values[name];
    if (!value) throw new ConfigurationError(`--${name} is missing; --help says more`);
    return value;
  };
  const whole = (name: 'partition' | 'window-seconds' | 'core-version', value: string): number => {
    if (!/^\d{1,9}$/.test(value)) throw new ConfigurationError(`--${name} must be a whole number, got ${JSON.stringify(value)}`);
    return Number(value);
  };
  const logger = createLogger({ service: 'rebuild-core', environment: 'recovery', level: 'warn' });
  const partition = whole('partition', values.partition);
  const ledger = createLedgerPool({ url: required('ledger-url'), region: process.env.AWS_REGION ?? '', logger, max: 2, statementTimeoutMs: 600_000 });
  const snapshots = new S3Snapshots({ bucket: required('snapshot-bucket'), prefix: manifest.environment.SNAPSHOT_BUCKET.prefix });
  const bus = new SqsEventBus({ queueUrl: required('settlement-queue') });
  const table = required('lease-table');
  const stream = values['journal-stream'];
  const consumerArn = values['journal-consumer'] ?? '';
  // The fourth part of an ARN: the journal is in another region than everything else here.
  const region = consumerArn.split(':')[3] || process.env.AWS_REGION;
  const journal = stream ? new KinesisJournalReader({
    stream, consumerArn, logger, pollIntervalMs: () => 250,
    clients: {
      requests: new KinesisClient({ ...awsClientSettings(5_000, 1, 4), region }), subscriptions: new KinesisClient({ maxAttempts: 1, region }),
    },
  }) : undefined;
  const cache = values['cache-url'] ? connectCache({ url: values['cache-url'], authToken: process.env.CACHE_AUTH_TOKEN ?? '', name: 'recovery', logger }) : undefined;
  try {
    const report = await rebuildCore({
      partition, ledger, snapshots, bus,
      idempotencyWindowMs: whole('window-seconds', values['window-seconds']) * 1_000,
      build: coreBuild(),
      ...(values['core-version'] === undefined ? {} : { version: whole('core-version', values['core-version']) }),
      openEpoch: (epoch, seq) => openEpoch(table, partition, epoch, seq),
      sources: { journal, cache },
      apply: values.apply,
      signal: AbortSignal.timeout(3_600_000),
    });
    const json = `${JSON.stringify(report, undefined, 2)}\n`;
    if (values.report) writeFileSync(values.report, json);
    else process.stdout.write(json);
  } finally {
    cache?.disconnect();
    await Promise.all([ledger.end(), snapshots.close(), bus.close(), journal?.close()]);
  }
}

runMain(main);
