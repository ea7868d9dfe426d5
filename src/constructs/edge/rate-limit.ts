import { Duration, Token } from 'aws-cdk-lib';
import { Faults } from '../../private/faults';

const WINDOWS = [60, 120, 300, 600];

/** How many requests one address may send within a window before it is blocked. */
export class RateLimit {
  /**
   * Requests of any kind. Frames of an open WebSocket do not count.
   *
   * @param requests how many, from 10 to 2,000,000,000
   * @param window time over which they are counted: 1, 2, 5 or 10 minutes; 5 unless said otherwise
   * @throws Error when a value is not one that WAF takes
   */
  public static perAddress(requests: number, window: Duration = Duration.minutes(5)): RateLimit {
    return new RateLimit('RequestsPerAddress', requests, window);
  }

  /**
   * Sign-ins, against the guessing of passwords.
   *
   * @param requests how many, from 10 to 2,000,000,000
   * @param path where the path of a sign-in begins; `/v1/sessions` unless said otherwise
   * @param window time over which they are counted: 1, 2, 5 or 10 minutes; 5 unless said otherwise
   * @throws Error when a value is not one that WAF takes
   */
  public static signIns(requests: number, path: string = '/v1/sessions', window: Duration = Duration.minutes(5)): RateLimit {
    return new RateLimit('SignInsPerAddress', requests, window, path);
  }

  /**
   * Orders.
   *
   * @param requests how many, from 10 to 2,000,000,000
   * @param path where the path of an order begins; `/v1/orders` unless said otherwise
   * @param window time over which they are counted: 1, 2, 5 or 10 minutes; 5 unless said otherwise
   * @throws Error when a value is not one that WAF takes
   */
  public static orders(requests: number, path: string = '/v1/orders', window: Duration = Duration.minutes(5)): RateLimit {
    return new RateLimit('OrdersPerAddress', requests, window, path);
  }

  /**
   * Requests whose path begins so.
   *
   * @param name name of the rule, of letters and digits
   * @param path where the path begins, in lower case
   * @param requests how many, from 10 to 2,000,000,000
   * @param window time over which they are counted: 1, 2, 5 or 10 minutes; 5 unless said otherwise
   * @throws Error when a value is not one that WAF takes
   */
  public static path(name: string, path: string, requests: number, window: Duration = Duration.minutes(5)): RateLimit {
    return new RateLimit(name, requests, window, path);
  }

  /** What a web ACL has when nothing is said: 20,000 requests, 100 sign-ins and 10,000 orders of one address within five minutes. */
  public static defaults(): RateLimit[] {
    return [RateLimit.perAddress(20_000), RateLimit.signIns(100), RateLimit.orders(10_000)];
  }

  private constructor(
    /** Name of the rule. */
    public readonly name: string,
    /** Requests within the window above which an address is blocked. */
    public readonly requests: number,
    /** Time over which they are counted. */
    public readonly window: Duration,
    /** Where the path of a counted request begins; undefined counts all. */
    public readonly pathPrefix?: string,
  ) {
    const faults = new Faults(`RateLimit ${name}`);
    faults.check(/^[A-Za-z0-9]{1,100}$/.test(name), `\`name\` must consist of letters and digits, got: '${name}'`);
    faults.check(Token.isUnresolved(requests) || (Number.isInteger(requests) && requests >= 10 && requests <= 2_000_000_000), `\`requests\` must be from 10 to 2,000,000,000, as WAF counts, got: ${requests}`);
    faults.check(!window.isUnresolved() && WINDOWS.includes(window.toSeconds({ integral: false })), `\`window\` must be 1, 2, 5 or 10 minutes, got: ${window.isUnresolved() ? 'an unresolved token' : window.toHumanString()}`);
    faults.check(pathPrefix === undefined || Token.isUnresolved(pathPrefix) || (pathPrefix.startsWith('/') && pathPrefix === pathPrefix.toLowerCase()),
      `\`path\` must begin with '/' and be in lower case, got: '${pathPrefix}'`);
    faults.throwIfAny();
  }
}
