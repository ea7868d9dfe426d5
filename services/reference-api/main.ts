import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { PostgresAccessStore } from '../adapters/access/store';
import { AuditTrail } from '../adapters/audit/audit-trail';
import { connectCache } from '../adapters/cache/redis';
import { CandleFiles } from '../adapters/candles/candle-files';
import { CandleIndex } from '../adapters/candles/candle-index';
import { Automations } from '../adapters/jobs/automations';
import { journalOf, openJournalWriter } from '../adapters/journal/open-journal';
import { createLedgerPool } from '../adapters/postgres/pool';
import { MatcherQuery } from '../adapters/query/query-client';
import { awsClientSettings, createLogger, Lifecycle, loadConfig, openTracing, runMain, ServiceMetrics } from '../runtime';
import { startingBalancesOf } from './accounts/starting-balances';
import { admissionOf } from './admission';
import { createApi } from './api';
import { PostgresApiKeyStore } from './auth/api-key-store';
import { openFederatedSignIn } from './auth/federated/open';
import { cognitoTokens } from './auth/refresh-tokens';
import { SecretBox } from './auth/secret-box';
import { cognitoSignIn } from './auth/sign-in';
import { TokenVerifier } from './auth/token-verifier';
import { openBacktests } from './backtests/open-backtests';
import { environmentSchema } from './config.generated';
import { PostgresLedgerReader } from './ledger/postgres-ledger-reader';
import { ReadModels } from './ledger/read-models';
import { openTradeJournal } from './notes/open-trade-journal';
import { ledgerUrlsOf, matcherEndpointsOf, partitionMapOf } from './partitions';
import { openSessions } from './sessions/open';

/** What every token has whose user signed in at the pool, and no token of a machine. */
const USER_SCOPE = 'aws.cognito.signin.user.admin';

