import { Counter, Gauge } from 'prom-client';
import { printMetrics } from './embedded-metrics';
import type { Logger } from './logger';
import { type MetricName, METRICS } from './metric-names';
import { registry } from './metrics';
import { type MetricsServer, startMetricsServer } from './metrics-server';

/** Reads a value as it is now; undefined when nobody can say. */
export type MetricSource = () => number | undefined | Promise<number | undefined>;

/** What a service measures of itself, by the names of its metrics. */
export type MetricSources = Readonly<Partial<Record<MetricName, MetricSource>>>;

export interface ServiceMetricsOptions {
  /** Name of the service in CloudWatch. */
  readonly name: string;
  /** Where they are shown: host:port. */
  readonly address: string;
  readonly sources: MetricSources;
  readonly logger: Logger;
  /** Milliseconds between two looks at the values. */
  readonly sampleMs?: number;
  /** Milliseconds between two lines for CloudWatch, each with all that was seen since the one before. */
  readonly printMs?: number;
}

/** Whether a metric's source only grows; what is published then is by how much. */
const grows = (name: MetricName): boolean => 'grows' in METRICS[name];

/** Shows what a container measures of itself twice: to Prometheus when it asks, and to CloudWatch in its log, a line a minute. */
export class ServiceMetrics {
  private readonly samples = new Map<MetricName, number[]>();
  private readonly before = new Map<MetricName, number>();
  private readonly timers: NodeJS.Timeout[] = [];
  private server: MetricsServer | undefined;

  constructor(private readonly options: ServiceMetricsOptions) {
    for (const [name, read] of this.sources()) show(name, read);
  }

  /** Begins to show them. Never fails: a service that cannot be measured does its work all the same. */
  async start(): Promise<void> {
    const { address, logger, sampleMs = 10_000, printMs = 60_000 } = this.options;
    try {
      this.server = await startMetricsServer(address);
      logger.info({ address: this.server.address }, 'metrics are shown at /metrics');
    } catch (error) {
      logger.warn({ err: error, address }, 'metrics cannot be shown at /metrics; the log has those that alarms need');
    }
    this.timers.push(setInterval(() => void this.sample(), sampleMs).unref(), setInterval(() => this.print(), printMs).unref());
    await this.sample();
  }

  /** Where they are shown; undefined when they are not. */
  get address(): string | undefined {
    return this.server?.address;
  }

  /** Prints what was seen last, and shows nothing any more. */
  async stop(): Promise<void> {
    this.timers.forEach((timer) => clearInterval(timer));
    this.server?.close();
    await this.sample();
    this.print();
  }

  private sources(): [MetricName, MetricSource][] {
    return Object.entries(this.options.sources) as [MetricName, MetricSource][];
  }

  private async sample(): Promise<void> {
    await Promise.all(this.sources().map(async ([name, read]) => {
      const value = await valueOf(read);
      if (value === undefined) return;
      const list = this.samples.get(name) ?? [];
      if (grows(name)) {
        list[0] = (list[0] ?? 0) + Math.max(0, value - (this.before.get(name) ?? 0));
        this.before.set(name, value);
      } else if (list.length < MOST_SAMPLES) {
        list.push(value);
      }
      this.samples.set(name, list);
    }));
  }

  private print(): void {
    if (this.samples.size === 0) return;
    const { logger, name } = this.options;
    printMetrics(logger, name, Object.fromEntries(this.samples), 'metrics');
    this.samples.clear();
  }
}

/** CloudWatch takes 100 values of a metric in one line. */
const MOST_SAMPLES = 100;

async function valueOf(read: MetricSource): Promise<number | undefined> {
  try {
    const value = await read();
    return value !== undefined && Number.isFinite(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Sources of this process that Prometheus sees: a later one of the same name takes the place of the one before. */
const shown = new Set<string>();

function show(metric: MetricName, read: MetricSource): void {
  const name = prometheusName(metric);
  if (shown.has(name)) registry.removeSingleMetric(name);
  // Somebody shows it already, in more detail.
  else if (registry.getSingleMetric(name)) return;
  shown.add(name);
  const { help, unit } = METRICS[metric];
  const scale = unit === 'Milliseconds' ? 1_000 : 1;
  if (grows(metric)) {
    new Counter({
      name, help, registers: [registry],
      async collect() {
        const value = await valueOf(read);
        this.reset();
        if (value !== undefined) this.inc(value);
      },
    });
    return;
  }
  new Gauge({
    name, help, registers: [registry],
    async collect() {
      const value = await valueOf(read);
      if (value === undefined) this.remove();
      else this.set(value / scale);
    },
  });
}

/** `FeedAge` in milliseconds is `trading_feed_age_seconds`. */
export function prometheusName(metric: MetricName): string {
  const words = metric.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
  return `trading_${words}${METRICS[metric].unit === 'Milliseconds' ? '_seconds' : grows(metric) ? '_total' : ''}`;
}
