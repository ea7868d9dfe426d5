import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { ApiError } from './errors';
import type { RateClass } from './route';
import { Lru } from '../auth/lru';

/** So many requests in so many seconds. */
export interface Allowance {
  readonly points: number;
  readonly seconds: number;
}

/** What a user, and what a network address, may ask for. */
export type Allowances = Readonly<Record<Exclude<RateClass, 'none'>, { readonly user?: Allowance; readonly address: Allowance }>>;

const in10s = (perSecond: number): Allowance => ({ points: perSecond * 10, seconds: 10 });

/** @param orders of one user in a second, averaged over ten seconds */
export function allowances(orders: number): Allowances {
  return {
    public: { address: in10s(100) },
    // Each is a call to the user pool, and one guess of a password.
    sign_in: { address: { points: 30, seconds: 60 } },
    read: { user: in10s(100), address: in10s(300) },
    order: { user: in10s(orders), address: in10s(4 * orders) },
    // As much again, so that who has used up the one can still leave the market.
    cancel: { user: in10s(orders), address: in10s(4 * orders) },
    operate: { user: in10s(50), address: in10s(100) },
  };
}

/** Orders of one user in a second. */
export function ordersPerSecond({ order: { user, address } }: Allowances): number {
  const { points, seconds } = user ?? address;
  return points / seconds;
}

/** Milliseconds between two reports to the cache. */
const REPORT_MS = 100;

interface Meter {
  readonly allowance: Allowance;
  readonly here: RateLimiterMemory;
  readonly shared: RateLimiterRedis;
  /** Points that the cache has not heard of yet, by key. */
  readonly unreported: Map<string, number>;
  /** Points of all tasks together, as the cache said last, and until when they count. */
  readonly everywhere: Lru<string, { readonly points: number; readonly until: number }>;
}

/**
 * Counts what users and addresses ask for. A task decides by itself, at once: no request waits for the cache. Ten times a second it adds up
 * with the others there, and who has asked too much of all of them together is refused until their time is over. While the cache is away each
 * task counts alone.
 */
export class Limits {
  private readonly meters = new Map<string, Meter>();
  private readonly timer: NodeJS.Timeout;

  constructor(cache: Redis, of: Allowances) {
    for (const [rate, kinds] of Object.entries(of)) {
      for (const [kind, allowance] of Object.entries(kinds as Readonly<Record<string, Allowance>>)) {
        const options = { points: allowance.points, duration: allowance.seconds, keyPrefix: `rate:${rate}:${kind}` };
        this.meters.set(`${rate}/${kind}`, {
          allowance, unreported: new Map(), everywhere: new Lru(10_000), here: new RateLimiterMemory(options),
          shared: new RateLimiterRedis({ ...options, storeClient: cache, rejectIfRedisNotReady: true }),
        });
      }
    }
    this.timer = setInterval(() => this.report(), REPORT_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /**
   * Takes a request from an allowance.
   *
   * @param most requests in a second, over the same time, of somebody who may have less than others
   * @returns headers that say what is left
   * @throws ApiError 429
   */
  async take(rate: RateClass, kind: 'user' | 'address', who: string, points = 1, most = Infinity): Promise<Readonly<Record<string, string>>> {
    const meter = this.meters.get(`${rate}/${kind}`);
    if (!meter || points === 0) return {};
    const limit = Math.min(meter.allowance.points, most * meter.allowance.seconds);
    try {
      const left = await meter.here.consume(who, points);
      meter.unreported.set(who, (meter.unreported.get(who) ?? 0) + points);
      if (limit === meter.allowance.points) return headersOf(meter, left, left.remainingPoints);
      const remaining = limit - Math.max(left.consumedPoints, consumedOf(meter, who));
      if (remaining < 0) throw left;
      return headersOf(meter, left, remaining, limit);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1_000));
      throw new ApiError(429, 'too_many_requests', `Too many requests; the next one is welcome in ${seconds} s.`, { limit, perSeconds: meter.allowance.seconds }, {
        ...headersOf(meter, error, 0, limit), 'retry-after': String(seconds),
      });
    }
  }

  /** How much of an allowance somebody has used; undefined where there is none. */
  async used(rate: RateClass, kind: 'user' | 'address', who: string): Promise<(Allowance & { readonly used: number }) | undefined> {
    const meter = this.meters.get(`${rate}/${kind}`);
    if (!meter) return undefined;
    return { ...meter.allowance, used: (await meter.here.get(who))?.consumedPoints ?? 0 };
  }

  private report(): void {
    for (const meter of this.meters.values()) {
      for (const [who, points] of meter.unreported) {
        meter.shared.consume(who, points).then(({ consumedPoints, msBeforeNext }) => {
          meter.everywhere.set(who, { points: consumedPoints, until: Date.now() + msBeforeNext });
        }).catch((refusal: unknown) => {
          // Anything else says that the cache is away.
          if (refusal instanceof RateLimiterRes) void meter.here.block(who, refusal.msBeforeNext / 1_000);
        });
      }
      meter.unreported.clear();
    }
  }
}

/** What somebody has used at all tasks in the time that is running, as far as this one knows. */
function consumedOf({ everywhere, unreported }: Meter, who: string): number {
  const known = everywhere.get(who);
  return known !== undefined && known.until > Date.now() ? known.points + (unreported.get(who) ?? 0) : 0;
}

function headersOf(
  { allowance }: Meter, { msBeforeNext }: RateLimiterRes, remaining: number, limit = allowance.points,
): Readonly<Record<string, string>> {
  return {
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(Math.max(0, remaining)),
    'ratelimit-reset': String(Math.max(0, Math.ceil(msBeforeNext / 1_000))),
    'ratelimit-policy': `${limit};w=${allowance.seconds}`,
  };
}
