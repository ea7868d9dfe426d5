export { awsClientSettings, type AwsClientSettings } from './aws';
export { Breaker, BreakerOpenError, type BreakerOptions, type BreakerState } from './breaker';
export { ConfigurationError, loadConfig } from './config';
export { Health, type HealthCheck, type HealthReport, type HealthStatus } from './health';
export { createHealthServer, startHealthServer } from './health-server';
export { Lifecycle, runMain } from './lifecycle';
export { createLogger, type Logger, type LoggerOptions } from './logger';
export { STAGE_CHANNEL, stageBegins, stageEnds, stageOf, stageSince, type StageTiming } from './stages';
