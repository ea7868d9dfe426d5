import { CronExpressionParser } from 'cron-parser';
import { LocalError } from '../servers/errors';

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * When a schedule of EventBridge is due next, in milliseconds since 1970; undefined when never again.
 *
 * @param expression `rate(5 minutes)`, `cron(5 0 * * ? *)` or `at(2026-01-01T00:00:00)`
 * @throws LocalError when it is none of these
 */
export function nextRun(expression: string, zone: string, now: number): number | undefined {
  const [, kind, inner] = /^(rate|cron|at)\((.+)\)$/.exec(expression.trim()) ?? [];
  if (kind === 'rate') {
    const [, count, unit] = /^(\d+) (minute|hour|day)s?$/.exec(inner) ?? [];
    if (unit !== undefined) return now + Number(count) * UNITS[unit];
  }
  if (kind === 'cron') {
    const [minute, hour, day, month, weekday, year] = inner.split(/\s+/);
    if (year !== undefined && (year === '*' || /^\d{4}$/.test(year))) {
      const fields = [minute, hour, day === '?' ? '*' : day, month, weekday === '?' ? '*' : weekdays(weekday)].join(' ');
      const next = CronExpressionParser.parse(fields, { currentDate: new Date(now), tz: zone }).next().getTime();
      return year === '*' || new Date(next).getUTCFullYear() === Number(year) ? next : undefined;
    }
  }
  if (kind === 'at') {
    const at = Date.parse(`${inner}Z`);
    if (!Number.isNaN(at)) return at > now ? at : undefined;
  }
  throw new LocalError(`the schedule ${expression} cannot be read; rate(…), cron(…) of six fields and at(…) can.`);
}

/** EventBridge counts Sunday as 1, cron as 0. */
function weekdays(field: string): string {
  return field.replace(/\b[1-7]\b/g, (day) => String(Number(day) - 1));
}

/** Calls something whenever a schedule is due, until it is stopped. One call at a time: what is due meanwhile waits for the next time. */
export class Schedule {
  private timer?: NodeJS.Timeout;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly expression: string, private readonly zone: string, private readonly run: () => Promise<void>) {
    this.wait();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private wait(): void {
    const at = nextRun(this.expression, this.zone, Date.now());
    if (at === undefined || this.stopped) return;
    // A timer takes no more than 24 days; what is further away is looked at again.
    const pause = Math.min(at - Date.now(), 86_400_000);
    this.timer = setTimeout(() => {
      if (Date.now() < at - 500) return this.wait();
      this.running = this.run().finally(() => this.wait());
    }, Math.max(0, pause));
  }
}
