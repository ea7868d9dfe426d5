import { RemovalPolicy } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { AttributeType, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { GatewayExchangeSize } from './gateway-exchange-size';
import { PartitionMap } from './partition-map';
import { ColdStore } from '../../constructs/data/cold-store';
import { LeaseTable } from '../../constructs/data/lease-table';
import { LedgerCapacity } from '../../constructs/data/ledger-capacity';
import { LedgerCluster } from '../../constructs/data/ledger-cluster';
import { OrderHistoryTable } from '../../constructs/data/order-history-table';
import { SessionsTable } from '../../constructs/data/sessions-table';
import { TradingCache } from '../../constructs/data/trading-cache';
import { TradingTable } from '../../constructs/data/trading-table';
import { WalletsTable } from '../../constructs/data/wallets-table';
import { OriginSecret } from '../../constructs/edge/origin-secret';
import { TradingUserPool } from '../../constructs/identity/trading-user-pool';
import { JournalCluster } from '../../constructs/messaging/journal-cluster';
import { MarketDataArchive } from '../../constructs/messaging/market-data-archive';
import { MarketDataStream } from '../../constructs/messaging/market-data-stream';
import { OrderJournal } from '../../constructs/messaging/order-journal';
import { PartitionedSettlementQueues } from '../../constructs/messaging/partitioned-settlement-queues';
import { TradingNetwork } from '../../constructs/network/trading-network';
import { AccessLogBucket } from '../../constructs/observability/access-log-bucket';
import { AlarmTopic } from '../../constructs/observability/alarm-topic';
import { DataKeys } from '../../constructs/security/data-keys';
import { createSealingSecret } from '../sealing-secret';
import { TradingStack, TradingStackProps } from '../trading-stack';

/** Properties of `GatewayDataStack`. */
export interface GatewayDataStackProps extends TradingStackProps {
  /** Network that the databases are placed in. */
  readonly network: TradingNetwork;

  /** How large everything is. */
  readonly size: GatewayExchangeSize;

  /** Partitions of this region and their ledgers. */
  readonly partitions: PartitionMap;

  /**
   * Whether people may create an account by themselves.
   *
   * @default true
   */
  readonly selfSignUp?: boolean;

  /**
   * Addresses that are told about alarms.
   *
   * @default - nobody; the topic is there to subscribe to
   */
  readonly alarmEmails?: string[];

  /**
   * What happens to everything that keeps state when it leaves the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Everything of a region that keeps state, so that the other stacks can be deleted and made again. */
export class GatewayDataStack extends TradingStack {
  /** Where alarms of the region go. */
  public readonly alarms: AlarmTopic;
  /** Keys by class of data. */
  public readonly keys: DataKeys;
  /** Access logs of the region. */
  public readonly accessLogs: AccessLogBucket;
  /** Accounts of traders and operators. */
  public readonly identity: TradingUserPool;
  /** Journal of orders. */
  public readonly journal: OrderJournal;
  /** Kafka cluster; undefined at sizes without one. */
  public readonly kafka?: JournalCluster;
  /** Events on their way to the ledger, a queue for each partition. */
  public readonly settlement: PartitionedSettlementQueues;
  /** Ledgers by their number. */
  public readonly ledgers: LedgerCluster[];
  /** Books, fan-out and what a retry is recognised by. */
  public readonly cache: TradingCache;
  /** Who leads each partition. */
  public readonly leases: LeaseTable;
  /** Balances by account and asset. */
  public readonly wallets: WalletsTable;
  /** Orders by account and time. */
  public readonly orders: OrderHistoryTable;
  /** Who is signed in, and who is connected. */
  public readonly sessions: SessionsTable;
  /** What each connection listens to. */
  public readonly connections: TradingTable;
  /** Every trade. */
  public readonly trades: MarketDataStream;
  /** Every trade as a file. */
  public readonly tradeArchive: MarketDataArchive;
  /** Historical data and snapshots. */
  public readonly coldStore: ColdStore;
  /** What the secrets of users' API keys are sealed with. */
  public readonly apiKeysSecret: secretsmanager.ISecret;
  /** What the distribution shows the API. */
  public readonly originSecret: OriginSecret;

  public constructor(scope: Construct, id: string, props: GatewayDataStackProps) {
    super(scope, id, { description: 'Everything that keeps state', ...props });
    const { network, partitions, removalPolicy, size } = props;
    const { vpc, isolatedSubnets: vpcSubnets } = network;
    this.alarms = new AlarmTopic(this, 'Alarms', { emails: props.alarmEmails, removalPolicy });
    const kept = { alarmActions: [this.alarms], removalPolicy };
    const placed = { vpc, vpcSubnets, ...kept };
    this.keys = new DataKeys(this, 'Keys', { removalPolicy });
    const { orders, ledger, market, credentials: credentialsKey } = this.keys;
    this.accessLogs = new AccessLogBucket(this, 'AccessLogs', { removalPolicy });
    this.identity = new TradingUserPool(this, 'Identity', { selfSignUp: props.selfSignUp, mfa: cognito.Mfa.OPTIONAL, ...kept });
    this.journal = new OrderJournal(this, 'Journal', { partitions: partitions.partitionCount, encryptionKey: orders, ...kept });
    if (size.kafka) this.kafka = new JournalCluster(this, 'Kafka', { ...placed, encryptionKey: orders });
    this.settlement = new PartitionedSettlementQueues(this, 'Settlement', { partitions: partitions.partitionCount, encryptionKey: orders, ...kept });
    this.ledgers = Array.from({ length: partitions.ledgerCount }, (_, index) => new LedgerCluster(this, index === 0 ? 'Ledger' : `Ledger${index}`, {
      ...placed,
      awsApiPeers: network.awsApiPeers,
      encryptionKey: ledger,
      credentialsKey,
      capacity: LedgerCapacity.provisioned(size.ledgerInstanceType),
      readers: size.ledgerReaders,
    }));
    // With shards it is another resource: CloudFormation could not make one out of the other.
    this.cache = new TradingCache(this, size.cacheShards === undefined ? 'Cache' : 'ShardedCache', {
      ...placed,
      encryptionKey: market,
      credentialsKey,
      nodeType: size.cacheNodeType,
      shards: size.cacheShards,
      replicas: size.cacheReplicas,
      description: 'Books, fan-out and idempotency',
    });
    this.leases = new LeaseTable(this, 'Leases', kept);
    const personal = { encryptionKey: orders, ...kept };
    this.wallets = new WalletsTable(this, 'Wallets', personal);
    this.orders = new OrderHistoryTable(this, 'Orders', personal);
    this.sessions = new SessionsTable(this, 'Sessions', personal);
    this.connections = this.createConnections(personal);
    this.coldStore = new ColdStore(this, 'ColdStore', { encryptionKey: orders, accessLogs: this.accessLogs.bucket, removalPolicy });
    this.trades = new MarketDataStream(this, 'Trades', { encryptionKey: orders, ...kept });
    this.tradeArchive = new MarketDataArchive(this, 'TradeArchive', {
      stream: this.trades.stream, bucket: this.coldStore.bucket, prefix: 'trades', encryptionKey: orders, alarmActions: kept.alarmActions,
    });
    this.apiKeysSecret = createSealingSecret(this, credentialsKey, removalPolicy);
    this.originSecret = new OriginSecret(this, 'OriginSecret', { encryptionKey: credentialsKey, removalPolicy });
  }

  /** The table that `TradingWebSocketApi` would define; its functions need it before there is an API. */
  private createConnections(options: { encryptionKey: DataKeys['orders']; removalPolicy?: RemovalPolicy }): TradingTable {
    const text = (name: string) => ({ name, type: AttributeType.STRING });
    return new TradingTable(this, 'Connections', {
      ...options,
      partitionKey: text('connectionId'),
      sortKey: text('entry'),
      globalSecondaryIndexes: [{
        indexName: 'byChannel', partitionKey: text('channel'), sortKey: text('connectionId'), projectionType: ProjectionType.KEYS_ONLY,
      }],
      timeToLiveAttribute: 'expiresAt',
    });
  }
}
