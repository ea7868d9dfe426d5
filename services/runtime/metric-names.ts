/** Units of CloudWatch that are used here. */
export type MetricUnit = 'Count' | 'Milliseconds';

/** What a metric in CloudWatch is told apart by: the Lambda function, or the service of a container. */
export type MetricDimension = 'FunctionName' | 'ServiceName';

export interface MetricDefinition {
  readonly unit: MetricUnit;
  readonly dimension: MetricDimension;
  /** Its source only grows; what is published is by how much. */
  readonly grows?: true;
  /** Who publishes it, by the names of the manifests. */
  readonly services: readonly string[];
  /** What it says, in one sentence. */
  readonly help: string;
}

/** Namespace of all of them. */
export const METRIC_NAMESPACE = 'TradingPlatform';

const perFunction = (service: string, unit: MetricUnit, help: string): MetricDefinition => ({ unit, dimension: 'FunctionName', services: [service], help });
const perService = (services: readonly string[], unit: MetricUnit, help: string): MetricDefinition => ({ unit, dimension: 'ServiceName', services, help });

/**
 * Every metric that services publish to CloudWatch. Alarms, scaling policies and dashboards can name these and no others; a test holds them
 * against the templates of the systems.
 */
export const METRICS = {
  SettledEvents: perFunction('settlement', 'Count', 'Events that the ledger took.'),
  SettlementLag: perFunction('settlement', 'Milliseconds', 'Age of the oldest event that the ledger took in a batch.'),
  SettlementHalted: perFunction('settlement', 'Count', 'Attempts at a message whose partition is halted, the one that halted it among them.'),
  SettlementGap: perFunction('settlement', 'Count', 'Messages that wait for the events before them.'),
  SettlementUnavailable: perFunction('settlement', 'Count', 'Messages that could not be settled for the moment.'),
  OpenConnections: perService(['reference-api'], 'Count', 'WebSockets that are open in a task.'),
  JournalLag: perService(['reference-api'], 'Milliseconds', 'For how long the oldest command that the journal does not have waits for it.'),
  ShedRequests: { ...perService(['reference-api'], 'Count', 'Requests that were turned away because the task or the journal could not keep up.'), grows: true },
  CoreLag: perService(['reference-matcher'], 'Milliseconds', 'How far a matcher is behind the newest command in its journal.'),
  UnpublishedEvents: perService(['reference-matcher'], 'Count', 'Events that are not known to be in the settlement queue.'),
  FeedAge: perService(['streamer'], 'Milliseconds', 'Time since the exchange sent anything.'),
  BreakersOpen: perService(['reference-api', 'reference-matcher', 'streamer', 'simulation-worker'], 'Count', 'Breakers that turn calls away.'),
  AuditChainBreaks: perFunction('audit-archiver', 'Count', 'Entries of the audit trail that were changed, removed or forged.'),
  AuditEntriesArchived: perFunction('audit-archiver', 'Count', 'Entries of the audit trail that were archived.'),
  CompleteDays: perService(['history-sync'], 'Count', 'Days of which all candles were written.'),
  IncompleteDays: perService(['history-sync'], 'Count', 'Days of which the exchange lacks candles.'),
  FailedDays: perService(['history-sync'], 'Count', 'Days that could not be written.'),
  Candles: perService(['history-sync'], 'Count', 'Candles that were written.'),
  Jobs: perService(['simulation-worker'], 'Count', 'Jobs of the simulation, as each worker sees them.'),
  DeadJobs: perService(['simulation-worker'], 'Count', 'Jobs that were put aside because they failed too often.'),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;
