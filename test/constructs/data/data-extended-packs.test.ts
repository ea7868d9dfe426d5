/** Every construct of this topic in one app: six rule packs and CloudFormation's own validation, findings as errors. */
import { App } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { TradingStack } from '../../../src';
import { AuditTable } from '../../../src/constructs/data/audit-table';
import { BacktestTable } from '../../../src/constructs/data/backtest-table';
import { BackupBucket } from '../../../src/constructs/data/backup-bucket';
import { CacheDurability } from '../../../src/constructs/data/cache-engine';
import { CacheProfile } from '../../../src/constructs/data/cache-profile';
import { ColdStore } from '../../../src/constructs/data/cold-store';
import { GlobalLedger } from '../../../src/constructs/data/global-ledger';
import { GlobalLedgerReplica } from '../../../src/constructs/data/global-ledger-replica';
import { LeaseTable } from '../../../src/constructs/data/lease-table';
import { LedgerCluster } from '../../../src/constructs/data/ledger-cluster';
import { LedgerDatabase } from '../../../src/constructs/data/ledger-database';
import { LedgerExport } from '../../../src/constructs/data/ledger-export';
import { LedgerInstance } from '../../../src/constructs/data/ledger-instance';
import { LedgerProxy } from '../../../src/constructs/data/ledger-proxy';
import { MarketCache } from '../../../src/constructs/data/market-cache';
import { OrderBookTable } from '../../../src/constructs/data/order-book-table';
import { OrderHistoryTable } from '../../../src/constructs/data/order-history-table';
import { RecentPricesTable } from '../../../src/constructs/data/recent-prices-table';
import { ServerlessCache } from '../../../src/constructs/data/serverless-cache';
import { SessionsTable } from '../../../src/constructs/data/sessions-table';
import { TableExport } from '../../../src/constructs/data/table-export';
import { TradesTable } from '../../../src/constructs/data/trades-table';
import { TradingBackup } from '../../../src/constructs/data/trading-backup';
import { TradingCache } from '../../../src/constructs/data/trading-cache';
import { WalletsTable } from '../../../src/constructs/data/wallets-table';
import { givenVpc } from '../../support/apps';
import { givenAlarmAction } from '../../support/given';
import { accept, type Acceptance, packReport } from '../../support/rule-packs';


const REGULATED = ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5'];

const TOKEN_REASON = 'ElastiCache takes a new token only in two steps with both tokens valid in between, which a rotation by Secrets Manager cannot do.';
const TOKEN_CONTROL = 'the cache is reachable from the security groups of its services only';
const TOKEN: Acceptance[] = [
  { rule: 'SMG4', packs: ['AwsSolutions'], reason: TOKEN_REASON, control: TOKEN_CONTROL },
  { rule: 'SecretsManagerRotationEnabled', packs: REGULATED, reason: TOKEN_REASON, control: TOKEN_CONTROL },
];

const IN_BACKUP_PLAN: Acceptance = {
  rule: 'RDSInBackupPlan', packs: REGULATED,
  reason: 'The rule looks for instances. An instance of Aurora holds nothing: the storage belongs to the cluster, which the plan names.',
  control: 'automated backups of the cluster for 35 days',
};

const monitoring = (region: string): Acceptance => ({
  rule: `IAM5[Resource::arn:<AWS::Partition>:logs:${region}:<AWS::AccountId>:log-group:RDSOSMetrics:log-stream:*]`, packs: ['AwsSolutions'],
  reason: 'RDS writes the metrics of the operating system to one log group, with a stream per instance that it names itself.',
  control: 'one log group, which holds metrics only',
});

