import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { type ClientConfig, Pool } from 'pg';
import { type PostgresServer, startPostgres } from '../../../local/servers/postgres';
import { ensureTls, type TlsFiles } from '../../../local/servers/tls';
import { createLedgerPool, verifyFull } from '../../adapters/postgres/pool';
import { createLogger, type Logger } from '../../runtime';
import { migrateLedger } from '../migrate';

/** A real PostgreSQL for tests, over TLS, with the ledger's administrator and nothing else in it. */
export interface TestLedger {
  readonly server: PostgresServer;
  readonly admin: ClientConfig;
  readonly logger: Logger;
  /** Runs one statement as the administrator. */
  query<Row extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  /** The pool that a service would open as this role. */
  pool(user: string, max?: number): Pool;
  url(user: string): string;
  /** Ends the server, as an outage would; `resume` starts it on the same port. */
  halt(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the server, and migrates unless told otherwise. Several at a time share their certificates. */
export async function startTestLedger(options: { readonly migrate?: boolean; readonly tls?: TlsFiles } = {}): Promise<TestLedger> {
  process.env.AWS_ACCESS_KEY_ID ??= 'test';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
  const dir = mkdtempSync(join(tmpdir(), 'ledger-'));
  const tls = options.tls ?? await ensureTls(join(dir, 'tls'));
  // What NODE_EXTRA_CA_CERTS does for a process that is about to start. An authority of an earlier test has the same name: it must go.
  setDefaultCACertificates([...getCACertificates('bundled'), readFileSync(tls.caFile, 'utf8')]);
  const password = randomBytes(12).toString('base64');
  const postgres = { dataDir: join(dir, 'pg'), tls, adminUser: 'ledger_admin', adminPassword: password, database: 'trading' };
  let server = await startPostgres(postgres);
  const { host, port } = server;
  const admin: ClientConfig = { host, port, user: 'ledger_admin', password, database: 'trading', ssl: verifyFull() };
  const logger = createLogger({ service: 'test', environment: 'test', level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  if (options.migrate !== false) await migrateLedger(admin, logger);
  const administrator = new Pool({ ...admin, max: 2 });
  administrator.on('error', () => undefined);
  const pools = [administrator];
  const url = (user: string): string => `postgresql://${user}@${host}:${port}/trading`;
  return {
    get server() { return server; },
    admin,
    logger,
    url,
    query: async <Row extends object>(text: string, values?: unknown[]) => (await administrator.query<Row>(text, values)).rows,
    pool: (user, max = 4) => {
      const pool = createLedgerPool({ url: url(user), region: 'us-east-1', logger, max });
      pools.push(pool);
      return pool;
    },
    halt: () => server.stop(),
    resume: async () => {
      server = await startPostgres({ ...postgres, port });
    },
    stop: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
