import { Quota, QuotaKind } from './quota';

const { HARD, SOFT } = QuotaKind;
const KINESIS = 'Kinesis Data Streams quotas';
const LISTING = 'Service Quotas listing';

/** Limits that are checked, as us-east-1 has them in a fresh account. */
export const QUOTAS: Quota[] = [
  {
    id: 'fargate.vcpu', limit: 6, unit: 'vCPU of running Fargate tasks in a region', kind: SOFT, code: 'L-3032A538', source: 'AWS General Reference', asOf: '2026-10',
    remedy: 'ask for an increase before the first deployment, in every region of the system',
  },
  {
    id: 'kinesis.shard.bytes', limit: 1_000_000, unit: 'bytes/s into a shard', kind: HARD, source: KINESIS, asOf: '2026-11',
    remedy: 'give the journal more partitions, or use MSK',
  },
  {
    id: 'kinesis.shards', limit: 500, unit: 'shards in a region', kind: SOFT, code: 'L-0918CF54', source: `${LISTING}; a newer page says 20,000`, asOf: '2026-11',
    remedy: 'ask for an increase',
  },
  {
    id: 'kinesis.consumers', limit: 20, unit: 'enhanced fan-out consumers of a stream', kind: HARD, source: KINESIS, asOf: '2026-11',
    remedy: 'let several readers share a consumer, or split the stream',
  },
  {
    id: 'sqs.fifo.calls', limit: 300, unit: 'calls/s to a FIFO queue without high throughput', kind: HARD, source: 'SQS Developer Guide', asOf: '2026-11',
    remedy: 'set the queue to high throughput, by message group',
  },
  {
    id: 'apigateway.rate', limit: 10_000, unit: 'requests/s to all APIs of a region', kind: SOFT, code: 'L-8A5B8E43', source: 'API Gateway quotas', asOf: '2026-09',
    remedy: 'ask for an increase, or let orders come over WebSockets of the service itself',
  },
  {
    id: 'apigateway.burst', limit: 5_000, unit: 'requests to API Gateway at once', kind: HARD, source: 'API Gateway quotas', asOf: '2026-09',
    remedy: 'lead clients to the load balancer instead of API Gateway',
  },
  {
    id: 'apigateway.connects', limit: 500, unit: 'new WebSockets/s', kind: SOFT, code: 'L-9ED1E49A', source: LISTING, asOf: '2026-11',
    remedy: 'ask for an increase, spread reconnects over time, or serve WebSockets from Fargate',
  },
  {
    id: 'alb.targets', limit: 1_000, unit: 'targets of a load balancer', kind: SOFT, code: 'L-7E6692B2', source: LISTING, asOf: '2026-11',
    remedy: 'use larger tasks or a second load balancer',
  },
  {
    id: 'fargate.launches', limit: 100, unit: 'tasks that start at once', kind: SOFT, source: 'AWS General Reference', asOf: '2026-10',
    remedy: 'keep tasks for a lost zone running instead of starting them then',
  },
  {
    id: 'aurora.connections', limit: 5_000, unit: 'connections to a database', kind: SOFT, source: 'Aurora User Guide', asOf: '2026-11',
    remedy: 'use a larger instance, smaller pools or LedgerProxy',
  },
  {
    id: 'elasticache.clients', limit: 65_000, unit: 'connections to a cache node', kind: HARD, source: 'ElastiCache quotas', asOf: '2026-11',
    remedy: 'use fewer tasks, or more shards',
  },
  {
    id: 'dynamodb.key.writes', limit: 1_000, unit: 'write units/s of one partition key', kind: HARD, source: 'DynamoDB Developer Guide', asOf: '2026-11',
    remedy: 'spread the account over several keys, or read its wallet from the ledger',
  },
  {
    id: 'dynamodb.table.writes', limit: 40_000, unit: 'write units/s of a table', kind: SOFT, code: 'L-AB614373', source: 'DynamoDB Developer Guide', asOf: '2026-11',
    remedy: 'ask for an increase, or divide the table by partition',
  },
  {
    id: 'lambda.concurrency', limit: 1_000, unit: 'concurrent executions in a region', kind: SOFT, code: 'L-B99A9384', source: LISTING, asOf: '2026-11',
    remedy: 'ask for an increase, or serve the API from Fargate',
  },
  {
    id: 'cognito.sign-ins', limit: 120, unit: 'sign-ins/s', kind: SOFT, code: 'L-026ADBA3', source: LISTING, asOf: '2026-11',
    remedy: 'ask for an increase, or give tokens a longer life so that fewer clients return at once',
  },
];
