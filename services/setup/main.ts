import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { KinesisJournalWriter } from '../adapters/journal/kinesis-writer';
import { awsClientSettings, createLogger, loadConfig } from '../runtime';
import { adminConnection } from './admin';
import { environmentSchema } from './config.generated';
import { checkInstruments } from './instruments';
import { checkPartitions } from './partitions';
import { setUp, type SetupSummary } from './setup';

const config = loadConfig('setup', environmentSchema);
const logger = createLogger({ service: 'setup', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
const secrets = new SecretsManagerClient(awsClientSettings());
const journal = new KinesisJournalWriter({ stream: config.JOURNAL_STREAM });

/** Runs once per deployment, after the data stack; whatever the event. A failure fails the deployment. */
export async function handler(): Promise<SetupSummary> {
  const instruments = checkInstruments(config.INSTRUMENTS);
  const { map, partitions } = checkPartitions(config.PARTITION_MAP, config.PARTITIONS);
  const admin = await adminConnection(secrets, config.LEDGER_ADMIN_SECRET_ARN);
  const summary = await setUp({ admin, journal, instruments, map, partitions, logger });
  logger.info(summary, 'setup is done');
  return summary;
}
