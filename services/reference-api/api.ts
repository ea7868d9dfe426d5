import type { Redis } from 'ioredis';
import { BatchingAppender, type BatchingAppenderOptions } from '../adapters/journal/batching-appender';
import type { JournalWriter } from '../adapters/journal/journal';
import { PartitionMap } from '../domain';
import type { Logger } from '../runtime';
import type { SignIn } from './auth/sign-in';
import type { TokenVerifier } from './auth/token-verifier';
import { apiHealth } from './health';
import { routes } from './http/routes';
import { type ApiServer, createApiServer } from './http/server';
import { JournalWatch } from './journal-watch';
import { LedgerProbe } from './ledger/ledger-probe';
import type { LedgerReader } from './ledger/ledger-reader';
import { Ledgers } from './ledger/ledgers';
import { Books, type BookSource } from './market/books';
import { InstrumentCatalog } from './market/instrument-catalog';
import { StatusBoard } from './market/status-board';
import type { UpgradeAdvice } from './orders/operate';
import { OrderCache } from './orders/order-cache';
import { Turns } from './orders/turns';
import { StreamGateway } from './ws/gateway';
import { Hub } from './ws/hub';

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
  readonly signIn: SignIn;
  readonly operatorsGroup: string;
  /** Folder that holds `page/`. */
  readonly root: string;
  readonly patienceMs?: number;
  readonly instrumentRefreshMs?: number;
  readonly stream?: { readonly authTimeoutMs?: number; readonly pingMs?: number; readonly maxConnectionsPerAccount?: number };
}

/** The running parts of the API. */
export interface Api {
  readonly server: ApiServer;
  readonly appender: BatchingAppender;
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
  const books = new Books(cache, catalog, partitions, matchers);
  const hub = new Hub({ cache, subscriber, logger, bookOf: (symbol) => books.read(symbol).catch(() => null) });
  const gateway = new StreamGateway({ verifier, catalog, hub, ...options.stream });
  const health = apiHealth({
    verifier, journal: watches, appender, cache, subscriber, ledger: probes, catalog, books,
    streams: () => ({ connections: gateway.size, channels: hub.channels }),
  });
  const entry = { appender, cache: new OrderCache(cache), catalog, partitions, patienceMs: options.patienceMs };
  const statusBoard = new StatusBoard(health, cache, catalog, probes, partitions);
  const server = createApiServer({
    verifier, operatorsGroup, turns: new Turns(), logger, root,
    routes: routes({ entry, ledgers, books, advisers: matchers, signIn, health, statusBoard, logger }),
  });
  gateway.attach(server.http);
  const watchers = [verifier, catalog, ...watches, ...probes];
  return {
    server,
    appender,
    catalog,
    start: () => watchers.forEach((watcher) => watcher.start()),
    stop: async () => {
      await Promise.all([server.drain(), gateway.close()]);
      await appender.close();
      watchers.forEach((watcher) => watcher.stop());
    },
  };
}
