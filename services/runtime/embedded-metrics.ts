import type { Logger } from './logger';
import { METRIC_NAMESPACE, type MetricName, METRICS } from './metric-names';

/** Values of metrics by name; several values of one are several samples. */
export type MetricValues = Readonly<Partial<Record<MetricName, number | readonly number[]>>>;

/**
 * Fields of a log line that CloudWatch makes metrics of without a call: its embedded metric format.
 *
 * @param of the function's name for metrics by `FunctionName`, otherwise the service's
 * @param values metrics of one dimension
 */
export function metricFields(of: string, values: MetricValues): Record<string, unknown> {
  const names = Object.keys(values) as MetricName[];
  const dimensions = [...new Set(names.map((name) => METRICS[name].dimension))];
  if (dimensions.length !== 1) throw new Error(`metrics of one line must have one dimension: ${names.join(', ')} have ${dimensions.length}`);
  return {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{
        Namespace: METRIC_NAMESPACE,
        Dimensions: [dimensions],
        Metrics: names.map((Name) => ({ Name, Unit: METRICS[Name].unit })),
      }],
    },
    [dimensions[0]]: of,
    ...values,
  };
}

/** Levels of a log without the lines of metrics. */
const QUIETER = ['warn', 'error'];

/** Prints metrics, with what else the line says. They are not messages: a level that is set for those does not keep them back. */
export function printMetrics(logger: Logger, of: string, values: MetricValues, message: string, fields: object = {}): void {
  const printer = QUIETER.includes(logger.level) ? logger.child({}, { level: 'info' }) : logger;
  printer.info({ ...metricFields(of, values), ...fields }, message);
}
