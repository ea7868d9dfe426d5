import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { allows, isNetwork } from './address-list';
import type { ApiKeyFacts, ApiKeyStore, KeyPermission, StoredApiKey } from './api-key-store';
import { KEY_PERMISSIONS } from './api-key-store';
import { Lru } from './lru';
import type { SecretBox } from './secret-box';
import type { Logger } from '../../runtime';
import { ApiError, notHere } from '../http/errors';
import { coded } from '../http/validate';

/** Most API keys of one account. */
export const MOST_KEYS = 20;
/** Milliseconds for which a task goes by what it knows of a key: a deletion reaches every task within them. */
const KNOWN_MS = 3_000;

/** Body of `POST /v1/api-keys`. */
export const apiKeySchema = z.strictObject({
  label: z.string().regex(/^[\x20-\x7e]{1,64}$/, { error: coded('invalid_label', 'A label has 1 to 64 printable ASCII characters.') }),
  permissions: z.array(z.enum(KEY_PERMISSIONS)).min(1).max(KEY_PERMISSIONS.length).refine((all) => new Set(all).size === all.length, {
    error: coded('invalid_permissions', 'Name each permission once.'),
  }),
  /** Absent: from anywhere. */
  addresses: z.array(z.string().max(43).refine(isNetwork, {
    error: coded('invalid_address', 'An address is one of IPv4, or a network such as 203.0.113.0/24 or 2001:db8::/64; of IPv6 /64 is the narrowest.'),
  })).min(1).max(20).optional(),
}).meta({ examples: [{ label: 'my bot', permissions: ['read', 'trade'], addresses: ['203.0.113.7'] }] });
export type ApiKeyBody = z.output<typeof apiKeySchema>;

/** A key that may be used, with its secret. */
export interface UsableKey {
  readonly facts: ApiKeyFacts;
  readonly secret: string;
}

interface Known {
  readonly key: UsableKey | undefined;
  readonly until: number;
}

/** The API keys of users: made once, shown once, looked up at each use. */
export class ApiKeys {
  private readonly known = new Lru<string, Known>(10_000);
  private readonly asked = new Map<string, Promise<UsableKey | undefined>>();

  /** @param store and box undefined where the system keeps no API keys */
  constructor(private readonly store: ApiKeyStore | undefined, private readonly box: SecretBox | undefined, private readonly logger: Logger) {}

  /** Makes a key. Its secret is in this answer and never again. @throws ApiError 404, 409 `too_many_api_keys`, 503 */
  async create(accountId: string, { label, permissions, addresses = [] }: ApiKeyBody) {
    const [store, box] = this.required();
    const apiKey = randomBytes(32).toString('hex');
    const secret = randomBytes(32).toString('hex');
    const facts: ApiKeyFacts = { id: randomUUID(), apiKey, accountId, label, permissions, addresses, createdAt: new Date() };
    const added = await store.add({ ...facts, sealedSecret: box.seal(secret, contextOf(facts)) }, MOST_KEYS);
    if (!added) throw new ApiError(409, 'too_many_api_keys', `An account has at most ${MOST_KEYS} API keys; delete one first.`, { limit: MOST_KEYS });
    this.known.delete(apiKey);
    this.logger.info({ accountId, keyId: facts.id, permissions, addresses }, 'an API key was made');
    return { ...viewOf(facts), secret };
  }

  async list(accountId: string) {
    const [store] = this.required();
    return { apiKeys: (await store.list(accountId)).map(viewOf) };
  }

  /** @throws ApiError 404 for a key that is unknown or another user's: the two look the same */
  async remove(accountId: string, id: string): Promise<void> {
    const [store] = this.required();
    const gone = await store.remove(accountId, id);
    if (!gone) throw new ApiError(404, 'unknown_api_key', 'There is no such API key.');
    this.known.set(gone.apiKey, { key: undefined, until: Date.now() + KNOWN_MS });
    this.logger.info({ accountId, keyId: id }, 'an API key was deleted');
  }

  /** Deletes all keys of an account. @returns how many there were; 0 where the system keeps none. @throws ApiError 503 */
  async removeAll(accountId: string): Promise<number> {
    if (!this.store) return 0;
    const all = await this.store.list(accountId);
    for (const { id } of all) await this.remove(accountId, id);
    return all.length;
  }

  /** A key by what programs send; undefined when there is none. Asks the store at most once in three seconds. @throws ApiError 503 */
  async find(apiKey: string): Promise<UsableKey | undefined> {
    const known = this.known.get(apiKey);
    if (known && known.until > Date.now()) return known.key;
    let asking = this.asked.get(apiKey);
    if (!asking) {
      asking = this.load(apiKey, known?.key).finally(() => this.asked.delete(apiKey));
      this.asked.set(apiKey, asking);
    }
    return asking;
  }

  private async load(apiKey: string, before: UsableKey | undefined): Promise<UsableKey | undefined> {
    if (!this.store || !this.box) return undefined;
    const stored = await this.store.find(apiKey);
    const key = stored && (before ?? { facts: factsOf(stored), secret: this.box.open(stored.sealedSecret, contextOf(stored)) });
    this.known.set(apiKey, { key, until: Date.now() + KNOWN_MS });
    return key;
  }

  private required(): [ApiKeyStore, SecretBox] {
    if (this.store && this.box) return [this.store, this.box];
    throw notHere('api_keys', 'This system keeps no API keys.');
  }
}

/** Whether a key may be used from an address; one that is limited to addresses may not be from one that nobody knows. */
export function usableFrom({ addresses }: Pick<ApiKeyFacts, 'addresses'>, address: string | undefined): boolean {
  return addresses.length === 0 || (address !== undefined && allows(addresses, address));
}

/** Whether a key may do something. Who may trade may not read by that alone. */
export function permits({ permissions }: Pick<ApiKeyFacts, 'permissions'>, permission: KeyPermission): boolean {
  return permissions.includes(permission);
}

/** What the sealed secret belongs to. */
function contextOf({ id, apiKey, accountId }: Pick<ApiKeyFacts, 'id' | 'apiKey' | 'accountId'>): string {
  return `${accountId}/${id}/${apiKey}`;
}

function viewOf({ id, apiKey, label, permissions, addresses, createdAt }: ApiKeyFacts) {
  return { id, apiKey, label, permissions, addresses, createdAt: createdAt.getTime() };
}

function factsOf({ sealedSecret: _, ...facts }: StoredApiKey): ApiKeyFacts {
  return facts;
}
