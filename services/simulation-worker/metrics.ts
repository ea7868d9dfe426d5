/** Fields of a log line that CloudWatch makes metrics of (its embedded format), by the service. */
export function metricFields(metrics: Readonly<Record<string, number>>): Record<string, unknown> {
  return {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{ Namespace: 'TradingPlatform', Dimensions: [['ServiceName']], Metrics: Object.keys(metrics).map((Name) => ({ Name, Unit: 'Count' })) }],
    },
    ServiceName: 'simulation-worker',
    ...metrics,
  };
}
