import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { BinanceError } from './errors';
import { unavailable } from '../http/errors';

/** Seconds for which a key is good, from its making or the last time that it was kept. */
const LIVES_SECONDS = 3_600;

const keyOf = (listenKey: string): string => `binance:listen:${listenKey}`;
const ofAccount = (accountId: string): string => `binance:listen-of:${accountId}`;
const unknown = (): BinanceError => new BinanceError(-1125, 'This listenKey does not exist.');

/** Names under which an account's events can be heard for an hour, by whoever knows them. Kept in the cache: without it nothing is heard anyway. */
export class ListenKeys {
  constructor(private readonly cache: Redis) {}

  /** The account's key; while it has one, the same again, as at Binance. @throws ApiError 503 */
  async make(accountId: string): Promise<string> {
    return this.asked(async () => {
      const made = randomBytes(32).toString('hex');
      const standing = await this.cache.set(ofAccount(accountId), made, 'EX', LIVES_SECONDS, 'NX', 'GET');
      const listenKey = standing ?? made;
      await this.cache.set(keyOf(listenKey), accountId, 'EX', LIVES_SECONDS);
      if (standing !== null) await this.cache.expire(ofAccount(accountId), LIVES_SECONDS);
      return listenKey;
    });
  }

  /** @throws BinanceError -1125 for a key that is over, or another account's; ApiError 503 */
  async keep(accountId: string, listenKey: string): Promise<void> {
    if (await this.accountOf(listenKey) !== accountId) throw unknown();
    await this.asked(() => Promise.all([this.cache.expire(keyOf(listenKey), LIVES_SECONDS), this.cache.expire(ofAccount(accountId), LIVES_SECONDS)]));
  }

  /** @throws like `keep` */
  async end(accountId: string, listenKey: string): Promise<void> {
    if (await this.accountOf(listenKey) !== accountId) throw unknown();
    await this.asked(() => Promise.all([this.cache.del(keyOf(listenKey)), this.cache.del(ofAccount(accountId))]));
  }

  /** Ends the key of an account, if it has one. @throws ApiError 503 */
  async endAll(accountId: string): Promise<void> {
    await this.asked(async () => {
      const standing = await this.cache.get(ofAccount(accountId));
      if (standing === null) return;
      await Promise.all([this.cache.del(keyOf(standing)), this.cache.del(ofAccount(accountId))]);
    });
  }

  /** @throws ApiError 503 */
  async accountOf(listenKey: string): Promise<string | undefined> {
    if (!/^[0-9a-f]{64}$/.test(listenKey)) return undefined;
    return await this.asked(() => this.cache.get(keyOf(listenKey))) ?? undefined;
  }

  private async asked<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw Object.assign(unavailable('cache_unavailable', 'Listen keys cannot be looked up at the moment.'), { cause: error });
    }
  }
}
