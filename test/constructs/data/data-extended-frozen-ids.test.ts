/** Logical ids of everything here that keeps state: another id is another resource, and the old one's data stays behind. */
import { InjectionContext, IPropertyInjector, PropertyInjectors } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { AuditTable } from '../../../src/constructs/data/audit-table';
import { BackupBucket } from '../../../src/constructs/data/backup-bucket';
import { ColdStore } from '../../../src/constructs/data/cold-store';
import { GlobalLedger } from '../../../src/constructs/data/global-ledger';
import { GlobalLedgerReplica } from '../../../src/constructs/data/global-ledger-replica';
import { LeaseTable } from '../../../src/constructs/data/lease-table';
import { LedgerCluster } from '../../../src/constructs/data/ledger-cluster';
import { LedgerDatabase } from '../../../src/constructs/data/ledger-database';
import { LedgerInstance } from '../../../src/constructs/data/ledger-instance';
import { MarketCache } from '../../../src/constructs/data/market-cache';
import { ServerlessCache } from '../../../src/constructs/data/serverless-cache';
import { TradesTable } from '../../../src/constructs/data/trades-table';
import { TradingBackup } from '../../../src/constructs/data/trading-backup';
import { TradingCache } from '../../../src/constructs/data/trading-cache';
import { givenVpc, testStack } from '../../support/apps';
import { resourcesOf } from '../../support/templates';

const STATEFUL = [
  'AWS::Backup::BackupVault', 'AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table', 'AWS::ElastiCache::ReplicationGroup', 'AWS::ElastiCache::ServerlessCache', 'AWS::KMS::Key',
  'AWS::RDS::DBCluster', 'AWS::RDS::DBInstance', 'AWS::RDS::GlobalCluster', 'AWS::S3::Bucket', 'AWS::SecretsManager::Secret',
];

test('are frozen, and what they belong to is retained', () => {
  const stack = testStack({ region: 'us-west-2' });
  const vpc = givenVpc(stack);
  new TradesTable(stack, 'Trades');
  new AuditTable(stack, 'Audit');
  new TradingBackup(stack, 'Backup');
  new BackupBucket(stack, 'Backups');
  new LedgerInstance(stack, 'Small', { vpc });
  const { cluster } = new LedgerCluster(stack, 'Ledger', { vpc, readers: 2 });
  new GlobalLedger(stack, 'Global', { primary: cluster });
  new GlobalLedgerReplica(stack, 'Copy', { vpc, globalLedger: GlobalLedger.fromGlobalClusterIdentifier('trading-global', 'us-east-1', 'trading') });
  new TradingCache(stack, 'Cache', { vpc });
  new ServerlessCache(stack, 'Serverless', { vpc });
  new LedgerDatabase(stack, 'Database', { vpc });
  new MarketCache(stack, 'Market', { vpc });
  new LeaseTable(stack, 'Leases');
  new ColdStore(stack, 'ColdStore');
  const stateful = Object.entries(resourcesOf(stack)).filter(([, { Type }]) => STATEFUL.includes(Type));
  expect(stateful.map(([id, { Type }]) => `${Type} ${id}`).sort()).toMatchInlineSnapshot(`
[
  "AWS::Backup::BackupVault BackupVaultADF21B19",
  "AWS::DynamoDB::GlobalTable Audit60AC924E",
  "AWS::DynamoDB::GlobalTable Trades57427FC0",
  "AWS::DynamoDB::Table Leases507C2787",
  "AWS::ElastiCache::ReplicationGroup Cache18F6EE16",
  "AWS::ElastiCache::ReplicationGroup Market283E334F",
  "AWS::ElastiCache::ServerlessCache Serverless54B8191B",
  "AWS::KMS::Key BackupsKeyC696F888",
  "AWS::KMS::Key CopyKeyBC7A318D",
  "AWS::RDS::DBCluster Copy1ED8A51E",
  "AWS::RDS::DBCluster DatabaseF44359DD",
  "AWS::RDS::DBCluster Ledger0B0DA0A5",
  "AWS::RDS::DBInstance CopyInstance1D49F14D5",
  "AWS::RDS::DBInstance DatabaseReader3970D5E1",
  "AWS::RDS::DBInstance DatabaseWriterB8C10E1D",
  "AWS::RDS::DBInstance LedgerReader2B948CB46",
  "AWS::RDS::DBInstance LedgerReaderB4095B28",
  "AWS::RDS::DBInstance LedgerWriterB1A358EC",
  "AWS::RDS::DBInstance SmallA6F8C461",
  "AWS::RDS::GlobalCluster Global7C59AC82",
  "AWS::S3::Bucket Backups2069380F",
  "AWS::S3::Bucket ColdStore509854E3",
  "AWS::SecretsManager::Secret CacheAuthToken04672416",
  "AWS::SecretsManager::Secret DatabaseAdminSecret9BA08F45",
  "AWS::SecretsManager::Secret LedgerAdminSecret8CAC502A",
  "AWS::SecretsManager::Secret MarketAuthTokenED5C52FF",
  "AWS::SecretsManager::Secret ServerlessAuthToken7DF8E958",
  "AWS::SecretsManager::Secret SmallAdminSecret8EEE612D",
]
`);
  // A market cache is a projection: it goes with its stack.
  expect(stateful.filter(([, { DeletionPolicy }]) => DeletionPolicy !== 'Retain').map(([id]) => id)).toEqual([expect.stringMatching(/^Market[0-9A-F]{8}$/)]);
});

test('property injectors of a user reach the table inside', () => {
  class Infrequent implements IPropertyInjector {
    public readonly constructUniqueId = dynamodb.TableV2.PROPERTY_INJECTION_ID;
    public inject(props: dynamodb.TablePropsV2, _: InjectionContext): dynamodb.TablePropsV2 {
      return { ...props, tableClass: dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS };
    }
  }
  const stack = testStack();
  PropertyInjectors.of(stack).add(new Infrequent());
  new TradesTable(stack, 'Trades');
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', { Replicas: [{ TableClass: 'STANDARD_INFREQUENT_ACCESS' }] });
});
