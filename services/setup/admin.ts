import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ClientConfig } from 'pg';
import { z } from 'zod';
import { verifyFull } from '../adapters/postgres/pool';

const secretShape = z.object({
  host: z.string().min(1),
  port: z.coerce.number().int().min(1).max(65_535),
  dbname: z.string().min(1),
  username: z.string().min(1),
  password: z.string().min(1),
});

/**
 * Fetches how the ledger's administrator signs in.
 *
 * @throws Error naming the secret's field that is missing, never its values
 */
export async function adminConnection(client: SecretsManagerClient, secretArn: string): Promise<ClientConfig> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
  let content: unknown;
  try {
    content = JSON.parse(SecretString ?? '');
  } catch {
    throw new Error(`secret ${secretArn} is not JSON; it must have host, port, dbname, username and password`);
  }
  const parsed = secretShape.safeParse(content);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'content'}: ${issue.message}`);
    throw new Error(`secret ${secretArn} cannot be used: ${fields.join('; ')}`);
  }
  const { host, port, dbname, username, password } = parsed.data;
  return {
    host, port, database: dbname, user: username, password, ssl: verifyFull(), application_name: 'setup', connectionTimeoutMillis: 10_000,
    keepAlive: true,
    // A migration may take long; a server that died without a word, or a lock that nobody gives back, must fail the deployment and not hang it.
    statement_timeout: 600_000, query_timeout: 605_000,
  };
}
