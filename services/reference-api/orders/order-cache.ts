import type { Redis } from 'ioredis';
import { type IdempotencyRecord, idempotencyKey, orderOwnerKey } from '../../domain';
import { Breaker } from '../../runtime';

/** Seconds for which the cache remembers a client order id and the owner of an order. The core remembers by itself. */
export const REMEMBERED_SECONDS = 3_600;

/** Result of a claim: ours now, somebody else's, or nobody can say because the cache is away. */
export type Claim = { readonly kind: 'ours' } | { readonly kind: 'taken'; readonly record: IdempotencyRecord } | { readonly kind: 'unknown' };

/** What the cache keeps of an order that may not be in the ledger yet. */
export interface NotedOrder {
  readonly accountId: string;
  readonly symbol: string;
}

const OURS: Claim = { kind: 'ours' };
const UNKNOWN: Claim = { kind: 'unknown' };

/** A cache that hangs must not hold up every order for as long as a command may take. One that is away says so at once, which does not count. */
export function cacheBreaker(): Breaker {
  return new Breaker({ name: 'the cache', isFailure: (error) => error instanceof Error && /timed out/i.test(error.message) });
}

/** Forgets a claim that is still ours and was not fulfilled by anybody. */
const RELEASE = `
local value = redis.call('GET', KEYS[1])
if not value then return 0 end
local record = cjson.decode(value)
if record.orderId == ARGV[1] and not record.position then return redis.call('DEL', KEYS[1]) end
return 0`;

/** Stores a fulfilled record unless one is there already; answers what stands. */
const FULFIL = `
local value = redis.call('GET', KEYS[1])
if value then
  local record = cjson.decode(value)
  if record.orderId ~= ARGV[1] or record.position then return value end
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return ARGV[2]`;

/**
 * What the cache knows of orders that were just accepted. All of it is a shortcut: without it the core tells duplicates apart and
 * the ledger knows the owners, so no failure here fails a request.
 */
export class OrderCache {
  constructor(private readonly redis: Redis, private readonly breaker = cacheBreaker()) {}

  /** Claims a client order id for an order. */
  async claim(accountId: string, clientOrderId: string, record: IdempotencyRecord): Promise<Claim> {
    try {
      const key = idempotencyKey(accountId, clientOrderId);
      const found = await this.breaker.run(() => this.redis.set(key, JSON.stringify(record), 'EX', REMEMBERED_SECONDS, 'NX', 'GET'));
      return found === null ? OURS : { kind: 'taken', record: JSON.parse(found) as IdempotencyRecord };
    } catch {
      return UNKNOWN;
    }
  }

  /** What was claimed under a client order id last; undefined when the cache does not know or cannot be asked. */
  async claimed(accountId: string, clientOrderId: string): Promise<IdempotencyRecord | undefined> {
    const value = await this.breaker.run(() => this.redis.get(idempotencyKey(accountId, clientOrderId))).catch(() => null);
    return value === null ? undefined : JSON.parse(value) as IdempotencyRecord;
  }

  /** Notes who an order belongs to and what it trades, until the ledger knows. Nobody waits for it. */
  noteOrder(orderId: string, { accountId, symbol }: NotedOrder): void {
    this.redis.set(orderOwnerKey(orderId), `${accountId} ${symbol}`, 'EX', REMEMBERED_SECONDS).catch(() => undefined);
  }

  /** Notes where the journal has our order. Nobody waits for it. */
  fulfil(accountId: string, clientOrderId: string, record: IdempotencyRecord): void {
    this.redis.set(idempotencyKey(accountId, clientOrderId), JSON.stringify(record), 'EX', REMEMBERED_SECONDS).catch(() => undefined);
  }

  /** Like `fulfil`, where somebody else may have fulfilled the claim: answers the record that stands. */
  async fulfilOnce(accountId: string, clientOrderId: string, record: IdempotencyRecord): Promise<IdempotencyRecord> {
    const key = idempotencyKey(accountId, clientOrderId);
    const value = await this.breaker.run(() => this.redis.eval(FULFIL, 1, key, record.orderId, JSON.stringify(record), REMEMBERED_SECONDS))
      .catch(() => undefined);
    return typeof value === 'string' ? JSON.parse(value) as IdempotencyRecord : record;
  }

  /** Gives a claim back whose order certainly did not reach the journal. */
  async release(accountId: string, clientOrderId: string, orderId: string): Promise<void> {
    await this.breaker.run(() => this.redis.eval(RELEASE, 1, idempotencyKey(accountId, clientOrderId), orderId)).catch(() => undefined);
  }

  /**
   * Waits until the claim's holder has fulfilled it.
   *
   * @returns the record as it is then or when the time is over; undefined when the claim was given back or the cache went away
   */
  async awaitFulfilment(accountId: string, clientOrderId: string, waitMs: number): Promise<IdempotencyRecord | undefined> {
    const key = idempotencyKey(accountId, clientOrderId);
    const deadline = Date.now() + waitMs;
    for (let pause = 5; ; pause = Math.min(100, pause * 2)) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const value = await this.breaker.run(() => this.redis.get(key)).catch(() => null);
      if (value === null) return undefined;
      const record = JSON.parse(value) as IdempotencyRecord;
      if (record.position !== undefined || Date.now() >= deadline) return record;
    }
  }

  /** What was noted of an order; undefined when the cache does not know it, `unreachable` when it cannot be asked. */
  async orderOf(orderId: string): Promise<{ readonly order?: NotedOrder; readonly unreachable?: true }> {
    try {
      const noted = await this.breaker.run(() => this.redis.get(orderOwnerKey(orderId)));
      const [accountId, symbol] = (noted ?? '').split(' ');
      return symbol ? { order: { accountId, symbol } } : {};
    } catch {
      return { unreachable: true };
    }
  }
}
