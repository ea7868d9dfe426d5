import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { childEnvironment } from './environment';
import { DataFolderError, LocalError, messageOf } from './errors';
import { freePort, releasePort } from './ports';
import { type PostgresBinaries, changesUser, postgresBinaries } from './postgres-binaries';
import { prepareDatabase } from './postgres-roles';
import { type ChildHandle, launch, untilReady } from './process';
import type { TlsFiles } from './tls';

const run = promisify(execFile);
const NOBODY = 65_534;

/** What an Aurora cluster's stand-in is made of. */
export interface PostgresOptions {
  /** Folder of the server; made when missing. */
  readonly dataDir: string;
  /** Without it the server speaks no TLS. */
  readonly tls?: TlsFiles;
  /** Like Aurora's master user: may create roles and databases, is no superuser. */
  readonly adminUser: string;
  readonly adminPassword: string;
  readonly database: string;
  /** Default: a free one. */
  readonly port?: number;
}

/** A running server. */
export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  /** Connection string of the administrator, with its password. */
  readonly url: string;
  readonly child: ChildHandle;
  /** Ends sessions and the server in order. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL in `dataDir`, initialised at first use, with the administrator, the database and a role `rds_iam`.
 * Members of `rds_iam` are let in without a password, as IAM authentication would; everybody else needs one.
 *
 * @throws DataFolderError when the folder's content cannot be used
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const binaries = await postgresBinaries();
  const home = options.dataDir;
  const data = join(home, 'pgdata');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  if (changesUser(binaries)) admitNobody(home);
  const password = await initialise(home, data, binaries);
  configure(data, options, binaries);

  const host = options.tls ? 'localhost' : '127.0.0.1';
  const port = options.port ?? await freePort();
  const child = launch({
    name: 'PostgreSQL',
    command: [...binaries.prefix, join(binaries.bin, 'postgres')][0],
    args: [...binaries.prefix, join(binaries.bin, 'postgres')].slice(1).concat('-D', data, '-p', String(port)),
    cwd: home,
    env: childEnvironment({ TZ: 'UTC' }),
    logFile: join(home, 'server.log'),
    // A fast shutdown: sessions are ended, the data is checkpointed.
    stopSignal: 'SIGINT',
    stopTimeoutMs: 20_000,
  });
  const superuser = (database: string): Client => new Client({
    host, port, user: 'postgres', password, database, connectionTimeoutMillis: 5_000,
    ssl: options.tls ? { ca: readFileSync(options.tls.caFile, 'utf8') } : false,
  });
  try {
    await untilReady(child, () => answers(superuser('postgres')), 60_000);
    await prepareDatabase(superuser, options);
  } catch (error) {
    await child.stop();
    releasePort(port);
    throw explained(error, child, data);
  }
  const login = `${encodeURIComponent(options.adminUser)}:${encodeURIComponent(options.adminPassword)}`;
  const query = options.tls ? `?sslmode=verify-full&sslrootcert=${encodeURIComponent(options.tls.caFile)}` : '';
  return {
    host,
    port,
    url: `postgresql://${login}@${host}:${port}/${options.database}${query}`,
    child,
    stop: async () => {
      await child.stop();
      releasePort(port);
    },
  };
}

/** Where the server really becomes somebody else: its folder is theirs, and they may walk through ours to get there. */
function admitNobody(home: string): void {
  chownSync(home, NOBODY, NOBODY);
  chmodSync(dirname(home), statSync(dirname(home)).mode | 0o001);
  for (let folder = dirname(home); folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) {
      throw new LocalError(`PostgreSQL runs as nobody here, who may not enter ${folder}; name a data folder with --data that everybody may enter.`);
    }
  }
}

async function answers(client: Client): Promise<boolean> {
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Makes the cluster in a folder beside its place and moves it there when it is whole. @returns the superuser's password */
async function initialise(home: string, data: string, binaries: PostgresBinaries): Promise<string> {
  const passwordFile = join(home, 'superuser.password');
  if (existsSync(data)) {
    if (existsSync(passwordFile) && existsSync(join(data, 'PG_VERSION'))) return readFileSync(passwordFile, 'utf8');
    throw new DataFolderError('PostgreSQL', data, `it holds ${readdirSync(data).length} files that are no database`);
  }
  const password = randomBytes(24).toString('base64url');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const fresh = `${data}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  if (changesUser(binaries)) [passwordFile, fresh].forEach((path) => chownSync(path, NOBODY, NOBODY));
  const [command, ...args] = [
    ...binaries.prefix, join(binaries.bin, 'initdb'), '-D', fresh, '-U', 'postgres', `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions',
  ];
  try {
    await run(command, args, { cwd: home, env: childEnvironment({ TZ: 'UTC' }) });
  } catch (error) {
    throw new LocalError(`PostgreSQL could not make a database in ${fresh}: ${messageOf(error).trim().split('\n').slice(-2).join(' ')}`);
  }
  renameSync(fresh, data);
  return password;
}

/** Written at every start, so that a newer version of this file takes effect on kept data. */
function configure(data: string, options: PostgresOptions, binaries: PostgresBinaries): void {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    // No socket files: their paths have a length limit that a project's folder may pass.
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '64MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m %u@%d ',
    log_checkpoints: 'off',
    // After a crash one call for the whole file system, where it exists, instead of one for each of a thousand files: seconds on a busy disk.
    ...(process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {}),
    password_encryption: 'scram-sha-256',
    ssl: options.tls ? 'on' : 'off',
  };
  if (options.tls) {
    const owned: [string, string][] = [[options.tls.certFile, join(data, 'server.crt')], [options.tls.keyFile, join(data, 'server.key')]];
    for (const [from, to] of owned) {
      copyFileSync(from, to);
      chmodSync(to, 0o600);
      if (changesUser(binaries)) chownSync(to, NOBODY, NOBODY);
    }
    settings.ssl_cert_file = 'server.crt';
    settings.ssl_key_file = 'server.key';
    settings.ssl_min_protocol_version = 'TLSv1.2';
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'`);
  writeFileSync(join(data, 'postgresql.auto.conf'), `# Written by local/servers/postgres.ts at every start.\n${lines.join('\n')}\n`);
  const type = options.tls ? 'hostssl' : 'host';
  writeFileSync(join(data, 'pg_hba.conf'), [
    '# Written by local/servers/postgres.ts at every start.',
    // First, because who may hand out rds_iam counts as a member of it.
    `${type} all postgres,"${options.adminUser}" 127.0.0.1/32 scram-sha-256`,
    `${type} all +rds_iam 127.0.0.1/32 trust`,
    `${type} all all 127.0.0.1/32 scram-sha-256`,
    '',
  ].join('\n'));
}

/** A server that ended by itself found something wrong with its data; its own last words say what. */
function explained(error: unknown, child: ChildHandle, data: string): unknown {
  const words = child.lastLines(20).split('\n').filter((line) => /\b(PANIC|FATAL|could not)\b/.test(line)).at(-1);
  if (words && /data directory|database files|control file|PANIC|checkpoint|could not (open|read|locate)|invalid/i.test(words)) {
    return new DataFolderError('PostgreSQL', data, words.replace(/^.*?(PANIC|FATAL):\s*/, ''));
  }
  if (error instanceof Error && /password authentication failed/.test(error.message)) {
    return new DataFolderError('PostgreSQL', data, 'its password is not the one that the folder remembers');
  }
  return error;
}
