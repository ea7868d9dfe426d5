import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acceptLedgerInstance, acceptThrowaway } from './acknowledgements';
import { acceptDeadLetterQueue } from './acknowledgements-shared';
import { ChosenLedger } from './chosen-ledger';
import { LedgerChoice } from './ledger-choice';
import { createSealingSecret } from './sealing-secret';
import { TradingStack, TradingStackProps } from './trading-stack';
import { WorkQueue } from './work-queue';
import { BacktestTable } from '../constructs/data/backtest-table';
import { ColdStore } from '../constructs/data/cold-store';
import { LeaseTable } from '../constructs/data/lease-table';
import { ILedgerDatabase, LedgerDatabase } from '../constructs/data/ledger-database';
import { LedgerInstance } from '../constructs/data/ledger-instance';
import { MarketCache } from '../constructs/data/market-cache';
import { SessionsTable } from '../constructs/data/sessions-table';
import { TradingUserPool } from '../constructs/identity/trading-user-pool';
import { MarketDataStream } from '../constructs/messaging/market-data-stream';
import { OrderJournal } from '../constructs/messaging/order-journal';
import { SettlementQueue } from '../constructs/messaging/settlement-queue';
import { TradingNetwork } from '../constructs/network/trading-network';
import { AccessLogBucket } from '../constructs/observability/access-log-bucket';
import { AlarmTopic } from '../constructs/observability/alarm-topic';
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
   * What the ledger runs on.
   *
   * @default LedgerChoice.aurora(ledgerInstanceType)
   */
  readonly ledger?: LedgerChoice;

  /**
   * Class of the ledger's writer and reader, where `ledger` does not say.
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
   * Origins of pages that upload screenshots of charts into the cold store.
   *
   * @default - no page does
   */
  readonly uploadOrigins?: string[];

  /**
   * Who is told when an alarm of the data changes its state.
   *
   * @default - a topic is defined; see `alarmEmails`
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * Addresses that the topic of this stack sends mail to.
   *
   * @default - nobody; the topic is there to subscribe to
   */
  readonly alarmEmails?: string[];

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
  /** Where alarms go; undefined with `alarmActions`. */
  public readonly alarmTopic?: AlarmTopic;
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
  public readonly ledger: ILedgerDatabase;
  /** The ledger's cluster; undefined when the ledger is an instance. */
  public readonly ledgerCluster?: LedgerDatabase;
  /** The ledger's instance; undefined when the ledger is a cluster. */
  public readonly ledgerInstance?: LedgerInstance;
  /** Administrator of the ledger. */
  public readonly ledgerAdminSecret: secretsmanager.ISecret;
  /** Fires when the ledger's processor has no room left. */
  public readonly ledgerCpuAlarm: cloudwatch.Alarm;
  /** Live prices, books and fan-out. */
  public readonly cache: MarketCache;
  /** Who leads each partition. */
  public readonly leases: LeaseTable;
  /** Who is signed in. */
  public readonly sessions: SessionsTable;
  /** Candles and snapshots. */
  public readonly coldStore: ColdStore;
  /** What is known about backtests. */
  public readonly backtests: BacktestTable;
  /** Backtests that wait to be run. */
  public readonly backtestQueue: WorkQueue;
  /** Master secret that the secrets of API keys are sealed with. */
  public readonly apiKeysSecret: secretsmanager.ISecret;
  private readonly chosenLedger: ChosenLedger;

  public constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, { description: 'Everything that keeps state', ...props });
    const { network, removalPolicy } = props;
    // The first stack that is deployed has what all others report to.
    this.alarmTopic = props.alarmActions === undefined ? new AlarmTopic(this, 'Alarms', { emails: props.alarmEmails, removalPolicy }) : undefined;
    const alarmActions = this.alarmTopic === undefined ? props.alarmActions : [this.alarmTopic];
    const { vpc, isolatedSubnets: vpcSubnets, awsApiPeers } = network;
    const kept = { alarmActions, removalPolicy };
    this.keys = new DataKeys(this, 'Keys', { removalPolicy });
    const { orders, ledger, market, credentials: credentialsKey } = this.keys;
    this.accessLogs = new AccessLogBucket(this, 'AccessLogs', { removalPolicy });
    this.identity = new TradingUserPool(this, 'Identity', { selfSignUp: props.selfSignUp, mfa: cognito.Mfa.OPTIONAL, ...kept });
    this.journal = new OrderJournal(this, 'Journal', { partitions: props.partitions, encryptionKey: orders, ...kept });
    this.marketData = new MarketDataStream(this, 'MarketData', { encryptionKey: market, ...kept });
    this.settlement = new SettlementQueue(this, 'Settlement', { encryptionKey: orders, ...kept });
    const choice = props.ledger ?? LedgerChoice.aurora(props.ledgerInstanceType);
    this.chosenLedger = choice._create(this, 'Ledger', { vpc, vpcSubnets, awsApiPeers, encryptionKey: ledger, credentialsKey, ...kept });
    this.ledger = this.chosenLedger.ledger;
    this.ledgerCluster = this.chosenLedger.cluster;
    this.ledgerInstance = this.chosenLedger.instance;
    this.ledgerAdminSecret = this.chosenLedger.adminSecret;
    this.ledgerCpuAlarm = this.chosenLedger.cpuAlarm;
    this.cache = new MarketCache(this, 'Cache', {
      vpc, vpcSubnets, encryptionKey: market, credentialsKey, nodeType: props.cacheNodeType, ...kept,
    });
    this.leases = new LeaseTable(this, 'Leases', kept);
    this.sessions = new SessionsTable(this, 'Sessions', { encryptionKey: orders, ...kept });
    this.coldStore = new ColdStore(this, 'ColdStore', {
      encryptionKey: orders, accessLogs: this.accessLogs.bucket, uploadOrigins: props.uploadOrigins, removalPolicy,
    });
    this.backtests = new BacktestTable(this, 'Backtests', { encryptionKey: orders, ...kept });
    // Six times what the function may take, as AWS advises, so that a throttled function does not use up attempts.
    this.backtestQueue = new WorkQueue(this, 'BacktestQueue', { work: 'backtests', visibilityTimeout: Duration.minutes(90), encryptionKey: orders, ...kept });
    acceptDeadLetterQueue(this.backtestQueue.deadLetterQueue);
    this.apiKeysSecret = createSealingSecret(this, credentialsKey, removalPolicy);
    if (this.ledgerInstance !== undefined) acceptLedgerInstance(this.ledgerInstance);
    acceptThrowaway(this.ledgerCluster?.cluster ?? this.ledgerInstance!.instance, removalPolicy);
  }

  /** CPU that the ledger uses, in percent. Average of a minute. */
  public metricLedgerCpuUtilization(): cloudwatch.Metric {
    return this.chosenLedger.cpuUtilization;
  }

  /** Connections to the ledger. Maximum of a minute. */
  public metricLedgerConnections(): cloudwatch.Metric {
    return this.chosenLedger.connectionCount;
  }
}
