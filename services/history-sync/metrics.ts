import type { SyncSummary } from './sync';

/** Fields of a log line that CloudWatch makes metrics of (its embedded format): what a run did, by the service. */
export function metricFields({ complete, incomplete, failed, candles }: SyncSummary): Record<string, unknown> {
  const metrics = { CompleteDays: complete, IncompleteDays: incomplete, FailedDays: failed, Candles: candles };
  return {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{
        Namespace: 'TradingPlatform',
        Dimensions: [['ServiceName']],
        Metrics: Object.keys(metrics).map((Name) => ({ Name, Unit: 'Count' })),
      }],
    },
    ServiceName: 'history-sync',
    ...metrics,
  };
}
