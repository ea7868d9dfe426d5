import type { Redis } from 'ioredis';
import { MARKET_MINUTES_KEPT_MS, type MarketMinute, marketMinutesKey } from '../../domain';
import { unavailable } from '../http/errors';
import { cacheBreaker } from '../orders/order-cache';

const MINUTE_MS = 60_000;

/** Reads the last day's minutes of the market outside, as the streamer heard them. None where a system streams no market. */
export class MarketMinutes {
  constructor(private readonly cache: Pick<Redis, 'hmget'>, private readonly breaker = cacheBreaker()) {}

  /**
   * Oldest first; minutes without trades are left out.
   *
   * @param from the first one that is wanted
   * @param to the first that is not wanted any more
   * @throws ApiError 503
   */
  async between(symbol: string, from: number, to: number, now = Date.now()): Promise<readonly MarketMinute[]> {
    const first = Math.ceil(Math.max(from, now - MARKET_MINUTES_KEPT_MS) / MINUTE_MS) * MINUTE_MS;
    const fields = Array.from({ length: Math.max(0, Math.ceil((Math.min(to, now) - first) / MINUTE_MS)) }, (_, i) => String(first + i * MINUTE_MS));
    if (fields.length === 0) return [];
    try {
      const rows = await this.breaker.run(() => this.cache.hmget(marketMinutesKey(symbol), ...fields));
      return rows.flatMap((row) => (row === null ? [] : [JSON.parse(row) as MarketMinute]));
    } catch (error) {
      throw Object.assign(unavailable('cache_unavailable', 'The market cannot be read at the moment.'), { cause: error });
    }
  }
}
