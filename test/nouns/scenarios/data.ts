/** Databases, caches, tables and stores as the documents set them. */
import { Duration, Size } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import {
  AuditTable, BacktestTable, BackupBucket, CacheDurability, CacheProfile, ColdStore, GlobalLedger, GlobalLedgerReplica, LedgerCapacity,
  LedgerCluster, LedgerExport, LedgerInstance, LedgerProxy, MarketCache, OrderBookTable, OrderHistoryTable, RecentPricesTable, ServerlessCache,
  SessionsTable, TableExport, TradesTable, TradingBackup, TradingCache, TradingTable, WalletsTable,
} from '../../../src';
import type { Scenarios } from '../scenario';

export const data: Scenarios = {
  trades: (stack) => { new TradesTable(stack, 'Trades'); },
  prices: (stack) => { new RecentPricesTable(stack, 'Prices'); },
  backtests: (stack) => { new BacktestTable(stack, 'Backtests'); },
  orderHistory: (stack) => { new OrderHistoryTable(stack, 'Orders', { replicas: [{ region: 'us-west-2' }] }); },
  audit: (stack) => { new AuditTable(stack, 'Audit', { replicas: [{ region: 'us-west-2' }] }); },
  sessions: (stack) => { new SessionsTable(stack, 'Sessions'); },
  wallets: (stack) => { new WalletsTable(stack, 'Wallets'); },
  orderBook: (stack) => { new OrderBookTable(stack, 'Book'); },
  coldStore: (stack) => { new ColdStore(stack, 'ColdStore', { accessLogs: stack.accessLogs }); },
  smallLedger: (stack) => { new LedgerInstance(stack, 'Ledger', { vpc: stack.vpc, storage: Size.gibibytes(100), maxStorage: Size.gibibytes(1000) }); },
  ledger: (stack) => {
    const ledger = new LedgerCluster(stack, 'Ledger', { vpc: stack.vpc, readers: 2, readerScaling: { maxReaders: 5 } });
    new LedgerProxy(stack, 'Proxy', { vpc: stack.vpc, ledger, cluster: ledger.cluster });
  },
  manyReaders: (stack) => { new LedgerCluster(stack, 'Ledger', { vpc: stack.vpc, readers: 5 }); },
  serverlessLedger: (stack) => { new LedgerCluster(stack, 'Ledger', { vpc: stack.vpc, capacity: LedgerCapacity.serverless({ minAcu: 1, maxAcu: 32 }) }); },
  globalLedger: (stack) => {
    new GlobalLedger(stack, 'Global', { primary: new LedgerCluster(stack, 'Ledger', { vpc: stack.vpc }).cluster });
  },
  ledgerCopy: (stack) => {
    const globalLedger = GlobalLedger.fromGlobalClusterIdentifier('trading-global', 'us-east-1', 'trading');
    new GlobalLedgerReplica(stack, 'Ledger', { globalLedger, vpc: stack.vpc, maxLag: Duration.seconds(30) });
  },
  marketCache: (stack) => { new MarketCache(stack, 'Cache', { vpc: stack.vpc }); },
  bookCache: (stack) => {
    new TradingCache(stack, 'Cache', {
      vpc: stack.vpc, shards: 3, replicas: 1, profile: CacheProfile.queue({ connectionLimit: 20_000, snapshotRetention: Duration.days(7) }),
    });
  },
  sessionCache: (stack) => { new TradingCache(stack, 'Cache', { vpc: stack.vpc, replicas: 1, profile: CacheProfile.sessions() }); },
  durableCache: (stack) => { new TradingCache(stack, 'Cache', { vpc: stack.vpc, shards: 2, profile: CacheProfile.queue(), durability: CacheDurability.SYNC }); },
  serverlessCache: (stack) => { new ServerlessCache(stack, 'Cache', { vpc: stack.vpc }); },
  backups: (stack) => {
    const { table } = new TradingTable(stack, 'Table', { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } });
    const { cluster } = new LedgerCluster(stack, 'Ledger', { vpc: stack.vpc });
    const destination = new BackupBucket(stack, 'Backups', { accessLogs: stack.accessLogs });
    new LedgerExport(stack, 'LedgerExport', { cluster, destination });
    new TableExport(stack, 'TableExport', { table, destination });
    new TradingBackup(stack, 'Plan', { resources: [backup.BackupResource.fromDynamoDbTable(table), backup.BackupResource.fromRdsDatabaseCluster(cluster)] });
  },
  isolatedLedger: (stack) => {
    const ledger = new LedgerCluster(stack, 'Ledger', { vpc: stack.vpc });
    const api = new ec2.SecurityGroup(stack, 'Api', { vpc: stack.vpc, allowAllOutbound: false });
    ledger.connections.allowDefaultPortFrom(api, 'the API reads its ledger');
  },
};
