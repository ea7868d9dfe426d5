import { Duration } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acceptFileCopies } from './acknowledgements';
import { copiedSecret } from './copied-secret';
import type { ExchangeDataStackProps } from './data-stack-props';
import { ExchangeKeysStack } from './keys-stack';
import { AuditTable } from '../../constructs/data/audit-table';
import { BackupBucket } from '../../constructs/data/backup-bucket';
import { BackupRetention } from '../../constructs/data/backup-retention';
import { ColdStore } from '../../constructs/data/cold-store';
import { GlobalLedger } from '../../constructs/data/global-ledger';
import { GlobalLedgerReplica } from '../../constructs/data/global-ledger-replica';
import { LeaseTable } from '../../constructs/data/lease-table';
import { LedgerCapacity } from '../../constructs/data/ledger-capacity';
import { LedgerCluster } from '../../constructs/data/ledger-cluster';
import { ILedgerDatabase } from '../../constructs/data/ledger-database';
import { OrderHistoryTable } from '../../constructs/data/order-history-table';
import type { PlacedStoreOptions } from '../../constructs/data/placed-store-options';
import { SessionsTable } from '../../constructs/data/sessions-table';
import { TradingCache } from '../../constructs/data/trading-cache';
import { OriginSecret } from '../../constructs/edge/origin-secret';
import { TradingUserPool } from '../../constructs/identity/trading-user-pool';
import { MarketDataStream } from '../../constructs/messaging/market-data-stream';
import { MessageBroker } from '../../constructs/messaging/message-broker';
import { OrderJournal } from '../../constructs/messaging/order-journal';
import { SettlementQueue } from '../../constructs/messaging/settlement-queue';
import { AccessLogBucket } from '../../constructs/observability/access-log-bucket';
import { AlarmTopic } from '../../constructs/observability/alarm-topic';
import { RecoveryAlarms } from '../../constructs/resilience/recovery-alarms';
import { RecoveryObjective } from '../../constructs/resilience/recovery-objective';
import { logKey } from '../../private/encrypted-logs';
import { acceptTableKeys } from '../acknowledgements-shared';
import { createSealingSecret } from '../sealing-secret';
import { TradingStack } from '../trading-stack';

/** Queue of the broker that takes what was settled; selectors copy it on. */
const EVENT_QUEUE = 'settlement-events';

/** Nobody removes an entry from the archive for a year; it is kept for seven, as books are. */
const AUDIT_LOCK = Duration.days(365);
const AUDIT_RETENTION = Duration.days(7 * 365);

/**
 * Everything of the exchange that keeps state in one region. Ledger, tables, secrets and files of the region that takes over are copies;
 * journal, queue, cache and leases are its own and empty until it does.
 */
export class ExchangeDataStack extends TradingStack {
  /** Key of orders, and of the logs of what handles them. */
  public readonly encryptionKey: kms.IKey;
  /** Where alarms of the region go. */
  public readonly alarms: AlarmTopic;
  /** Access logs of the region. */
  public readonly accessLogs: AccessLogBucket;
  /** Accounts of traders and operators. */
  public readonly identity: TradingUserPool;
  /** Journal of orders. */
  public readonly journal: OrderJournal;
  /** Normalised ticks. */
  public readonly marketData: MarketDataStream;
  /** Events on their way to the ledger. */
  public readonly settlement: SettlementQueue;
  /** Ledger of the region: the writer's cluster, or the copy. */
  public readonly ledger: ILedgerDatabase;
  /** The writer's cluster; undefined in the region that takes over. */
  public readonly primaryLedger?: LedgerCluster;
  /** The global database; undefined in the region that takes over. */
  public readonly globalLedger?: GlobalLedger;
  /** The copy of the ledger; undefined in the primary region. */
  public readonly ledgerReplica?: GlobalLedgerReplica;
  /** Password of the ledger's administrator, in the region that takes over the copy. */
  public readonly ledgerAdminSecret: secretsmanager.ISecret;
  /** Live prices, books and fan-out, in shards. */
  public readonly cache: TradingCache;
  /** Who leads each partition, in this region. */
  public readonly leases: LeaseTable;
  /** Candles and snapshots. */
  public readonly coldStore: ColdStore;
  /** Orders by user and time, in both regions. */
  public readonly orderHistory: dynamodb.ITable;
  /** Who did what, in both regions. */
  public readonly audit: dynamodb.ITable;
  /**
   * What was in the audit table, locked; undefined in the region that takes over, whose entries come to the table of the primary region and are
   * archived from there.
   */
  public readonly auditArchive?: BackupBucket;
  /** Who is signed in, in both regions. */
  public readonly sessions: dynamodb.ITable;
  /** Ticks and fills for clients that speak MQTT or AMQP. */
  public readonly broker: MessageBroker;
  /** Its credentials, in the region that takes over the copy. */
  public readonly brokerCredentials: secretsmanager.ISecret;
  /** What our distribution shows the load balancers of both regions; undefined where they have no public address. */
  public readonly originSecret?: OriginSecret;
  /** Master secret that the secrets of API keys are sealed with, in the region that takes over the copy. */
  public readonly apiKeysSecret: secretsmanager.ISecret;
  /** Readers are too far behind; undefined in the region that takes over, whose copy of the ledger has an alarm of its own. */
  public readonly recoveryAlarms?: RecoveryAlarms;

