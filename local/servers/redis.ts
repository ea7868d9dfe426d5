import { mkdirSync, writeFileSync, readFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { childEnvironment } from './environment';
import { DataFolderError, LocalError } from './errors';
import { freePort, releasePort } from './ports';
import { type ChildHandle, launch, untilReady } from './process';
import { ensureRedisServer } from './redis-install';
import type { TlsFiles } from './tls';

export { ensureRedisServer } from './redis-install';

/** What an ElastiCache node's stand-in is made of. */
export interface RedisOptions {
  /** Folder that keeps its data; made when missing. */
  readonly dir: string;
  /** Without it the server speaks no TLS. */
  readonly tls?: TlsFiles;
  /** Token that clients must give. */
  readonly password?: string;
  /** Default: a free one. */
  readonly port?: number;
}

/** A running server. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
  /** `rediss://host:port` with TLS, else `redis://host:port`; without the password. */
  readonly url: string;
  readonly child: ChildHandle;
  stop(): Promise<void>;
}

/**
 * Starts a real redis-server. Its keys outlive a restart: every write is in its append-only file, flushed once a second.
 *
 * @throws DataFolderError when the folder's content cannot be used; LocalError when there is no redis-server
 */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const { dir, tls, password } = options;
  const program = await ensureRedisServer();
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const port = options.port ?? await freePort();
  const quoted = (value: string): string => `"${value.replace(/[\\"]/g, '\\$&')}"`;
  const lines = [
    'bind 127.0.0.1',
    `port ${tls ? 0 : port}`,
    ...(tls ? [
      `tls-port ${port}`,
      `tls-cert-file ${quoted(tls.certFile)}`,
      `tls-key-file ${quoted(tls.keyFile)}`,
      `tls-ca-cert-file ${quoted(tls.caFile)}`,
      'tls-auth-clients no',
    ] : []),
    ...(password ? [`requirepass ${quoted(password)}`] : ['protected-mode no']),
    `dir ${quoted(dir)}`,
    'save ""',
    'appendonly yes',
    'appendfsync everysec',
    'daemonize no',
  ];
  // A file, because arguments can be read by everybody on the machine.
  const config = join(dir, 'redis.conf');
  writeFileSync(config, `${lines.join('\n')}\n`, { mode: 0o600 });
  const child = launch({
    name: 'Redis',
    command: program.command,
    args: [config],
    cwd: dir,
    env: childEnvironment({ ...program.env }),
    logFile: join(dir, 'server.log'),
  });
  const host = tls ? 'localhost' : '127.0.0.1';
  try {
    await untilReady(child, () => ping(port, tls));
  } catch (error) {
    releasePort(port);
    throw explained(error, child, dir, program.command);
  }
  return {
    host,
    port,
    url: `${tls ? 'rediss' : 'redis'}://${host}:${port}`,
    child,
    stop: async () => {
      await child.stop();
      releasePort(port);
    },
  };
}

/** Whether the server answers, and is done with loading. */
function ping(port: number, tls?: TlsFiles): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = tls
      ? connectTls({ host: '127.0.0.1', port, servername: 'localhost', ca: readFileSync(tls.caFile) })
      : connectPlain({ host: '127.0.0.1', port });
    const finish = (ready: boolean): void => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(2_000, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('data', (data) => finish(/^(\+PONG|-NOAUTH)/.test(data.toString())));
    socket.write('PING\r\n');
  });
}

function explained(error: unknown, child: ChildHandle, dir: string, command: string): unknown {
  const output = child.lastLines(30);
  if (/Bad file format|unexpected end of file|AOF|appendonly|manifest/i.test(output) && /error|bad|unexpected|fatal|can't|failed/i.test(output)) {
    const words = output.split('\n').filter((line) => /error|bad|unexpected|fatal|can't|failed/i.test(line)).at(-1) ?? '';
    return new DataFolderError('Redis', dir, words.replace(/^\d+:\w .*? # /, '').slice(0, 200));
  }
  if (/FATAL CONFIG FILE ERROR[\s\S]*tls-/.test(output)) {
    return new LocalError(`${command} was built without TLS; install Redis 6 or newer with TLS, or take this one off the PATH.`);
  }
  return error;
}
