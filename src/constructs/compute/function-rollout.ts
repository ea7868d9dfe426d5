import { Duration, Token } from 'aws-cdk-lib';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import { Faults } from '../../private/faults';

/** A new version that gets a few calls first and then all of them. */
export interface FunctionCanaryOptions {
  /**
   * Share of the calls that the new version gets first, in percent, from 1 to 99.
   *
   * @default 10
   */
  readonly percent?: number;

  /**
   * How long these are watched, in whole minutes, at most two days.
   *
   * @default Duration.minutes(5)
   */
  readonly watchTime?: Duration;
}

/** A new version that takes over in equal steps. */
export interface FunctionLinearOptions {
  /**
   * Share of the calls that each step moves, in percent, from 1 to 99.
   *
   * @default 10
   */
  readonly stepPercent?: number;

  /**
   * How long each step is watched, in whole minutes, at most two days.
   *
   * @default Duration.minutes(1)
   */
  readonly stepTime?: Duration;
}

/** How a new version of a function takes over from the one before, carried out by CodeDeploy. */
export class FunctionRollout {
  /** All calls at once, with a way back on an alarm. */
  public static allAtOnce(): FunctionRollout {
    return new FunctionRollout(codedeploy.TrafficRouting.allAtOnce());
  }

  /**
   * A few calls first.
   *
   * @throws Error when a share or a time is not one that CodeDeploy takes
   */
  public static canary(options: FunctionCanaryOptions = {}): FunctionRollout {
    const { percent: percentage = 10, watchTime: interval = Duration.minutes(5) } = options;
    check('canary', { percent: percentage }, { watchTime: interval });
    return new FunctionRollout(codedeploy.TrafficRouting.timeBasedCanary({ percentage, interval }));
  }

  /**
   * In equal steps.
   *
   * @throws Error when a share or a time is not one that CodeDeploy takes
   */
  public static linear(options: FunctionLinearOptions = {}): FunctionRollout {
    const { stepPercent: percentage = 10, stepTime: interval = Duration.minutes(1) } = options;
    check('linear', { stepPercent: percentage }, { stepTime: interval });
    return new FunctionRollout(codedeploy.TrafficRouting.timeBasedLinear({ percentage, interval }));
  }

  private constructor(
    /** How calls move, as CodeDeploy takes it. */
    public readonly trafficRouting: codedeploy.TrafficRouting,
  ) {}
}

function check(factory: string, shares: Record<string, number>, times: Record<string, Duration>): void {
  const faults = new Faults(`FunctionRollout.${factory}`);
  for (const [name, value] of Object.entries(shares)) {
    faults.check(Token.isUnresolved(value) || (Number.isInteger(value) && value >= 1 && value <= 99), `\`${name}\` must be a whole number from 1 to 99, got: ${value}`);
  }
  for (const [name, value] of Object.entries(times)) {
    if (value.isUnresolved()) continue;
    const minutes = value.toMinutes({ integral: false });
    faults.check(Number.isInteger(minutes) && minutes >= 1 && minutes <= 2880, `\`${name}\` must be whole minutes, at most two days, got: ${value.toHumanString()}`);
  }
  faults.throwIfAny();
}
