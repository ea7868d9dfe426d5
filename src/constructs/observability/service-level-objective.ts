import { Duration, Token } from 'aws-cdk-lib';
import { Faults } from '../../private/faults';

/** What a service promises. */
export interface ServiceLevelObjectiveOptions {
  /** Per cent of the requests that succeed, at least 90 and below 100, such as 99.95. */
  readonly availability: number;

  /**
   * Time within which 99 of 100 requests are answered.
   *
   * @default - nothing is promised about latency
   */
  readonly latencyP99?: Duration;

  /**
   * Days over which the availability is counted: 7 to 90.
   *
   * @default Duration.days(30)
   */
  readonly window?: Duration;
}

/** How fast an error budget is spent, seen over a long and a short time. */
export interface BurnRate {
  /** Name of the pair: `fast`, `medium` or `slow`. */
  readonly name: string;
  /** Time over which the budget must have been spent this fast for somebody to be told. */
  readonly longWindow: Duration;
  /** Time over which it must still be spent this fast, so that an alarm ends soon after the trouble. */
  readonly shortWindow: Duration;
  /** Share of the whole budget that is gone when the long window is over. */
  readonly budgetShare: number;
  /** How many times faster than the budget allows. */
  readonly factor: number;
  /** Share of failed requests from which the budget is spent this fast. */
  readonly errorRatio: number;
  /** Whether somebody must be woken; otherwise a ticket is enough. */
  readonly page: boolean;
}

/** CloudWatch looks back at most a day in one period, which bounds the slow pair. */
const PAIRS = [
  { name: 'fast', long: 60, short: 5, budgetShare: 0.02, page: true },
  { name: 'medium', long: 360, short: 30, budgetShare: 0.05, page: true },
  { name: 'slow', long: 1440, short: 120, budgetShare: 0.1, page: false },
];

/**
 * What a service promises to its users: a share of requests that succeed, and a time within which 99 of 100 are answered. The
 * thresholds of alarms follow from it.
 */
export class ServiceLevelObjective {
  /** The promise of `GatewayExchange`: 99.95 per cent, 30 ms. */
  public static readonly GATEWAY_EXCHANGE = ServiceLevelObjective.of({ availability: 99.95, latencyP99: Duration.millis(30) });

  /** The promise of `MultiRegionExchange`: 99.99 per cent, 100 ms. */
  public static readonly MULTI_REGION_EXCHANGE = ServiceLevelObjective.of({ availability: 99.99, latencyP99: Duration.millis(100) });

  /**
   * An objective of one's own.
   *
   * @throws Error that lists everything that is wrong
   */
  public static of(options: ServiceLevelObjectiveOptions): ServiceLevelObjective {
    const faults = new Faults('ServiceLevelObjective');
    const { availability, latencyP99 } = options;
    const window = options.window ?? Duration.days(30);
    if (Token.isUnresolved(availability) || window.isUnresolved() || latencyP99?.isUnresolved() === true) {
      faults.add('`availability`, `latencyP99` and `window` must be known when the template is made');
      faults.throwIfAny();
    }
    faults.check(availability >= 90 && availability < 100, `\`availability\` must be per cents from 90 to below 100, got: ${availability}`);
    faults.check(latencyP99 === undefined || (latencyP99.toMilliseconds() >= 1 && latencyP99.toMilliseconds() <= 60_000),
      `\`latencyP99\` must be from 1 millisecond to 60 seconds, got: ${latencyP99?.toHumanString()}`);
    const days = window.toDays({ integral: false });
    faults.check(days >= 7 && days <= 90, `\`window\` must be from 7 to 90 days, got: ${window.toHumanString()}`);
    faults.throwIfAny();
    return new ServiceLevelObjective(availability, window, latencyP99);
  }

  private constructor(
    /** Per cent of the requests that succeed. */
    public readonly availability: number,
    /** Time over which the availability is counted. */
    public readonly window: Duration,
    /** Time within which 99 of 100 requests are answered; undefined when nothing is promised. */
    public readonly latencyP99?: Duration,
  ) {}

  /** Share of the requests that may fail: 0.0005 for 99.95 per cent. */
  public get errorBudget(): number {
    // In parts per billion, so that 100 - 99.95 is not 0.04999999999999716.
    return Math.round((100 - this.availability) * 1e7) / 1e9;
  }

  /** Time of complete failure that the window allows: 21.6 minutes for 99.95 per cent of 30 days. */
  public get allowedDowntime(): Duration {
    return Duration.seconds(Math.floor(this.window.toSeconds() * this.errorBudget));
  }

  /**
   * Pairs of windows with the share of failed requests at which each must tell somebody: when 2 per cent of the budget went in
   * an hour, 5 per cent in six hours, 10 per cent in a day. A share above the whole of the requests cannot happen, so pairs
   * that would need it are left out.
   */
  public burnRates(): BurnRate[] {
    return PAIRS.map(({ name, long, short, budgetShare, page }) => {
      const factor = Math.round(budgetShare * this.window.toMinutes() / long * 1e6) / 1e6;
      const errorRatio = Number((factor * this.errorBudget).toPrecision(9));
      return { name, page, budgetShare, factor, errorRatio, longWindow: Duration.minutes(long), shortWindow: Duration.minutes(short) };
    }).filter(({ errorRatio }) => errorRatio < 1);
  }
}
