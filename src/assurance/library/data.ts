import type { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import type { CfnReplicationGroup } from 'aws-cdk-lib/aws-elasticache';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { findingsOf, has } from './finding';
import { AWS_SOLUTIONS, HIPAA_AND_R5, NIST_R4, REGULATED, SERVERLESS, TRADING_PLATFORM, WITHOUT_PCI } from './packs';
import { wildcardResources } from './wildcards';
import { BackupBucket } from '../../constructs/data/backup-bucket';
import { ColdStore } from '../../constructs/data/cold-store';
import { GlobalLedgerReplica } from '../../constructs/data/global-ledger-replica';
import { LeaseTable } from '../../constructs/data/lease-table';
import { LedgerCluster } from '../../constructs/data/ledger-cluster';
import { LedgerDatabase } from '../../constructs/data/ledger-database';
import { LedgerExport } from '../../constructs/data/ledger-export';
import { LedgerInstance } from '../../constructs/data/ledger-instance';
import { MarketCache } from '../../constructs/data/market-cache';
import { ExportSchedule } from '../../constructs/data/scheduled-export';
import { ServerlessCache } from '../../constructs/data/serverless-cache';
import { TradingBackup } from '../../constructs/data/trading-backup';
import { TradingCache } from '../../constructs/data/trading-cache';

const TOKEN = {
  at: 'AuthToken/Resource',
  when: has('AuthToken'),
  reason: 'ElastiCache takes a new token only in two steps with both tokens valid in between, which a rotation by Secrets Manager cannot do.',
  control: 'the cache is reachable from the security groups of its services only',
};
const CACHE_TOKEN = [
  { ...TOKEN, rule: 'SMG4', packs: AWS_SOLUTIONS },
  { ...TOKEN, rule: 'SecretsManagerRotationEnabled', packs: HIPAA_AND_R5 },
];

const NO_STORAGE = {
  rule: 'RDSInBackupPlan',
  packs: WITHOUT_PCI,
  reason: 'The rule looks for instances. An instance of Aurora holds nothing: the storage belongs to the cluster, which backups name.',
  control: 'automated backups of the cluster for 35 days',
};

const MONITORING = {
  at: 'MonitoringPolicy/Resource',
  when: has('MonitoringPolicy'),
  rule: 'IAM5',
  packs: AWS_SOLUTIONS,
  findings: wildcardResources({ resource: /arn:.+:log-group:RDSOSMetrics:log-stream:\*/, actions: /logs:.+/ }),
  reason: 'RDS writes the metrics of the operating system to one log group, with a stream per instance that it names itself.',
  control: 'one log group, which holds metrics only',
};

const withoutSnapshots = (cache: IConstruct) => ((cache as CfnReplicationGroup).snapshotRetentionLimit ?? 0) === 0;

const folderOf = (reason: string, control: string, at: string, resource: RegExp) => ({
  at, rule: 'IAM5', packs: AWS_SOLUTIONS, findings: wildcardResources({ resource, actions: /s3:.+/ }), reason, control,
});

/** What is accepted in constructs of data. */
export const DATA = [
  ...[MarketCache, TradingCache, ServerlessCache].map((type) => findingsOf(type, ...CACHE_TOKEN)),
  findingsOf(MarketCache, {
    at: 'Resource', rule: 'ElastiCacheRedisClusterAutomaticBackup', packs: WITHOUT_PCI, foundIn: withoutSnapshots,
    reason: 'Every key of this cache is a projection of the journal or of the market; a restored one would only be wrong.',
    control: 'its writers fill an empty cache again within seconds',
  }),
  ...[LedgerCluster, LedgerDatabase].map((type) => findingsOf(type,
    { ...NO_STORAGE, at: 'Resource/Writer/Resource' },
    { ...NO_STORAGE, at: 'Resource/Reader*/Resource', when: has('Resource/Reader') },
    MONITORING)),
  findingsOf(GlobalLedgerReplica, { ...NO_STORAGE, at: 'Instance*', when: ({ instances }) => instances.length > 0 }, MONITORING),
  findingsOf(LedgerInstance, MONITORING),
  findingsOf(LedgerCluster, {
    ...folderOf('PostgreSQL names the files of a query\'s result, so their keys are open below a folder of their own.',
      'the folder belongs to results of queries alone', 'ExportPolicy/Resource', /.+\/ledger-exports\/\*/),
    when: has('ExportPolicy'),
  }),
  findingsOf(LedgerExport, {
    ...folderOf('RDS names the files of an export by table and part, so their keys are open below a folder of this export.',
      'the folder belongs to this export alone, and what is in it is locked', 'ExportRolePolicy/Resource', /.+\/[^*]+\/\*/),
    when: has('ExportRolePolicy'),
  }),
  findingsOf(ExportSchedule, {
    at: 'Completed/Resource', rule: 'EventBusDLQ', packs: SERVERLESS,
    reason: 'The rule writes a line to a log and is counted; a lost line is seen as a missing export by the alarm on what is overdue.',
    control: 'the alarm on a missing export treats silence as a breach',
  }),
  findingsOf(LeaseTable, {
    at: 'Resource/Resource', rule: 'EncryptedByOwnKey', packs: TRADING_PLATFORM,
    foundIn: (table) => !JSON.stringify((table as CfnTable).sseSpecification ?? '').includes('kmsMasterKeyId'),
    reason: 'The table says which replica leads and up to when. It holds no order, no balance and nothing of a person.',
    control: 'encrypted with the key of DynamoDB in this account; only matchers may write',
  }, {
    at: 'Resource/Resource', rule: 'DynamoDBInBackupPlan', packs: WITHOUT_PCI,
    reason: 'A lease is written again three times a second and worth nothing a second later; restored, it would name a leader that is gone.',
    control: 'point-in-time recovery for 35 days; a table without its item is a lease that nobody holds',
  }),
  findingsOf(TradingBackup, {
    at: 'Role/Resource', when: has('Role/Resource'),
    rule: 'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]', packs: AWS_SOLUTIONS,
    reason: 'AWS maintains this policy with the steps that AWS Backup takes; one of our own would make backups fail when a step is added.',
    control: 'only AWS Backup may assume the role, and `role` replaces it',
  }),
  findingsOf(BackupBucket, {
    at: 'Resource/Resource', rule: 'S3BucketReplicationEnabled', packs: REGULATED,
    when: ({ bucket }) => (bucket.node.defaultChild as unknown as { replicationConfiguration?: unknown }).replicationConfiguration === undefined,
    reason: 'The bucket holds second copies of databases that have backups of their own; `replicateTo` copies it to another region where that is wanted.',
    control: 'object lock for 35 days, backups of the databases by AWS Backup',
  }),
  findingsOf(ColdStore,
    {
      at: 'Resource/Resource', rule: 'S3BucketReplicationEnabled', packs: REGULATED,
      foundIn: (bucket) => (bucket as CfnBucket).replicationConfiguration === undefined,
      reason: 'Snapshots are made again from the journal and candles from the exchange that they came from; another region has its own.',
      control: 'versioned bucket that outlives its stack',
    },
    {
      at: 'Resource/Resource', rule: 'S3BucketDefaultLockEnabled', packs: NIST_R4,
      reason: 'Snapshots and candles are replaced by newer ones; a lock would keep each of them for ever. Records that must stay belong into a BackupBucket.',
      control: 'earlier versions are kept after they were replaced',
    }),
];
