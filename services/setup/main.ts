import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type ClientConfig, Pool } from 'pg';
import type { JournalWriter } from '../adapters/journal/journal';
import { KinesisJournalWriter } from '../adapters/journal/kinesis-writer';
import { journalOf, openJournalWriter } from '../adapters/journal/open-journal';
import { PostgresJournalWriter } from '../adapters/journal/postgres/postgres-writer';
import { awsClientSettings, createLogger, loadConfig } from '../runtime';
import { adminConnection } from './admin';
import { environmentSchema } from './config.generated';
import { checkInstruments } from './instruments';
import { checkPartitions } from './partitions';
import { setUp, type SetupSummary } from './setup';

const config = loadConfig('setup', environmentSchema);
const logger = createLogger({ service: 'setup', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
const secrets = new SecretsManagerClient(awsClientSettings());

/** Repeats by itself where it can: nobody else would. */
async function openJournal(admin: ClientConfig): Promise<JournalWriter> {
  const { JOURNAL_STREAM: stream, JOURNAL_BROKERS: brokers } = config;
  if (stream === undefined && brokers === undefined) return new PostgresJournalWriter({ pool: new Pool({ ...admin, max: 1 }) });
  const choice = journalOf(config, 'setup');
  if (choice.kind === 'kinesis') return new KinesisJournalWriter({ stream: choice.stream });
  return openJournalWriter(choice, { service: 'setup', logger, region: process.env.AWS_REGION ?? 'us-east-1' }, () => undefined);
}

/** Runs once per deployment, after the data stack; whatever the event. A failure fails the deployment. */
export async function handler(): Promise<SetupSummary> {
  const instruments = checkInstruments(config.INSTRUMENTS);
  const { map, partitions } = checkPartitions(config.PARTITION_MAP, config.PARTITIONS);
  const admin = await adminConnection(secrets, config.LEDGER_ADMIN_SECRET_ARN);
  const journal = await openJournal(admin);
  try {
    const summary = await setUp({ admin, journal, instruments, map, partitions, logger });
    logger.info(summary, 'setup is done');
    return summary;
  } finally {
    await journal.close();
  }
}