async function main(): Promise<void> {
  const config = loadConfig('reference-api', environmentSchema);
  const logger = createLogger({ service: 'reference-api', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
  const partitions = partitionMapOf(config.PARTITION_MAP);
  const ledgerUrls = ledgerUrlsOf(partitions, config.LEDGER_URL, config.LEDGER_URLS);
  const endpoints = matcherEndpointsOf(partitions, config.MATCHER_ENDPOINTS);
  const admission = admissionOf(config.ADMISSION);
  const lifecycle = new Lifecycle(logger);
  const tracing = await openTracing({
    service: 'reference-api', environment: config.ENVIRONMENT, endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT, samplingPpm: config.TRACE_SAMPLING_PPM, logger,
  });
  lifecycle.onStop('traces', () => tracing?.stop());

  const cacheOptions = { url: config.CACHE_URL, authToken: config.CACHE_AUTH_TOKEN, logger };
  const cache = connectCache({ ...cacheOptions, name: 'api', pipeline: true, commandTimeoutMs: 500 });
  const subscriber = connectCache({ ...cacheOptions, name: 'api-streams', subscriber: true });
  lifecycle.onStop('cache', () => {
    cache.disconnect();
    subscriber.disconnect();
  });

  // Partitions of one ledger share its connections.
  const pools = new Map([...new Set(ledgerUrls.values())].map((url) => (
    [url, createLedgerPool({ url, region: process.env.AWS_REGION ?? 'us-east-1', logger, statementTimeoutMs: 3_000 })])));
  lifecycle.onStop('ledger', async () => {
    await Promise.all([...pools.values()].map((pool) => pool.end()));
  });
  const ledgers = new Map([...ledgerUrls].map(([partition, url]) => [partition, new PostgresLedgerReader(pools.get(url)!, partition)]));

  // What users keep that is not trading: API keys and the trade journal.
  const userData = config.API_KEYS_DATABASE_URL === undefined ? undefined
    : createLedgerPool({ url: config.API_KEYS_DATABASE_URL, region: process.env.AWS_REGION ?? 'us-east-1', logger, statementTimeoutMs: 3_000, max: 3 });
  lifecycle.onStop('user data', () => userData?.end());
  const keys = userData && config.API_KEYS_SECRET !== undefined ? { box: new SecretBox(config.API_KEYS_SECRET), pool: userData } : undefined;
  const tradeJournal = userData && await openTradeJournal(userData, config.SCREENSHOTS_BUCKET);
  lifecycle.onStop('screenshots', () => tradeJournal?.close());
  const backtests = openBacktests({ table: config.BACKTEST_TABLE, queue: config.BACKTEST_QUEUE, reportsBucket: config.REPORTS_BUCKET });
  lifecycle.onStop('backtests', () => backtests?.close());

  const tables = { orders: config.ORDERS_TABLE, wallets: config.WALLETS_TABLE };
  const ofTables = tables.orders ?? tables.wallets ?? config.AUDIT_TABLE ?? config.SESSIONS_TABLE;
  const dynamodb = ofTables === undefined ? undefined : new DynamoDBClient(awsClientSettings(2_000, 2));
  const readModels = tables.orders ?? tables.wallets ? new ReadModels(dynamodb!, tables) : undefined;
  const audit = config.AUDIT_TABLE === undefined ? undefined
    : new AuditTrail({ client: dynamodb!, table: config.AUDIT_TABLE, writer: 'reference-api' });
  lifecycle.onStop('read models', () => dynamodb?.destroy());

  const s3 = config.CANDLES_BUCKET === undefined ? undefined : new S3Client(awsClientSettings());
  const candles = s3 && {
    index: new CandleIndex(pools.get(ledgerUrls.get(partitions.defaultPartition)!)!), files: new CandleFiles(s3, config.CANDLES_BUCKET!),
  };
  lifecycle.onStop('history', () => s3?.destroy());

  const signIn = cognitoSignIn(config.USER_POOL_CLIENT_ID, logger);
  const refreshTokens = cognitoTokens(config.USER_POOL_CLIENT_ID, logger);
  lifecycle.onStop('sign-in', () => {
    signIn.close();
    refreshTokens.close();
  });
  const sessions = config.SESSIONS_TABLE === undefined ? undefined : openSessions(config.SESSIONS_TABLE, {
    client: dynamodb!, cache, subscriber, logger, limits: config.SESSION_LIMITS,
  });
  const verifier = new TokenVerifier({
    issuer: config.USER_POOL_ISSUER,
    clientId: config.USER_POOL_CLIENT_ID,
    federatedClientId: config.FEDERATED_CLIENT_ID,
    requiredScopes: [USER_SCOPE],
    sessions: sessions?.watch,
    logger,
  });

  // The appender repeats by itself, and knows what became of each attempt.
  const user = { service: 'reference-api', logger, region: process.env.AWS_REGION ?? 'us-east-1' };
  const journal = await openJournalWriter(journalOf(config, user.service), user, (error) => lifecycle.fail('the journal takes nothing any more', error));
  lifecycle.onStop('journal', () => journal.close());

  const matchers = new Map([...endpoints].map(([partition, those]) => [partition, new MatcherQuery({ endpoints: those })]));
  lifecycle.onStop('matchers', () => matchers.forEach((matcher) => matcher.close()));

  const api = createApi({
    partitions,
    matchers,
    ledgers,
    logger,
    verifier,
    sessions,
    refreshTokens,
    federated: openFederatedSignIn(config, { box: keys?.box, verifier, cache, logger }),
    journal,
    cache,
    subscriber,
    signIn,
    apiKeys: keys && { store: new PostgresApiKeyStore(keys.pool), box: keys.box },
    accessRules: userData && { store: new PostgresAccessStore(userData) },
    tradeJournal,
    backtests,
    readModels,
    candles,
    audit,
    automations: config.AUTOMATIONS ? new Automations({ redis: cache }) : undefined,
    startingBalances: startingBalancesOf(config.STARTING_BALANCES, admission.secondsBetweenResets),
    operatorsGroup: config.OPERATORS_GROUP,
    trustedProxies: admission.trustedProxies,
    allowances: admission.allowances,
    stream: { allowedOrigins: config.ALLOWED_ORIGINS, maxConnectionsPerAccount: admission.connectionsPerAccount },
    root: __dirname,
    tracing,
  });
  const metrics = new ServiceMetrics({ name: config.METRICS_NAME ?? 'reference-api', address: config.METRICS_ADDRESS, sources: api.metrics, logger });
  await metrics.start();
  lifecycle.onStop('metrics', () => metrics.stop());
  lifecycle.onStop('api', () => api.stop());
  api.start();
  await api.server.listen(config.PORT);
  logger.info({ port: config.PORT }, 'listening');
}

runMain(main);
