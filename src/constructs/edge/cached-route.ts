import { Duration } from 'aws-cdk-lib';
import { Faults } from '../../private/faults';

const LONGEST = 60;

/**
 * A path with public data that CloudFront may answer from its cache for some seconds: prices that are the same for everyone. Only GET
 * and HEAD pass; neither cookies nor tokens reach the origin or the cache.
 */
export class CachedRoute {
  /**
   * A path whose answers depend on nothing but the path.
   *
   * @param path path as CloudFront matches it: `*` for any text, `?` for any one character, for example `/v1/instruments`
   * @param ttl how long an answer is kept, from 1 to 60 seconds; less when the origin says so in `Cache-Control`
   * @throws Error when the path or the time is not possible
   */
  public static of(path: string, ttl: Duration): CachedRoute {
    return new CachedRoute(path, ttl, []);
  }

  /**
   * A path whose answers depend on the path and these query parameters. Others are dropped.
   *
   * @param path path as CloudFront matches it: `*` for any text, `?` for any one character, for example `/v1/candles/*`
   * @param ttl how long an answer is kept, from 1 to 60 seconds; less when the origin says so in `Cache-Control`
   * @param parameters names of the query parameters, for example `interval`
   * @throws Error when the path, the time or a name is not possible
   */
  public static withQuery(path: string, ttl: Duration, parameters: string[]): CachedRoute {
    return new CachedRoute(path, ttl, parameters);
  }

  private constructor(
    /** Path as CloudFront matches it. */
    public readonly path: string,
    /** How long an answer is kept. */
    public readonly ttl: Duration,
    /** Query parameters that answers depend on. */
    public readonly queryParameters: string[],
  ) {
    const faults = new Faults(`CachedRoute ${path}`);
    const seconds = ttl.isUnresolved() ? NaN : ttl.toSeconds({ integral: false });
    faults.check(/^\/[A-Za-z0-9_\-.*$/~"'@:+?]*$/.test(path), `\`path\` must begin with '/' and hold what CloudFront takes in a path, got: '${path}'; a parameter is written as *`);
    faults.check(Number.isInteger(seconds) && seconds >= 1 && seconds <= LONGEST,
      `\`ttl\` must be from 1 to ${LONGEST} whole seconds, so that nobody trades on old prices, got: ${ttl.isUnresolved() ? 'an unresolved token' : ttl.toHumanString()}`);
    for (const name of queryParameters) faults.check(/^[A-Za-z0-9_.-]+$/.test(name), `\`parameters\` must hold names of query parameters, got: '${name}'`);
    faults.throwIfAny();
  }
}
