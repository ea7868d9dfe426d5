import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';
import { Client } from 'pg';
import { z } from 'zod';
import { environmentSchema } from './config.generated';
import { AnalyticsLoader } from './load';
import { verifyFull } from '../../adapters/postgres/pool';
import { awsClientSettings, createLogger, loadConfig } from '../../runtime';

const SPARE_MS = 20_000;
const secretSchema = z.object({ host: z.string(), port: z.coerce.number(), dbname: z.string(), username: z.string(), password: z.string() });

const config = loadConfig('serverless-api-analytics', environmentSchema);
const logger = createLogger({ service: 'serverless-api-analytics', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
const secrets = new SecretsManagerClient(awsClientSettings());
const dynamo = new DynamoDBClient(awsClientSettings());

/** Copies what is new. Run every quarter of an hour; a run that finds too much goes on in the next one. */
export async function handler(_event: unknown, context?: Context): Promise<{ added: number }> {
  const ends = Date.now() + (context?.getRemainingTimeInMillis() ?? Infinity) - SPARE_MS;
  // Read each time: the password is rotated.
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: config.ANALYTICS_SECRET_ARN }));
  const { host, port, dbname: database, username: user, password } = secretSchema.parse(JSON.parse(SecretString ?? ''));
  const limits = { connectionTimeoutMillis: 5_000, statement_timeout: 60_000, query_timeout: 62_000 };
  const client = new Client({ host, port, database, user, password, ssl: verifyFull(), ...limits });
  await client.connect();
  try {
    const loader = new AnalyticsLoader(dynamo, config.TRADES_TABLE, client);
    await loader.prepare();
    let added = 0;
    for (const symbol of config.SYMBOLS) added += await loader.load(symbol, () => Date.now() < ends);
    logger.info({ added }, 'trades were copied');
    return { added };
  } finally {
    await client.end().catch(() => undefined);
  }
}
