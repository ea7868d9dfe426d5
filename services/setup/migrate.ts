import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import type { ClientConfig } from 'pg';
import type { Logger } from '../runtime';

/** Where the migrations are: beside `main.js` in the bundle, beside this file in the sources. */
export const MIGRATIONS = join(__dirname, 'migrations');

/**
 * Brings the ledger's schema and roles up to date, in one transaction and under an advisory lock: of two that run at the same
 * time the second waits and finds nothing left to do.
 *
 * @param connection how the administrator signs in
 * @returns names of the migrations that were applied now
 */
export async function migrateLedger(connection: ClientConfig, logger: Logger, directory = MIGRATIONS): Promise<string[]> {
  const applied = await runner({
    databaseUrl: connection,
    dir: directory,
    direction: 'up',
    migrationsTable: 'migrations',
    migrationsSchema: 'ledger',
    createMigrationsSchema: true,
    singleTransaction: true,
    advisoryLockMode: 'wait',
    logger: {
      debug: () => undefined,
      info: (message) => logger.info({ migration: message }, 'migration'),
      warn: (message) => logger.warn({ migration: message }, 'migration'),
      error: (message) => logger.error({ migration: message }, 'migration'),
    },
  });
  return applied.map(({ name }) => name);
}
