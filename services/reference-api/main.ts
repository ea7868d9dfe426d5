import { connectCache } from '../adapters/cache/redis';
import { KinesisJournalWriter } from '../adapters/journal/kinesis-writer';
import { createLedgerPool } from '../adapters/postgres/pool';
import { MatcherQuery } from '../adapters/query/query-client';
import { createLogger, Lifecycle, loadConfig, runMain } from '../runtime';
import { createApi } from './api';
import { cognitoSignIn } from './auth/sign-in';
import { TokenVerifier } from './auth/token-verifier';
import { environmentSchema } from './config.generated';
import { PostgresLedgerReader } from './ledger/postgres-ledger-reader';
import { PARTITION } from './orders/entry';

/** What every token has whose user signed in at the pool, and no token of a machine. */
const USER_SCOPE = 'aws.cognito.signin.user.admin';

async function main(): Promise<void> {
  const config = loadConfig('reference-api', environmentSchema);
  const logger = createLogger({ service: 'reference-api', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
  const lifecycle = new Lifecycle(logger);

  const cacheOptions = { url: config.CACHE_URL, authToken: config.CACHE_AUTH_TOKEN, logger };
  const cache = connectCache({ ...cacheOptions, name: 'api', pipeline: true, commandTimeoutMs: 500 });
  const subscriber = connectCache({ ...cacheOptions, name: 'api-streams', subscriber: true });
  lifecycle.onStop('cache', () => {
    cache.disconnect();
    subscriber.disconnect();
  });

  const pool = createLedgerPool({ url: config.LEDGER_URL, region: process.env.AWS_REGION ?? 'us-east-1', logger, statementTimeoutMs: 3_000 });
  lifecycle.onStop('ledger', () => pool.end());

  const signIn = cognitoSignIn(config.USER_POOL_CLIENT_ID, logger);
  lifecycle.onStop('sign-in', () => signIn.close());

  // The appender repeats by itself, and knows what became of each attempt.
  const journal = new KinesisJournalWriter({ stream: config.JOURNAL_STREAM, attempts: 1, requestTimeoutMs: 2_000 });
  lifecycle.onStop('journal', () => journal.close());

  const endpoints = config.MATCHER_ENDPOINTS === 'none' ? [] : config.MATCHER_ENDPOINTS.split(',').map((endpoint) => endpoint.trim());
  const matcher = endpoints.length > 0 ? new MatcherQuery({ endpoints }) : undefined;
  lifecycle.onStop('matcher', () => matcher?.close());

  const api = createApi({
    matcher,
    logger,
    verifier: new TokenVerifier({
      issuer: config.USER_POOL_ISSUER, clientId: config.USER_POOL_CLIENT_ID, federatedClientId: config.FEDERATED_CLIENT_ID, requiredScopes: [USER_SCOPE], logger,
    }),
    journal,
    cache,
    subscriber,
    ledger: new PostgresLedgerReader(pool, PARTITION),
    signIn,
    operatorsGroup: config.OPERATORS_GROUP,
    root: __dirname,
  });
  lifecycle.onStop('api', () => api.stop());
  api.start();
  await api.server.listen(config.PORT);
  logger.info({ port: config.PORT }, 'listening');
}

runMain(main);