function everything(stack: TradingStack, recovery: TradingStack): void {
  const alarmActions = [givenAlarmAction(stack)];
  const key = (name: string) => kms.Key.fromKeyArn(stack, name, `arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-00000000000${name.length % 10}`);
  const [encryptionKey, credentialsKey, logKey] = ['DataKey', 'SecretKey', 'LogKey'].map(key);
  const vpc = givenVpc(stack);
  const options = { encryptionKey, alarmActions };
  const tables = [
    new TradesTable(stack, 'Trades', options), new RecentPricesTable(stack, 'Prices', options), new OrderHistoryTable(stack, 'Orders', options),
    new AuditTable(stack, 'Audit', options), new SessionsTable(stack, 'Sessions', options), new WalletsTable(stack, 'Wallets', options),
    new OrderBookTable(stack, 'Book', options), new BacktestTable(stack, 'Backtests', { alarmActions, replicas: [{ region: 'us-west-2' }] }),
  ];
  const placed = { vpc, encryptionKey, credentialsKey, alarmActions };
  const leases = new LeaseTable(stack, 'Leases', options);
  const small = new LedgerInstance(stack, 'SmallLedger', placed);
  const database = new LedgerDatabase(stack, 'Database', placed);
  const ledger = new LedgerCluster(stack, 'Ledger', placed);
  new LedgerProxy(stack, 'Proxy', { vpc, ledger, cluster: ledger.cluster, alarmActions });
  const globalLedger = new GlobalLedger(stack, 'Global', { primary: ledger.cluster });
  const copy = new GlobalLedgerReplica(recovery, 'Copy', { globalLedger, vpc: givenVpc(recovery), alarmActions });
  const backups = new TradingBackup(stack, 'Backup', {
    encryptionKey, alarmActions,
    resources: [
      ...tables.map(({ table }) => backup.BackupResource.fromDynamoDbTable(table)),
      backup.BackupResource.fromDynamoDbTable(leases.table),
      backup.BackupResource.fromRdsDatabaseInstance(small.instance),
      ...[ledger, database].map(({ cluster }) => backup.BackupResource.fromRdsDatabaseCluster(cluster)),
    ],
  });
  const accessLogs = s3.Bucket.fromBucketName(stack, 'AccessLogs', 'access-logs');
  const bucket = new BackupBucket(stack, 'Backups', { accessLogs, logKey });
  const store = new ColdStore(stack, 'ColdStore', { accessLogs, encryptionKey });
  const table = new TableExport(stack, 'TableExport', { table: tables[0].table, destination: bucket, alarmActions });
  const exported = new LedgerExport(stack, 'LedgerExport', { cluster: ledger.cluster, destination: bucket, alarmActions });
  const caches = [
    new MarketCache(stack, 'MarketCache', placed),
    new TradingCache(stack, 'Cache', placed),
    new TradingCache(stack, 'Jobs', { ...placed, shards: 2, durability: CacheDurability.SYNC, profile: CacheProfile.queue() }),
    new ServerlessCache(stack, 'Serverless', placed),
  ];

  for (const { authToken } of caches) accept(authToken, ...TOKEN);
  for (const instances of [ledger.cluster, database.cluster, ...copy.instances]) accept(instances, IN_BACKUP_PLAN);
  for (const { node } of [small, ledger, database]) accept(node.findChild('MonitoringPolicy'), monitoring('us-east-1'));
  accept(copy.node.findChild('MonitoringPolicy'), monitoring('us-west-2'));
  accept(backups.role as iam.Role, {
    rule: 'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]', packs: ['AwsSolutions'],
    reason: 'AWS maintains this policy with the steps that AWS Backup takes; one of our own would make backups fail when a step is added.',
    control: 'only AWS Backup may assume the role, and `role` replaces it',
  });
  accept(exported.node.findChild('ExportRolePolicy'), {
    rule: `IAM5[Resource::<${stack.getLogicalId(bucket.bucket.node.defaultChild as s3.CfnBucket)}.Arn>/aurora/Data/LedgerExport/*]`, packs: ['AwsSolutions'],
    reason: 'RDS names the files of an export by table and part, so their keys are open below a folder of this export.',
    control: 'the folder belongs to this export alone, and what is in it is locked',
  });
  accept(bucket.bucket, {
    rule: 'S3BucketReplicationEnabled', packs: [...REGULATED, 'PCI.DSS.321'],
    reason: 'The bucket holds second copies of databases that have backups of their own; `replicateTo` copies it to another region where that is wanted.',
    control: 'object lock for 35 days, backups of the databases by AWS Backup',
  });
  accept(store.bucket,
    {
      rule: 'S3BucketReplicationEnabled', packs: [...REGULATED, 'PCI.DSS.321'],
      reason: 'Snapshots are made again from the journal and candles from the exchange that they came from; `replicateTo` copies them where that is wanted.',
      control: 'versioned bucket that outlives its stack',
    },
    {
      rule: 'S3BucketDefaultLockEnabled', packs: ['NIST.800.53.R4'],
      reason: 'Snapshots and candles are replaced by newer ones; a lock would keep each of them. Records that must stay belong into a BackupBucket.',
      control: 'earlier versions are kept after they were replaced',
    });
  for (const { completedRule } of [table, exported]) {
    accept(completedRule, {
      rule: 'EventBusDLQ', packs: ['Serverless'],
      reason: 'The rule writes a line to a log and is counted; a lost line is seen as a missing export by the alarm on what is overdue.',
      control: 'the alarm on a missing export treats silence as a breach',
    });
  }
}

const report = packReport((app: App) => everything(new TradingStack(app, 'Data'), new TradingStack(app, 'Recovery', { env: { region: 'us-west-2' } })));

test('no rule of six packs, and none of CloudFormation, finds anything that is not accepted', () => {
  expect(report.error).toBe('');
  expect(report.violations).toEqual([]);
});

test('every acceptance is of a finding that exists', () => {
  const found = [...new Set(report.suppressed.map(({ ruleName }) => ruleName.replace(/\[.*/, '').replace(/^.*-/, '')))];
  expect(found.sort()).toEqual(['EventBusDLQ', 'IAM4', 'IAM5', 'RDSInBackupPlan', 'S3BucketDefaultLockEnabled', 'S3BucketReplicationEnabled', 'SMG4', 'SecretsManagerRotationEnabled']);
});
