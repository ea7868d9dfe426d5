import { Environment } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { LayerStack } from './common';
import {
  AuditTable, BacktestTable, BackupBucket, ColdStore, GlobalLedger, GlobalLedgerReplica, LeaseTable, LedgerCluster, LedgerDatabase, LedgerExport,
  LedgerInstance, LedgerProxy, MarketCache, OrderBookTable, OrderHistoryTable, RecentPricesTable, ServerlessCache, SessionsTable, TableExport,
  TradesTable, TradingBackup, TradingCache, TradingTable, WalletsTable,
} from '../../../src';

/** Every construct of the layer in its minimal form; the copy of the ledger is in a stack of another region. */
export function data(scope: Construct, env?: Environment): void {
  const stack = new LayerStack(scope, 'Data', env);
  const { vpc, alarmActions, encryptionKey, accessLogs } = stack;
  const recovery = new LayerStack(scope, 'Recovery', { region: 'us-west-2' });
  const options = { encryptionKey, alarmActions };
  const placed = { vpc, encryptionKey, credentialsKey: encryptionKey, alarmActions };
  const tables = [
    stack.create(TradesTable, 'Trades', options), stack.create(RecentPricesTable, 'Prices', options), stack.create(OrderHistoryTable, 'Orders', options),
    stack.create(AuditTable, 'Audit', options), stack.create(SessionsTable, 'Sessions', options), stack.create(WalletsTable, 'Wallets', options),
    stack.create(OrderBookTable, 'Book', options), stack.create(BacktestTable, 'Backtests', options),
    stack.create(TradingTable, 'Own', { ...options, partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } }),
  ];
  stack.create(LeaseTable, 'Leases');
  stack.create(LedgerDatabase, 'Database', { vpc, encryptionKey, credentialsKey: encryptionKey });
  const small = stack.create(LedgerInstance, 'SmallLedger', placed);
  const ledger = stack.create(LedgerCluster, 'Ledger', placed);
  stack.create(LedgerProxy, 'Proxy', { vpc, ledger, cluster: ledger.cluster });
  const globalLedger = stack.create(GlobalLedger, 'Global', { primary: ledger.cluster });
  recovery.create(GlobalLedgerReplica, 'Copy', { globalLedger, vpc: recovery.vpc, alarmActions: recovery.alarmActions });
  stack.create(MarketCache, 'MarketCache', { vpc, encryptionKey, credentialsKey: encryptionKey });
  stack.create(TradingCache, 'Cache', placed);
  stack.create(ServerlessCache, 'Serverless', placed);
  stack.create(ColdStore, 'ColdStore', { encryptionKey, accessLogs });
  const bucket = stack.create(BackupBucket, 'Backups', { accessLogs, logKey: encryptionKey });
  stack.create(TableExport, 'TableExport', { table: tables[0].table, destination: bucket, alarmActions });
  stack.create(LedgerExport, 'LedgerExport', { cluster: ledger.cluster, destination: bucket, alarmActions });
  stack.create(TradingBackup, 'Backup', {
    encryptionKey, alarmActions,
    resources: [
      ...tables.map(({ table }) => backup.BackupResource.fromDynamoDbTable(table)),
      backup.BackupResource.fromRdsDatabaseInstance(small.instance),
      backup.BackupResource.fromRdsDatabaseCluster(ledger.cluster),
    ],
  });
}
