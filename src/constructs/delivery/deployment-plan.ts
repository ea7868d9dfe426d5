import { Duration } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Faults } from '../../private/faults';

/** A deployment that starts a second set of tasks and moves everyone to it at once. */
export interface BlueGreenOptions {
  /**
   * How long the old tasks stay after everyone has moved, to return to without waiting. At most a day, in whole minutes.
   *
   * @default Duration.minutes(10)
   */
  readonly bakeTime?: Duration;
}

/** A deployment that moves clients in equal steps. */
export interface LinearOptions extends BlueGreenOptions {
  /**
   * Share of the clients that each step moves, in percent, from 3 to 100.
   *
   * @default 10
   */
  readonly stepPercent?: number;

  /**
   * How long each step is watched. At most a day, in whole minutes.
   *
   * @default Duration.minutes(3)
   */
  readonly stepTime?: Duration;
}

/** A deployment that moves a few clients first and then the others. */
export interface CanaryOptions extends BlueGreenOptions {
  /**
   * Share of the clients that move first, in percent, from 0.1 to 100.
   *
   * @default 5
   */
  readonly percent?: number;

  /**
   * How long they are watched. At most a day, in whole minutes.
   *
   * @default Duration.minutes(10)
   */
  readonly watchTime?: Duration;
}

/** How a new version of a service takes over, carried out by ECS itself. */
export class DeploymentPlan {
  /** Tasks are replaced one by one; old and new ones answer together. */
  public static rolling(): DeploymentPlan {
    return new DeploymentPlan(ecs.DeploymentStrategy.ROLLING, () => ({}), [], Duration.minutes(0));
  }

  /**
   * A second set of tasks is started, tested, and takes over at once.
   *
   * @throws Error when the time is not one that ECS takes
   */
  public static blueGreen(options: BlueGreenOptions = {}): DeploymentPlan {
    return new DeploymentPlan(ecs.DeploymentStrategy.BLUE_GREEN, () => ({}), [], options.bakeTime);
  }

  /**
   * A second set of tasks takes over in equal steps.
   *
   * @throws Error when a share or a time is not one that ECS takes
   */
  public static linear(options: LinearOptions = {}): DeploymentPlan {
    const percent = options.stepPercent ?? 10;
    const time = options.stepTime ?? Duration.minutes(3);
    const faults = [...checkTime('stepTime', time), ...(percent >= 3 && percent <= 100 ? [] : [`\`stepPercent\` must be from 3 to 100, got: ${percent}`])];
    const render = () => ({ LinearConfiguration: { StepPercent: percent, StepBakeTimeInMinutes: time.toMinutes() } });
    return new DeploymentPlan(ecs.DeploymentStrategy.LINEAR, render, faults, options.bakeTime);
  }

  /**
   * A second set of tasks takes over a few clients first and then the others.
   *
   * @throws Error when a share or a time is not one that ECS takes
   */
  public static canary(options: CanaryOptions = {}): DeploymentPlan {
    const percent = options.percent ?? 5;
    const time = options.watchTime ?? Duration.minutes(10);
    const faults = [...checkTime('watchTime', time), ...(percent >= 0.1 && percent <= 100 ? [] : [`\`percent\` must be from 0.1 to 100, got: ${percent}`])];
    const render = () => ({ CanaryConfiguration: { CanaryPercent: percent, CanaryBakeTimeInMinutes: time.toMinutes() } });
    return new DeploymentPlan(ecs.DeploymentStrategy.CANARY, render, faults, options.bakeTime);
  }

  /** What ECS calls it. */
  public readonly strategy: ecs.DeploymentStrategy;
  /** How long the old tasks stay after everyone has moved. */
  public readonly bakeTime: Duration;
  private readonly steps: Record<string, unknown>;

  private constructor(strategy: ecs.DeploymentStrategy, steps: () => Record<string, unknown>, found: string[], bakeTime = Duration.minutes(10)) {
    const faults = new Faults(`DeploymentPlan.${strategy.toLowerCase()}`);
    for (const fault of [...found, ...checkTime('bakeTime', bakeTime)]) faults.add(fault);
    faults.throwIfAny();
    this.strategy = strategy;
    this.bakeTime = bakeTime;
    this.steps = steps();
  }

  /** Whether the plan needs a second target group for the new tasks. */
  public get needsAlternateTargets(): boolean {
    return this.strategy !== ecs.DeploymentStrategy.ROLLING;
  }

  /** @internal */
  public _render(): Record<string, unknown> {
    return { Strategy: this.strategy, ...this.steps, ...(this.needsAlternateTargets ? { BakeTimeInMinutes: this.bakeTime.toMinutes() } : {}) };
  }
}

function checkTime(name: string, time: Duration): string[] {
  if (time.isUnresolved()) return [];
  const minutes = time.toMinutes({ integral: false });
  return Number.isInteger(minutes) && minutes >= 0 && minutes <= 1440 ? [] : [`\`${name}\` must be whole minutes, at most a day, got: ${time.toHumanString()}`];
}
