/** One part of a service that can be well or not: a connection, a loop, an age. */
export interface HealthCheck {
  readonly name: string;
  /**
   * A failing critical check makes the service unhealthy, so that the load balancer or the scheduler replaces the task. Any
   * other failing check makes it degraded: it goes on serving what it can and says so.
   */
  readonly critical: boolean;
  /** Undefined when well, otherwise what is wrong in a few words. Must answer at once from what is known. */
  check(): string | undefined;
}

export type HealthStatus = 'ok' | 'degraded' | 'unhealthy';

export interface HealthReport {
  readonly status: HealthStatus;
  readonly service: string;
  /** Seconds since the service started. */
  readonly uptime: number;
  readonly checks: Readonly<Record<string, string>>;
  /** Facts that help whoever looks, such as a role or a lag. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

/** Collects what a service knows about its own state and reports it without embellishment. */
export class Health {
  private readonly checks: HealthCheck[] = [];
  private readonly started = process.hrtime.bigint();
  private factsOf: () => HealthReport['facts'] = () => ({});

  constructor(private readonly service: string) {}

  add(check: HealthCheck): this {
    this.checks.push(check);
    return this;
  }

  /** Sets where the report's facts come from. */
  facts(source: () => HealthReport['facts']): this {
    this.factsOf = source;
    return this;
  }

  report(): HealthReport {
    let status: HealthStatus = 'ok';
    const checks: Record<string, string> = {};
    for (const check of this.checks) {
      const problem = check.check();
      checks[check.name] = problem ?? 'ok';
      if (problem !== undefined) status = check.critical ? 'unhealthy' : status === 'ok' ? 'degraded' : status;
    }
    const uptime = Number((process.hrtime.bigint() - this.started) / 1_000_000_000n);
    return { status, service: this.service, uptime, checks, facts: this.factsOf() };
  }
}
