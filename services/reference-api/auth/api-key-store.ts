import type { Pool } from 'pg';
import { Breaker } from '../../runtime';
import { unavailable } from '../http/errors';

/** What an API key may be used for. */
export const KEY_PERMISSIONS = ['read', 'trade'] as const;
export type KeyPermission = (typeof KEY_PERMISSIONS)[number];

/** An API key as its owner sees it. */
export interface ApiKeyFacts {
  /** UUID: names the key in the native API. */
  readonly id: string;
  /** What a program sends to say who it is; not secret. */
  readonly apiKey: string;
  readonly accountId: string;
  readonly label: string;
  readonly permissions: readonly KeyPermission[];
  /** Addresses and networks that it may be used from; empty: anywhere. */
  readonly addresses: readonly string[];
  readonly createdAt: Date;
}

/** An API key as it is kept. */
export interface StoredApiKey extends ApiKeyFacts {
  readonly sealedSecret: Buffer;
}

/** Where API keys are kept. Every method throws ApiError 503 when it cannot be reached. */
export interface ApiKeyStore {
  /** @returns whether there was room for it: an account has a limited number */
  add(key: StoredApiKey, most: number): Promise<boolean>;
  list(accountId: string): Promise<readonly ApiKeyFacts[]>;
  /** @returns the key that is gone; undefined when the account has no such key */
  remove(accountId: string, id: string): Promise<ApiKeyFacts | undefined>;
  find(apiKey: string): Promise<StoredApiKey | undefined>;
}

const FACTS = 'id, api_key AS "apiKey", account_id AS "accountId", label, permissions, addresses, created_at AS "createdAt"';

// Two at once of one account wait for each other, so that both count.
const ADD = `
  WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended($3::uuid::text, 7)) AS taken)
  INSERT INTO access.api_keys (id, api_key, account_id, label, permissions, addresses, sealed_secret, created_at)
  SELECT $1::uuid, $2, $3::uuid, $4, $5::text[], $6::text[], $7::bytea, $8::timestamptz FROM turn
  WHERE access.api_keys_of($3::uuid) < $9::integer`;

/** API keys in the ledger's database, under a schema of their own: every system has it, with backups, encryption and sign-in by IAM. */
export class PostgresApiKeyStore implements ApiKeyStore {
  private readonly breaker = new Breaker({ name: 'API keys' });

  constructor(private readonly pool: Pool) {}

  async add({ id, apiKey, accountId, label, permissions, addresses, sealedSecret, createdAt }: StoredApiKey, most: number): Promise<boolean> {
    return (await this.query('add', ADD, [id, apiKey, accountId, label, permissions, addresses, sealedSecret, createdAt, most])).rowCount === 1;
  }

  async list(accountId: string): Promise<readonly ApiKeyFacts[]> {
    return (await this.query<ApiKeyFacts>('list', `SELECT ${FACTS} FROM access.api_keys WHERE account_id = $1 ORDER BY created_at, id`, [accountId])).rows;
  }

  async remove(accountId: string, id: string): Promise<ApiKeyFacts | undefined> {
    return (await this.query<ApiKeyFacts>('remove', `DELETE FROM access.api_keys WHERE id = $1 AND account_id = $2 RETURNING ${FACTS}`, [id, accountId])).rows[0];
  }

  async find(apiKey: string): Promise<StoredApiKey | undefined> {
    const text = `SELECT ${FACTS}, sealed_secret AS "sealedSecret" FROM access.api_keys WHERE api_key = $1`;
    return (await this.query<StoredApiKey>('find', text, [apiKey])).rows[0];
  }

  private async query<T extends object>(name: string, text: string, values: unknown[]): Promise<{ rows: T[]; rowCount: number | null }> {
    try {
      return await this.breaker.run(() => this.pool.query<T>({ name: `api-keys-${name}`, text, values }));
    } catch (error) {
      throw Object.assign(unavailable('api_keys_unavailable', 'API keys cannot be looked up at the moment.'), { cause: error });
    }
  }
}