  public constructor(scope: Construct, id: string, props: ExchangeDataStackProps) {
    super(scope, id, { description: `Everything that keeps state${props.primary === undefined ? '' : ', ready to take over'}`, ...props });
    const { network, removalPolicy, primary, keys } = props;
    const { vpc, isolatedSubnets: vpcSubnets } = network;
    const { orders, market, credentials: credentialsKey } = keys.keys;
    this.encryptionKey = orders;
    this.alarms = new AlarmTopic(this, 'Alarms', { emails: props.alarmEmails, removalPolicy });
    const kept = { alarmActions: [this.alarms], removalPolicy };
    const placed = { vpc, vpcSubnets, alarmActions: kept.alarmActions };
    this.accessLogs = keys.accessLogs ?? new AccessLogBucket(this, 'AccessLogs', { removalPolicy });
    this.coldStore = keys.coldStore ?? this.createFiles(props);
    this.identity = new TradingUserPool(this, 'Identity', {
      selfSignUp: props.selfSignUp, mfa: cognito.Mfa.OPTIONAL, groups: [{ name: 'traders', description: 'May trade' }], ...kept,
    });
    this.journal = new OrderJournal(this, 'Journal', { encryptionKey: orders, ...kept });
    this.marketData = new MarketDataStream(this, 'MarketData', { encryptionKey: market, ...kept });
    this.settlement = new SettlementQueue(this, 'Settlement', { encryptionKey: orders, ...kept });
    this.leases = new LeaseTable(this, 'Leases', kept);
    this.cache = new TradingCache(this, 'Cache', {
      ...placed,
      removalPolicy,
      encryptionKey: market,
      credentialsKey,
      nodeType: props.cacheNodeType,
      shards: props.cacheShards ?? 2,
      description: 'Live prices, books and fan-out',
    });
    if (primary === undefined) {
      this.primaryLedger = this.createLedger(props, placed);
      this.globalLedger = new GlobalLedger(this, 'GlobalLedger', { primary: this.primaryLedger.cluster, removalPolicy });
      this.recoveryAlarms = new RecoveryAlarms(this, 'Recovery', {
        objective: props.objective, standbyLags: [this.primaryLedger.metricReplicaLag()], alarmActions: kept.alarmActions,
      });
      this.ledgerAdminSecret = this.primaryLedger.adminSecret;
    } else {
      this.ledgerReplica = this.createReplica(props, placed, primary);
      this.ledgerAdminSecret = copiedSecret(this, 'LedgerAdminSecret', primary.ledgerAdminSecret, credentialsKey);
    }
    this.ledger = (this.primaryLedger ?? this.ledgerReplica)!;
    const replicas = props.standbyKeys === undefined ? [] : [{ region: props.standbyKeys.region }];
    const table = (name: string, index: string, create: () => dynamodb.TableV2, there?: dynamodb.ITable): dynamodb.ITable => (
      there === undefined ? create() : this.copyOf(name, there, index));
    this.orderHistory = table('OrderHistory', 'byOrder', () => new OrderHistoryTable(this, 'OrderHistory', { ...kept, replicas }).table, primary?.orderHistory);
    this.audit = table('Audit', 'byActor', () => new AuditTable(this, 'Audit', { ...kept, replicas }).table, primary?.audit);
    if (primary === undefined) {
      this.auditArchive = new BackupBucket(this, 'AuditArchive', {
        accessLogs: this.accessLogs.bucket,
        logKey: logKey(this, 'AuditArchiveLogKey', orders),
        objectLock: s3.ObjectLockRetention.governance(AUDIT_LOCK),
        retention: BackupRetention.of(AUDIT_RETENTION),
        removalPolicy,
      });
    }
    this.sessions = table('Sessions', 'byUser', () => new SessionsTable(this, 'Sessions', { ...kept, replicas }).table, primary?.sessions);
    if (primary === undefined) acceptTableKeys([this.orderHistory, this.audit, this.sessions].map((each) => each.node.scope ?? each));
    const copiedCredentials = primary && copiedSecret(this, 'BrokerCredentials', primary.brokerCredentials, credentialsKey);
    this.broker = this.createBroker(props, placed, copiedCredentials);
    this.brokerCredentials = copiedCredentials ?? this.broker.credentials!;
    this.originSecret = primary?.originSecret
      ?? (props.hasOriginSecret === true ? new OriginSecret(this, 'OriginSecret', { encryptionKey: credentialsKey, removalPolicy }) : undefined);
    const sealing = primary === undefined ? createSealingSecret(this, credentialsKey, removalPolicy) : undefined;
    this.apiKeysSecret = sealing ?? copiedSecret(this, 'ApiKeysSecret', primary!.apiKeysSecret, credentialsKey);
    if (props.standbyKeys !== undefined) {
      this.copySecretsTo(props.standbyKeys);
      sealing?.addReplicaRegion(props.standbyKeys.region, props.standbyKeys.credentials);
    }
  }

