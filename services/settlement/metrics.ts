/** Metrics in CloudWatch's embedded format: fields of a log line that become metrics without a call. */

const NAMESPACE = 'TradingPlatform';

interface MetricFields {
  readonly _aws: object;
  readonly FunctionName: string;
  readonly [name: string]: unknown;
}

export type MetricUnit = 'Count' | 'Milliseconds';

/** Fields for a log line that carry these metrics, with the function's name as their dimension. */
export function metricFields(functionName: string, metrics: Readonly<Record<string, readonly [number, MetricUnit]>>): MetricFields {
  return {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{
        Namespace: NAMESPACE,
        Dimensions: [['FunctionName']],
        Metrics: Object.entries(metrics).map(([Name, [, Unit]]) => ({ Name, Unit })),
      }],
    },
    FunctionName: functionName,
    ...Object.fromEntries(Object.entries(metrics).map(([name, [value]]) => [name, value])),
  };
}
