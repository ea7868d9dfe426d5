import type { Pool } from 'pg';
import { FileFollower } from './file/file-follower';
import { FileJournal } from './file/file-journal';
import type { JournalReader, ProbedWriter } from './journal';
import { mskSignIn } from './kafka/msk-sign-in';
import { KinesisJournalReader } from './kinesis-reader';
import { KinesisJournalWriter } from './kinesis-writer';
import { PostgresJournalReader } from './postgres/postgres-reader';
import { PostgresJournalWriter } from './postgres/postgres-writer';
import { ConfigurationError, type Logger } from '../../runtime';
import { createLedgerPool } from '../postgres/pool';

/** The values of a service's environment that say which journal it is. */
export interface JournalValues {
  readonly JOURNAL_STREAM?: string;
  readonly JOURNAL_CONSUMER_ARN?: string;
  readonly JOURNAL_DATABASE_URL?: string;
  readonly JOURNAL_BROKERS?: readonly string[];
  readonly JOURNAL_TOPIC?: string;
  readonly JOURNAL_PATH?: string;
}

/** Which journal the values name, with what it needs. */
export type JournalChoice =
  | { readonly kind: 'kinesis'; readonly stream: string; readonly consumerArn: string }
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'kafka'; readonly brokers: readonly string[]; readonly topic: string }
  | { readonly kind: 'file'; readonly path: string };

/** What a service that opens a journal brings with it. */
export interface JournalUser {
  /** Name of the service. */
  readonly service: string;
  readonly logger: Logger;
  readonly region: string;
}

/**
 * The journal that the values name. Each has values of its own, so that none can be named by halves.
 *
 * @throws ConfigurationError when they name none, several, or one without all that it needs
 */
export function journalOf(values: JournalValues, service: string): JournalChoice {
  const { JOURNAL_STREAM: stream, JOURNAL_DATABASE_URL: url, JOURNAL_BROKERS: brokers, JOURNAL_TOPIC: topic, JOURNAL_PATH: path } = values;
  const fail = (reason: string): never => {
    throw new ConfigurationError(`${service} cannot start: ${reason}`);
  };
  const named = Object.entries({ JOURNAL_STREAM: stream, JOURNAL_DATABASE_URL: url, JOURNAL_BROKERS: brokers, JOURNAL_PATH: path })
    .filter(([, value]) => value !== undefined).map(([name]) => name);
  if (named.length !== 1) {
    fail(`${named.length === 0 ? 'no journal is named' : `${named.join(' and ')} name several journals`}; `
      + 'set one of JOURNAL_STREAM, JOURNAL_DATABASE_URL, JOURNAL_BROKERS with JOURNAL_TOPIC, and JOURNAL_PATH');
  }
  if ((brokers === undefined) !== (topic === undefined)) fail('JOURNAL_BROKERS and JOURNAL_TOPIC belong together; set both or neither');
  if (values.JOURNAL_CONSUMER_ARN !== undefined && stream === undefined) fail('JOURNAL_CONSUMER_ARN belongs to JOURNAL_STREAM, which is not set; set both or neither');
  if (stream !== undefined) return { kind: 'kinesis', stream, consumerArn: values.JOURNAL_CONSUMER_ARN ?? '' };
  if (url !== undefined) return { kind: 'postgres', url };
  if (brokers !== undefined && topic !== undefined) return { kind: 'kafka', brokers, topic };
  return { kind: 'file', path: path! };
}

/**
 * The journal for appending. Repeats nothing by itself: whoever appends knows what became of each attempt.
 *
 * @param onFailure called when a journal on this machine takes nothing any more; the process should end
 */
export async function openJournalWriter(choice: JournalChoice, user: JournalUser, onFailure: (error: Error) => void): Promise<ProbedWriter> {
  const requestTimeoutMs = 2_000;
  switch (choice.kind) {
    case 'kinesis': return new KinesisJournalWriter({ stream: choice.stream, attempts: 1, requestTimeoutMs });
    case 'postgres': return new PostgresJournalWriter({ pool: poolFor(choice.url, user, 5, requestTimeoutMs) });
    case 'kafka': {
      // Loaded when it is wanted: the client compiles its WebAssembly as soon as it is.
      const { KafkaJournalWriter } = await import('./kafka/kafka-writer');
      return new KafkaJournalWriter({ ...choice, clientId: user.service, connection: mskSignIn(choice.brokers, user.region), requestTimeoutMs });
    }
    case 'file': return new FileJournal({ path: choice.path, followers: true, logger: user.logger, onFailure });
  }
}

function poolFor(url: string, { service, logger, region }: JournalUser, max: number, statementTimeoutMs?: number): Pool {
  return createLedgerPool({ url, region, logger, max, applicationName: `${service}-journal`, ...(statementTimeoutMs ? { statementTimeoutMs } : {}) });
}

/** The journal for reading. @param pollIntervalMs pause between two looks where the journal does not call */
export async function openJournalReader(choice: JournalChoice, user: JournalUser, pollIntervalMs: () => number): Promise<JournalReader> {
  const { logger, region, service } = user;
  switch (choice.kind) {
    case 'kinesis': {
      const { stream, consumerArn } = choice;
      return new KinesisJournalReader({ stream, consumerArn, logger, pollIntervalMs });
    }
    case 'postgres': return new PostgresJournalReader({ pool: poolFor(choice.url, user, 2), logger, pollIntervalMs });
    case 'kafka': {
      const { KafkaJournalReader } = await import('./kafka/kafka-reader');
      return new KafkaJournalReader({ ...choice, clientId: service, logger, connection: mskSignIn(choice.brokers, region) });
    }
    case 'file': return new FileFollower({ path: choice.path, pollIntervalMs: () => Math.min(5, pollIntervalMs()) });
  }
}
