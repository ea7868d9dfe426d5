import type { Redis } from 'ioredis';
import { BatchingAppender, type BatchingAppenderOptions } from '../adapters/journal/batching-appender';
import type { JournalWriter } from '../adapters/journal/journal';
import type { Logger } from '../runtime';
import type { SignIn } from './auth/sign-in';
import type { TokenVerifier } from './auth/token-verifier';
import { apiHealth } from './health';
import { routes } from './http/routes';
import { type ApiServer, createApiServer } from './http/server';
import { JournalWatch } from './journal-watch';
import { LedgerProbe } from './ledger/ledger-probe';
import type { LedgerReader } from './ledger/ledger-reader';
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
  readonly journal: JournalWriter & { probe(): Promise<void> };
  readonly appender?: BatchingAppenderOptions;
  readonly cache: Redis;
  readonly subscriber: Redis;
  readonly ledger: LedgerReader;
  /** Asked for books that the cache does not have. */
  readonly matcher?: BookSource & UpgradeAdvice;
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
  const { logger, verifier, journal, cache, subscriber, ledger, matcher, signIn, operatorsGroup, root } = options;
  const appender = new BatchingAppender(journal, options.appender);
  const catalog = new InstrumentCatalog({ cache, subscriber, fallback: () => ledger.instruments(), logger, refreshMs: options.instrumentRefreshMs });
  const watch = new JournalWatch(appender, () => journal.probe());
  const probe = new LedgerProbe(ledger);
  const books = new Books(cache, catalog, matcher);
  const hub = new Hub({ cache, subscriber, logger, bookOf: (symbol) => books.read(symbol).catch(() => null) });
  const gateway = new StreamGateway({ verifier, catalog, hub, ...options.stream });
  const health = apiHealth({
    verifier, journal: watch, appender, cache, subscriber, ledger: probe, catalog, books,
    streams: () => ({ connections: gateway.size, channels: hub.channels }),
  });
  const entry = { appender, cache: new OrderCache(cache), catalog, patienceMs: options.patienceMs };
  const statusBoard = new StatusBoard(health, cache, catalog, probe);
  const server = createApiServer({
    verifier, operatorsGroup, turns: new Turns(), logger, root,
    routes: routes({ entry, ledger, books, advice: matcher, signIn, health, statusBoard, logger }),
  });
  gateway.attach(server.http);
  const watchers = [verifier, catalog, watch, probe];
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
