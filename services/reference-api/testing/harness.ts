import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { BTC, ETH, MemoryAccess, MemoryApiKeys, MemoryBacktests, MemoryLedger, MemoryNotes, RecordingJournal } from './doubles';
import { CLIENT_ID, TestPool } from './tokens';
import { type RedisServer, startRedis } from '../../../local/servers/redis';
import { connectCache } from '../../adapters/cache/redis';
import { Automations } from '../../adapters/jobs/automations';
import { INSTRUMENTS_KEY, PartitionMap } from '../../domain';
import { createLogger } from '../../runtime';
import { type Api, type ApiOptions, createApi } from '../api';
import { SecretBox } from '../auth/secret-box';
import { TokenVerifier } from '../auth/token-verifier';
import { unauthorized } from '../http/errors';
import { RATE_CLASSES } from '../http/route';

export const ALICE = '0a000000-0000-4000-8000-00000000000a';
export const BOB = '0b000000-0000-4000-8000-00000000000b';

export const logger = createLogger({ service: 'test', environment: 'test', level: process.env.TEST_LOG_LEVEL ?? 'silent' });

const NO_LOAD_LIMITS: ApiOptions['loadLimits'] = Object.fromEntries(RATE_CLASSES.map((rate) => [rate, { eventLoopMs: Infinity, journalMs: Infinity }]));

/** One API task of a test. */
export interface Task {
  readonly api: Api;
  readonly url: string;
  readonly journal: RecordingJournal;
  /** Of the default partition. */
  readonly ledger: MemoryLedger;
  readonly ledgers: ReadonlyMap<number, MemoryLedger>;
  stop(): Promise<void>;
}

/** What a test may set otherwise; `matcher` is that of the default partition. */
export type TaskOptions = Partial<ApiOptions> & {
  readonly journal?: RecordingJournal;
  readonly matcher?: NonNullable<ApiOptions['matchers']> extends ReadonlyMap<number, infer Matcher> ? Matcher : never;
};

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Whatever the server said: each test names what it expects.
  readonly body: Record<string, unknown>;
}

/** A real Redis, a user pool and as many API tasks as a test wants. */
export class Harness {
  readonly pool = new TestPool();
  /** Shared by all tasks, as a database would be. */
  readonly apiKeys = new MemoryApiKeys();
  readonly access = new MemoryAccess();
  readonly notes = new MemoryNotes();
  readonly backtests = new MemoryBacktests();
  readonly dir = mkdtempSync(join(tmpdir(), 'reference-api-'));
  redis!: RedisServer;
  /** For the test's own use. */
  cache!: Redis;
  /** Tasks that were started, also those that are not ready yet. */
  readonly running: Task[] = [];

  async start(): Promise<this> {
    await this.pool.start();
    this.redis = await startRedis({ dir: this.dir, password: 'word' });
    this.cache = this.connect();
    await new Promise<void>((resolve) => this.cache.once('ready', resolve));
    await this.restoreInstruments();
    return this;
  }

  /** What a matcher would publish again after the cache was emptied. */
  async restoreInstruments(): Promise<void> {
    await this.cache.hset(INSTRUMENTS_KEY, { BTCUSDT: JSON.stringify(BTC), ETHUSDT: JSON.stringify(ETH) });
  }

  /** Starts Redis again where it was. */
  async restartRedis(port: number): Promise<void> {
    this.redis = await startRedis({ dir: this.dir, password: 'word', port });
  }

  connect(subscriber = false, url = this.redis.url): Redis {
    return connectCache({ url, authToken: 'word', name: 'test', logger, subscriber, pipeline: !subscriber, commandTimeoutMs: 500 });
  }

  /** Starts an API task on a free port. */
  async task({ matcher, ...options }: TaskOptions = {}): Promise<Task> {
    const cache = this.connect();
    const subscriber = this.connect(true);
    const journal = options.journal ?? new RecordingJournal();
    const { partitions = PartitionMap.SINGLE } = options;
    const ledgers = new Map(partitions.partitions.map((partition) => [partition, new MemoryLedger()]));
    const api = createApi({
      logger, cache, subscriber, ledgers, operatorsGroup: 'operators', root: join(__dirname, '..'), instrumentRefreshMs: 1_000,
      signIn: ({ username, password }) => (username === 'alice' && password === 'secret'
        ? Promise.resolve({ accessToken: this.pool.token(ALICE), expiresIn: 600 })
        : Promise.reject(unauthorized('invalid_credentials', 'User name or password is wrong.'))),
      verifier: new TokenVerifier({ issuer: this.pool.issuer, clientId: CLIENT_ID, logger, retryMs: 20, requiredScopes: ['aws.cognito.signin.user.admin'] }),
      automations: new Automations({ redis: cache }),
      apiKeys: { store: this.apiKeys, box: new SecretBox('a master secret of the tests that is long enough') },
      accessRules: { store: this.access, refreshMs: 200 },
      tradeJournal: { store: this.notes },
      backtests: { desk: this.backtests, files: { readAddress: () => Promise.reject(new Error('there are no files')) } },
      ...matcher ? { matchers: new Map([[partitions.defaultPartition, matcher]]) } : {},
      ...options,
      // How busy the machine of a test is says nothing; and who comes back is a test's own affair.
      loadLimits: options.loadLimits ?? NO_LOAD_LIMITS,
      stream: { resumeMs: 0, ...options.stream },
      journal,
    });
    api.start();
    await api.server.listen(0);
    let stopped: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      await api.stop();
      for (const connection of [cache, subscriber]) connection.disconnect();
    };
    const task: Task = {
      api, journal, ledgers,
      ledger: ledgers.get(partitions.defaultPartition)!,
      url: `http://127.0.0.1:${(api.server.http.address() as AddressInfo).port}`,
      stop: () => (stopped ??= stop()),
    };
    this.running.push(task);
    await until(async () => api.catalog.size > 0 && (await fetch(`${task.url}/health`)).status === 200);
    return task;
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map((task) => task.stop()));
    this.cache?.disconnect();
    await this.redis?.stop();
    await this.pool.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Sends a request. A text body goes as it is, anything else as JSON. */
export async function call(task: { readonly url: string }, method: string, path: string, options: {
  readonly token?: string; readonly body?: unknown; readonly headers?: Record<string, string>;
} = {}): Promise<Answer> {
  const { token, body, headers } = options;
  const response = await fetch(`${task.url}${path}`, {
    method,
    headers: {
      ...token === undefined ? {} : { authorization: `Bearer ${token}` }, ...body === undefined ? {} : { 'content-type': 'application/json' }, ...headers,
    },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json().catch(() => ({})) as Record<string, unknown> };
}

export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!await condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
