/** Fields of a log line that CloudWatch reads as metrics of the function. */
export function metricFields(functionName: string, counts: Readonly<Record<string, number>>): object {
  return {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{
        Namespace: 'TradingPlatform',
        Dimensions: [['FunctionName']],
        Metrics: Object.keys(counts).map((Name) => ({ Name, Unit: 'Count' })),
      }],
    },
    FunctionName: functionName,
    ...counts,
  };
}
