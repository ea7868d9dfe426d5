export { awsClientSettings, type AwsClientSettings, awsStreamSettings } from './aws';
export { Breaker, BreakerOpenError, type BreakerOptions, type BreakerState } from './breaker';
export { ConfigurationError, loadConfig } from './config';
export { metricFields, type MetricValues, printMetrics } from './embedded-metrics';
export { Health, type HealthCheck, type HealthReport, type HealthStatus } from './health';
export { createHealthServer, startHealthServer } from './health-server';
export { Lifecycle, runMain } from './lifecycle';
export { createLogger, type Logger, type LoggerOptions } from './logger';
export { breakersOpen } from './metrics';
export { type HttpAnswer, HttpTarget, type HttpTargetOptions } from './outgoing-http';
export { type CallOptions, type PolicyOptions, ResiliencePolicy } from './resilience';
export { RetryBudget, type RetryBudgetOptions } from './retry-budget';
export { type MetricSources, ServiceMetrics } from './service-metrics';
export { STAGE_CHANNEL, stageBegins, stageEnds, stageOf, stageSince, type StageTiming } from './stages';
export { DeadlineError, HttpStatusError, isAway, isTransient } from './transient';
export { activeTrace, contextOf, inTrace, traceparentOf } from './trace-context';
export {
  openTracing, type SpanAttributes, type SpanOptions, type TracedSpan, type TraceHeaders, type Tracing, type TracingOptions,
} from './tracing';
