import { Duration, Token } from 'aws-cdk-lib';
import { Faults } from '../../private/faults';

/** A day of the week. */
export enum MaintenanceDay {
  /** Monday. */
  MONDAY = 0,
  /** Tuesday. */
  TUESDAY = 1,
  /** Wednesday. */
  WEDNESDAY = 2,
  /** Thursday. */
  THURSDAY = 3,
  /** Friday. */
  FRIDAY = 4,
  /** Saturday. */
  SATURDAY = 5,
  /** Sunday. */
  SUNDAY = 6,
}

/** When a weekly window is. */
export interface WeeklyWindowOptions {
  /** Day on which the window begins, in UTC. */
  readonly day: MaintenanceDay;

  /** Time at which the window begins, in UTC: hours and minutes such as `03:30`. */
  readonly start: string;

  /**
   * How long the window is: whole minutes, at least 30, at most 60 so that four weeks stay within four hours.
   *
   * @default Duration.minutes(60)
   */
  readonly duration?: Duration;
}

/** Start of the weekly maintenance of an Amazon MQ broker. */
export interface MqMaintenanceStart {
  /** Day in capitals, such as `SUNDAY`. */
  readonly dayOfWeek: string;
  /** Hours and minutes. */
  readonly timeOfDay: string;
  /** Always `UTC`. */
  readonly timeZone: string;
}

const WEEK = 7 * 24 * 60;
const DAY = 24 * 60;
/** Planned maintenance that the targets allow, in minutes per month of four weeks. */
const MONTHLY_LIMIT = 240;
const NAMES = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];

/**
 * A weekly window for planned maintenance, in UTC. A month is counted as four weeks, and more than four hours in it are an
 * error: an hour a week, the least that ElastiCache takes, is exactly the limit.
 *
 * Windows of components that stand in for each other must not overlap: take them from `staggered()`.
 */
export class MaintenanceWindow {
  /**
   * A window that comes every week.
   *
   * @throws Error that lists everything that is wrong
   */
  public static weekly(options: WeeklyWindowOptions): MaintenanceWindow {
    const duration = options.duration ?? Duration.minutes(60);
    const faults = new Faults('MaintenanceWindow');
    for (const [prop, value] of Object.entries({ day: options.day, start: options.start })) {
      faults.check(!Token.isUnresolved(value), `\`${prop}\` must be known when the template is made`);
    }
    faults.check(MaintenanceDay[options.day] !== undefined, `\`day\` must be a day of the week, got: ${options.day}`);
    const time = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(options.start);
    faults.check(time !== null, `\`start\` must be hours and minutes such as 03:30, got: '${options.start}'`);
    checkDuration(faults, duration);
    faults.throwIfAny();
    return new MaintenanceWindow(options.day * DAY + Number(time?.[1]) * 60 + Number(time?.[2]), duration.toMinutes());
  }

  /**
   * @param startMinute minutes from Monday 00:00 UTC
   * @param minutes length
   */
  private constructor(private readonly startMinute: number, private readonly minutes: number) {}

  /** How long the window is. */
  public get duration(): Duration {
    return Duration.minutes(this.minutes);
  }

  /** What the window adds up to in a month of four weeks. */
  public get monthly(): Duration {
    return Duration.minutes(4 * this.minutes);
  }

  /** The same window, later by some minutes, hours or days; past Sunday it begins again on Monday. */
  public shifted(by: Duration): MaintenanceWindow {
    return new MaintenanceWindow((this.startMinute + by.toMinutes()) % WEEK, this.minutes);
  }

  /**
   * Windows for components that must not be maintained at the same time: this one, and the following ones right after each
   * other with a pause for recovery in between.
   *
   * @param count how many windows, at least 1
   * @param pause time between the end of one and the start of the next; an hour when it is left out
   * @throws Error when the week is too short for them
   */
  public staggered(count: number, pause?: Duration): MaintenanceWindow[] {
    const step = this.minutes + (pause ?? Duration.hours(1)).toMinutes();
    const faults = new Faults('MaintenanceWindow');
    faults.check(Number.isInteger(count) && count >= 1, `\`count\` must be a whole number, at least 1, got: ${count}`);
    faults.check(count * step <= WEEK, `\`count\` windows with their pauses must fit into a week of ${WEEK} minutes, got: ${count * step} minutes`);
    faults.throwIfAny();
    return Array.from({ length: count }, (_, index) => this.shifted(Duration.minutes(index * step)));
  }

  /** Whether the two windows have time in common. */
  public overlaps(other: MaintenanceWindow): boolean {
    const after = (other.startMinute - this.startMinute + WEEK) % WEEK;
    return after < this.minutes || WEEK - after < other.minutes;
  }

  /** As RDS and Aurora write it: `sun:03:00-sun:03:30`. */
  public toRds(): string {
    return `${this.at(0)}-${this.at(this.minutes)}`.toLowerCase();
  }

  /**
   * As ElastiCache writes it: `sun:03:00-sun:04:00`.
   *
   * @throws Error for less than the hour that ElastiCache asks for
   */
  public toElastiCache(): string {
    if (this.minutes < 60) throw new Error(`MaintenanceWindow: \`duration\` must be at least 60 minutes for ElastiCache, got: ${this.minutes} minutes`);
    return this.toRds();
  }

  /** As Amazon MQ takes it. A broker's window is two hours long, whatever the length of this one. */
  public toMq(): MqMaintenanceStart {
    return { dayOfWeek: MaintenanceDay[Math.floor(this.startMinute / DAY)], timeOfDay: this.at(0).slice(4), timeZone: 'UTC' };
  }

  /**
   * As ARC writes the times in which it must not practise: `SUN:03:00-SUN:04:00`. ARC takes no window past midnight, so such
   * a window becomes two.
   */
  public toArcBlockedWindows(): string[] {
    const untilMidnight = DAY - (this.startMinute % DAY);
    if (this.minutes < untilMidnight) return [`${this.at(0)}-${this.at(this.minutes)}`];
    const first = `${this.at(0)}-${this.at(0).slice(0, 4)}23:59`;
    return this.minutes === untilMidnight ? [first] : [first, `${this.at(untilMidnight)}-${this.at(this.minutes)}`];
  }

  /** Day and time, some minutes after the start. */
  private at(offset: number): string {
    const minute = (this.startMinute + offset) % WEEK;
    const digits = (value: number) => `${value}`.padStart(2, '0');
    return `${NAMES[Math.floor(minute / DAY)]}:${digits(Math.floor((minute % DAY) / 60))}:${digits(minute % 60)}`;
  }
}

function checkDuration(faults: Faults, duration: Duration): void {
  if (duration.isUnresolved()) {
    faults.add('`duration` must be known when the template is made');
    return;
  }
  const minutes = duration.toMinutes({ integral: false });
  faults.check(Number.isInteger(minutes) && minutes >= 30, `\`duration\` must be whole minutes, at least 30 as RDS asks for, got: ${duration.toHumanString()}`);
  faults.check(4 * minutes <= MONTHLY_LIMIT,
    `\`duration\` must keep planned maintenance within 4 hours a month, an hour a week, got: ${duration.toHumanString()} a week`);
}
