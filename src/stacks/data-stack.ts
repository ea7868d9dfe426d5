import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { acceptCache, acceptIdentity, acceptStreamKey, acceptThrowaway } from './acknowledgements';
import { TradingStack, TradingStackProps } from './trading-stack';
import { ColdStore } from '../constructs/data/cold-store';
import { LeaseTable } from '../constructs/data/lease-table';
import { LedgerDatabase } from '../constructs/data/ledger-database';
import { MarketCache } from '../constructs/data/market-cache';
import { TradingUserPool } from '../constructs/identity/trading-user-pool';
import { MarketDataStream } from '../constructs/messaging/market-data-stream';
import { OrderJournal } from '../constructs/messaging/order-journal';
import { SettlementQueue } from '../constructs/messaging/settlement-queue';
import { TradingNetwork } from '../constructs/network/trading-network';
import { AccessLogBucket } from '../constructs/observability/access-log-bucket';
import { DataKeys } from '../constructs/security/data-keys';

/** Properties of `DataStack`. */
export interface DataStackProps extends TradingStackProps {
  /** Network that the databases are placed in. */
  readonly network: TradingNetwork;

  /**
   * Partitions of the journal.
   *
   * @default 1
   */
  readonly partitions?: number;

  /**
   * Class of the ledger's writer and reader.
   *
   * @default - db.r7g.large
   */
  readonly ledgerInstanceType?: ec2.InstanceType;

  /**
   * Type of the cache's nodes.
   *
   * @default 'cache.t4g.medium'
   */
  readonly cacheNodeType?: string;

  /**
   * Whether people may create an account by themselves.
   *
   * @default true
   */
  readonly selfSignUp?: boolean;

  /**
   * What happens to everything that keeps state when it leaves the stack. DESTROY also turns deletion protection off: for
   * environments that are thrown away.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Everything of a system that keeps state, so that the other stacks can be deleted and made again. */
export class DataStack extends TradingStack {
  /** Keys by class of data. */
  public readonly keys: DataKeys;
  /** Access logs of the system's region. */
  public readonly accessLogs: AccessLogBucket;
  /** Accounts of traders and operators. */
  public readonly identity: TradingUserPool;
  /** Journal of orders. */
  public readonly journal: OrderJournal;
  /** Normalised ticks. */
  public readonly marketData: MarketDataStream;
  /** Events on their way to the ledger. */
  public readonly settlement: SettlementQueue;
  /** Ledger. */
  public readonly ledger: LedgerDatabase;
  /** Live prices, books and fan-out. */
  public readonly cache: MarketCache;
  /** Who leads each partition. */
  public readonly leases: LeaseTable;
  /** Candles and snapshots. */
  public readonly coldStore: ColdStore;

  public constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, { description: 'Everything that keeps state', ...props });
    const { network, removalPolicy } = props;
    const { vpc, isolatedSubnets: vpcSubnets, awsApiPeers } = network;
    this.keys = new DataKeys(this, 'Keys', { removalPolicy });
    const { orders, ledger, market, credentials: credentialsKey } = this.keys;
    this.accessLogs = new AccessLogBucket(this, 'AccessLogs', { removalPolicy });
    this.identity = new TradingUserPool(this, 'Identity', { selfSignUp: props.selfSignUp, removalPolicy });
    this.journal = new OrderJournal(this, 'Journal', { partitions: props.partitions, encryptionKey: orders, removalPolicy });
    this.marketData = new MarketDataStream(this, 'MarketData', { encryptionKey: market, removalPolicy });
    this.settlement = new SettlementQueue(this, 'Settlement', { encryptionKey: orders, removalPolicy });
    this.ledger = new LedgerDatabase(this, 'Ledger', {
      vpc, vpcSubnets, awsApiPeers, encryptionKey: ledger, credentialsKey, instanceType: props.ledgerInstanceType, removalPolicy,
    });
    this.cache = new MarketCache(this, 'Cache', {
      vpc, vpcSubnets, encryptionKey: market, credentialsKey, nodeType: props.cacheNodeType, removalPolicy,
    });
    this.leases = new LeaseTable(this, 'Leases', { removalPolicy });
    this.coldStore = new ColdStore(this, 'ColdStore', { encryptionKey: orders, accessLogs: this.accessLogs.bucket, removalPolicy });
    acceptIdentity(this.identity);
    acceptStreamKey(this.journal.stream);
    acceptStreamKey(this.marketData.stream);
    acceptCache(this.cache);
    acceptThrowaway(this.ledger, removalPolicy);
  }
}
