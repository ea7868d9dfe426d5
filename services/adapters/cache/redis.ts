import { Redis, type RedisOptions } from 'ioredis';
import { ShardedCache } from './sharded';
import type { Logger } from '../../runtime';

export interface CacheOptions {
  /** `rediss://host:port`. */
  readonly url: string;
  readonly authToken: string;
  /** For the logs: what the connection is used for. */
  readonly name: string;
  readonly logger: Logger;
  /** A subscriber waits for its connection; everyone else fails a command at once when there is none. */
  readonly subscriber?: boolean;
  /** Sends all commands of one turn of the event loop together. */
  readonly pipeline?: boolean;
  /** Longest wait for an answer, in milliseconds; a subscriber has none. */
  readonly commandTimeoutMs?: number;
  /**
   * Milliseconds without a byte while a command waits, after which the connection is dead and a new one is made: the other end may have lost its
   * power, which nobody would say. Default 3,000. A subscriber asks as often whether the cache is there.
   */
  readonly silenceMs?: number;
}

/**
 * Connects to the cache over TLS and keeps reconnecting. A command fails after a second (unless told otherwise), or at once while there is no
 * connection, so that a lost cache slows nobody down: everything in it is a projection. One whose connection breaks fails as well and is not sent
 * again, since only its caller knows whether it may take effect twice.
 */
export function connectCache(options: CacheOptions): Redis {
  const url = new URL(options.url);
  const host = url.hostname;
  const port = Number(url.port || 6379);
  const silenceMs = options.silenceMs ?? 3_000;
  const settings: RedisOptions = {
    password: options.authToken,
    tls: url.protocol === 'rediss:' ? { servername: host } : undefined,
    connectTimeout: 2_000,
    commandTimeout: options.subscriber ? undefined : options.commandTimeoutMs ?? 1_000,
    keepAlive: 10_000,
    enableOfflineQueue: options.subscriber === true,
    maxRetriesPerRequest: options.subscriber ? null : 0,
    socketTimeout: silenceMs,
    retryStrategy: (attempt) => Math.min(2_000, 50 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2),
    autoResubscribe: true,
    enableAutoPipelining: options.pipeline === true,
  };
  const redis = isSharded(host) ? shardedCache({ host, port }, settings) : new Redis({ ...settings, host, port });
  if (options.subscriber) listenForSilence(redis, silenceMs);
  let failing = false;
  redis.on('error', (error: Error) => {
    if (!failing) options.logger.warn({ connection: options.name, reason: error.message }, 'cache connection failed; reconnecting');
    failing = true;
  });
  redis.on('ready', () => {
    if (failing) options.logger.info({ connection: options.name }, 'cache connection is back');
    failing = false;
  });
  return redis;
}

/** Without a command there is no answer to wait for, and a subscriber only listens: a dead connection would look like a quiet market. */
function listenForSilence(redis: Redis, everyMs: number): void {
  const timer = setInterval(() => {
    if (redis.status !== 'ready') return;
    // Which node a cache in shards listens to is its own business: when the connection to one is gone, it listens to another.
    const nodes = (redis as unknown) instanceof ShardedCache ? (redis as unknown as ShardedCache).nodes('all') : [redis];
    for (const node of nodes) node.ping().catch(() => undefined);
  }, everyMs).unref();
  redis.once('end', () => clearInterval(timer));
}

/** ElastiCache calls the endpoint that tells where the shards are by this name, and no other. */
function isSharded(host: string): boolean {
  return host.startsWith('clustercfg.');
}

/** A cache in shards behind the commands of one without; see `ShardedCache` for what is different. */
export function shardedCache(seed: { readonly host: string; readonly port: number }, settings: RedisOptions): Redis {
  const { tls, retryStrategy, enableOfflineQueue, password, connectTimeout, commandTimeout, keepAlive, maxRetriesPerRequest } = settings;
  return new ShardedCache([seed], {
    enableOfflineQueue,
    // Its pipelines would be ours; single commands of one turn leave in one packet anyway.
    enableAutoPipelining: false,
    clusterRetryStrategy: retryStrategy as ((attempt: number) => number) | undefined,
    slotsRefreshTimeout: 2_000,
    // A command whose node went away fails like one without shards; the next one asks another node, which knows where the slot is now.
    retryDelayOnFailover: 0,
    // Names as they are: the nodes' certificates are for names, not for addresses.
    dnsLookup: (address, callback) => callback(null, address),
    redisOptions: {
      password, connectTimeout, commandTimeout, keepAlive, maxRetriesPerRequest, socketTimeout: settings.socketTimeout,
      ...(tls === undefined ? {} : { tls: {} }),
    },
  }) as unknown as Redis;
}
