import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { connectCache } from '../adapters/cache/redis';
import { journalOf, openJournalWriter } from '../adapters/journal/open-journal';
import { createLedgerPool } from '../adapters/postgres/pool';
import { MatcherQuery } from '../adapters/query/query-client';
import { awsClientSettings, createLogger, Lifecycle, loadConfig, runMain } from '../runtime';
import { admissionOf } from './admission';
import { createApi } from './api';
import { cognitoSignIn } from './auth/sign-in';
import { TokenVerifier } from './auth/token-verifier';
import { environmentSchema } from './config.generated';
import { PostgresLedgerReader } from './ledger/postgres-ledger-reader';
import { ReadModels } from './ledger/read-models';
import { ledgerUrlsOf, matcherEndpointsOf, partitionMapOf } from './partitions';

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

  const tables = { orders: config.ORDERS_TABLE, wallets: config.WALLETS_TABLE };
  const dynamodb = tables.orders ?? tables.wallets ? new DynamoDBClient(awsClientSettings(2_000, 2)) : undefined;
  const readModels = dynamodb && new ReadModels(dynamodb, tables);
  lifecycle.onStop('read models', () => dynamodb?.destroy());

  const signIn = cognitoSignIn(config.USER_POOL_CLIENT_ID, logger);
  lifecycle.onStop('sign-in', () => signIn.close());

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
    verifier: new TokenVerifier({
      issuer: config.USER_POOL_ISSUER,
      clientId: config.USER_POOL_CLIENT_ID,
      federatedClientId: config.FEDERATED_CLIENT_ID,
      requiredScopes: [USER_SCOPE],
      logger,
    }),
    journal,
    cache,
    subscriber,
    signIn,
    readModels,
    operatorsGroup: config.OPERATORS_GROUP,
    ...admission,
    stream: { allowedOrigins: config.ALLOWED_ORIGINS },
    root: __dirname,
  });
  lifecycle.onStop('api', () => api.stop());
  api.start();
  await api.server.listen(config.PORT);
  logger.info({ port: config.PORT }, 'listening');
}

runMain(main);
