import type { Redis } from 'ioredis';
import type { AuditTrail } from '../adapters/audit/audit-trail';
import { CandleReader, type CandleReaderOptions } from '../adapters/candles/candle-reader';
import type { Automations } from '../adapters/jobs/automations';
import { BatchingAppender, type BatchingAppenderOptions } from '../adapters/journal/batching-appender';
import type { JournalWriter } from '../adapters/journal/journal';
import { PartitionMap } from '../domain';
import { breakersOpen, type Logger, type MetricSources, type Tracing } from '../runtime';
import { type AccessRules, createAccess } from './access';
import { AccessDesk } from './access/access-desk';
import { AccountDesk } from './accounts/account-desk';
import { CacheResetMemory } from './accounts/reset-memory';
import type { StartingBalances } from './accounts/starting-balances';
import { admissionOf } from './admission';
import type { ApiKeyStore } from './auth/api-key-store';
import { ApiKeys } from './auth/api-keys';
import type { FederatedSignIn } from './auth/federated/federated-sign-in';
import type { UserPoolTokens } from './auth/refresh-tokens';
import type { SecretBox } from './auth/secret-box';
import type { SignIn } from './auth/sign-in';
import type { TokenVerifier } from './auth/token-verifier';
import { AutomationDesk } from './automations/automation-desk';
import { Backtests, type BacktestTools } from './backtests/backtests';
import { createBinance } from './binance';
import type { Facade } from './binance/facade';
import { mountFacade } from './binance/mount';
import { apiHealth } from './health';
import { RequestAudit } from './http/audit';
import { type Allowances, Limits, ordersPerSecond } from './http/limits';
import { LoadGate, type LoadGateOptions } from './http/load-gate';
import { Pipeline } from './http/pipeline';
import type { Route } from './http/route';
import { routes } from './http/routes';
import { type ApiServer, createApiServer } from './http/server';
import { JournalWatch } from './journal-watch';
import { Equity } from './ledger/equity';
import { LedgerProbe } from './ledger/ledger-probe';
import type { LedgerReader } from './ledger/ledger-reader';
import { Ledgers } from './ledger/ledgers';
import { Positions } from './ledger/positions';
import type { ReadModels } from './ledger/read-models';
import { Books, type BookSource } from './market/books';
import { InstrumentCatalog } from './market/instrument-catalog';
import { MarketMinutes } from './market/market-minutes';
import { StatusBoard } from './market/status-board';
import { Tickers } from './market/tickers';
import type { NoteStore } from './notes/note-store';
import type { Screenshots } from './notes/screenshots';
import { TradeJournal } from './notes/trade-journal';
import type { UpgradeAdvice } from './orders/operate';
import { cacheBreaker, OrderCache } from './orders/order-cache';
import { TrackedAppender } from './orders/tracked-appender';
import { Turns } from './orders/turns';
import { Verdicts } from './orders/verdicts';
import { History } from './replay/history';
import { Replays } from './replay/replays';
import { endConnections } from './sessions/connections';
import { type KeptSessions, SessionDesk } from './sessions/desk';
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
  /** Index and files of past candles, where the system keeps any. */
  readonly candles?: CandleReaderOptions;
  /** Where what operators do is written down; default: nowhere but in the log. */
  readonly audit?: Pick<AuditTrail, 'add'>;
  readonly signIn: SignIn;
  /** Where sessions are kept, and who hears of their ends: the verifier asks the same one. Default: a token is good until it expires. */
  readonly sessions?: KeptSessions;
  /** What refresh tokens are good for; default: nobody stays signed in. */
  readonly refreshTokens?: UserPoolTokens;
  /** Where users sign in with accounts from elsewhere, where the system has that. */
  readonly federated?: FederatedSignIn;
  /** Where API keys are kept and what their secrets are sealed with, where the system keeps any. */
  readonly apiKeys?: { readonly store: ApiKeyStore; readonly box: SecretBox };
  /** Where operators' rules about users and groups are kept, where the system keeps any. */
  readonly accessRules?: AccessRules;
  /** What workers look after for users, where the system has workers. */
  readonly automations?: Automations;
  /** Where notes of users are kept, and their pictures with the origin that browsers fetch them from, where the system keeps any. */
  readonly tradeJournal?: { readonly store: NoteStore; readonly screenshots?: Screenshots; readonly origin?: string };
  /** What everybody begins with, where the system gives anything. */
  readonly startingBalances?: StartingBalances;
  /** What backtests are taken with, where the system runs any. */
  readonly backtests?: BacktestTools;
  readonly operatorsGroup: string;
  /** Folder that holds `page/`. */
  readonly root: string;
  /** Default: nothing is traced. */
  readonly tracing?: Tracing;
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
  /** Binance's API. */
  readonly facade: Facade;
  readonly catalog: InstrumentCatalog;
  /** What it measures of itself. */
  readonly metrics: MetricSources;
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
  const hub = new Hub({
    cache, subscriber, logger, tracing: options.tracing, bookOf: (symbol) => books.read(symbol).catch(() => null), resumeMs: stream?.resumeMs,
  });
  const access = createAccess(options.accessRules, { cache, subscriber, logger });
  const deciding = { access: access.control, members: access.members };
  const health = apiHealth({
    access: access.copy, sessions: options.sessions?.watch, verifier, journal: watches, appender, cache, subscriber, ledger: probes, catalog, books,
    streams: () => ({
      connections: gateway.size + binance.gateway.size, channels: hub.channels, shedRequests: gate.shed, cacheBreakerOpened: breaker.opened,
      replays: replays.size, historyBytes: history.bytes,
    }),
  });
  const tracked = new TrackedAppender(appender, options.tracing);
  const entry = { appender: tracked, cache: new OrderCache(cache, breaker), catalog, partitions, patienceMs: options.patienceMs };
  const statusBoard = new StatusBoard(health, cache, catalog, probes, partitions);
  const verdicts = new Verdicts(hub, logger);
  const tickers = new Tickers(cache, catalog, breaker);
  const minutes = new MarketMinutes(cache, breaker);
  const positions = new Positions(ledgers, catalog, tickers);
  const equity = new Equity(ledgers, catalog, tickers);
  const automations = new AutomationDesk(options.automations, catalog);
  const accounts = new AccountDesk(entry, ledgers, new CacheResetMemory(cache, breaker), options.startingBalances, automations);
  const history = new History(options.candles && new CandleReader(options.candles), logger);
  const replays = new Replays(history, logger, () => gate.refuses('read'));
  const { readModels } = options;
  const apiKeys = new ApiKeys(options.apiKeys?.store, options.apiKeys?.box, logger);
  const backtests = new Backtests(options.backtests, catalog);
  const tradeJournal = new TradeJournal(options.tradeJournal?.store, options.tradeJournal?.screenshots, catalog, logger);
  const { allowances = admissionOf(undefined).allowances } = options;
  const accessDesk = new AccessDesk({
    store: options.accessRules?.store, copy: access.copy, catalog, ordersPerSecond: ordersPerSecond(allowances), logger,
  });
  const clients = options.refreshTokens && { p: options.refreshTokens, f: options.federated?.tokens };
  const sessions = new SessionDesk({
    kept: options.sessions, tokens: clients, logger, deleteApiKeys: async (accountId) => {
      const deleted = await apiKeys.removeAll(accountId);
      await binance.listenKeys.endAll(accountId);
      return deleted;
    },
  });
  const all = routes({
    sessions, refreshing: clients && { clients, verifier }, federated: options.federated,
    access: accessDesk,
    entry, ledgers, positions, equity, accounts, readModels, books, tickers, minutes,
    verdicts, history, advisers: matchers, signIn, apiKeys, automations, tradeJournal, backtests, health, statusBoard,
    logger,
  });
  const limits = new Limits(cache, allowances);
  const gate = new LoadGate({ journalLagMs: () => tracked.lagMs, limits: options.loadLimits });
  const audit = options.audit && new RequestAudit(options.audit, logger);
  const pipeline = new Pipeline({ operatorsGroup, limits, gate, tracing: options.tracing, audit, ...deciding });
  const turns = new Turns();
  const binance = createBinance({
    routes: all, pipeline, keys: apiKeys, ...deciding, entry, ledgers, books, tickers, minutes, hub, cache, limits, allowances, gate, turns, logger,
    trustedProxies, allowedOrigins: stream?.allowedOrigins, pingMs: stream?.pingMs,
  });
  const server = createApiServer({
    routes: all, pipeline, verifier, turns, logger, root, trustedProxies, filesFrom: options.tradeJournal?.origin,
    also: (app, isDraining) => mountFacade(app, binance.facade, { turns, trustedProxies, logger, isDraining }),
  });
  const requests = new Requests(all, pipeline, turns, logger);
  const gateway = new StreamGateway({
    verifier, catalog, hub, requests, replays, ...deciding, trustedProxies, ...stream, also: (...upgrade) => binance.gateway.upgrade(...upgrade),
  });
  gateway.attach(server.http);
  access.copy.onChange = () => {
    gateway.recheck();
    binance.gateway.recheck();
  };
  if (options.sessions) endConnections(options.sessions.watch, gateway, binance.gateway);
  const watchers = [verifier, catalog, ...options.sessions ? [options.sessions.watch] : [], access, ...watches, ...probes];
  return {
    server,
    appender,
    gate,
    routes: all,
    facade: binance.facade,
    catalog,
    metrics: {
      OpenConnections: () => gateway.size + binance.gateway.size,
      JournalLag: () => tracked.lagMs,
      ShedRequests: () => gate.shed,
      BreakersOpen: breakersOpen,
    },
    start: () => watchers.forEach((watcher) => watcher.start()),
    stop: async () => {
      await Promise.all([server.drain(), gateway.close(), binance.gateway.close()]);
      await appender.close();
      for (const part of [verdicts, hub, limits, gate, ...watchers]) part.stop();
    },
  };
}
