import { RemovalPolicy } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import { Construct } from 'constructs';
import { RetailDataStack } from './retail-data-stack';
import { BackupBucket } from '../../constructs/data/backup-bucket';
import { LedgerExport } from '../../constructs/data/ledger-export';
import { TableExport } from '../../constructs/data/table-export';
import { TradingBackup } from '../../constructs/data/trading-backup';
import { logKey } from '../../private/encrypted-logs';
import { TradingStack, TradingStackProps } from '../trading-stack';

/** Properties of `RetailBackupStack`. */
export interface RetailBackupStackProps extends TradingStackProps {
  /** What is backed up. */
  readonly data: RetailDataStack;

  /**
   * What happens to the backups when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Copies of ledger and tables that outlive them: each night an export to S3, in a bucket whose objects nobody can delete for 35 days, and
 * each day a backup in a vault, from which they are restored.
 */
export class RetailBackupStack extends TradingStack {
  /** Where the exports go. */
  public readonly bucket: BackupBucket;
  /** The nightly export of the ledger, as Parquet. */
  public readonly ledgerExport: LedgerExport;
  /** The nightly exports of order book, trades and order history. */
  public readonly tableExports: TableExport[];
  /** The daily backups. */
  public readonly backup: TradingBackup;

  public constructor(scope: Construct, id: string, props: RetailBackupStackProps) {
    super(scope, id, { description: 'Exports and backups', ...props });
    const { data, removalPolicy } = props;
    const { orderBook, trades, orderHistory } = data;
    const tables = { OrderBook: orderBook, Trades: trades, OrderHistory: orderHistory };
    this.bucket = new BackupBucket(this, 'Bucket', {
      accessLogs: data.accessLogs.bucket, logKey: logKey(this, 'LogKey', data.keys.orders), removalPolicy,
    });
    const exported = { destination: this.bucket, alarmActions: [data.alarms] };
    this.ledgerExport = new LedgerExport(this, 'LedgerExport', { ...exported, cluster: data.ledger.cluster });
    this.tableExports = Object.entries(tables).map(([name, { table }]) => new TableExport(this, `${name}Export`, { ...exported, table }));
    this.backup = new TradingBackup(this, 'Backup', {
      resources: [
        backup.BackupResource.fromRdsDatabaseCluster(data.ledger.cluster),
        ...Object.values(tables).map(({ table }) => backup.BackupResource.fromDynamoDbTable(table)),
      ],
      encryptionKey: this.bucket.encryptionKey,
      alarmActions: [data.alarms],
      removalPolicy,
    });
  }
}