  private createFiles({ keys, standbyKeys, removalPolicy }: ExchangeDataStackProps): ColdStore {
    const there = standbyKeys?.coldStore?.bucket;
    const files = new ColdStore(this, 'ColdStore', {
      encryptionKey: keys.keys.orders,
      accessLogs: this.accessLogs.bucket,
      // By their ARNs: grants would write the role of this stack into policies of one that is deployed before it.
      replicateTo: there && s3.Bucket.fromBucketAttributes(this, 'StandbyFiles', { bucketArn: there.bucketArn, region: standbyKeys?.region }),
      replicationKey: standbyKeys && kms.Key.fromKeyArn(this, 'StandbyFilesKey', standbyKeys.keys.orders.keyArn),
      removalPolicy,
    });
    if (there !== undefined) acceptFileCopies(files, there.bucketArn);
    return files;
  }

  private createLedger(props: ExchangeDataStackProps, placed: PlacedStoreOptions): LedgerCluster {
    return new LedgerCluster(this, 'Ledger', {
      ...placed,
      awsApiPeers: props.network.awsApiPeers,
      encryptionKey: props.keys.keys.ledger,
      credentialsKey: props.keys.credentials,
      capacity: LedgerCapacity.provisioned(props.ledgerInstanceType),
      globalRecoveryPoint: recoveryPoint(props.objective),
      removalPolicy: props.removalPolicy,
    });
  }

  private createReplica(props: ExchangeDataStackProps, placed: PlacedStoreOptions, primary: ExchangeDataStack): GlobalLedgerReplica {
    return new GlobalLedgerReplica(this, 'Ledger', {
      ...placed,
      globalLedger: primary.globalLedger!,
      encryptionKey: props.keys.keys.ledger,
      instanceType: props.ledgerInstanceType,
      maxLag: props.objective.thresholds().regionLag,
      removalPolicy: props.removalPolicy,
    });
  }

  private createBroker(props: ExchangeDataStackProps, placed: PlacedStoreOptions, credentials?: secretsmanager.ISecret): MessageBroker {
    return new MessageBroker(this, 'Broker', {
      ...placed,
      encryptionKey: props.keys.keys.orders,
      credentialsKey: props.keys.credentials,
      instanceType: props.brokerInstanceType,
      // One password in both regions: clients need no other one after a switch.
      users: credentials && [{ secret: credentials, groups: ['services'] }],
      queues: [{ name: EVENT_QUEUE }, { name: 'fills' }, { name: 'large-fills' }],
      routes: [
        { source: EVENT_QUEUE, destination: 'fills', selector: 'type = \'fill\'' },
        { source: EVENT_QUEUE, destination: 'large-fills', selector: 'type = \'fill\' AND lots >= 100000' },
      ],
      removalPolicy: props.removalPolicy,
    });
  }

  /** The copy of a global table that DynamoDB keeps in this region under the same name. */
  private copyOf(id: string, table: dynamodb.ITable, index: string): dynamodb.ITable {
    return dynamodb.TableV2.fromTableAttributes(this, id, {
      tableArn: this.formatArn({ service: 'dynamodb', resource: 'table', resourceName: table.tableName }), globalIndexes: [index],
    });
  }

  private copySecretsTo({ region, credentials }: ExchangeKeysStack): void {
    for (const secret of [this.primaryLedger!.node.findChild('AdminSecret') as secretsmanager.Secret, this.broker.credentials!]) secret.addReplicaRegion(region, credentials);
  }
}

/** What Aurora is held to; it cannot be held to less than 20 seconds, and needs no bound where no region is to be survived. */
function recoveryPoint({ region }: RecoveryObjective): Duration | undefined {
  return region === undefined || region.rpo.toSeconds() < 20 ? undefined : region.rpo;
}
