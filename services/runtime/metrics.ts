import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What this process counts and measures, as `/metrics` shows it. */
export const registry = new Registry();

/**
 * The counter of this name, made when it is first asked for: parts of a process that exist several times share it.
 *
 * @param name in the words of Prometheus, such as `trading_shed_requests_total`
 * @param help one sentence
 * @param labels few, each with few values: every combination is a series of its own
 */
export function counter<L extends string = never>(name: string, help: string, labels: readonly L[] = []): Counter<L> {
  return (registry.getSingleMetric(name) as Counter<L> | undefined) ?? new Counter({ name, help, labelNames: labels, registers: [registry] });
}

/** The gauge of this name; see `counter`. Lengths of time are in seconds, as Prometheus has them. */
export function gauge<L extends string = never>(name: string, help: string, labels: readonly L[] = []): Gauge<L> {
  return (registry.getSingleMetric(name) as Gauge<L> | undefined) ?? new Gauge({ name, help, labelNames: labels, registers: [registry] });
}

/** Breakers of this process that turn calls away. */
export async function breakersOpen(): Promise<number> {
  const open = await registry.getSingleMetric('trading_breakers_open')?.get();
  return (open?.values ?? []).reduce((sum, { value }) => sum + value, 0);
}

/** The histogram of this name; see `counter`. Its buckets are upper bounds, ascending. */
export function histogram<L extends string = never>(name: string, help: string, buckets: readonly number[], labels: readonly L[] = []): Histogram<L> {
  return (registry.getSingleMetric(name) as Histogram<L> | undefined)
    ?? new Histogram({ name, help, buckets: [...buckets], labelNames: labels, registers: [registry] });
}
