import type { Redis } from 'ioredis';
import type { ResetMemory } from './account-desk';
import { cacheBreaker } from '../orders/order-cache';

const keyOf = (accountId: string): string => `reset:${accountId}`;

const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/** Remembers resets in the cache. Without it the ledger alone keeps them apart, as soon as it has the last one. */
export class CacheResetMemory implements ResetMemory {
  constructor(private readonly redis: Redis, private readonly breaker = cacheBreaker()) {}

  async claimReset(accountId: string, resetId: string, seconds: number): Promise<number> {
    if (seconds === 0) return 0;
    try {
      const before = await this.breaker.run(() => this.redis.set(keyOf(accountId), resetId, 'EX', seconds, 'NX', 'GET'));
      if (before === null || before === resetId) return 0;
      return Math.max(1, await this.breaker.run(() => this.redis.pttl(keyOf(accountId))));
    } catch {
      return 0;
    }
  }

  async releaseReset(accountId: string, resetId: string): Promise<void> {
    await this.breaker.run(() => this.redis.eval(RELEASE, 1, keyOf(accountId), resetId)).catch(() => undefined);
  }
}
