import { DynamoDbLease } from './dynamodb-lease';
import type { LeaseStore } from './lease';
import { PostgresLease } from './postgres-lease';
import { ConfigurationError, type Logger } from '../../runtime';
import { createLedgerPool } from '../postgres/pool';

/** The values of a service's environment that say where the lease is. */
export interface LeaseValues {
  readonly LEASE_TABLE?: string;
  readonly LEASE_DATABASE_URL?: string;
}

export interface LeaseUser {
  readonly service: string;
  readonly logger: Logger;
  readonly region: string;
  readonly lapseMs: number;
  /** Longest wait for one answer, in milliseconds. */
  readonly requestTimeoutMs: number;
}

/** @throws ConfigurationError unless the values name exactly one place */
export function openLease({ LEASE_TABLE: table, LEASE_DATABASE_URL: url }: LeaseValues, user: LeaseUser): LeaseStore {
  const { service, logger, region, lapseMs, requestTimeoutMs } = user;
  if (table !== undefined && url === undefined) return new DynamoDbLease({ table, requestTimeoutMs });
  if (url === undefined || table !== undefined) {
    throw new ConfigurationError(`${service} cannot start: ${url === undefined ? 'neither' : 'both'} LEASE_TABLE ${url === undefined ? 'nor' : 'and'} LEASE_DATABASE_URL `
      + 'is set; the lease is in one of the two');
  }
  return new PostgresLease({ pool: createLedgerPool({ url, region, logger, applicationName: `${service}-lease`, max: 2 }), lapseMs, requestTimeoutMs });
}
