import type { Redis } from 'ioredis';
import { BatchingAppender, type BatchingAppenderOptions } from '../adapters/journal/batching-appender';
import type { JournalWriter } from '../adapters/journal/journal';
import { PartitionMap } from '../domain';
import type { Logger } from '../runtime';
import { admissionOf } from './admission';
import type { SignIn } from './auth/sign-in';
import type { TokenVerifier } from './auth/token-verifier';
import { apiHealth } from './health';
import { type Allowances, Limits } from './http/limits';
import { LoadGate, type LoadGateOptions } from './http/load-gate';
import { Pipeline } from './http/pipeline';
import type { Route } from './http/route';
import { routes } from './http/routes';
import { type ApiServer, createApiServer } from './http/server';
import { JournalWatch } from './journal-watch';
import { LedgerProbe } from './ledger/ledger-probe';
import type { LedgerReader } from './ledger/ledger-reader';
import { Ledgers } from './ledger/ledgers';
import { Positions } from './ledger/positions';
import type { ReadModels } from './ledger/read-models';
import { Books, type BookSource } from './market/books';
import { InstrumentCatalog } from './market/instrument-catalog';
import { StatusBoard } from './market/status-board';
import { Tickers } from './market/tickers';
import type { UpgradeAdvice } from './orders/operate';
import { cacheBreaker, OrderCache } from './orders/order-cache';
import { TrackedAppender } from './orders/tracked-appender';
import { Turns } from './orders/turns';
import { Verdicts } from './orders/verdicts';
import { StreamGateway } from './ws/gateway';
import { Hub } from './ws/hub';
import { Requests } from './ws/requests';

/** What the API stands on, and what may be set otherwise in tests. */
export interface ApiOptions {
  readonly logger: Logger;
  readonly verifier: TokenVerifier;
  readonly journal: JournalWriter & { probe(partition: number): Promise<void> };
  /** Default: everything on partition 0. */
  readonly partitions?: PartitionMap;
  readonly appender?: BatchingAppenderOptions;
  readonly cache: Redis;
  readonly subscriber: Redis;
  /** By partition, one for each. */
  readonly ledgers: ReadonlyMap<number, LedgerReader>;
  /** By partition; asked for books that the cache does not have. */
  readonly matchers?: ReadonlyMap<number, BookSource & UpgradeAdvice>;
  /** Read models in DynamoDB, where the system has them. */
  readonly readModels?: ReadModels;
  readonly signIn: SignIn;
  readonly operatorsGroup: string;
  /** Folder that holds `page/`. */
  readonly root: string;
  readonly patienceMs?: number;
  readonly instrumentRefreshMs?: number;
  /** What users and addresses may ask for. */
  readonly allowances?: Allowances;
  readonly loadLimits?: LoadGateOptions['limits'];
  /** Proxies of ours in front of this service; see `addressOf`. */
  readonly trustedProxies?: number;
  readonly stream?: {
    readonly authTimeoutMs?: number;
    readonly pingMs?: number;
    readonly maxConnectionsPerAccount?: number;
    readonly allowedOrigins?: readonly string[];
    readonly resumeMs?: number;
  };
}

/** The running parts of the API. */
export interface Api {
  readonly server: ApiServer;
  readonly appender: BatchingAppender;
  readonly gate: LoadGate;
  readonly routes: readonly Route[];
  readonly catalog: InstrumentCatalog;
  /** Begins to fetch keys and instruments and to watch journal and ledger; the server can listen before they are there. */
  start(): void;
  /** Answers what has arrived, says goodbye to the streams, brings what waits into the journal. */
  stop(): Promise<void>;
}

/** Puts the API together. The connections that it is given stay their owner's to close. */
export function createApi(options: ApiOptions): Api {
  const { logger, verifier, journal, cache, subscriber, signIn, operatorsGroup, root } = options;
  const { partitions = PartitionMap.SINGLE, matchers = new Map<number, BookSource & UpgradeAdvice>() } = options;
  const ledgers = new Ledgers(partitions, options.ledgers);
  const appender = new BatchingAppender(journal, options.appender);
  const catalog = new InstrumentCatalog({ cache, subscriber, fallback: () => ledgers.instruments(), logger, refreshMs: options.instrumentRefreshMs });
  const watches = partitions.partitions.map((partition) => new JournalWatch({ partition, appender, probe: (of) => journal.probe(of) }));
  const probes = partitions.partitions.map((partition) => new LedgerProbe(ledgers.of(partition), partition));
  const breaker = cacheBreaker();
  const books = new Books(cache, catalog, partitions, matchers, breaker);
  const { trustedProxies = 0, stream } = options;
  const hub = new Hub({ cache, subscriber, logger, bookOf: (symbol) => books.read(symbol).catch(() => null), resumeMs: stream?.resumeMs });
  const health = apiHealth({
    verifier, journal: watches, appender, cache, subscriber, ledger: probes, catalog, books,
    streams: () => ({ connections: gateway.size, channels: hub.channels, shedRequests: gate.shed, cacheBreakerOpened: breaker.opened }),
  });
  const tracked = new TrackedAppender(appender);
  const entry = { appender: tracked, cache: new OrderCache(cache, breaker), catalog, partitions, patienceMs: options.patienceMs };
  const statusBoard = new StatusBoard(health, cache, catalog, probes, partitions);
  const verdicts = new Verdicts(hub, logger);
  const tickers = new Tickers(cache, catalog, breaker);
  const positions = new Positions(ledgers, catalog, tickers);
  const { readModels } = options;
  const all = routes({
    entry, ledgers, positions, readModels, books, tickers, verdicts, advisers: matchers, signIn, health, statusBoard, logger,
  });
  const limits = new Limits(cache, options.allowances ?? admissionOf(undefined).allowances);
  const gate = new LoadGate({ journalLagMs: () => tracked.lagMs, limits: options.loadLimits });
  const pipeline = new Pipeline({ operatorsGroup, limits, gate });
  const turns = new Turns();
  const server = createApiServer({ routes: all, pipeline, verifier, turns, logger, root, trustedProxies });
  const requests = new Requests(all, pipeline, turns, logger);
  const gateway = new StreamGateway({ verifier, catalog, hub, requests, trustedProxies, ...stream });
  gateway.attach(server.http);
  const watchers = [verifier, catalog, ...watches, ...probes];
  return {
    server,
    appender,
    gate,
    routes: all,
    catalog,
    start: () => watchers.forEach((watcher) => watcher.start()),
    stop: async () => {
      await Promise.all([server.drain(), gateway.close()]);
      await appender.close();
      for (const part of [verdicts, hub, limits, gate, ...watchers]) part.stop();
    },
  };
}
