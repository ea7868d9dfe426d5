/** `node scripts/run.mjs services/reference-matcher/recovery/main.ts --help` */
import { writeFileSync } from 'node:fs';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { type Flags, HELP, readFlags } from './flags';
import { openEpoch, openEpochInDatabase } from './open-epoch';
import { rebuildCore } from './rebuild';
import { connectCache } from '../../adapters/cache/redis';
import { SqsEventBus } from '../../adapters/events/sqs-event-bus';
import { KinesisJournalReader } from '../../adapters/journal/kinesis-reader';
import { createLedgerPool } from '../../adapters/postgres/pool';
import { S3Snapshots } from '../../adapters/snapshots/s3-snapshots';
import { awsClientSettings, awsStreamSettings, createLogger, type Logger, runMain } from '../../runtime';
import { coreBuild } from '../core-build';
import manifest from '../service.json';

/** The journal of the lost region, which is not the one that everything else here is in: the fourth part of the consumer's ARN. */
function lostJournal({ stream, consumerArn }: NonNullable<Flags['journal']>, logger: Logger): KinesisJournalReader {
  const region = consumerArn.split(':')[3] || process.env.AWS_REGION;
  return new KinesisJournalReader({
    stream, consumerArn, logger, pollIntervalMs: () => 250,
    clients: {
      requests: new KinesisClient({ ...awsClientSettings(5_000, 1, 4), region }),
      subscriptions: new KinesisClient({ ...awsStreamSettings(), region }),
    },
  });
}

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2));
  if (!flags) return void process.stdout.write(`${HELP}\n`);
  const { partition, lease } = flags;
  const logger = createLogger({ service: 'rebuild-core', environment: 'recovery', level: 'warn' });
  const database = { region: process.env.AWS_REGION ?? '', logger };
  const ledger = createLedgerPool({ ...database, url: flags.ledgerUrl, max: 2, statementTimeoutMs: 600_000 });
  const leases = 'url' in lease ? createLedgerPool({ ...database, url: lease.url, max: 1 }) : undefined;
  const snapshots = new S3Snapshots({ bucket: flags.snapshotBucket, prefix: manifest.environment.SNAPSHOT_BUCKET.prefix });
  const bus = new SqsEventBus({ queueUrl: flags.settlementQueue });
  const journal = flags.journal && lostJournal(flags.journal, logger);
  const cache = flags.cacheUrl === undefined ? undefined
    : connectCache({ url: flags.cacheUrl, authToken: process.env.CACHE_AUTH_TOKEN ?? '', name: 'recovery', logger });
  try {
    const report = await rebuildCore({
      partition, ledger, snapshots, bus,
      idempotencyWindowMs: flags.windowSeconds * 1_000,
      build: coreBuild(),
      version: flags.coreVersion,
      openEpoch: (epoch, seq) => ('table' in lease ? openEpoch(lease.table, partition, epoch, seq) : openEpochInDatabase(leases!, partition, epoch, seq)),
      position: flags.journalAfter,
      sources: { journal, cache },
      apply: flags.apply,
      signal: AbortSignal.timeout(3_600_000),
    });
    const json = `${JSON.stringify(report, undefined, 2)}\n`;
    if (flags.report) writeFileSync(flags.report, json);
    else process.stdout.write(json);
  } finally {
    cache?.disconnect();
    await Promise.all([ledger.end(), leases?.end(), snapshots.close(), bus.close(), journal?.close()]);
  }
}

runMain(main);
